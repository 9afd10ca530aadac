//! Picks up a new version of the book, whoever applied it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::base::Severity;
use crate::book;
use crate::routing::Snapshot;
use crate::switch::Shared;

/// How often the version is looked at: with compiling, a change is live within 50 ms.
const EVERY: Duration = Duration::from_millis(20);

/// Runs until `end`. A version that cannot be read is refused once; the book in force stays.
pub(super) async fn run(shared: Arc<Shared>, end: CancellationToken) {
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
        let (book, found) = book::parse("book in the database", &latest.text);
        match book {
            Some(book) if found.iter().all(|fault| fault.severity != Severity::Error) => {
                let summary = book.summary().to_string();
                let snapshot = Snapshot::compile(Arc::new(book), latest.version);
                shared.dispatch.load(snapshot);
                tracing::info!(version = latest.version, %summary, "a new book is in force");
            }
            Some(_) | None => {
                tracing::error!(version = latest.version, "a book was refused: it has errors");
            }
        }
    }
}
