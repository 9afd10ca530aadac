//! `/in/{key}`: form leads as sources send them, by `GET`, or `POST` of a form, JSON, or XML. The
//! key is the authorization, and names source and offer.

use std::net::IpAddr;

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use axum::http::header::CACHE_CONTROL;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::LOCATION;
use axum::http::header::ORIGIN;
use axum::http::header::RETRY_AFTER;
use axum::http::header::VARY;
use axum::response::IntoResponse as _;
use axum::response::Response;
use sha2::Digest as _;
use sha2::Sha256;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;
use utoipa::openapi::request_body::RequestBody;

use super::access::Access;
use super::access::Only;
use super::access::Who;
use super::body;
use super::change::key_of;
use super::connection::Peer;
use super::handler::Admitted;
use super::incoming::Incoming;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::AnyQuery;
use super::reply::Reply;
use super::reply::content;
use super::schema::any;
use super::schema::map;
use super::schema::text;
use super::segment::Segment;
use crate::base::SourceId;
use crate::base::tree::to_json;
use crate::book::AnswerPreset;
use crate::book::Entrance;
use crate::book::SourceAnswer;
use crate::book::SourceFormat;
use crate::intake::Answered;
use crate::intake::Purpose;
use crate::intake::Received;
use crate::intake::Refused;
use crate::intake::WantedLead;
use crate::intake::WantedPost;
use crate::lead::Spec;
use crate::lead::Told;
use crate::lead::body::BODY_BYTES_MAX;
use crate::lead::body::BodyRefusal;
use crate::lead::body::ReplyFormat;
use crate::lead::body::Sent;
use crate::lead::body::document_text;
use crate::lead::body::read;
use crate::lead::take_ping;
use crate::lead::take_test;
use crate::store::LEAD_KEY_KEPT;
use crate::store::LeadKey;

/// Largest body of a lead, in bytes.
pub(super) const SOURCE_BYTES_MAX: usize = BODY_BYTES_MAX;
/// Delay before a source repeats a lead that was not taken, in seconds.
const RETRY_AFTER_SECONDS: &str = "5";

/// A source, by the key in the path.
pub(super) const SOURCE: Only<Keyed> = Only::new();

/// A request whose key names a source and an offer.
pub(super) struct Keyed {
    pub(super) source: SourceId,
    pub(super) entrance: Entrance,
    method: &'static str,
    path: String,
    query: String,
    /// The origin of the page that sends, for an entrance that takes leads of pages.
    origin: Option<HeaderValue>,
    /// Address of the browser, for such an entrance.
    browser: Option<IpAddr>,
}

impl Access for Keyed {
    const WHO: Who = Who::Source;

    async fn admit(request: &mut Incoming) -> Result<Self, Problem> {
        // The body is read within its bound whether the key is known or not.
        request.body().await?;
        let snapshot = request.site.dispatch.snapshot();
        let key = request.segments.first().map_or("", String::as_str);
        let found = snapshot.book().entrance(key).ok_or(Problem::NotFound("key"))?;
        let (source, entrance) = (found.0.id.clone(), found.1.clone());
        let is_post = request.parts.method == axum::http::Method::POST;
        let query = request.parts.uri.query().unwrap_or_default().to_owned();
        let path = request.parts.uri.path().to_owned();
        let method = if is_post { "POST" } else { "GET" };
        let of_page = !entrance.origins.is_empty();
        let origin = request.parts.headers.get(ORIGIN).cloned();
        let is_listed = |origin: &HeaderValue| entrance.admits(origin.to_str().ok());
        let origin = origin.filter(|origin| of_page && is_listed(origin));
        let peer = request.parts.extensions.get().map(|Peer(address)| address.to_canonical());
        let browser = peer.filter(|_| of_page);
        Ok(Self { source, entrance, method, path, query, origin, browser })
    }
}

/// The key in a path.
pub(super) struct KeyText;

impl Segment for KeyText {
    const ABOUT: &'static str = "Key of the source for the offer, from the book.";

    fn schema() -> RefOr<Schema> {
        text()
    }

    fn read(_: &str) -> Result<Self, Problem> {
        Ok(Self)
    }
}

/// A body as it came.
pub(super) struct Raw(pub(super) Bytes);

impl body::Body for Raw {
    fn describe(_: &mut Sheet) -> Option<RequestBody> {
        let form = ("application/x-www-form-urlencoded", map(text()));
        Some(body::one_of(&[form, (body::JSON, map(any())), ("application/xml", text())]))
    }

