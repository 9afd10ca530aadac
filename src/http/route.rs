//! One row of the table of routes.
//!
//! A handler is a function of one argument, [`Admitted`]. Its type says who may ask, what the
//! variable parts of the path are, which query parameters and which body are read; what it returns
//! says what is answered. The row takes all of that from the function: a handler cannot be reached
//! by a request that its row does not let through, and the documents cannot say anything else.

use std::pin::Pin;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::Method;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::response::Response;
use tokio::time::timeout;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::request_body::RequestBody;

use super::Site;
use super::access::Access;
use super::access::Changing;
use super::access::Only;
use super::access::Who;
use super::body::Body;
use super::change;
use super::change::Again;
use super::incoming::Incoming;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::Query;
use super::reply::Reply;
use super::segment;
use super::segment::Segments;
use crate::store::Action;

/// Largest body of a request, in bytes, where the row says nothing else.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// Longest that a request is worked on once its body is there. It is then answered with 503.
pub(super) const HANDLING_MAX: Duration = Duration::from_secs(10);

/// A request that was let through, as its handler gets it.
pub(super) struct Admitted<A, P = (), Q = (), B = ()> {
    /// The program.
    pub(super) site: Site,
    /// Who asks.
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

/// What is documented of a route besides its row.
pub(super) struct Description {
    pub(super) segments: Vec<Parameter>,
    /// The query parameters that are known; `None` where all are taken.
    pub(super) query: Option<Vec<Parameter>>,
    pub(super) body: Option<RequestBody>,
    pub(super) replies: Vec<(StatusCode, ResponseBuilder)>,
}

/// An answer that is being worked on.
struct Answering(Pin<Box<dyn Future<Output = Response> + Send>>);

/// One row of the table.
pub(super) struct Route {
    pub(super) method: Method,
    /// The path's template: `{id}` is a variable part, `{*rest}` all that follows.
    pub(super) path: &'static str,
    pub(super) who: Who,
    /// What it changes; `None` where it only reads.
    pub(super) action: Option<Action>,
    /// Largest body that is read, in bytes; 0 where none is taken.
    pub(super) body_max: usize,
    /// What it does, in a sentence or two.
    pub(super) about: &'static str,
    /// Statuses of faults beyond those that the row's types can meet.
    pub(super) faults: &'static [u16],
    /// Headers that it reads, each with a sentence.
    pub(super) headers: &'static [(&'static str, &'static str)],
    again: Again,
    pub(super) describe: fn(&Route, &mut Sheet) -> Description,
    handler: Handler,
}

/// What answers the requests of a row.
trait Answers: Fn(&Route, Site, Request) -> Answering + Send + Sync {}

impl<F: Fn(&Route, Site, Request) -> Answering + Send + Sync> Answers for F {}

/// What answers the requests of a row, of whatever type.
struct Handler(Box<dyn Answers>);

/// A row for GET, and for HEAD with it.
pub(super) fn get<A, P, Q, B, R, F>(
    path: &'static str,
    only: Only<A>,
    handler: fn(Admitted<A, P, Q, B>) -> F,
) -> Route
where
    A: Access,
    P: Segments,
    Q: Query,
    B: Body,
    R: Reply,
    F: Future<Output = Result<R, Problem>> + Send + 'static,
{
    row(Method::GET, path, only, handler)
}

/// A row for POST.
pub(super) fn post<A, P, Q, B, R, F>(
    path: &'static str,
    only: Only<A>,
    handler: fn(Admitted<A, P, Q, B>) -> F,
) -> Route
where
    A: Access,
    P: Segments,
    Q: Query,
    B: Body,
    R: Reply,
    F: Future<Output = Result<R, Problem>> + Send + 'static,
{
    row(Method::POST, path, only, handler)
}

/// A row that changes something: it is begun in the activity log before its handler runs, and
/// carried out once for an idempotency key.
pub(super) fn change<A, P, Q, B, R, F>(
    method: Method,
    path: &'static str,
    _: Only<A>,
    action: Action,
    handler: fn(Admitted<A, P, Q, B>) -> F,
) -> Route
where
    A: Changing,
    P: Segments,
    Q: Query,
    B: Body,
    R: Reply,
    F: Future<Output = Result<R, Problem>> + Send + 'static,
{
    let answer = move |route: &Route, site, request| {
        let (body_max, again) = (route.body_max, route.again);
        Answering(Box::pin(change::answer(site, request, body_max, action, again, handler)))
    };
    let route = build::<P, Q, B, R>(method, path, A::WHO, Handler(Box::new(answer)));
    Route { action: Some(action), ..route }
}

/// A row of any method.
pub(super) fn row<A, P, Q, B, R, F>(
    method: Method,
    path: &'static str,
    _: Only<A>,
    handler: fn(Admitted<A, P, Q, B>) -> F,
) -> Route
where
    A: Access,
    P: Segments,
    Q: Query,
    B: Body,
    R: Reply,
    F: Future<Output = Result<R, Problem>> + Send + 'static,
{
    let answer = move |route: &Route, site, request| {
        Answering(Box::pin(answer(site, request, route.body_max, handler)))
    };
    build::<P, Q, B, R>(method, path, A::WHO, Handler(Box::new(answer)))
}

fn build<P: Segments, Q: Query, B: Body, R: Reply>(
    method: Method,
    path: &'static str,
    who: Who,
    handler: Handler,
) -> Route {
    let describe = |route: &Route, sheet: &mut Sheet| Description {
        segments: P::parameters(&segment::names(route.path)),
        query: Q::parameters(),
        body: B::describe(sheet),
        replies: R::describe(sheet),
    };
    let takes_body = B::describe(&mut Sheet::default()).is_some();
    Route {
        method,
        path,
        who,
        action: None,
        body_max: if takes_body { BODY_BYTES_MAX } else { 0 },
        about: "",
        faults: &[],
        headers: &[],
        again: Again::default(),
        describe,
        handler,
    }
}

impl Route {
    /// What it does, in a sentence or two.
    pub(super) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// With another bound of its body, in bytes.
    pub(super) fn body_max(self, body_max: usize) -> Self {
        Self { body_max, ..self }
    }

