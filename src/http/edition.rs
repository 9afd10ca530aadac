//! The latest version of the book, and new versions that are made from it.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Site;
use super::condition::Condition;
use super::fault::Fault;
use super::problem::Problem;
use super::problem::Stale;
use super::tag::Tag;
use crate::book;
use crate::book::Book;
use crate::book::Change;
use crate::book::EntryName;
use crate::book::entry_json;
use crate::store::Activity;
use crate::store::ActivityOutcome;
use crate::store::Mutation;

/// How often a change is retried because another program applied a book in between. Changes of this
/// program wait for each other. After the last try the request gets 503.
const TRIES_MAX: usize = 8;
/// Most changes that a failed condition lists; `detail` has their number.
const SHOWN_MAX: usize = 200;

/// Name of a book that came by HTTP, for diagnostics.
pub(super) const BODY: &str = "body";

/// The latest version of the book.
pub(super) struct StoredBook {
    /// Number of the version; 0 before the first.
    pub(super) version: u64,
    /// The book.
    pub(super) book: Arc<Book>,
}

/// A book to be applied.
pub(super) struct Draft {
    pub(super) book: Book,
    /// Text to store; `None` to generate it from the book, in which case an equal book changes
    /// nothing.
    pub(super) text: Option<String>,
    /// Faults that are not errors.
    pub(super) warnings: Vec<Fault>,
}

/// Target of a change. The condition of the request is compared with its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The whole book, or one of its lists.
    Book,
    /// One entry.
    Entry(EntryName),
}

/// Removals that a change may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removals {
    /// Removals that are not large (see [`book::large_removal`]).
    Small,
    /// Any removal.
    Any,
}

/// Result of applying a book.
#[derive(Serialize, ToSchema)]
pub(super) struct AppliedBook {
    /// The version that is now live.
    pub(super) version: u64,
    /// True if a new version was created; false if nothing differed.
    pub(super) changed: bool,
    /// Differences from the previous version.
    pub(super) changes: Vec<Change>,
    /// Warnings.
    pub(super) warnings: Vec<Fault>,
}

/// Reads the latest version.
pub(super) async fn latest(site: &Site) -> Result<StoredBook, Problem> {
    let version = site.store.book_version().await?;
    let snapshot = site.dispatch.snapshot();
    if snapshot.version() == version {
        return Ok(StoredBook { version, book: snapshot.book().clone() });
    }
    edition(site, version).await
}

/// Reads a version. Version 0 is an empty book if none is stored.
pub(super) async fn edition(site: &Site, version: u64) -> Result<StoredBook, Problem> {
    let Some(found) = site.store.book_fetch(version).await? else {
        return match version {
            0 => Ok(StoredBook { version, book: Arc::default() }),
            _ => Err(Problem::NotFound("version of the book")),
        };
    };
    let books = site.books.clone();
    let read = move || book::parse_with(BODY, &found.text, books.surroundings()).0;
    let book = tokio::task::spawn_blocking(read).await.map_err(|_| Problem::Internal)?;
    let book = book.ok_or_else(|| {
        tracing::error!(version, "stored book cannot be read");
        Problem::Internal
    })?;
    Ok(StoredBook { version, book: Arc::new(book) })
}

impl StoredBook {
    /// Returns the tag of a change's target; `None` when the target does not exist.
    pub(super) fn tag(&self, target: &Target) -> Option<Tag> {
        match target {
            Target::Book => (self.version > 0).then(|| Tag::book(self.version)),
            Target::Entry(name) => self.entry(name).map(|(tag, _)| tag),
        }
    }

    /// Returns an entry with its tag.
    pub(super) fn entry(&self, name: &EntryName) -> Option<(Tag, Value)> {
        let json = entry_json(&self.book, name)?;
        Some((Tag::entry(self.version, &json), json))
    }
}

