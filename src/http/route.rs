//! One row of the table of routes.
//!
//! A handler is a function of one argument, [`Admitted`](super::handler::Admitted). Its type
//! declares the access, the variable parts of the path, the query parameters and the body; the
//! return type declares the answer. The row takes all of that from the function, so a request
//! reaches a handler only through its row, and the documents always match the code.

use std::pin::Pin;

use axum::extract::Request;
use axum::http::Method;
use axum::http::StatusCode;
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
use super::body::Body as _;
use super::change;
use super::change::Again;
use super::handler;
use super::handler::HANDLING_MAX;
use super::handler::Handler;
use super::incoming::Incoming;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::Query as _;
use super::reply::Reply as _;
use super::segment;
use super::segment::Segments as _;
use crate::store::Action;

/// Largest body of a request, in bytes, unless the row sets another limit.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// Documentation of a route that its row does not have.
pub(super) struct Description {
    pub(super) segments: Vec<Parameter>,
    /// The known query parameters; `None` if the route accepts any.
    pub(super) query: Option<Vec<Parameter>>,
    pub(super) body: Option<RequestBody>,
    pub(super) replies: Vec<(StatusCode, ResponseBuilder)>,
}

/// An answer that is being worked on.
struct Answering(Pin<Box<dyn Future<Output = Response> + Send>>);

/// One row of the table.
pub(super) struct Route {
    pub(super) method: Method,
    /// Template of the path: `{id}` is a variable part, `{*rest}` the whole rest of the path.
    pub(super) path: &'static str,
    pub(super) who: Who,
    /// The action that is logged; `None` if the route only reads.
    pub(super) action: Option<Action>,
    /// Largest body, in bytes; 0 if the route takes none.
    pub(super) body_max: usize,
    /// Description in one or two sentences.
    pub(super) about: &'static str,
    /// Error statuses beyond those that follow from the row's types.
    pub(super) faults: &'static [u16],
    /// Headers that the route reads, each with a description.
    pub(super) headers: &'static [(&'static str, &'static str)],
    again: Again,
    pub(super) describe: fn(&Route, &mut Sheet) -> Description,
    answerer: Answerer,
}

/// The function that answers the requests of a row.
trait Answers: Fn(&Route, Site, Request) -> Answering + Send + Sync {}

impl<F: Fn(&Route, Site, Request) -> Answering + Send + Sync> Answers for F {}

/// The function that answers the requests of a row, type-erased.
struct Answerer(Box<dyn Answers>);

/// Creates a row for GET, and with it HEAD.
pub(super) fn get<M: 'static, H>(path: &'static str, only: Only<H::Who>, handler: H) -> Route
where
    H: Handler<M>,
    H::Who: Access,
{
    row(Method::GET, path, only, handler)
}

/// Creates a row for POST.
pub(super) fn post<M: 'static, H>(path: &'static str, only: Only<H::Who>, handler: H) -> Route
where
    H: Handler<M>,
    H::Who: Access,
{
    row(Method::POST, path, only, handler)
}

/// Creates a row that changes something. The change is begun in the activity log before the handler
/// runs, and is carried out once per idempotency key.
pub(super) fn change<M: 'static, H>(
    method: Method,
    path: &'static str,
    _: Only<H::Who>,
    action: Action,
    handler: H,
) -> Route
where
    H: Handler<M>,
    H::Who: Changing,
{
    let answer = move |route: &Route, site, request| {
        let (body_max, again) = (route.body_max, route.again);
        Answering(Box::pin(change::answer(site, request, body_max, action, again, handler)))
    };
    let route = build::<M, H>(method, path, H::Who::WHO, Answerer(Box::new(answer)));
    Route { action: Some(action), ..route }
}

/// Creates a row of any method that changes nothing.
fn row<M: 'static, H>(method: Method, path: &'static str, _: Only<H::Who>, handler: H) -> Route
where
    H: Handler<M>,
    H::Who: Access,
{
    let answer = move |route: &Route, site, request| {
        Answering(Box::pin(handler::answer(admit(site, request, route.body_max, handler))))
    };
    build::<M, H>(method, path, H::Who::WHO, Answerer(Box::new(answer)))
}

fn build<M, H: Handler<M>>(
    method: Method,
    path: &'static str,
    who: Who,
    answerer: Answerer,
) -> Route {
    let describe = |route: &Route, sheet: &mut Sheet| Description {
        segments: H::Path::parameters(&segment::names(route.path)),
        query: H::Query::parameters(),
        body: H::Body::describe(sheet),
        replies: H::Reply::describe(sheet),
    };
    let takes_body = H::Body::describe(&mut Sheet::default()).is_some();
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
        answerer,
    }
}

impl Route {
    /// Sets the description, one or two sentences.
    pub(super) fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// Sets the limit of the body, in bytes.
    pub(super) fn body_max(self, body_max: usize) -> Self {
        Self { body_max, ..self }
    }

    /// Sets the error statuses beyond those that every such route has.
    pub(super) fn faults(self, faults: &'static [u16]) -> Self {
        Self { faults, ..self }
    }

    /// Sets the headers that the route reads, each with a description.
    pub(super) fn headers(self, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self { headers, ..self }
    }

    /// Sets how a retry is answered when the change was made and its answer was lost.
    pub(super) fn again(self, again: Again) -> Self {
        Self { again, ..self }
    }

    /// Answers a request of this method at this path.
    pub(super) async fn answer(&self, site: Site, request: Request) -> Response {
        (self.answerer.0)(self, site, request).0.await
    }
}

/// Handles a request: checks access, reads it within its bounds, runs the handler, and writes what
/// the sender may see of the answer.
async fn admit<M, H>(
    site: Site,
    request: Request,
    body_max: usize,
    handler: H,
) -> Result<Response, Problem>
where
    H: Handler<M>,
    H::Who: Access,
{
    let mut incoming = Incoming::new(site, request, body_max).await?;
    let who = timeout(HANDLING_MAX, H::Who::admit(&mut incoming));
    let who = who.await.map_err(|_| Problem::Unavailable)??;
    let (bytes, sight) = (incoming.body().await?, who.sight());
    Ok(handler::carry_out(handler, incoming, who, bytes).await?.shown(sight))
}
