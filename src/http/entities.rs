//! `/v1/trunks`, `/v1/sources`, `/v1/buyers`, `/v1/offers`, `/v1/contracts`, `/v1/numbers`: the
//! entries of the book, one by one. Each change is a new version of the whole book.

#[cfg(test)]
mod tests;

use std::marker::PhantomData;

use axum::Json;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::IntoResponse as _;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::Schema;
use utoipa::openapi::request_body::RequestBody;

use super::Site;
use super::access::STAFF;
use super::access::Staff;
use super::access::WRITERS;
use super::access::Writer;
use super::body;
use super::body::Body;
use super::body::JSON;
use super::body::is_json;
use super::body::media_type;
use super::change::Again;
use super::change::Recalled;
use super::condition::Tagged;
use super::edition;
use super::edition::AppliedBook;
use super::edition::BODY;
use super::edition::Draft;
use super::edition::Removals;
use super::edition::Target;
use super::edition::latest;
use super::fault::Fault;
use super::fault::refuse;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query;
use super::query::query;
use super::reply::Reply;
use super::reply::content;
use super::route::Route;
use super::route::change;
use super::route::get;
use super::schema;
use super::schema::Kind;
use super::schema::any;
use super::schema::boolean;
use super::schema::count;
use super::schema::field;
use super::schema::map;
use super::schema::nullable;
use super::schema::object;
use super::schema::slug;
use super::schema::text;
use super::schema::whole;
use super::segment::Segment;
use super::tag::Tag;
use crate::book;
use crate::book::Book;
use crate::book::Change;
use crate::book::Edit;
use crate::book::EntryName;
use crate::book::Noun;
use crate::book::Refusal;
use crate::book::entry_ids;
use crate::store::Action;
use crate::store::Activity;
use crate::store::EntityKind;
use crate::store::Verb;

/// Entries of a page unless the client asks for another number.
const PAGE_ENTRIES: usize = 50;
/// Most entries of a page.
const PAGE_ENTRIES_MAX: usize = 200;
/// Largest body, in bytes: enough for a contract with every zip of a large state.
const ENTRY_BYTES_MAX: usize = 1024 * 1024;
/// The media type of a merge patch (RFC 7396).
const MERGE_PATCH: &str = "application/merge-patch+json";

/// The header with the tag that the client has seen.
pub(super) const CONDITION: (&str, &str) = (
    "If-Match",
    "`ETag` of the version to change. If another version is live, the response is 412 and \
     lists the changes since.",
);
const CREATION: (&str, &str) = ("If-None-Match", "`*`: create only.");
const CACHED: (&str, &str) =
    ("If-None-Match", "`ETag` of the client's copy. If it is current, the response is 304.");

/// Returns the routes of a kind of entry.
pub(super) fn routes<K: Kind>() -> Vec<Route> {
    let kind = match K::NOUN {
        Noun::Trunk => EntityKind::Trunk,
        Noun::Source => EntityKind::Source,
        Noun::Buyer => EntityKind::Buyer,
        Noun::Offer => EntityKind::Offer,
        Noun::Contract => EntityKind::Contract,
        Noun::Number => EntityKind::Number,
        Noun::Postback => EntityKind::Postback,
    };
    let to = |verb| Action::new(verb, kind);
    let (all, one) = (K::PATH, K::ITEM);
    vec![
        get(all, STAFF, list::<K>)
            .about("A page of the book's entries of this kind, by id.")
            .headers(&[CACHED]),
        change(Method::POST, all, WRITERS, to(Verb::Create), create::<K>)
            .about("Creates an entry. The answer to one that exists is 409.")
            .body_max(ENTRY_BYTES_MAX)
            .headers(&[CONDITION])
            .faults(&[412])
            .again(Again::by(|site, done| Recalled::by(again::<K>(site, done)))),
        get(one, STAFF, fetch::<K>)
            .about("An entry of the book, with the keys of the book's file.")
            .headers(&[CACHED]),
        change(Method::PUT, one, WRITERS, to(Verb::Replace), put::<K>)
            .about("Replaces an entry, or creates it.")
            .body_max(ENTRY_BYTES_MAX)
            .headers(&[CONDITION, CREATION])
            .faults(&[412])
            .again(Again::by(|site, done| Recalled::by(again::<K>(site, done)))),
        change(Method::PATCH, one, WRITERS, to(Verb::Update), patch::<K>)
            .about("Changes an entry by a JSON merge patch (RFC 7396): `null` removes a key.")
            .body_max(ENTRY_BYTES_MAX)
            .headers(&[CONDITION])
            .faults(&[412])
            .again(Again::by(|site, done| Recalled::by(again::<K>(site, done)))),
        change(Method::DELETE, one, WRITERS, to(Verb::Delete), delete::<K>)
            .about("Deletes an entry. While others refer to it, the answer is 409 and names them.")
            .headers(&[CONDITION])
            .faults(&[412, 422])
            .again(Again::by(|site, done| Recalled::by(again::<K>(site, done)))),
    ]
}