/// Applies a book that is made from the latest version, if the conditions of the request hold for
/// that version. Making it may take some time; it is made again when another program applies a book
/// in between. Calls that begin after the answer use the new book.
pub(super) async fn apply<T: Send + 'static>(
    site: &Site,
    headers: &HeaderMap,
    removals: Removals,
    (target, by): (Target, Mutation),
    make: impl Fn(&Book) -> Result<(Draft, T), Problem> + Clone + Send + 'static,
) -> Result<(AppliedBook, T), Problem> {
    let (wanted, unwanted) = (Condition::if_match(headers)?, Condition::if_none_match(headers)?);
    let _turn = site.edits.lock().await;
    for _ in 0..TRIES_MAX {
        let before = latest(site).await?;
        let tag = before.tag(&target);
        let holds = wanted == Condition::None || wanted.matches(tag.as_ref());
        if !holds || unwanted.matches(tag.as_ref()) {
            return Err(stale(site, &target, &wanted, &before).await?);
        }
        let (own, make) = (before.book.clone(), make.clone());
        let balances = site.store.balances().await?.items;
        let made = tokio::task::spawn_blocking(move || {
            let (draft, also) = make(&own)?;
            let balances = balances.iter().map(|balance| balance.balance);
            if let Some(change) = book::currency_change(&own, &draft.book, balances) {
                let remedy = change.remedy();
                return Err(Problem::Conflict(format!("The request {change}. {remedy}")));
            }
            let changes = book::changes(&own, &draft.book);
            if removals == Removals::Small
                && let Some(removal) = book::large_removal(&own, &changes)
            {
                return Err(Problem::LargeRemoval(removal));
            }
            let is_new = draft.text.is_some() || draft.book != *own;
            let text = draft.text.or_else(|| is_new.then(|| book::to_toml(&draft.book)));
            Ok::<_, Problem>((draft.book, text, draft.warnings, changes, also))
        });
        let (book, text, warnings, changes, also) = made.await.map_err(|_| Problem::Internal)??;
        let text = match text {
            Some(text) => text,
            None => text_of(site, before.version).await?,
        };
        let applied = site.store.book_apply_after(before.version, text, by.clone()).await?;
        let Some(version) = applied else { continue };
        let changed = version != before.version;
        // This switch publishes the version at once; the others find it in the database.
        let books = site.books.clone();
        let put = tokio::task::spawn_blocking(move || books.publish_book(book, version));
        put.await.map_err(|_| Problem::Internal)?;
        return Ok((AppliedBook { version, changed, changes, warnings }, also));
    }
    Err(Problem::Unavailable)
}

/// Returns the text of a version; that of an empty book before the first version.
async fn text_of(site: &Site, version: u64) -> Result<String, Problem> {
    let found = site.store.book_fetch(version).await?;
    Ok(found.map(|found| found.text).unwrap_or_default())
}

/// Returns the problem for a condition that does not hold, with the changes since the version that
/// the client has seen.
async fn stale(
    site: &Site,
    target: &Target,
    wanted: &Condition,
    current: &StoredBook,
) -> Result<Problem, Problem> {
    let what = match target {
        Target::Book => "the book".to_owned(),
        Target::Entry(name) => name.to_string(),
    };
    let version = current.version;
    let tag = current.tag(target);
    let seen = wanted.seen().filter(|seen| *seen < version);
    let before = match seen {
        Some(seen) => edition(site, seen).await.ok(),
        None => None,
    };
    let mut changes =
        before.map_or(Vec::new(), |before| book::changes(&before.book, &current.book));
    if let Target::Entry(name) = target {
        changes.retain(|change| change.noun == name.noun && change.id == name.id);
    }
    let count = changes.len();
    let detail = match (seen, wanted) {
        (Some(seen), _) if count > 0 => {
            let first: Vec<String> = changes.iter().take(3).map(ToString::to_string).collect();
            let more = if count > 3 { format!(" and {} more", count - 3) } else { String::new() };
            format!(
                "{what} has changed since version {seen} of the book: {}{more}.",
                first.join("; ")
            )
        }
        (_, Condition::None) => {
            format!("{what} exists already, and `If-None-Match` requires that it does not.")
        }
        _ if tag.is_none() => {
            format!("{what} does not exist, and `If-Match` requires that it does.")
        }
        _ => format!("{what} is not what `If-Match` names; its `ETag` is in this answer."),
    };
    changes.truncate(SHOWN_MAX);
    let detail = capitalized(&detail);
    Ok(Problem::Stale(Box::new(Stale { detail, tag, changes })))
}

fn capitalized(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// Returns the result of a change whose answer was lost.
pub(super) async fn again(site: &Site, done: &Activity) -> Result<AppliedBook, Problem> {
    let Some(ActivityOutcome::Done { book_version: Some(version) }) = done.outcome else {
        return Err(Problem::Internal);
    };
    let stored = site.store.book_fetch(version).await?.ok_or(Problem::Internal)?;
    // A change that made no difference names the version that was live before.
    let own = format!(" by {}", done.mutation.actor);
    let changed = stored.who.ends_with(&own) && stored.at == done.mutation.at;
    let after = edition(site, version).await?;
    let changes = match changed {
        true => book::changes(&edition(site, version - 1).await?.book, &after.book),
        false => Vec::new(),
    };
    Ok(AppliedBook { version, changed, changes, warnings: Vec::new() })
}
