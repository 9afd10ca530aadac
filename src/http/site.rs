//! What the routes need.

use std::fmt;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::sync::Semaphore;
use tokio::sync::watch;

use super::Carriers;
use super::Metrics;
use super::sound_cache::Sounds;
use crate::base::Diagnostic;
use crate::book::Book;
use crate::dispatch::Dispatch;
use crate::events::Events;
use crate::flow::Flow;
use crate::geo::DmaTable;
use crate::journal::Journal;
use crate::library::Standing;
use crate::net::Clock;
use crate::store::Store;
use crate::switch::Operator;

/// Streams at once. A further one gets 503.
pub(super) const STREAMS_MAX: usize = 32;

/// Whether the program can take calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It cannot yet, or no longer; the sentence says why.
    Waiting(String),
    /// It can.
    Ready,
}

/// What the program gives to the routes.
pub struct Program {
    /// The database.
    pub store: Arc<dyn Store>,
    /// What is known of calls beyond the database.
    pub journal: Arc<Journal>,
    /// The one door to a decision.
    pub dispatch: Arc<Dispatch>,
    /// The clocks.
    pub clock: Clock,
    /// Who looks at books and puts them in force.
    pub books: Arc<dyn Books>,
    /// Who has the flows.
    pub flows: Arc<dyn Flows>,
    /// Webhook carriers.
    pub carriers: Arc<Carriers>,
    /// What happens to calls, caps and the book.
    pub events: Events,
    /// The live calls.
    pub operator: Operator,
}

/// What the routes ask of the program about books.
pub trait Books: Send + Sync {
    /// The imported market areas that contracts may name.
    fn areas(&self) -> Option<&DmaTable>;

    /// What is wrong with a book beside its text: flows that are not there. `shown` is what the
    /// book is called.
    fn check(&self, book: &Book, shown: &str) -> Vec<Diagnostic>;

    /// A version was stored: calls that begin from now on go by it, unless a later one is in
    /// force already. May take some milliseconds.
    fn publish_book(&self, book: Book, version: u64);
}

/// What the routes ask of the program about flows.
pub trait Flows: Send + Sync {
    /// Returns the live flows.
    fn live(&self) -> Vec<Arc<Flow>>;

    /// Every flow as it is in force, and what is wrong with its file.
    fn standing(&self) -> Vec<Standing>;

    /// How many flow files have an error.
    fn failures(&self) -> usize;

    /// What is wrong with the text of a flow of this name, by itself and beside the book in force
    /// and the other flows. May take some milliseconds.
    fn judge(&self, name: &str, text: &str) -> Vec<Diagnostic>;
}

/// What the routes need of the program. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    pub(super) store: Arc<dyn Store>,
    pub(super) journal: Arc<Journal>,
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) clock: Clock,
    pub(super) books: Arc<dyn Books>,
    pub(super) flows: Arc<dyn Flows>,
    pub(super) carriers: Arc<Carriers>,
    pub(super) events: Events,
    /// Room for streams of events.
    pub(super) streams: Arc<Semaphore>,
    pub(super) operator: Operator,
    /// Whose turn it is to change the book.
    pub(super) edits: Arc<Mutex<()>>,
    pub(super) sounds: Arc<Sounds>,
    pub(super) readiness: watch::Receiver<Readiness>,
    pub(super) metrics: Arc<dyn Fn() -> Metrics + Send + Sync>,
}

impl Site {
    /// Of the program, its readiness, and a function that takes a snapshot of its figures.
    /// The function is called for every request of `/metrics`; it must not block.
    pub fn new(
        program: Program,
        readiness: watch::Receiver<Readiness>,
        metrics: impl Fn() -> Metrics + Send + Sync + 'static,
    ) -> Self {
        let Program { store, journal, dispatch, clock, books, flows, carriers, .. } = program;
        let Program { events, operator, .. } = program;
        let streams = Arc::new(Semaphore::new(STREAMS_MAX));
        let metrics = Arc::new(metrics);
        let (edits, sounds) = (Arc::default(), Arc::default());
        Self {
            store,
            journal,
            dispatch,
            clock,
            books,
            flows,
            carriers,
            edits,
            sounds,
            events,
            streams,
            operator,
            readiness,
            metrics,
        }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program").finish_non_exhaustive()
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("readiness", &self.readiness).finish_non_exhaustive()
    }
}