query! {
    /// Which page of entries.
    pub(super) struct Wanted {
        /// Start of the page: the `next` of the previous page.
        cursor: EntryCursor,
        /// Entries per page; 50 by default.
        limit: EntryCount,
    }
}

/// Id of the last entry before a page.
pub(super) struct EntryCursor(String);

impl query::Value for EntryCursor {
    const EXPECTED: &'static str = "the `next` of an earlier page";

    fn schema() -> RefOr<Schema> {
        text()
    }

    fn read(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }
}

/// Number of entries of a page.
pub(super) struct EntryCount(usize);

impl query::Value for EntryCount {
    const EXPECTED: &'static str = "a whole number from 1 to 200";

    fn schema() -> RefOr<Schema> {
        whole(1, PAGE_ENTRIES_MAX)
    }

    fn read(text: &str) -> Option<Self> {
        text.parse().ok().filter(|count| (1..=PAGE_ENTRIES_MAX).contains(count)).map(Self)
    }
}

/// Id of an entry of a kind, from the path.
pub(super) struct EntryId<K>(EntryName, PhantomData<fn() -> K>);

impl<K: Kind> Segment for EntryId<K> {
    const ABOUT: &'static str = match K::NOUN {
        Noun::Number => "Number in E.164; encode `+` as `%2B`, or omit it.",
        Noun::Trunk
        | Noun::Source
        | Noun::Buyer
        | Noun::Offer
        | Noun::Contract
        | Noun::Postback => "Entry id.",
    };

    fn schema() -> RefOr<Schema> {
        match K::NOUN {
            Noun::Number => text(),
            Noun::Trunk
            | Noun::Source
            | Noun::Buyer
            | Noun::Offer
            | Noun::Contract
            | Noun::Postback => slug(),
        }
    }

    fn read(text: &str) -> Result<Self, Problem> {
        Ok(Self(EntryName::new(K::NOUN, text), PhantomData))
    }
}

/// An entry as the client sent it.
pub(super) struct SentEntry<K>(Value, PhantomData<fn() -> K>);

impl<K: Kind> Body for SentEntry<K> {
    fn describe(sheet: &mut Sheet) -> Option<RequestBody> {
        Some(body::one_of(&[(JSON, sheet.refer::<K>())]))
    }

    fn read(headers: &HeaderMap, bytes: Bytes) -> Result<Self, Problem> {
        match media_type(headers) {
            None => {}
            Some(sent) if sent != MERGE_PATCH && is_json(&sent) => {}
            Some(_) => return Err(Problem::MediaType(&[JSON])),
        }
        Ok(Self(json(&bytes)?, PhantomData))
    }
}

/// A merge patch of an entry.
pub(super) struct SentPatch(Value);

impl Body for SentPatch {
    fn describe(_: &mut Sheet) -> Option<RequestBody> {
        Some(body::one_of(&[(MERGE_PATCH, map(any()))]))
    }

    fn read(headers: &HeaderMap, bytes: Bytes) -> Result<Self, Problem> {
        match media_type(headers).as_deref() {
            Some(MERGE_PATCH) => Ok(Self(json(&bytes)?)),
            Some(_) | None => Err(Problem::MediaType(&[MERGE_PATCH])),
        }
    }
}

fn json(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes)
        .map_err(|error| Problem::Unreadable(format!("The body is not JSON: {error}.")))
}

/// A page of entries.
#[derive(Serialize)]
pub(super) struct EntryPage<K> {
    items: Vec<Value>,
    next: Option<String>,
    #[serde(skip)]
    kind: PhantomData<fn() -> K>,
}

