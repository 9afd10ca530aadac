//! The live book, as commands read it from the database.

use super::Fault;
use super::areas::Areas;
use super::fault::refuse_errors;
use super::open_store;
use crate::book::Book;
use crate::config::Settings;
use crate::publish::LIVE_BOOK;
use crate::store::BookVersion;
use crate::store::Store;

/// Returns the latest version; `None` when no book was applied.
pub(super) async fn latest(store: &dyn Store) -> Result<Option<BookVersion>, Fault> {
    store.book_latest().await.map_err(Fault::of)
}

/// Returns the live book and its version. Fails when no book was applied.
pub(super) async fn needed(settings: &Settings) -> Result<(u64, Book), Fault> {
    let store = open_store(settings)?;
    let latest = latest(store.as_ref()).await?.ok_or_else(|| {
        Fault::of("no book published: run `strowger book apply FILE`, or give --book FILE")
    })?;
    let areas = Areas::load(settings)?;
    Ok((latest.version, parse(&areas, LIVE_BOOK, &latest.text)?))
}

/// Parses a book that messages call `shown`.
pub(super) fn parse(areas: &Areas, shown: &str, text: &str) -> Result<Book, Fault> {
    let (book, found) = areas.read_book(shown, text);
    refuse_errors(found)?;
    book.ok_or_else(|| Fault::of(format!("{shown} is not a book")))
}
