//! Publishes books and flows.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use arc_swap::ArcSwap;

use super::Shelf;
use super::fetch;
use crate::base::Diagnostic;
use crate::base::Severity;
use crate::book;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Surroundings;
use crate::dispatch::Dispatch;
use crate::events::Events;
use crate::events::Subject;
use crate::geo::DmaTable;
use crate::library::Fetched;
use crate::library::Library;
use crate::library::Standing;
use crate::library::is_fatal;
use crate::net::Clock;
use crate::net::Fetcher;
use crate::store::BookVersion;
use crate::switch::Speaker;

/// Name of the live book in diagnostics.
pub const LIVE_BOOK: &str = "book in the database";

/// What a publication replaces or reports to, and what it reads sounds and the time with.
#[derive(Clone)]
pub struct Live {
    /// Has the live book.
    pub dispatch: Arc<Dispatch>,
    /// The live flows and sounds, replaced as a whole.
    pub library: Arc<ArcSwap<Library>>,
    /// Where a published book is reported.
    pub events: Events,
    /// Renders sentences without sound files.
    pub speaker: Arc<Speaker>,
    /// Fetches sounds from the web.
    pub fetcher: Arc<Fetcher>,
    /// The machine's clocks.
    pub clock: Clock,
}

/// Publishes books and flows: one publication at a time, and never an earlier book over a later
/// one.
///
/// A publication reads the flow files under the lock, so that the last to publish is also the last
/// to read: of two simultaneous publications, neither undoes the changes of the other. Sounds on
/// the web are fetched before that, without the lock.
pub struct Publisher {
    live: Live,
    shelf: Shelf,
    /// Market areas that contracts may name.
    areas: Option<DmaTable>,
    one: Mutex<()>,
}

impl Publisher {
    /// Creates a publisher for a node's calls, with its flows and sounds.
    pub fn new(live: Live, shelf: Shelf, areas: Option<DmaTable>) -> Self {
        Self { live, shelf, areas, one: Mutex::new(()) }
    }

    /// Returns the version of the live book.
    pub fn version(&self) -> u64 {
        self.live.dispatch.snapshot().version()
    }

    /// Returns the live flows and sounds.
    pub fn library(&self) -> Arc<Library> {
        self.live.library.load_full()
    }

    /// Returns the source of the flows.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Returns what books are read against.
    pub fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { areas: self.areas.as_ref(), reach: self.live.fetcher.reach() }
    }

    /// Returns the faults of the text of a flow of this name: its own, and those against the book
    /// and the other live flows. Reads sound files.
    pub fn judge(&self, name: &str, text: &str) -> Vec<Diagnostic> {
        let snapshot = self.live.dispatch.snapshot();
        self.shelf.judge(&self.library(), name, text, snapshot.book())
    }

    /// Publishes a stored book. Rejects an unreadable one; the live book stays. Blocks for some
    /// milliseconds.
    pub fn publish_stored(&self, stored: &BookVersion) {
        let (book, found) = book::parse_with(LIVE_BOOK, &stored.text, self.surroundings());
        match book {
            Some(book) if !is_fatal(&found) => self.publish_book(book, stored.version),
            Some(_) | None => {
                tracing::error!(version = stored.version, "book rejected: it has errors");
            }
        }
    }

    /// Publishes a book for new calls, unless the same version or a later one is live. Blocks for
    /// some milliseconds.
    pub fn publish_book(&self, book: Book, version: u64) {
        let _one = self.lock();
        if version <= self.version() {
            return;
        }
        let summary = book.summary().to_string();
        // A new book may have new whispers, and may make another flow valid or invalid.
        for warning in self.publish_library(&book, &Fetched::default()) {
            tracing::warn!("{warning}");
        }
        let snapshot = self.live.dispatch.snapshot().next(Arc::new(book), version);
        self.live.dispatch.load(snapshot);
        let at = self.live.clock.now().wall;
        self.live.events.publish(at, Subject::Book { version });
        tracing::info!(version, %summary, "book published");
    }

    /// Publishes changed flows for new calls. A flow with an error stays unchanged. Takes as long
    /// as fetching new sounds on the web; books can be published meanwhile.
    ///
    /// Returns `false` if the files could not be read because a task panicked.
    pub async fn publish_flows(self: &Arc<Self>) -> bool {
        let own = self.clone();
        let absent = move || own.shelf.load().absent(&own.library());
        let Ok(absent) = tokio::task::spawn_blocking(absent).await else { return false };
        let fetched = fetch(&self.live.fetcher, absent).await;
        let own = self.clone();
        let publish = move || {
            let _one = own.lock();
            let snapshot = own.live.dispatch.snapshot();
            // The faults of the book's own sounds were reported when it was published.
            drop(own.publish_library(snapshot.book(), &fetched));
        };
        tokio::task::spawn_blocking(publish).await.is_ok()
    }

    fn lock(&self) -> MutexGuard<'_, ()> {
        self.one.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads flows and sounds and publishes them with a book; the caller must hold the lock.
    /// Returns the faults of the sounds that the book names.
    fn publish_library(&self, book: &Book, fetched: &Fetched) -> Vec<Diagnostic> {
        let earlier = self.library();
        let mut library = self.shelf.load().succeed(&earlier, book);
        let found = self.shelf.add_book(&mut library, book, BookText::named(LIVE_BOOK));
        for warning in library.add_fetched(fetched) {
            tracing::warn!("{warning}");
        }
        log_changes(&earlier, &library);
        self.live.speaker.prepare(library.silent(book));
        self.live.library.store(Arc::new(library));
        found
    }
}

impl std::fmt::Debug for Publisher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publisher").field("version", &self.version()).finish_non_exhaustive()
    }
}

fn log_changes(earlier: &Library, library: &Library) {
    let before = earlier.standing();
    for standing in library.standing() {
        let Standing { name, version, faults } = &standing;
        let known = before.iter().find(|known| known.name == *name);
        if known == Some(&standing) {
            continue;
        }
        for fault in faults {
            match fault.severity {
                Severity::Error => tracing::error!("{fault}"),
                Severity::Warning => tracing::warn!("{fault}"),
            }
        }
        let version = version.as_deref().unwrap_or("none");
        if is_fatal(faults) {
            tracing::error!(flow = name, version, "flow not changed: its file has errors");
        } else {
            tracing::info!(flow = name, version, "flow published");
        }
    }
}
