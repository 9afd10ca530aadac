//! `/v1/book`: the route book, its versions, and putting another in its place.

use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::ACCEPT;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::ETAG;
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
use super::fault::Fault;
use super::fault::refuse;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query;
use super::query::query;
use super::reply::Reply;
use super::reply::content;
use super::route::Admitted;
use super::schema::BookDocument;
use super::schema::count;
use super::schema::text;
use super::schema::whole;
use super::segment::Segment;
use crate::book;
use crate::book::Book;
use crate::book::Change;
use crate::geo::DmaTable;
use crate::store::Action;
use crate::store::BookVersion;
use crate::store::EDITIONS_MAX;
use crate::store::Edition;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::Token;
use crate::store::Verb;

/// Largest body of a request that carries a book, in bytes: as much as the reader takes.
pub(super) const BOOK_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What diagnostics call a book that came by HTTP.
const BODY: &str = "body";
/// The media type of a book's file.
const TOML: &str = "application/toml";

/// A book that was read, with the text that is kept, and what is worth a look.
struct Read {
    book: Book,
    text: String,
    warnings: Vec<Fault>,
}

/// A version of the book, in the form that the client accepts. Its number is the `ETag`.
pub(super) enum ShownBook {
    /// As the text that was applied.
    Toml(BookVersion),
    /// As JSON.
    Json {
        /// Its number.
        version: u64,
        /// The book.
        book: BookDocument,
    },
}

impl Reply for ShownBook {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let toml = ContentBuilder::new().schema(Some(text())).build();
        let both = content(JSON, sheet.refer::<BookDocument>()).content(TOML, toml);
        vec![(StatusCode::OK, both)]
    }

    fn reply(self) -> Response {
        let tag = |version: u64| (ETAG, format!("\"{version}\""));
        match self {
            ShownBook::Toml(BookVersion { version, text, .. }) => {
                ([tag(version), (CONTENT_TYPE, TOML.to_owned())], text).into_response()
            }
            ShownBook::Json { version, book } => ([tag(version)], Json(book)).into_response(),
        }
    }
}

/// The live book, as JSON, or as the text that was applied for those who accept
/// `application/toml`.
pub(super) async fn fetch(request: Admitted<Staff>) -> Result<ShownBook, Problem> {
    let Admitted { site, headers, .. } = request;
    let latest = site.store.book_latest().await?.ok_or(Problem::NotFound("book"))?;
    shown(latest, &headers, site.books.areas())
}

/// The number of a version.
pub(super) struct Version(u64);

impl Segment for Version {
    const ABOUT: &'static str = "A version's number.";

    fn schema() -> RefOr<Schema> {
        count()
    }

    fn read(text: &str) -> Result<Self, Problem> {
        text.parse().map(Self).map_err(|_| Problem::NotFound("version of the book"))
    }
}

/// An earlier version.
pub(super) async fn version(request: Admitted<Staff, Version>) -> Result<ShownBook, Problem> {
    let Admitted { site, path: Version(version), headers, .. } = request;
    let found = site.store.book_fetch(version).await?;
    let found = found.ok_or(Problem::NotFound("version of the book"))?;
    shown(found, &headers, site.books.areas())
}

fn shown(
    found: BookVersion,
    headers: &HeaderMap,
    areas: Option<&DmaTable>,
) -> Result<ShownBook, Problem> {
    let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains("toml") {
        return Ok(ShownBook::Toml(found));
    }
    let (book, _) = book::parse_with(BODY, &found.text, areas);
    let book = book.ok_or_else(|| {
        tracing::error!(version = found.version, "a stored book can no longer be read");
        Problem::Internal
    })?;
    let book = BookDocument(book::to_json(&book));
    Ok(ShownBook::Json { version: found.version, book })
}

