//! `/v1/book`: the route book, its versions, and putting another in its place.

use axum::Extension;
use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::Query;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::extract::rejection::PathRejection;
use axum::extract::rejection::QueryRejection;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::http::header::CONTENT_TYPE;
use axum::http::header::ETAG;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use super::Site;
use super::problem::Problem;
use crate::base::Diagnostic;
use crate::base::Severity;
use crate::book;
use crate::book::Book;
use crate::book::JsonFault;
use crate::geo::DmaTable;
use crate::store::Action;
use crate::store::BookVersion;
use crate::store::EDITIONS_MAX;
use crate::store::Edition;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::Role;
use crate::store::Token;
use crate::store::Verb;

/// What diagnostics call a book that came by HTTP.
const BODY: &str = "body";
const TOML: &str = "application/toml";

/// A book that was read, with the text that is kept, and what is worth a look.
struct Read {
    book: Book,
    text: String,
    warnings: Vec<Value>,
}

/// `GET /v1/book`: the book in force, as JSON, or as the text that was applied for those who
/// accept `application/toml`. Its version is the `ETag`.
pub(super) async fn fetch(
    State(site): State<Site>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let latest = site.store.book_latest().await?.ok_or(Problem::NotFound("book"))?;
    shown(latest, &headers, site.books.areas())
}

/// `GET /v1/book/versions/{version}`: an earlier one.
pub(super) async fn version(
    State(site): State<Site>,
    version: Result<Path<u64>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(version) = version.map_err(|_| Problem::NotFound("version of the book"))?;
    let found = site.store.book_fetch(version).await?;
    let found = found.ok_or(Problem::NotFound("version of the book"))?;
    shown(found, &headers, site.books.areas())
}

fn shown(
    found: BookVersion,
    headers: &HeaderMap,
    areas: Option<&DmaTable>,
) -> Result<Response, Problem> {
    let tag = (ETAG, format!("\"{}\"", found.version));
    let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accepts.contains("toml") {
        return Ok(([tag, (CONTENT_TYPE, TOML.to_owned())], found.text).into_response());
    }
    let (book, _) = book::parse_with(BODY, &found.text, areas);
    let book = book.ok_or_else(|| {
        tracing::error!(version = found.version, "a stored book can no longer be read");
        Problem::Internal
    })?;
    Ok(([tag], Json(book::to_json(&book))).into_response())
}

#[derive(Deserialize)]
pub(super) struct Before {
    cursor: Option<u64>,
}

#[derive(Serialize)]
pub(super) struct Editions {
    items: Vec<Edition>,
    next: Option<String>,
}

/// `GET /v1/book/versions`: who applied which version, and when; newest first.
pub(super) async fn versions(
    State(site): State<Site>,
    before: Result<Query<Before>, QueryRejection>,
) -> Result<Json<Editions>, Problem> {
    let wrong = "`cursor` is not the `next` of an earlier page.";
    let Query(before) = before.map_err(|_| Problem::Unreadable(wrong.to_owned()))?;
    let items = site.store.book_history(before.cursor, EDITIONS_MAX).await?;
    let last = items.last().map(|edition| edition.version);
    let next = last.filter(|last| *last > 1 && items.len() == EDITIONS_MAX);
    Ok(Json(Editions { items, next: next.map(|next| next.to_string()) }))
}

/// `PUT /v1/book`: makes the book equal to the body, TOML or JSON; whole or not at all.
pub(super) async fn put(
    State(site): State<Site>,
    Extension(token): Extension<Token>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    may_write(&token.role)?;
    let body = body.map_err(|error| Problem::of_body(&error))?;
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_json = kind.contains("json");
    let books = site.books.clone();
    // A large book takes a while: not on a thread that calls wait for.
    let read = tokio::task::spawn_blocking(move || {
        let text = String::from_utf8(body.to_vec())
            .map_err(|_| Problem::Unreadable("The body is not UTF-8.".to_owned()))?;
        let mut read = if is_json {
            read_json(&text, books.areas())?
        } else {
            read_toml(text, books.areas())?
        };
        read.warnings.extend(refuse(books.check(&read.book, BODY))?);
        Ok::<Read, Problem>(read)
    });
    let read = read.await.map_err(|_| Problem::Internal)??;
    apply(&site, read, by(&site, token, Verb::Apply, "PUT /v1/book")).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rollback {
    version: u64,
}

/// `POST /v1/book/rollback {"version": 12}`: a new version that is equal to an earlier one.
pub(super) async fn rollback(
    State(site): State<Site>,
    Extension(token): Extension<Token>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Problem> {
    may_write(&token.role)?;
    let body = body.map_err(|error| Problem::of_body(&error))?;
    let wanted: Rollback = serde_json::from_slice(&body).map_err(|error| {
        Problem::Unreadable(format!("{{\"version\": N}} is expected: {error}."))
    })?;
    let found = site.store.book_fetch(wanted.version).await?;
    let found = found.ok_or(Problem::NotFound("version of the book"))?;
    let mut read = read_toml(found.text, site.books.areas())?;
    read.warnings.extend(refuse(site.books.check(&read.book, BODY))?);
    let request = format!("POST /v1/book/rollback to {}", wanted.version);
    let by = by(&site, token, Verb::RollBack, &request);
    apply(&site, read, by).await
}

fn by(site: &Site, token: Token, verb: Verb, request: &str) -> Mutation {
    let action = Action::new(verb, EntityKind::Book);
    Mutation::by_token(token.id, token.name, action, request, site.clock.now().wall)
}

async fn apply(site: &Site, read: Read, by: Mutation) -> Result<Json<Value>, Problem> {
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
    let put = tokio::task::spawn_blocking(move || books.put_in_force(book, version));
    put.await.map_err(|_| Problem::Internal)?;
    Ok(Json(json!({
        "version": version, "changed": changed, "changes": changes, "warnings": read.warnings,
    })))
}

pub(super) fn may_write(role: &Role) -> Result<(), Problem> {
    match role {
        Role::Admin | Role::Operator => Ok(()),
        Role::Analyst | Role::Buyer(_) | Role::Source(_) => Err(Problem::Forbidden(role.name())),
    }
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
    let shown = |fault: &JsonFault| {
        let JsonFault { pointer, severity, message, hint } = fault;
        json!({"pointer": pointer, "severity": severity, "message": message, "hint": hint})
    };
    let warnings: Vec<Value> = found.iter().map(shown).collect();
    match book {
        // Written anew from the book: in its own order, with equal neighbours drawn together.
        Some((book, _)) => Ok(Read { text: book::to_toml(&book), book, warnings }),
        None => Err(Problem::Refused(warnings)),
    }
}

/// The warnings among the faults of a text; fails with all of them when one is an error.
pub(super) fn refuse(found: Vec<Diagnostic>) -> Result<Vec<Value>, Problem> {
    let refused = found.iter().any(|fault| fault.severity == Severity::Error);
    let shown = |fault: Diagnostic| {
        let Diagnostic { file, place, severity, message, hint } = fault;
        json!({
            "file": file, "line": place.line, "column": place.column, "severity": severity,
            "message": message, "hint": hint,
        })
    };
    let shown = found.into_iter().map(shown).collect();
    if refused { Err(Problem::Refused(shown)) } else { Ok(shown) }
}
