//! Picks up a new version of the book, whoever applied it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::node::BOOK_IN_FORCE;
use crate::book;
use crate::book::Book;
use crate::switch::Library;
use crate::switch::Shared;
use crate::switch::Shelf;
use crate::switch::is_fatal;

/// How often the version is looked at: with compiling, a change is live within 50 ms.
const EVERY: Duration = Duration::from_millis(20);

/// Runs until `end`. A version that cannot be read is refused once; the book in force stays.
pub(super) async fn run(shared: Arc<Shared>, shelf: Shelf, end: CancellationToken) {
    let mut seen = shared.dispatch.snapshot().version();
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        // A database that does not answer is reported by the writes that need it.
        let Ok(version) = shared.store.book_version().await else { continue };
        if version == seen {
            continue;
        }
        let Ok(Some(latest)) = shared.store.book_latest().await else { continue };
        seen = latest.version;
        let (book, found) = book::parse(BOOK_IN_FORCE, &latest.text);
        match book {
            Some(book) if !is_fatal(&found) => {
                let summary = book.summary().to_string();
                load_whispers(&shared, &shelf, &book);
                let snapshot = shared.dispatch.snapshot().next(Arc::new(book), latest.version);
                shared.dispatch.load(snapshot);
                tracing::info!(version = latest.version, %summary, "a new book is in force");
            }
            Some(_) | None => {
                tracing::error!(version = latest.version, "a book was refused: it has errors");
            }
        }
    }
}

/// A new book may have new whispers. Flows that have become faulty since the start stay as they
/// were.
fn load_whispers(shared: &Shared, shelf: &Shelf, book: &Book) {
    let (mut library, found) = Library::load(shelf);
    if is_fatal(&found) {
        tracing::error!("flows have errors: those in force stay; run `strowger check`");
        return;
    }
    for warning in library.add_whispers(shelf, book, BOOK_IN_FORCE) {
        tracing::warn!("{warning}");
    }
    shared.library.store(Arc::new(library));
}