    fn read(_: &HeaderMap, bytes: Bytes) -> Result<Self, Problem> {
        Ok(Self(bytes))
    }
}

/// The answer to a source.
pub(super) enum SourceReply {
    /// A document.
    Document {
        /// HTTP status.
        status: u16,
        /// Media type.
        media_type: &'static str,
        /// The text.
        text: String,
    },
    /// The consumer's browser is sent to a page.
    SeeOther(String),
    /// An answer that a page of this origin may read (Fetch standard, CORS protocol).
    Shared(HeaderValue, Box<SourceReply>),
}

impl SourceReply {
    /// Lets the page that sent a request read the answer, if a page did.
    fn shared(self, origin: Option<HeaderValue>) -> Self {
        match origin {
            Some(origin) => SourceReply::Shared(origin, Box::new(self)),
            None => self,
        }
    }
}

impl Reply for SourceReply {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let told = |about: &str| content(body::JSON, map(any())).description(about);
        vec![
            (StatusCode::OK, told("What became of the lead.")),
            (StatusCode::CREATED, told("What became of a new lead.")),
            (StatusCode::SEE_OTHER, ResponseBuilder::new().description("The next page.")),
        ]
    }

    fn reply(self) -> Response {
        match self {
            SourceReply::Shared(origin, reply) => {
                let mut response = reply.reply();
                let headers = response.headers_mut();
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                headers.insert(VARY, HeaderValue::from_static("origin"));
                response
            }
            SourceReply::SeeOther(url) => match HeaderValue::try_from(url) {
                Ok(url) => (StatusCode::SEE_OTHER, [(LOCATION, url)]).into_response(),
                Err(_) => Problem::Internal.into_response(),
            },
            SourceReply::Document { status, media_type, text } => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
                let headers = [(CONTENT_TYPE, HeaderValue::from_static(media_type))];
                let mut response = (status, headers, text).into_response();
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    let after = HeaderValue::from_static(RETRY_AFTER_SECONDS);
                    response.headers_mut().insert(RETRY_AFTER, after);
                }
                response
            }
        }
    }
}

/// Takes a lead from the query.
pub(super) async fn submit(
    request: Admitted<Keyed, KeyText, AnyQuery>,
) -> Result<SourceReply, Problem> {
    let Admitted { site, who, path, query, headers, .. } = request;
    let body = Raw(Bytes::new());
    submit_body(Admitted { site, who, path, query, body, headers }).await
}

/// Takes a lead from the query and the body, sells it, and answers what became of it. A lead that
/// names a ping is posted to it.
pub(super) async fn submit_body(
    request: Admitted<Keyed, KeyText, AnyQuery, Raw>,
) -> Result<SourceReply, Problem> {
    let origin = request.who.origin.clone();
    Ok(submitted(request).await?.shared(origin))
}

async fn submitted(
    request: Admitted<Keyed, KeyText, AnyQuery, Raw>,
) -> Result<SourceReply, Problem> {
    let (site, browser) = (request.site.clone(), request.who.browser);
    let Asked { source, entrance, mut values, key, purpose, format, redirect } =
        match read_request(request)? {
            Ok(asked) => asked,
            Err(refused) => return Ok(refused),
        };
    let (terms, offer) = (&entrance.answer, entrance.offer.clone());
    let received = match take_ping(&mut values, terms.preset) {
        Some(ping) => {
            let from = Some((source, offer));
            site.intake.post(WantedPost { ping, from, values, purpose, browser }, key).await
        }
        None => {
            let wanted = WantedLead { offer, source, values, purpose, browser };
            site.intake.receive(wanted, key).await
        }
    };
    let (told, is_new) = match received {
        Ok(received) => {
            let is_new = matches!(received, Received::Now(_));
            let (Received::Now(record) | Received::Before(record)) = received;
            let snapshot = site.dispatch.snapshot();
            let offer = snapshot.book().offer(&entrance.offer);
            (Told::of(&record, offer.is_some_and(|offer| offer.show_buyer)), is_new)
        }
        Err(refused) => return Ok(refused_document(&refused, terms, format)),
    };
    if let Some(url) = redirect {
        return Ok(SourceReply::SeeOther(url));
    }
    let status = terms.preset.http_status(told.word, is_new).unwrap_or(200);
    Ok(document(&told, status, terms, format))
}