query! {
    /// Which page of versions.
    pub(super) struct Before {
        /// Where the page begins: the `next` of the one before.
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

/// Who applied which version, and when; newest first.
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
pub(super) enum SentBook {
    /// As TOML; also what names no type.
    Toml(Bytes),
    /// As JSON.
    Json(Bytes),
}

impl Body for SentBook {
    fn describe(sheet: &mut Sheet) -> Option<RequestBody> {
        Some(body::one_of(&[(TOML, text()), (JSON, sheet.refer::<BookDocument>())]))
    }

    fn read(headers: &HeaderMap, bytes: Bytes) -> Result<Self, Problem> {
        if bytes.is_empty() {
            // It would be read as a book without entries, and so retire all there are.
            return Err(Problem::Unreadable("The body is empty: send a book.".to_owned()));
        }
        match media_type(headers).as_deref() {
            None | Some(TOML | "text/plain" | "text/toml") => Ok(SentBook::Toml(bytes)),
            Some(sent) if is_json(sent) => Ok(SentBook::Json(bytes)),
            Some(_) => Err(Problem::MediaType(&[TOML, JSON])),
        }
    }
}

/// Makes the book equal to the body, whole or not at all.
pub(super) async fn put(
    request: Admitted<Writer, (), (), SentBook>,
) -> Result<Json<AppliedBook>, Problem> {
    let Admitted { site, who, body: sent, .. } = request;
    let books = site.books.clone();
    // A large book takes a while: not on a thread that calls wait for.
    let read = tokio::task::spawn_blocking(move || {
        let mut read = match sent {
            SentBook::Json(bytes) => read_json(&utf8(bytes)?, books.areas())?,
            SentBook::Toml(bytes) => read_toml(utf8(bytes)?, books.areas())?,
        };
        read.warnings.extend(refuse(books.check(&read.book, BODY))?);
        Ok::<Read, Problem>(read)
    });
    let read = read.await.map_err(|_| Problem::Internal)??;
    let by = by(&site, who.token, Verb::Apply, "PUT /v1/book");
    apply(&site, read, by).await
}

fn utf8(bytes: Bytes) -> Result<String, Problem> {
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Problem::Unreadable("The body is not UTF-8.".to_owned()))
}

/// The version to go back to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rollback {
    /// Its number.
    version: u64,
}

/// Applies a new version that is equal to an earlier one.
pub(super) async fn rollback(
    request: Admitted<Writer, (), (), Json<Rollback>>,
) -> Result<Json<AppliedBook>, Problem> {
    let Admitted { site, who, body: Json(wanted), .. } = request;
    let found = site.store.book_fetch(wanted.version).await?;
    let found = found.ok_or(Problem::NotFound("version of the book"))?;
    let mut read = read_toml(found.text, site.books.areas())?;
    read.warnings.extend(refuse(site.books.check(&read.book, BODY))?);
    let request = format!("POST /v1/book/rollback to {}", wanted.version);
    let by = by(&site, who.token, Verb::RollBack, &request);
    apply(&site, read, by).await
}

/// What came of applying a book.
#[derive(Serialize, ToSchema)]
pub(super) struct AppliedBook {
    /// The version that is live now.
    version: u64,
    /// Whether it is a new one; false when nothing differed.
    changed: bool,
    /// What differs from the version before.
    changes: Vec<Change>,
    /// What is worth a look.
    warnings: Vec<Fault>,
}

fn by(site: &Site, token: Token, verb: Verb, request: &str) -> Mutation {
    let action = Action::new(verb, EntityKind::Book);
    Mutation::by_token(token.id, token.name, action, request, site.clock.now().wall)
}

async fn apply(site: &Site, read: Read, by: Mutation) -> Result<Json<AppliedBook>, Problem> {
    let before = site.store.book_latest().await?;
    let earlier = before.as_ref().and_then(|before| {
        let (book, _) = book::parse_with(BODY, &before.text, site.books.areas());
        book
    });
    let changes = book::changes(&earlier.unwrap_or_default(), &read.book);
    let version = site.store.book_apply(read.text, by).await?;
    let changed = before.is_none_or(|before| before.version != version);
    // This node need not find out by itself what it was told; others will.
    let (books, book) = (site.books.clone(), read.book);
    let put = tokio::task::spawn_blocking(move || books.publish_book(book, version));
    put.await.map_err(|_| Problem::Internal)?;
    Ok(Json(AppliedBook { version, changed, changes, warnings: read.warnings }))
}

fn read_toml(text: String, areas: Option<&DmaTable>) -> Result<Read, Problem> {
    let (book, found) = book::parse_with(BODY, &text, areas);
    let warnings = refuse(found)?;
    let book = book.ok_or(Problem::Internal)?;
    Ok(Read { book, text, warnings })
}

fn read_json(text: &str, areas: Option<&DmaTable>) -> Result<Read, Problem> {
    let document: Value = serde_json::from_str(text)
        .map_err(|error| Problem::Unreadable(format!("The body is not JSON: {error}.")))?;
    let (book, found) = book::parse_json(&document, areas);
    let warnings: Vec<Fault> = found.into_iter().map(Fault::from).collect();
    match book {
        // Written anew from the book: in its own order, with equal neighbours drawn together.
        Some((book, _)) => Ok(Read { text: book::to_toml(&book), book, warnings }),
        None => Err(Problem::Refused(warnings)),
    }
}
