//! What webhook carriers ask: who says so is checked first, then there is always an answer.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::extract::Path;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use tokio::time::timeout;

use super::Site;
use super::connection::Peer;
use super::problem::Problem;
use crate::base::Wall;
use crate::carrier;
use crate::carrier::Carrier;
use crate::carrier::Forged;
use crate::carrier::Received;
use crate::config;
use crate::switch::Asked;
use crate::switch::Webhooks;

/// Longest that an answer is worked on: less than the most impatient carrier waits (Telnyx, 2 s,
/// after which it asks again; Twilio 15 s, after which it gives up).
const ANSWER_WITHIN: Duration = Duration::from_millis(1_800);
/// Longest text of a parameter's name or value, in bytes.
const PARAMETER_BYTES_MAX: usize = 16 * 1_024;
/// Most parameters of a request.
const PARAMETERS_MAX: usize = 256;

/// Which carriers may speak, and how each proves who it is.
#[derive(Debug)]
pub struct Carriers {
    /// The calls.
    pub webhooks: Arc<Webhooks>,
    /// Our address as carriers reach it, without a slash at its end: what they sign.
    pub public_url: String,
    /// How each proves who it is; one of which nothing is said is refused.
    pub proofs: config::Carriers,
    /// Requests that were refused, by carrier.
    pub forged: [AtomicU64; Carrier::ALL.len()],
}

impl Carriers {
    /// The count of refused requests of a carrier.
    pub fn forged(&self, carrier: Carrier) -> Option<&AtomicU64> {
        let place = Carrier::ALL.iter().position(|one| *one == carrier)?;
        self.forged.get(place)
    }

    fn takes_unsigned(&self, carrier: Carrier, heard: &Heard) -> bool {
        heard.peer.is_some_and(|peer| self.proofs.takes_unsigned(carrier, peer.0))
    }

    fn check(
        &self,
        carrier: Carrier,
        method: carrier::Method,
        heard: &Heard,
        now: Wall,
    ) -> Result<(), Problem> {
        let path = heard.uri.path_and_query().map_or("/", |path| path.as_str());
        let text = |name: &str| heard.headers.get(name).and_then(|value| value.to_str().ok());
        let received = Received {
            method,
            url: &format!("{}{path}", self.public_url),
            header: &text,
            body: &heard.body,
            content_type: text("content-type").unwrap_or_default(),
        };
        let forged = match self.proofs.key(carrier) {
            None if self.takes_unsigned(carrier, heard) => return Ok(()),
            None => "no key is set: see [carriers] in the settings".to_owned(),
            Some(key) => match carrier::verify(&key, &received, now) {
                Ok(()) => return Ok(()),
                Err(Forged::Missing(_)) if self.takes_unsigned(carrier, heard) => return Ok(()),
                Err(forged) => forged.to_string(),
            },
        };
        if let Some(count) = self.forged(carrier) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        tracing::warn!(%carrier, why = forged, "a webhook was refused");
        Err(Problem::Forged)
    }
}

/// One request, as it came.
pub(super) struct Heard {
    peer: Option<Peer>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl<S: Send + Sync> axum::extract::FromRequest<S> for Heard {
    type Rejection = Response;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Response> {
        let (method, headers) = (request.method().clone(), request.headers().clone());
        let uri = request.uri().clone();
        let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|info| info.0);
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|error| Problem::of_body(&error).into_response())?;
        Ok(Self { peer, method, uri, headers, body })
    }
}

/// A call's first request; the number is `To`.
pub(super) async fn voice(
    State(site): State<Site>,
    Path(name): Path<String>,
    heard: Heard,
) -> Response {
    answer(&site, &name, Asked::Voice(None), heard).await
}

/// A call's first request for the number of the path.
pub(super) async fn voice_of(
    State(site): State<Site>,
    Path((name, number)): Path<(String, String)>,
    heard: Heard,
) -> Response {
    answer(&site, &name, Asked::Voice(Some(number)), heard).await
}

/// The state of a call, as told by the number's own callback.
pub(super) async fn status(
    State(site): State<Site>,
    Path(name): Path<String>,
    heard: Heard,
) -> Response {
    answer(&site, &name, Asked::Status, heard).await
}

/// What a document of ours sent the carrier for.
pub(super) async fn errand(
    State(site): State<Site>,
    Path((name, token, errand)): Path<(String, String, String)>,
    heard: Heard,
) -> Response {
    answer(&site, &name, Asked::Call { token, errand }, heard).await
}

/// A sound file of the flows or the prompts. What a caller hears is no secret.
pub(super) async fn sound(State(site): State<Site>, Path(name): Path<String>) -> Response {
    match site.carriers.webhooks.sound(&name) {
        Some(file) => {
            let headers = [(CONTENT_TYPE, HeaderValue::from_static("audio/wav"))];
            (headers, file).into_response()
        }
        None => Problem::NotFound("sound").into_response(),
    }
}

async fn answer(site: &Site, name: &str, asked: Asked, heard: Heard) -> Response {
    let Ok(carrier) = name.parse::<Carrier>() else {
        return Problem::NoRoute.into_response();
    };
    let Some(method) = method_of(&heard.method) else {
        return Problem::Method.into_response();
    };
    let carriers = &site.carriers;
    if let Err(problem) = carriers.check(carrier, method, &heard, site.clock.now().wall) {
        return problem.into_response();
    }
    let params = match method {
        carrier::Method::Post => parameters(&heard.body),
        carrier::Method::Get => parameters(heard.uri.query().unwrap_or_default().as_bytes()),
    };
    let answered = carriers.webhooks.answer(carrier, asked, params);
    let xml = match timeout(ANSWER_WITHIN, answered).await {
        Ok(xml) => xml,
        Err(_) => carriers.webhooks.sorry(carrier),
    };
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"))];
    (StatusCode::OK, headers, xml).into_response()
}

fn method_of(method: &Method) -> Option<carrier::Method> {
    match *method {
        Method::POST => Some(carrier::Method::Post),
        Method::GET => Some(carrier::Method::Get),
        _ => None,
    }
}

/// Form parameters, in their order. Those beyond the bounds are not looked at.
fn parameters(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form)
        .filter(|(name, value)| name.len().max(value.len()) <= PARAMETER_BYTES_MAX)
        .take(PARAMETERS_MAX)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}