/// Answers a ping from the query.
pub(super) async fn ping(
    request: Admitted<Keyed, KeyText, AnyQuery>,
) -> Result<SourceReply, Problem> {
    let Admitted { site, who, path, query, headers, .. } = request;
    let body = Raw(Bytes::new());
    ping_body(Admitted { site, who, path, query, body, headers }).await
}

/// Answers a ping from the query and the body with what the lead would bring.
pub(super) async fn ping_body(
    request: Admitted<Keyed, KeyText, AnyQuery, Raw>,
) -> Result<SourceReply, Problem> {
    let (site, browser) = (request.site.clone(), request.who.browser);
    let Asked { source, entrance, values, purpose, format, .. } = match read_request(request)? {
        Ok(asked) => asked,
        Err(refused) => return Ok(refused),
    };
    let (terms, offer) = (&entrance.answer, entrance.offer.clone());
    match site.intake.ping(WantedLead { offer, source, values, purpose, browser }).await {
        Ok(Answered { record, faults }) => {
            let told = Told::of_ping(&record, faults);
            let status = terms.preset.http_status(told.word, false).unwrap_or(200);
            Ok(document(&told, status, terms, format))
        }
        Err(refused) => Ok(refused_document(&refused, terms, format)),
    }
}

/// A request of a source.
pub(super) struct Asked {
    pub(super) source: SourceId,
    pub(super) entrance: Entrance,
    /// Names and values, under our names where the book has them.
    pub(super) values: Vec<(String, String)>,
    key: Option<LeadKey>,
    pub(super) purpose: Purpose,
    pub(super) format: ReplyFormat,
    redirect: Option<String>,
}

/// Reads a request, or returns the answer to one that cannot be read.
pub(super) fn read_request(
    request: Admitted<Keyed, KeyText, AnyQuery, Raw>,
) -> Result<Result<Asked, SourceReply>, Problem> {
    let Admitted { who, body: Raw(body), headers, .. } = request;
    let Keyed { source, entrance, method, query, origin, .. } = who;
    if !entrance.admits(origin.as_ref().and_then(|origin| origin.to_str().ok())) {
        let why = "the page that sends the lead is not one of the source's `origins`".to_owned();
        let told = Told::error("origin_not_allowed", why);
        let terms = &entrance.answer;
        return Ok(Err(document(&told, 403, terms, wanted(terms, ReplyFormat::Json))));
    }
    let header = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let (content_type, accept) = (header(CONTENT_TYPE), header(ACCEPT));
    let received =
        crate::lead::body::Received { method, query: &query, content_type, accept, body: &body };
    let terms = &entrance.answer;
    let Sent { values, format, redirect } = match read(received) {
        Ok(sent) => sent,
        Err(refusal) => return Ok(Err(unread(&refusal, terms))),
    };
    let names_none = |accept: &str| matches!(accept.trim(), "" | "*/*");
    let format = if accept.is_none_or(names_none) { wanted(terms, format) } else { format };
    let key = key_of(&headers)?.map(|key| {
        let client = format!("in:{source}:{}", entrance.offer);
        LeadKey { client, key, digest: digest(&values), kept: LEAD_KEY_KEPT }
    });
    let mut values = renamed(&entrance, values);
    let asks_test = take_test(&mut values);
    let purpose = if asks_test || !entrance.live { Purpose::Test } else { Purpose::Sale };
    Ok(Ok(Asked { source, entrance, values, key, purpose, format, redirect }))
}

/// Returns the answer to a request that was not taken.
pub(super) fn refused_document(
    refused: &Refused,
    terms: &SourceAnswer,
    format: ReplyFormat,
) -> SourceReply {
    let NotTaken { status, code, sentence } = not_taken(refused);
    document(&Told::error(code, sentence), status, terms, format)
}

/// Returns the values under our names.
fn renamed(entrance: &Entrance, values: Vec<(String, String)>) -> Vec<(String, String)> {
    let ours = |name: String| entrance.name_of(&name).map_or(name, ToString::to_string);
    values.into_iter().map(|(name, value)| (ours(name), value)).collect()
}