    /// Statuses of faults beyond those that every such route can meet.
    pub(super) fn faults(self, faults: &'static [u16]) -> Self {
        Self { faults, ..self }
    }

    /// Headers that it reads, each with a sentence.
    pub(super) fn headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    /// How it is answered again when the change was made and its answer was lost.
    pub(super) fn again(self, again: Again) -> Self {
        Self { again, ..self }
    }

    /// Answers a request of this method at this path.
    pub(super) async fn answer(&self, site: Site, request: Request) -> Response {
        (self.handler.0)(self, site, request).0.await
    }
}

/// The way of a request: it is bounded, admitted, read, and handled.
async fn answer<A, P, Q, B, R, F>(
    site: Site,
    request: Request,
    body_max: usize,
    handler: fn(Admitted<A, P, Q, B>) -> F,
) -> Response
where
    A: Access,
    P: Segments,
    Q: Query,
    B: Body,
    R: Reply,
    F: Future<Output = Result<R, Problem>> + Send + 'static,
{
    let admitted = admit(site, request, body_max).await;
    let handled = async move { handler(admitted?).await };
    match timeout(HANDLING_MAX, handled).await {
        Ok(Ok(reply)) => reply.reply(),
        Ok(Err(problem)) => problem.into_response(),
        Err(_) => Problem::Unavailable.into_response(),
    }
}

async fn admit<A, P, Q, B>(
    site: Site,
    request: Request,
    body_max: usize,
) -> Result<Admitted<A, P, Q, B>, Problem>
where
    A: Access,
    P: Segments,
    Q: Query,
    B: Body,
{
    let mut incoming = Incoming::new(site, request, body_max).await?;
    let who = timeout(HANDLING_MAX, A::admit(&mut incoming));
    let who = who.await.map_err(|_| Problem::Unavailable)??;
    let path = P::read(&incoming.segments)?;
    let query = Q::read(incoming.parts.uri.query().unwrap_or_default())?;
    let bytes: Bytes = incoming.body().await?;
    let body = B::read(incoming.headers(), bytes)?;
    let Incoming { site, parts, .. } = incoming;
    Ok(Admitted { site, who, path, query, body, headers: parts.headers })
}
