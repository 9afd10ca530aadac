//! A request that changes something. The activity log records its start and its outcome.
//!
//! A request with an `Idempotency-Key` is carried out once
//! (draft-ietf-httpapi-idempotency-key-header). For one day the same request gets the answer of the
//! first one.

use std::pin::Pin;

use axum::body::Body as HttpBody;
use axum::body::Bytes;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::HeaderName;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use axum::response::IntoResponse as _;
use axum::response::Response;
use sha2::Digest as _;
use sha2::Sha256;
use tokio::time::timeout;

use super::Site;
use super::access::Changing;
use super::access::mutation;
use super::access::token_of;
use super::handler;
use super::handler::HANDLING_MAX;
use super::handler::Handler;
use super::incoming::Incoming;
use super::problem::Problem;
use super::problem::ReasonCode;
use super::problem::outcome_of;
use super::reply::Reply;
use crate::store::Action;
use crate::store::Activity;
use crate::store::Begun;
use crate::store::IdempotencyKey;
use crate::store::KeyedRequest;
use crate::store::Mutation;
use crate::store::Role;
use crate::store::StoredAnswer;

/// The header that makes a request safe to retry.
pub(super) const KEY: &str = "Idempotency-Key";

/// The header that marks a replayed answer.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// An extension of an answer that is not stored, because it holds a secret. A client that retries
/// the request is answered as if the answer had been lost.
#[derive(Clone, Copy)]
pub(super) struct NotKept;

/// How to answer a retry of a request whose change was made and whose answer was lost. An answer is
/// lost if the program was killed before storing it, or if it was too large to store.
#[derive(Clone, Copy, Default)]
pub(super) struct Again(Option<fn(Site, Activity) -> Recalled>);

/// An answer that is rebuilt from stored data.
pub(super) struct Recalled(Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>);

impl Recalled {
    /// Creates an answer from a future that rebuilds it.
    pub(super) fn by<R: Reply>(
        made: impl Future<Output = Result<R, Problem>> + Send + 'static,
    ) -> Self {
        Self(Box::pin(async move { made.await.map(Reply::reply) }))
    }
}

impl Again {
    /// Answers with a function that looks up what was done.
    pub(super) const fn by(recall: fn(Site, Activity) -> Recalled) -> Self {
        Self(Some(recall))
    }

    async fn answer(self, site: Site, done: Activity) -> Result<Response, Problem> {
        match self.0 {
            Some(recall) => recall(site, done).0.await,
            None => Err(Problem::DoneBefore(done.number)),
        }
    }
}

/// Answers a request for a route that changes something.
pub(super) async fn answer<M, H>(
    site: Site,
    request: Request,
    body_max: usize,
    action: Action,
    again: Again,
    handler: H,
) -> Response
where
    H: Handler<M>,
    H::Who: Changing,
{
    let begun = begin::<H::Who>(site, request, body_max, action).await;
    let Beginning { incoming, bytes, role, begun } = match begun {
        Ok(beginning) => beginning,
        Err(problem) => return problem.into_response(),
    };
    match begun {
        Begun::New(by) => {
            let site = incoming.site.clone();
            let who = H::Who::of(by.clone(), role);
            let handled = handler::carry_out(handler, incoming, who, bytes);
            let shown = async { handled.await.map(Reply::reply) };
            let response = handler::answer(shown).await;
            finish(&site, by, response).await
        }
        Begun::Answered(answer) => replayed(answer),
        Begun::Done(activity) => {
            let answered = timeout(HANDLING_MAX, again.answer(incoming.site, activity));
            let answered = answered.await.unwrap_or(Err(Problem::Unavailable));
            answered.map_or_else(Problem::into_response, marked)
        }
        Begun::InProgress => Problem::InProgress.into_response(),
        Begun::OtherRequest => Problem::KeyReused.into_response(),
        Begun::TooMany => Problem::TooManyKeys.into_response(),
    }
}

/// A change that the activity log holds, begun now or earlier.
struct Beginning {
    incoming: Incoming,
    bytes: Bytes,
    role: Role,
    begun: Begun,
}

/// Authenticates the client, reads the body, and begins the change in the activity log.
async fn begin<A: Changing>(
    site: Site,
    request: Request,
    body_max: usize,
    action: Action,
) -> Result<Beginning, Problem> {
    let mut incoming = Incoming::new(site, request, body_max).await?;
    let token = token_of(&incoming.site, &incoming.parts.headers, A::WHO);
    let token = timeout(HANDLING_MAX, token);
    let token = token.await.map_err(|_| Problem::Unavailable)??;
    let key = key_of(incoming.headers())?;
    let bytes = incoming.body().await?;
    let role = token.role.clone();
    let by = mutation(&incoming, token, action);
    let digest = |key| KeyedRequest { key, digest: digest(&incoming.parts, &bytes) };
    let begun = incoming.site.store.activity_begin(by, key.map(digest)).await?;
    Ok(Beginning { incoming, bytes, role, begun })
}

/// Returns the idempotency key of a request.
pub(super) fn key_of(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Problem> {
    let mut keys = headers.get_all(KEY).iter();
    let Some(key) = keys.next() else { return Ok(None) };
    if keys.next().is_some() {
        return Err(Problem::Unreadable(format!("`{KEY}` is given more than once.")));
    }
    let text = key.to_str().unwrap_or_default();
    // The draft requires a quoted string (RFC 8941 §3.3.3); most clients send the key without
    // quotes.
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    match bare.parse() {
        Ok(key) => Ok(Some(key)),
        Err(sentence) => Err(Problem::Unreadable(format!("`{KEY}`: {sentence}."))),
    }
}

/// Returns a digest of everything that a request asks for. Two requests with the same digest are
/// the same request.
fn digest(parts: &Parts, body: &[u8]) -> String {
    let header = |name| parts.headers.get(name).map_or(&b""[..], HeaderValue::as_bytes);
    let query = parts.uri.query().unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [
        parts.method.as_str().as_bytes(),
        parts.uri.path().as_bytes(),
        query.as_bytes(),
        header(CONTENT_TYPE),
        header(IF_MATCH),
        body,
    ] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Logs the outcome of a change and stores its answer.
async fn finish(site: &Site, by: Mutation, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    // The body is in memory: reading it neither fails nor waits.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let reason = parts.extensions.get().map_or("unknown", |ReasonCode(code)| code);
    let outcome = outcome_of(parts.status, reason);
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned);
    let headers = parts.headers.iter();
    let headers = headers.filter_map(|(name, value)| Some((name.to_string(), text(value).ok()?)));
    let answer = StoredAnswer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let kept = parts.extensions.get::<NotKept>().is_none().then_some(answer);
    if let Err(error) = site.store.activity_finish(by, outcome, kept).await {
        // The log has the change itself: the write logged it in its own transaction.
        tracing::error!(%error, "outcome of a change not logged");
    }
    Response::from_parts(parts, HttpBody::from(body))
}

/// Converts a stored answer to a response.
fn replayed(answer: StoredAnswer) -> Response {
    let StoredAnswer { status, headers, body } = answer;
    let mut response = HttpBody::from(body).into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let headers = headers.iter().filter_map(|(name, value)| {
        let name = HeaderName::try_from(name.as_str()).ok()?;
        Some((name, HeaderValue::try_from(value.as_str()).ok()?))
    });
    response.headers_mut().clear();
    response.headers_mut().extend(headers);
    marked(response)
}

fn marked(mut response: Response) -> Response {
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