/// Returns a digest of what a request sent.
fn digest(values: &[(String, String)]) -> String {
    let mut digest = Sha256::new();
    for text in values.iter().flat_map(|(name, value)| [name, value]) {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the format of an answer for which the request names none: the source's own, else that of
/// its platform; `read` is the format of the body.
fn wanted(terms: &SourceAnswer, read: ReplyFormat) -> ReplyFormat {
    match (terms.format, terms.preset) {
        (None, AnswerPreset::Plain) => read,
        (Some(_), _) | (None, _) => match terms.format() {
            SourceFormat::Json => ReplyFormat::Json,
            SourceFormat::Xml => ReplyFormat::Xml,
            SourceFormat::Text => ReplyFormat::Text,
        },
    }
}

fn document(told: &Told, status: u16, terms: &SourceAnswer, format: ReplyFormat) -> SourceReply {
    let answer = told.answer(terms);
    let (media_type, text) = document_text(format, terms.preset.root(), &answer);
    SourceReply::Document { status, media_type, text }
}

/// Returns the answer to a request that cannot be read.
fn unread(refusal: &BodyRefusal, terms: &SourceAnswer) -> SourceReply {
    let told = Told::error(refusal.code(), refusal.to_string());
    document(&told, refusal.status(), terms, wanted(terms, ReplyFormat::Json))
}

/// Why a lead was not taken, as sources are told.
pub(super) struct NotTaken {
    /// HTTP status.
    pub(super) status: u16,
    code: &'static str,
    pub(super) sentence: String,
}

/// Returns why a lead was not taken, as sources are told. Logs a fault of the database.
pub(super) fn not_taken(refused: &Refused) -> NotTaken {
    let (status, code) = match refused {
        Refused::OtherRequest => (422, "key_reused"),
        Refused::TooManyPings => (429, "too_many_pings"),
        Refused::TooManyLeads => (429, "too_many_leads"),
        Refused::Ping(refusal) => (422, refusal.code()),
        Refused::Full | Refused::Stopping | Refused::Unscreened => (503, "busy"),
        Refused::Store(error) => {
            tracing::error!(%error, "HTTP request failed");
            let sentence = "the lead could not be stored: send it again".to_owned();
            return NotTaken { status: 503, code: "unavailable", sentence };
        }
    };
    NotTaken { status, code, sentence: refused.to_string() }
}

/// The specification of an entrance: a page, or JSON where `Accept` asks for it.
pub(super) enum SpecReply {
    /// HTML.
    Page(String),
    /// JSON.
    Json(String),
}

impl Reply for SpecReply {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::OK, content("text/html", text()))]
    }

    fn reply(self) -> Response {
        // The page runs nothing and loads nothing, whatever the book has.
        const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";
        let (media_type, text) = match self {
            SpecReply::Page(text) => ("text/html; charset=utf-8", text),
            SpecReply::Json(text) => (body::JSON, text),
        };
        let headers = [(CONTENT_TYPE, media_type), (CONTENT_SECURITY_POLICY, POLICY)];
        (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), text).into_response()
    }
}

/// A script for web pages.
pub(super) struct Script;

impl Reply for Script {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::OK, content("text/javascript", text()))]
    }

    fn reply(self) -> Response {
        // The same for every source: it finds the key in its own address.
        const SCRIPT: &str = include_str!("form.js");
        const KEPT: &str = "public, max-age=3600";
        // A page of another origin may run it (Fetch standard, CORP).
        const RUNS_IN: (&str, &str) = ("cross-origin-resource-policy", "cross-origin");
        let media_type = (CONTENT_TYPE.as_str(), "text/javascript; charset=utf-8");
        ([media_type, (CACHE_CONTROL.as_str(), KEPT), RUNS_IN], SCRIPT).into_response()
    }
}

/// Returns the script that sends a form of a web page, for an entrance that takes leads of pages.
pub(super) async fn script(request: Admitted<Keyed, KeyText, AnyQuery>) -> Result<Script, Problem> {
    match request.who.entrance.origins.is_empty() {
        true => Err(Problem::NotFound("script: the `intake` has no `origins`")),
        false => Ok(Script),
    }
}

/// Returns what a source sends, and how it is answered, by the live book.
pub(super) async fn spec(
    request: Admitted<Keyed, KeyText, AnyQuery>,
) -> Result<SpecReply, Problem> {
    let Admitted { site, who: Keyed { entrance, path, .. }, headers, .. } = request;
    let snapshot = site.dispatch.snapshot();
    let offer = snapshot.book().offer(&entrance.offer).ok_or(Problem::NotFound("offer"))?;
    let path = path.strip_suffix("/spec").unwrap_or(&path);
    let url = format!("{}{path}", site.carriers.public_url);
    let spec = Spec::of(offer, &entrance, &url);
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    Ok(match accept.contains(body::JSON) {
        true => SpecReply::Json(to_json(&spec.document())),
        false => SpecReply::Page(spec.page()),
    })
}
