//! `/v1/book`: the route book, its versions, and its replacement.

use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::VARY;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;
use utoipa::openapi::request_body::RequestBody;

use super::Site;
use super::access::Staff;
use super::access::Writer;
use super::body;
use super::body::Body;
use super::body::JSON;
use super::body::is_json;
use super::body::media_type;
use super::condition::Tagged;
use super::edition;
use super::edition::AppliedBook;
use super::edition::BODY;
use super::edition::Draft;
use super::edition::Removals;
use super::edition::Target;
use super::fault::Fault;
use super::fault::refuse;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query;
use super::query::query;
use super::reply::Reply;
use super::reply::content;
use super::schema::BookDocument;
use super::schema::boolean;
use super::schema::count;
use super::schema::text;
use super::schema::whole;
use super::segment::Segment;
use super::tag::Tag;
use crate::book;
use crate::book::Book;
use crate::book::Surroundings;
use crate::store::Activity;
use crate::store::BookVersion;
use crate::store::EDITIONS_MAX;
use crate::store::Edition;

/// Largest body of a request that carries a book, in bytes; also the limit of the book's reader.
pub(super) const BOOK_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The media type of a book's file.
const TOML: &str = "application/toml";

/// A version of the book, in the form that the client accepts.
pub(super) enum ShownBook {
    /// The text that was applied.
    Toml(String),
    /// JSON.
    Json(BookDocument),
}

impl Reply for ShownBook {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let toml = ContentBuilder::new().schema(Some(text())).build();
        let both = content(JSON, sheet.refer::<BookDocument>()).content(TOML, toml);
        vec![(StatusCode::OK, both)]
    }

    fn reply(self) -> Response {
        let mut response = match self {
            ShownBook::Toml(text) => ([(CONTENT_TYPE, TOML.to_owned())], text).into_response(),
            ShownBook::Json(book) => Json(book).into_response(),
        };
        response.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
        response
    }
}

/// Returns the live book as JSON, or the text that was applied if the client accepts
/// `application/toml`.
pub(super) async fn fetch(request: Admitted<Staff>) -> Result<Tagged<ShownBook>, Problem> {
    let Admitted { site, headers, .. } = request;
    let latest = site.store.book_latest().await?.ok_or(Problem::NotFound("book"))?;
    shown(latest, &headers, site.books.surroundings())
}

/// The number of a version.
pub(super) struct Version(u64);

impl Segment for Version {
    const ABOUT: &'static str = "Version number.";

    fn schema() -> RefOr<Schema> {
        count()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        text.parse().map(Self).map_err(|_| Problem::NotFound("version of the book"))
    }
}

/// Returns an earlier version.
pub(super) async fn version(
    request: Admitted<Staff, Version>,
) -> Result<Tagged<ShownBook>, Problem> {
    let Admitted { site, path: Version(version), headers, .. } = request;
    let found = site.store.book_fetch(version).await?;
    let found = found.ok_or(Problem::NotFound("version of the book"))?;
    shown(found, &headers, site.books.surroundings())
}

fn shown(
    found: BookVersion,
    headers: &HeaderMap,
    beside: Surroundings<'_>,
) -> Result<Tagged<ShownBook>, Problem> {
    let tag = Tag::book(found.version);
    let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains("toml") {
        return Tagged::of(headers, tag, ShownBook::Toml(found.text));
    }
    let (book, _) = book::parse_with(BODY, &found.text, beside);
    let book = book.ok_or_else(|| {
        tracing::error!(version = found.version, "stored book cannot be read");
        Problem::Internal
    })?;
    Tagged::of(headers, tag, ShownBook::Json(BookDocument(book::to_json(&book))))
}

query! {
    /// Which page of versions.
    pub(super) struct Before {
        /// Start of the page: the `next` of the previous page.
        cursor: VersionCursor,
    }
}

/// The version before which a page begins.
pub(super) struct VersionCursor(u64);

impl query::Value for VersionCursor {
    const EXPECTED: &'static str = "the `next` of an earlier page";

