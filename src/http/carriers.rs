//! Requests of webhook carriers. The signature is checked first; a signed request always gets an
//! answer.

use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::request_body::RequestBody;

use super::Carriers;
use super::Site;
use super::access::Access;
use super::access::Only;
use super::access::Who;
use super::body;
use super::body::Body;
use super::connection::Peer;
use super::handler::Admitted;
use super::incoming::Incoming;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::AnyQuery;
use super::reply::Reply;
use super::reply::content;
use super::schema::map;
use super::schema::text;
use super::schema::word;
use super::segment::Segment;
use super::segment::Segments;
use super::segment::nth;
use super::segment::parameter;
use crate::base::Wall;
use crate::carrier;
use crate::carrier::Carrier;
use crate::carrier::Forged;
use crate::carrier::Received;
use crate::switch::WebhookAnswer;
use crate::switch::WebhookRequest;

/// Longest name or value of a parameter, in bytes.
const PARAMETER_BYTES_MAX: usize = 16 * 1_024;
/// Most parameters of a request.
const PARAMETERS_MAX: usize = 256;

fn takes_unsigned(carriers: &Carriers, carrier: Carrier, request: &Incoming) -> bool {
    let peer = request.parts.extensions.get::<Peer>();
    peer.is_some_and(|peer| carriers.proofs.takes_unsigned(carrier, peer.0))
}

fn check(
    carriers: &Carriers,
    carrier: Carrier,
    method: carrier::Method,
    request: &Incoming,
    body: &[u8],
    now: Wall,
) -> Result<(), Problem> {
    let path = request.parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let received = Received {
        method,
        url: &format!("{}{path}", carriers.public_url),
        header: &text,
        body,
        content_type: text("content-type").unwrap_or_default(),
    };
    let forged = match carriers.proofs.key(carrier) {
        None if takes_unsigned(carriers, carrier, request) => return Ok(()),
        None => "no key is set: see [carriers] in the settings".to_owned(),
        Some(key) => match carrier::verify(&key, &received, now) {
            Ok(()) => return Ok(()),
            Err(Forged::Missing(_)) if takes_unsigned(carriers, carrier, request) => return Ok(()),
            Err(forged) => forged.to_string(),
        },
    };
    if let Some(count) = carriers.forged(carrier) {
        count.fetch_add(1, Ordering::Relaxed);
    }
    let peer = request.parts.extensions.get::<Peer>().map(|peer| peer.0);
    carriers.webhooks.forged(carrier, peer, &forged);
    Err(Problem::Forged)
}

/// A webhook carrier that signs its requests.
pub(super) const CARRIER: Only<Signed> = Only::new();

/// A request that its carrier signed. The first variable part of the path names the carrier.
pub(super) struct Signed {
    carrier: Carrier,
    params: Vec<(String, String)>,
}

impl Access for Signed {
    const WHO: Who = Who::Carrier;

    async fn admit(request: &mut Incoming) -> Result<Self, Problem> {
        let carrier = request.segments.first().map_or("", String::as_str);
        let carrier = <Carrier as Segment>::read(carrier)?;
        let method = method_of(&request.parts.method).ok_or(Problem::NoRoute)?;
        let body = request.body().await?;
        let site = request.site.clone();
        check(&site.carriers, carrier, method, request, &body, site.clock.now().wall)?;
        let query = request.parts.uri.query().unwrap_or_default();
        let params = match method {
            carrier::Method::Post => parameters(&body),
            carrier::Method::Get => parameters(query.as_bytes()),
        };
        Ok(Self { carrier, params })
    }
}

impl Segment for Carrier {
    const ABOUT: &'static str = "A webhook carrier.";

    fn schema() -> RefOr<Schema> {
        word(Carrier::ALL.iter().map(|carrier| carrier.name()))
    }

    fn read(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|_| Problem::NoRoute)
    }
}

/// A part of a path that only the webhook calls can read.
pub(super) struct Opaque(pub(super) String);

impl Segment for Opaque {
    const ABOUT: &'static str = "Token of the call, as in the URL that the carrier received.";

    fn schema() -> RefOr<Schema> {
        text()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        Ok(Self(text.to_owned()))
    }
}

/// Form parameters. The access has read them already.
pub(super) struct Form;

impl Body for Form {
    fn describe(_: &mut Sheet) -> Option<RequestBody> {
        Some(body::one_of(&[("application/x-www-form-urlencoded", map(text()))]))
    }

    fn read(_: &HeaderMap, _: Bytes) -> Result<Self, Problem> {
        Ok(Self)
    }
}

/// The document with the carrier's next steps.
pub(super) struct Xml(String);

impl Reply for Xml {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::OK, content("text/xml", text()))]
    }

    fn reply(self) -> Response {
        let headers = [(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"))];
        (headers, self.0).into_response()
    }
}

/// Answers a call's first request; `To` has the called number.
pub(super) async fn voice<B: Body>(
    request: Admitted<Signed, Carrier, AnyQuery, B>,
) -> Result<Xml, Problem> {
    answer(&request.site, WebhookRequest::Voice(None), request.who).await
}

/// Answers a call's first request; the path has the called number.
pub(super) async fn voice_of<B: Body>(
    request: Admitted<Signed, (Carrier, Opaque), AnyQuery, B>,
) -> Result<Xml, Problem> {
    let Admitted { site, who, path: (_, Opaque(number)), .. } = request;
    answer(&site, WebhookRequest::Voice(Some(number)), who).await
}

/// Processes the state of a call as the number's status callback reports it.
pub(super) async fn status<B: Body>(
    request: Admitted<Signed, Carrier, AnyQuery, B>,
) -> Result<Xml, Problem> {
    answer(&request.site, WebhookRequest::Status, request.who).await
}

/// The path of a callback: the carrier, the call's token, and the event.
pub(super) struct CallbackPath {
    token: String,
    callback: String,
}

impl Segments for CallbackPath {
    fn parameters(names: &[&str]) -> Vec<Parameter> {
        let carrier = parameter::<Carrier>(names, 0);
        vec![carrier, parameter::<Opaque>(names, 1), parameter::<Opaque>(names, 2)]
    }

    fn read(texts: &[String]) -> Result<Self, Problem> {
        let _: Carrier = nth(texts, 0)?;
        let (Opaque(token), Opaque(callback)) = (nth(texts, 1)?, nth(texts, 2)?);
        Ok(Self { token, callback })
    }
}

/// Answers a callback of a document that the switch sent to the carrier.
pub(super) async fn callback<B: Body>(
    request: Admitted<Signed, CallbackPath, AnyQuery, B>,
) -> Result<Xml, Problem> {
    let Admitted { site, who, path: CallbackPath { token, callback }, .. } = request;
    answer(&site, WebhookRequest::Call { token, callback }, who).await
}

async fn answer(site: &Site, asked: WebhookRequest, signed: Signed) -> Result<Xml, Problem> {
    let Signed { carrier, params } = signed;
    match site.carriers.webhooks.answer(carrier, asked, params).await {
        WebhookAnswer::Document(text) => Ok(Xml(text)),
        WebhookAnswer::Stopping => Err(Problem::Busy("The switch is stopping.".to_owned())),
    }
}

fn method_of(method: &Method) -> Option<carrier::Method> {
    match *method {
        Method::POST => Some(carrier::Method::Post),
        Method::GET => Some(carrier::Method::Get),
        _ => None,
    }
}

/// Returns the form parameters in their order. Parameters beyond the bounds are ignored.
fn parameters(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form)
        .filter(|(name, value)| name.len().max(value.len()) <= PARAMETER_BYTES_MAX)
        .take(PARAMETERS_MAX)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}