/// An entry.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct ShownEntry<K> {
    entry: Value,
    #[serde(skip)]
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Reply for EntryPage<K> {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let page = object(&[
            field("items", schema::list(sheet.refer::<K>()), ""),
            field(
                "next",
                nullable(text()),
                "The `cursor` of the next page; null when this is the last.",
            ),
        ]);
        vec![(StatusCode::OK, content(JSON, page))]
    }

    fn reply(self) -> Response {
        Json(self).into_response()
    }
}

impl<K: Kind> Reply for ShownEntry<K> {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::OK, content(JSON, sheet.refer::<K>()))]
    }

    fn reply(self) -> Response {
        Json(self).into_response()
    }
}

fn change_schema<K: Kind>(sheet: &mut Sheet) -> RefOr<Schema> {
    object(&[
        field("version", count(), "The version that is now live."),
        field(
            "changed",
            boolean(),
            "True if a new version was created; false if nothing differed.",
        ),
        field(
            "changes",
            schema::list(sheet.refer::<Change>()),
            "Differences from the previous version.",
        ),
        field("warnings", schema::list(sheet.refer::<Fault>()), "Warnings."),
        field("item", nullable(sheet.refer::<K>()), "The entry; null if it was deleted."),
    ])
}

/// Returns a page of entries, sorted by id.
pub(super) async fn list<K: Kind>(
    request: Admitted<Staff, (), Wanted>,
) -> Result<Tagged<EntryPage<K>>, Problem> {
    let Admitted { site, query, headers, .. } = request;
    let limit = query.limit.map_or(PAGE_ENTRIES, |limit| limit.0);
    let latest = latest(&site).await?;
    let mut ids = entry_ids(&latest.book, K::NOUN);
    if let Some(EntryCursor(after)) = query.cursor {
        ids.retain(|id| *id > after);
    }
    let more = ids.len() > limit;
    ids.truncate(limit);
    let next = ids.last().filter(|_| more).cloned();
    let names = ids.into_iter().map(|id| EntryName { noun: K::NOUN, id });
    let items = names.filter_map(|name| book::entry_json(&latest.book, &name)).collect();
    let page = EntryPage { items, next, kind: PhantomData };
    Tagged::of(&headers, Tag::book(latest.version), page)
}

/// Returns an entry.
pub(super) async fn fetch<K: Kind>(
    request: Admitted<Staff, EntryId<K>>,
) -> Result<Tagged<ShownEntry<K>>, Problem> {
    let Admitted { site, path: EntryId(name, _), headers, .. } = request;
    let found = latest(&site).await?.entry(&name);
    let (tag, entry) = found.ok_or(Problem::NotFound(K::NOUN.name()))?;
    Tagged::of(&headers, tag, ShownEntry { entry, kind: PhantomData })
}

/// Creates an entry.
pub(super) async fn create<K: Kind>(
    request: Admitted<Writer, (), (), SentEntry<K>>,
) -> Result<EntryApplied<K>, Problem> {
    let Admitted { site, who, body: SentEntry(body, _), headers, .. } = request;
    apply(&site, &headers, who, Edit::Create(K::NOUN, body)).await
}

/// Replaces an entry, or creates it if it does not exist.
pub(super) async fn put<K: Kind>(
    request: Admitted<Writer, EntryId<K>, (), SentEntry<K>>,
) -> Result<EntryApplied<K>, Problem> {
    let Admitted { site, who, path: EntryId(name, _), body: SentEntry(body, _), headers, .. } =
        request;
    apply(&site, &headers, who, Edit::Put(name, body)).await
}

/// Applies a merge patch to an entry.
pub(super) async fn patch<K: Kind>(
    request: Admitted<Writer, EntryId<K>, (), SentPatch>,
) -> Result<EntryApplied<K>, Problem> {
    let Admitted { site, who, path: EntryId(name, _), body: SentPatch(patch), headers, .. } =
        request;
    apply(&site, &headers, who, Edit::Patch(name, patch)).await
}

/// Deletes an entry.
pub(super) async fn delete<K: Kind>(
    request: Admitted<Writer, EntryId<K>>,
) -> Result<EntryApplied<K>, Problem> {
    let Admitted { site, who, path: EntryId(name, _), headers, .. } = request;
    apply(&site, &headers, who, Edit::Delete(name)).await
}