    fn schema() -> RefOr<Schema> {
        whole(0, usize::MAX)
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// Who applied which version, and when.
#[derive(Serialize, ToSchema)]
pub(super) struct Editions {
    items: Vec<Edition>,
    /// The `cursor` of the next page; null when this is the last.
    next: Option<String>,
}

/// Returns who applied which version and when, newest first.
pub(super) async fn versions(
    request: Admitted<Staff, (), Before>,
) -> Result<Json<Editions>, Problem> {
    let Admitted { site, query, .. } = request;
    let cursor = query.cursor.map(|cursor| cursor.0);
    let items = site.store.book_history(cursor, EDITIONS_MAX).await?;
    let last = items.last().map(|edition| edition.version);
    let next = last.filter(|last| *last > 1 && items.len() == EDITIONS_MAX);
    Ok(Json(Editions { items, next: next.map(|next| next.to_string()) }))
}

/// A book as it was sent.
#[derive(Clone)]
pub(super) enum SentBook {
    /// TOML, also for a body without a media type.
    Toml(Bytes),
    /// JSON.
    Json(Bytes),
}

impl Body for SentBook {
    fn describe(sheet: &mut Sheet) -> Option<RequestBody> {
        Some(body::one_of(&[(TOML, text()), (JSON, sheet.refer::<BookDocument>())]))
    }

    fn read(headers: &HeaderMap, bytes: Bytes) -> Result<Self, Problem> {
        if bytes.is_empty() {
            // An empty body would be read as a book without entries and would remove every entry.
            return Err(Problem::Unreadable("The body is empty: send a book.".to_owned()));
        }
        match media_type(headers).as_deref() {
            None | Some(TOML | "text/plain" | "text/toml") => Ok(SentBook::Toml(bytes)),
            Some(sent) if is_json(sent) => Ok(SentBook::Json(bytes)),
            Some(_) => Err(Problem::MediaType(&[TOML, JSON])),
        }
    }
}

query! {
    /// Whether the book may lose much.
    pub(super) struct Force {
        /// `true` allows a change that removes more than a third of the contracts (three at least)
        /// or every entry of a kind.
        force: Switch,
    }
}

/// `true` or `false`.
pub(super) struct Switch(bool);

impl query::Value for Switch {
    const EXPECTED: &'static str = "`true` or `false`";

    fn schema() -> RefOr<Schema> {
        boolean()
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// Replaces the whole book by the body. If the body has errors, nothing changes.
pub(super) async fn put(
    request: Admitted<Writer, (), Force, SentBook>,
) -> Result<Json<AppliedBook>, Problem> {
    let Admitted { site, who: Writer { by }, query, body: sent, headers, .. } = request;
    let removals = match query.force {
        Some(Switch(true)) => Removals::Any,
        Some(Switch(false)) | None => Removals::Small,
    };
    let books = site.books.clone();
    let make = move |_: &Book| {
        let mut draft = match &sent {
            SentBook::Json(bytes) => read_json(&utf8(bytes)?, books.surroundings())?,
            SentBook::Toml(bytes) => read_toml(utf8(bytes)?, books.surroundings())?,
        };
        draft.warnings.extend(refuse(books.check(&draft.book, BODY))?);
        Ok((draft, ()))
    };
    let (applied, ()) = edition::apply(&site, &headers, removals, (Target::Book, by), make).await?;
    Ok(Json(applied))
}

fn utf8(bytes: &Bytes) -> Result<String, Problem> {
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Problem::Unreadable("The body is not UTF-8.".to_owned()))
}

/// The version to go back to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rollback {
    /// Number.
    version: u64,
}

/// Applies a new version that is equal to an earlier one.
pub(super) async fn rollback(
    request: Admitted<Writer, (), (), Json<Rollback>>,
) -> Result<Json<AppliedBook>, Problem> {
    let Admitted { site, who: Writer { mut by }, body: Json(wanted), headers, .. } = request;
    let found = site.store.book_fetch(wanted.version).await?;
    let found = found.ok_or(Problem::NotFound("version of the book"))?;
    let books = site.books.clone();
    let make = move |_: &Book| {
        let mut draft = read_toml(found.text.clone(), books.surroundings())?;
        draft.warnings.extend(refuse(books.check(&draft.book, BODY))?);
        Ok((draft, ()))
    };
    by.via = format!("{} to {}", by.via, wanted.version);
    // A rollback may remove anything.
    let removals = Removals::Any;
    let (applied, ()) = edition::apply(&site, &headers, removals, (Target::Book, by), make).await?;
    Ok(Json(applied))
}

/// Returns the result of a change whose answer was lost.
pub(super) async fn again(site: Site, done: Activity) -> Result<Json<AppliedBook>, Problem> {
    edition::again(&site, &done).await.map(Json)
}

fn read_toml(text: String, beside: Surroundings<'_>) -> Result<Draft, Problem> {
    let (book, found) = book::parse_with(BODY, &text, beside);
    let warnings = refuse(found)?;
    let book = book.ok_or(Problem::Internal)?;
    Ok(Draft { book, text: Some(text), warnings })
}

fn read_json(text: &str, beside: Surroundings<'_>) -> Result<Draft, Problem> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Problem::Unreadable(format!("The body is not JSON: {error}.")))?;
    let (book, found) = book::parse_json(&document, beside);
    let warnings: Vec<Fault> = found.into_iter().map(Fault::from).collect();
    match book {
        // The text is written anew from the book: in canonical order, with equal neighbours merged.
        Some((book, _)) => Ok(Draft { book, text: None, warnings }),
        None => Err(Problem::Refused(warnings)),
    }
}
