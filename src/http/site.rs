//! The parts of the program that the routes use.

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
use crate::book::Surroundings;
use crate::dispatch::Dispatch;
use crate::events::Events;
use crate::flow::Flow;
use crate::intake::Intake;
use crate::journal::Journal;
use crate::library::Standing;
use crate::net::Clock;
use crate::sale::ConversionSecret;
use crate::store::Store;
use crate::switch::Operator;
use crate::switch::Recordings;

/// Most event streams at once. A further one gets 503.
pub(super) const STREAMS_MAX: usize = 32;

/// Whether the switch accepts calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// The switch does not accept calls yet, or no longer; the sentence says why.
    Waiting(String),
    /// The switch accepts calls.
    Ready,
}

/// The parts of the program that it provides to the routes.
pub struct Program {
    /// The database.
    pub store: Arc<dyn Store>,
    /// Data of calls that the database does not have yet.
    pub journal: Arc<Journal>,
    /// Routing: the only way to a decision.
    pub dispatch: Arc<Dispatch>,
    /// The clocks.
    pub clock: Clock,
    /// Checks and publishes books.
    pub books: Arc<dyn Books>,
    /// Knows and checks the flows.
    pub flows: Arc<dyn Flows>,
    /// Secret that the buyers' conversion keys are made with.
    pub conversions: ConversionSecret,
    /// Webhook carriers.
    pub carriers: Arc<Carriers>,
    /// Events of calls, caps and the book.
    pub events: Events,
    /// The live calls.
    pub operator: Operator,
    /// Takes form leads in.
    pub intake: Intake,
    /// The directory of recordings.
    pub recordings: Recordings,
}

/// Checks and publishes books for the routes.
pub trait Books: Send + Sync {
    /// Returns what books are read against.
    fn surroundings(&self) -> Surroundings<'_>;

    /// Returns the faults of a book that depend on more than its text, such as missing flows.
    /// Diagnostics name the book `shown`.
    fn check(&self, book: &Book, shown: &str) -> Vec<Diagnostic>;

    /// Publishes a stored version for calls that begin from now on, unless a later one is already
    /// live. May take some milliseconds.
    fn publish_book(&self, book: Book, version: u64);
}

/// Lists and checks flows for the routes.
pub trait Flows: Send + Sync {
    /// Returns the live flows.
    fn live(&self) -> Vec<Arc<Flow>>;

    /// Returns every live flow, and the faults of its file.
    fn standing(&self) -> Vec<Standing>;

    /// Returns how many flow files have errors.
    fn failures(&self) -> usize;

    /// Returns the faults of a flow's text, including conflicts with the live book and the other
    /// flows. May take some milliseconds.
    fn judge(&self, name: &str, text: &str) -> Vec<Diagnostic>;
}

/// The state of the routes. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    pub(super) store: Arc<dyn Store>,
    pub(super) journal: Arc<Journal>,
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) clock: Clock,
    pub(super) books: Arc<dyn Books>,
    pub(super) flows: Arc<dyn Flows>,
    pub(super) conversions: ConversionSecret,
    pub(super) carriers: Arc<Carriers>,
    pub(super) events: Events,
    /// Permits for event streams.
    pub(super) streams: Arc<Semaphore>,
    pub(super) operator: Operator,
    pub(super) intake: Intake,
    pub(super) recordings: Recordings,
    /// Lock of requests that change the book.
    pub(super) edits: Arc<Mutex<()>>,
    pub(super) sounds: Arc<Sounds>,
    pub(super) readiness: watch::Receiver<Readiness>,
    pub(super) metrics: Arc<dyn Fn() -> Metrics + Send + Sync>,
}

impl Site {
    /// Creates the state of the routes. Every request of `/metrics` calls `metrics`, which must not
    /// block.
    pub fn new(
        program: Program,
        readiness: watch::Receiver<Readiness>,
        metrics: impl Fn() -> Metrics + Send + Sync + 'static,
    ) -> Self {
        let Program { store, journal, dispatch, clock, books, flows, carriers, .. } = program;
        let Program { events, operator, intake, recordings, conversions, .. } = program;
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
            conversions,
            carriers,
            edits,
            sounds,
            events,
            streams,
            operator,
            intake,
            recordings,
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
