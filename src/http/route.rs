//! One row of the table of routes.
//!
//! A handler is a function of one argument, [`Admitted`](super::handler::Admitted). Its type says
//! who may ask, what the variable parts of the path are, which query parameters and which body are
//! read; what it returns says what is answered. The row takes all of that from the function: a handler cannot be reached
//! by a request that its row does not let through, and the documents cannot say anything else.

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

/// Largest body of a request, in bytes, where the row says nothing else.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

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
    answerer: Answerer,
}

/// What answers the requests of a row.
trait Answers: Fn(&Route, Site, Request) -> Answering + Send + Sync {}

impl<F: Fn(&Route, Site, Request) -> Answering + Send + Sync> Answers for F {}

/// What answers the requests of a row, of whatever type.
struct Answerer(Box<dyn Answers>);

/// Makes a row for GET, and for HEAD with it.
pub(super) fn get<M: 'static, H>(path: &'static str, only: Only<H::Who>, handler: H) -> Route
where
    H: Handler<M>,
    H::Who: Access,
{
    row(Method::GET, path, only, handler)
}

/// Makes a row for POST.
pub(super) fn post<M: 'static, H>(path: &'static str, only: Only<H::Who>, handler: H) -> Route
where
    H: Handler<M>,
    H::Who: Access,
{
    row(Method::POST, path, only, handler)
}

/// Makes a row that changes something: it is begun in the activity log before its handler runs, and
/// carried out once for an idempotency key.
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

/// Makes a row of any method that changes nothing.
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
        (self.answerer.0)(self, site, request).0.await
    }
}

/// The way of a request: it is bounded, admitted, read, and carried out.
async fn admit<M, H>(
    site: Site,
    request: Request,
    body_max: usize,
    handler: H,
) -> Result<H::Reply, Problem>
where
    H: Handler<M>,
    H::Who: Access,
{
    let mut incoming = Incoming::new(site, request, body_max).await?;
    let who = timeout(HANDLING_MAX, H::Who::admit(&mut incoming));
    let who = who.await.map_err(|_| Problem::Unavailable)??;
    let bytes = incoming.body().await?;
    handler::carry_out(handler, incoming, who, bytes).await
}
