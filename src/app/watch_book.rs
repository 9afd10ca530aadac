//! Puts a new version of the book in force, whoever applied it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::areas::Areas;
use super::node::BOOK_IN_FORCE;
use crate::base::Diagnostic;
use crate::base::Severity;
use crate::book::Book;
use crate::geo::DmaTable;
use crate::http::Books;
use crate::http::Flows;
use crate::store::BookVersion;
use crate::switch::Library;
use crate::switch::Shared;
use crate::switch::Shelf;
use crate::switch::Standing;
use crate::switch::is_fatal;

/// How often the version is looked at. Of the 50 ms within which a change is live, most are left
/// for reading and compiling.
const EVERY: Duration = Duration::from_millis(10);

/// Where books are put in force: one at a time, and never an earlier one over a later.
pub(super) struct Press {
    shared: Arc<Shared>,
    shelf: Shelf,
    areas: Areas,
    one: Mutex<()>,
}

impl Press {
    /// For a node's calls, with its flows and sounds.
    pub(super) fn new(shared: Arc<Shared>, shelf: Shelf, areas: Areas) -> Self {
        Self { shared, shelf, areas, one: Mutex::new(()) }
    }

    fn version(&self) -> u64 {
        self.shared.dispatch.snapshot().version()
    }

    /// A version that cannot be read is refused; the book in force stays.
    fn read(&self, latest: &BookVersion) {
        let (book, found) = self.areas.read_book(BOOK_IN_FORCE, &latest.text);
        match book {
            Some(book) if !is_fatal(&found) => self.put_in_force(book, latest.version),
            Some(_) | None => {
                tracing::error!(version = latest.version, "a book was refused: it has errors");
            }
        }
    }

    /// A new book may have new whispers, and make another flow right or wrong.
    fn load_sounds(&self, book: &Book) {
        let earlier = self.shared.library.load_full();
        let mut library = Library::renew(&self.shelf, &earlier, book);
        for warning in library.add_book(&self.shelf, book, BOOK_IN_FORCE) {
            tracing::warn!("{warning}");
        }
        self.shared.library.store(Arc::new(library));
    }

    /// Puts changed flows in force: calls that begin from now on run them. One that has an error
    /// stays as it was. Blocks for as long as sounds on the web take.
    pub(super) fn renew_flows(&self, handle: &Handle) {
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = self.shared.library.load_full();
        let snapshot = self.shared.dispatch.snapshot();
        let mut library = Library::renew(&self.shelf, &earlier, snapshot.book());
        drop(library.add_book(&self.shelf, snapshot.book(), BOOK_IN_FORCE));
        for warning in handle.block_on(library.fetch(&self.shared.fetcher)) {
            tracing::warn!("{warning}");
        }
        tell_changes(&earlier, &library);
        self.shared.library.store(Arc::new(library));
    }

    /// Where flows are read from.
    pub(super) fn shelf(&self) -> &Shelf {
        &self.shelf
    }
}

impl Books for Press {
    fn areas(&self) -> Option<&DmaTable> {
        self.areas.table()
    }

    fn check(&self, book: &Book, shown: &str) -> Vec<Diagnostic> {
        self.shared.library.load().check_against(book, shown)
    }

    fn put_in_force(&self, book: Book, version: u64) {
        let _one = self.one.lock().unwrap_or_else(PoisonError::into_inner);
        if version <= self.version() {
            return;
        }
        let summary = book.summary().to_string();
        self.load_sounds(&book);
        let snapshot = self.shared.dispatch.snapshot().next(Arc::new(book), version);
        self.shared.dispatch.load(snapshot);
        tracing::info!(version, %summary, "a new book is in force");
    }
}

impl Flows for Press {
    fn standing(&self) -> Vec<Standing> {
        self.shared.library.load().standing()
    }

    fn failures(&self) -> usize {
        self.shared.library.load().failures()
    }

    fn judge(&self, name: &str, text: &str) -> Vec<Diagnostic> {
        let snapshot = self.shared.dispatch.snapshot();
        self.shared.library.load().judge(&self.shelf, name, text, snapshot.book())
    }
}

fn tell_changes(earlier: &Library, library: &Library) {
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
            tracing::error!(flow = name, version, "a flow was not changed: its file has errors");
        } else {
            tracing::info!(flow = name, version, "a flow was changed");
        }
    }
}

/// Looks for versions that others applied, until `end`. One that is refused is refused once.
pub(super) async fn run(press: Arc<Press>, end: CancellationToken) {
    let mut seen = press.version();
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        seen = look(&press, seen).await;
    }
}

/// Puts a version that is neither the one that was seen last nor in force in force, and says
/// which was seen.
async fn look(press: &Arc<Press>, seen: u64) -> u64 {
    let store = &press.shared.store;
    // A database that does not answer is reported by the writes that need it.
    let Ok(version) = store.book_version().await else { return seen };
    if version == seen || version == press.version() {
        return seen;
    }
    let Ok(Some(latest)) = store.book_latest().await else { return seen };
    let seen = latest.version;
    // A large book takes a while: not on a thread that calls wait for.
    let own = press.clone();
    if tokio::task::spawn_blocking(move || own.read(&latest)).await.is_err() {
        tracing::error!(version = seen, "a book was refused by a fault of ours");
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Fields;
    use crate::base::Now;
    use crate::base::Wall;
    use crate::book::Channel;
    use crate::dispatch::Dispatch;
    use crate::net::Clock;
    use crate::quota::Quota;
    use crate::routing::Inquiry;
    use crate::routing::Snapshot;
    use crate::store::Sqlite;
    use crate::store::Store;

    const BOOK: &str = "[[buyer]]\nid = \"b\"\ntimezone = \"America/New_York\"\n\
        [[offer]]\nid = \"o\"\nstrategy = \"priority\"\n\
        [[contract]]\nid = \"old\"\nbuyer = \"b\"\noffer = \"o\"\n\
        price = { amount = \"5.00\", currency = \"USD\" }\n\
        destination = { sip = \"sip:a@198.51.100.7\" }\n";

    async fn first(shared: &Shared) -> Option<String> {
        let (offer, fields) = ("o".parse().unwrap(), Fields::default());
        let inquiry = Inquiry { offer, channel: Channel::Call, source: None, caller: None, fields };
        let now = Now::at(Wall::from_micros(0));
        let decision = shared.dispatch.preview(&shared.dispatch.snapshot(), &inquiry, now).await;
        decision.first().map(|pick| pick.contract.to_string())
    }

    #[tokio::test]
    async fn a_call_after_one_look_goes_by_the_new_book() {
        let home = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&home.path().join("db")).unwrap());
        let empty = Snapshot::compile(Arc::default(), 0);
        let dispatch = Arc::new(Dispatch::new(empty, Quota::memory()));
        let clock = Clock::new(|| Now::at(Wall::from_micros(0)));
        let shared = Arc::new(Shared::deaf(clock, dispatch, store.clone()));
        let press = Arc::new(Press::new(shared.clone(), Shelf::Bundled, Areas::default()));
        let at = Wall::from_micros(0);
        let mut seen = 0;
        for (text, expected) in [
            (BOOK.to_owned(), Some("old")),
            (BOOK.replace("\"old\"", "\"new\""), Some("new")),
            // What cannot be read leaves the book in force in its place.
            ("[[offer]]".to_owned(), Some("new")),
            (BOOK.to_owned(), Some("old")),
        ] {
            let version = store.book_apply(text, "who".to_owned(), at).await.unwrap();
            seen = look(&press, seen).await;
            assert_eq!((seen, first(&shared).await.as_deref()), (version, expected));
        }
    }
}
