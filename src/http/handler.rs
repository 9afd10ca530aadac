//! Handlers: functions of one argument, [`Admitted`]. Its type declares what a route reads; the
//! return type declares what it answers.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::response::IntoResponse as _;
use axum::response::Response;
use tokio::time::timeout;

use super::Site;
use super::body::Body;
use super::incoming::Incoming;
use super::problem::Problem;
use super::query::Query;
use super::reply::Reply;
use super::segment::Segments;

/// Longest time of a handler after its body has arrived. The request is then answered with 503.
/// Webhook carriers are sent back to their step before.
pub(super) const HANDLING_MAX: Duration = Duration::from_secs(13);

/// An admitted request, as its handler receives it.
pub(super) struct Admitted<A, P = (), Q = (), B = ()> {
    /// The program.
    pub(super) site: Site,
    /// The access of the client.
    pub(super) who: A,
    /// The variable parts of the path.
    pub(super) path: P,
    /// The query parameters.
    pub(super) query: Q,
    /// The body.
    pub(super) body: B,
    /// The headers.
    pub(super) headers: HeaderMap,
}

/// An async function of [`Admitted`]. `M` is the function's signature; the compiler needs it to
/// infer the argument's type.
pub(super) trait Handler<M>: Copy + Send + Sync + 'static {
    /// The access that the handler requires.
    type Who: Send + 'static;
    /// The variable parts of the path.
    type Path: Segments;
    /// The query parameters.
    type Query: Query;
    /// The body.
    type Body: Body;
    /// The answer if the handler succeeds.
    type Reply: Reply;

    /// Handles a request.
    fn handle(
        self,
        admitted: Admitted<Self::Who, Self::Path, Self::Query, Self::Body>,
    ) -> impl Future<Output = Result<Self::Reply, Problem>> + Send;
}

impl<H, A, P, Q, B, R, F> Handler<fn(A, P, Q, B)> for H
where
    H: Fn(Admitted<A, P, Q, B>) -> F + Copy + Send + Sync + 'static,
    A: Send + 'static,
    P: Segments,
    Q: Query,
    B: Body,
    R: Reply,
    F: Future<Output = Result<R, Problem>> + Send + 'static,
{
    type Who = A;
    type Path = P;
    type Query = Q;
    type Body = B;
    type Reply = R;

    fn handle(
        self,
        admitted: Admitted<A, P, Q, B>,
    ) -> impl Future<Output = Result<R, Problem>> + Send {
        self(admitted)
    }
}

/// Reads a request whose access was checked and whose body is complete, and handles it.
pub(super) async fn carry_out<M, H: Handler<M>>(
    handler: H,
    incoming: Incoming,
    who: H::Who,
    bytes: Bytes,
) -> Result<H::Reply, Problem> {
    let path = H::Path::read(&incoming.segments)?;
    let query = H::Query::read(incoming.parts.uri.query().unwrap_or_default())?;
    let body = H::Body::read(incoming.headers(), bytes)?;
    let Incoming { site, parts, .. } = incoming;
    handler.handle(Admitted { site, who, path, query, body, headers: parts.headers }).await
}

/// Returns the answer of a handler, which `shown` writes. Answers with 503 after [`HANDLING_MAX`].
pub(super) async fn answer(shown: impl Future<Output = Result<Response, Problem>>) -> Response {
    match timeout(HANDLING_MAX, shown).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::Unavailable.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Carrier;

    /// A 503 would end the call.
    #[test]
    fn a_carrier_is_sent_back_to_its_step_before_a_handler_is_given_up() {
        for carrier in Carrier::ALL {
            assert!(carrier.answer_within() < HANDLING_MAX, "{carrier}");
        }
    }
}
