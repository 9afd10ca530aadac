//! `/in/meta` and `/in/linkedin`: leads that ad platforms announce. The signature is the
//! authorization; without the platform's section in the settings, nobody has it.

use axum::Json;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;

use super::access::Access;
use super::access::Only;
use super::access::Staff;
use super::access::Who;
use super::body;
use super::handler::Admitted;
use super::incoming::Incoming;
use super::openapi::Sheet;
use super::problem::Problem;
use super::problem::sentence;
use super::query::AnyQuery;
use super::query::Value;
use super::query::query;
use super::reply::Reply;
use super::reply::content;
use super::schema::any;
use super::schema::count;
use super::schema::event_id;
use super::schema::map;
use super::schema::moment;
use super::schema::nullable;
use super::schema::text;
use super::schema::word;
use super::sources::Raw;
use crate::base::LeadId;
use crate::base::Wall;
use crate::lead::body::BodyRefusal;
use crate::lead::platform::LinkedIn;
use crate::lead::platform::LinkedInNews;
use crate::lead::platform::Meta;
use crate::lead::platform::Platform;
use crate::store::AnnouncedLead;
use crate::store::AnnouncedState;

/// An ad platform.
pub(super) const PLATFORM: Only<Visitor> = Only::new();

/// Whoever sent a request, with its query.
pub(super) struct Visitor {
    query: Vec<(String, String)>,
}

impl Access for Visitor {
    const WHO: Who = Who::Platform;

    async fn admit(request: &mut Incoming) -> Result<Self, Problem> {
        let query = request.parts.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Ok(Self { query: pairs.collect() })
    }
}

/// The answer to a platform.
pub(super) enum PlatformReply {
    /// A text.
    Text(String),
    /// A JSON document.
    Json(String),
}

impl Reply for PlatformReply {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let about = "What the platform expects: its challenge, or that the leads are stored.";
        vec![(StatusCode::OK, content(body::JSON, map(any())).description(about))]
    }

    fn reply(self) -> Response {
        let (media_type, text) = match self {
            PlatformReply::Text(text) => ("text/plain; charset=utf-8", text),
            PlatformReply::Json(text) => (body::JSON, text),
        };
        ([(CONTENT_TYPE, HeaderValue::from_static(media_type))], text).into_response()
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn unread(refusal: BodyRefusal) -> Problem {
    Problem::Unreadable(sentence(&refusal.to_string()))
}

/// Answers Meta's check of the subscription.
pub(super) async fn meta_check(
    request: Admitted<Visitor, (), AnyQuery>,
) -> Result<PlatformReply, Problem> {
    let Admitted { site, who: Visitor { query }, .. } = request;
    let meta = site.intake.platforms().meta.as_ref().ok_or(Problem::Forged)?;
    let challenge = meta.challenge(&query).ok_or(Problem::Forged)?;
    Ok(PlatformReply::Text(challenge.to_owned()))
}

/// Stores the leads that Meta announces. They are fetched afterwards.
pub(super) async fn meta(
    request: Admitted<Visitor, (), AnyQuery, Raw>,
) -> Result<PlatformReply, Problem> {
    let Admitted { site, body: Raw(body), headers, .. } = request;
    let meta = site.intake.platforms().meta.as_ref().ok_or(Problem::Forged)?;
    if !meta.has_signed(header(&headers, "x-hub-signature-256"), &body) {
        return Err(Problem::Forged);
    }
    site.intake.announce(Meta::read(&body).map_err(unread)?).await?;
    Ok(PlatformReply::Json("{}".to_owned()))
}

/// Answers LinkedIn's check of the address.
pub(super) async fn linkedin_check(
    request: Admitted<Visitor, (), AnyQuery>,
) -> Result<PlatformReply, Problem> {
    let Admitted { site, who: Visitor { query }, .. } = request;
    let linkedin = site.intake.platforms().linkedin.as_ref().ok_or(Problem::Forged)?;
    let (code, answer) = linkedin.challenge(&query).ok_or(Problem::Forged)?;
    let told = serde_json::json!({ "challengeCode": code, "challengeResponse": answer });
    Ok(PlatformReply::Json(told.to_string()))
}

/// Stores a lead that LinkedIn announces, or forgets one that is not fetched yet.
pub(super) async fn linkedin(
    request: Admitted<Visitor, (), AnyQuery, Raw>,
) -> Result<PlatformReply, Problem> {
    let Admitted { site, body: Raw(body), headers, .. } = request;
    let linkedin = site.intake.platforms().linkedin.as_ref().ok_or(Problem::Forged)?;
    if !linkedin.has_signed(header(&headers, "x-li-signature"), &body) {
        return Err(Problem::Forged);
    }
    match LinkedIn::read(&body).map_err(unread)? {
        LinkedInNews::Created(announced) => site.intake.announce(vec![announced]).await?,
        LinkedInNews::Deleted(announced) => site.store.announcement_drop(announced).await?,
        LinkedInNews::Other => {}
    }
    Ok(PlatformReply::Json("{}".to_owned()))
}

query! {
    /// Which announced leads.
    pub(super) struct Wanted {
        /// Where they stand.
        state: AnnouncedState,
    }
}

impl Value for AnnouncedState {
    const EXPECTED: &'static str = "`waiting`, `taken`, or `dead`";

    fn schema() -> RefOr<Schema> {
        word(AnnouncedState::ALL.iter().map(|state| state.name()))
    }

    fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == text)
    }
}

/// Announced leads, latest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnnouncedLeads)]
pub(super) struct Page {
    items: Vec<Row>,
}

/// A lead that a platform announced.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnnouncedLead)]
pub(super) struct Row {
    /// `meta` or `linkedin`.
    #[schema(schema_with = platform)]
    platform: Platform,
    /// The platform's id of the lead.
    id: String,
    /// The page or account.
    page: Option<String>,
    /// The form.
    form: Option<String>,
    /// When it was announced.
    #[schema(schema_with = moment)]
    at: Wall,
    /// When it is fetched next; null once it is taken or given up.
    #[schema(schema_with = due)]
    due_at: Option<Wall>,
    /// How often it was tried.
    #[schema(schema_with = count)]
    attempts: u64,
    /// Where it stands.
    #[schema(schema_with = state)]
    state: AnnouncedState,
    /// The lead that it became.
    #[schema(schema_with = became)]
    lead: Option<LeadId>,
    /// Why the last attempt failed.
    #[schema(schema_with = why)]
    reason: Option<String>,
}

fn platform() -> RefOr<Schema> {
    word(Platform::ALL.iter().map(|platform| platform.name()))
}

fn due() -> RefOr<Schema> {
    nullable(moment())
}

fn state() -> RefOr<Schema> {
    AnnouncedState::schema()
}

fn became() -> RefOr<Schema> {
    nullable(event_id())
}

fn why() -> RefOr<Schema> {
    nullable(text())
}

impl From<AnnouncedLead> for Row {
    fn from(lead: AnnouncedLead) -> Self {
        let AnnouncedLead { platform, id, page, form, at, .. } = lead;
        let AnnouncedLead { due_at, attempts, state, lead, reason, .. } = lead;
        Self { platform, id, page, form, at, due_at, attempts, state, lead, reason }
    }
}

/// Returns the latest announced leads.
pub(super) async fn list(request: Admitted<Staff, (), Wanted>) -> Result<Json<Page>, Problem> {
    let Admitted { site, query, .. } = request;
    let all = site.store.announced_list(query.state).await?;
    Ok(Json(Page { items: all.into_iter().map(Row::from).collect() }))
}