/// Result of a change of an entry.
pub(super) struct EntryApplied<K> {
    name: EntryName,
    created: bool,
    applied: AppliedBook,
    /// The entry with its tag; `None` if it was deleted.
    item: Option<(Tag, Value)>,
    kind: PhantomData<fn() -> K>,
}

/// What came of changing an entry, as the client gets it.
#[derive(Serialize)]
pub(super) struct EntryChange {
    /// The version that is now live.
    version: u64,
    /// True if a new version was created; false if nothing differed.
    changed: bool,
    /// Differences from the previous version.
    changes: Vec<Change>,
    /// Warnings.
    warnings: Vec<Fault>,
    /// The entry; null if it was deleted.
    item: Option<Value>,
}

impl<K: Kind> Reply for EntryApplied<K> {
    fn describe(sheet: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let changed = || "It was changed, or was already equal: see `changed`.";
        let reply = content(JSON, change_schema::<K>(sheet)).description(changed());
        let created = content(JSON, change_schema::<K>(sheet)).description("It was created.");
        vec![(StatusCode::OK, reply), (StatusCode::CREATED, created)]
    }

    fn reply(self) -> Response {
        let EntryApplied { name, created, applied, item, kind: _ } = self;
        let AppliedBook { version, changed, changes, warnings } = applied;
        let (tag, item) = item.unzip();
        let document = Json(EntryChange { version, changed, changes, warnings, item });
        let status = if created { StatusCode::CREATED } else { StatusCode::OK };
        let mut response = (status, document).into_response();
        if let Some(tag) = tag {
            tag.set(&mut response);
        }
        let path = format!("{}/{}", K::PATH, name.id.replace('+', "%2B"));
        if let Ok(path) = HeaderValue::try_from(path)
            && created
        {
            response.headers_mut().insert(LOCATION, path);
        }
        response
    }
}

async fn apply<K: Kind>(
    site: &Site,
    headers: &HeaderMap,
    Writer { by }: Writer,
    edit: Edit,
) -> Result<EntryApplied<K>, Problem> {
    let target = match &edit {
        Edit::Create(..) => Target::Book,
        Edit::Put(name, _) | Edit::Patch(name, _) | Edit::Delete(name) => {
            Target::Entry(name.clone())
        }
    };
    let books = site.books.clone();
    let make = move |before: &Book| {
        let edited = book::edit(before, edit.clone(), books.surroundings()).map_err(refused)?;
        let mut warnings: Vec<Fault> = edited.warnings.into_iter().map(Fault::from).collect();
        warnings.extend(refuse(books.check(&edited.book, BODY))?);
        let created = book::entry_json(before, &edited.name).is_none() && edited.json.is_some();
        let draft = Draft { book: edited.book, text: None, warnings };
        Ok((draft, (edited.name, created, edited.json)))
    };
    let (applied, (name, created, json)) =
        edition::apply(site, headers, Removals::Any, (target, by), make).await?;
    let item = json.map(|json| (Tag::entry(applied.version, &json), json));
    Ok(EntryApplied { name, created, applied, item, kind: PhantomData })
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Unknown(name) => Problem::NotFound(name.noun.name()),
        Refusal::Exists(name) => Problem::Conflict(format!(
            "There is a {name} already: replace it with PUT, or PATCH it."
        )),
        Refusal::Referred(name, by) => Problem::Referred(name.to_string(), by),
        Refusal::Faults(faults) => Problem::Refused(faults.into_iter().map(Fault::from).collect()),
    }
}

/// Returns the result of a change whose answer was lost.
async fn again<K: Kind>(site: Site, done: Activity) -> Result<EntryApplied<K>, Problem> {
    let applied = edition::again(&site, &done).await?;
    let own = applied.changes.iter().find(|change| change.noun == K::NOUN);
    let id = own.map(|change| change.id.clone()).or(done.mutation.subject);
    let name = EntryName::new(K::NOUN, &id.unwrap_or_default());
    let created = own.is_some_and(|change| change.what == book::What::Added);
    let item = edition::edition(&site, applied.version).await?.entry(&name);
    Ok(EntryApplied { name, created, applied, item, kind: PhantomData })
}
