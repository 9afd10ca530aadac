//! New calls: who may call, which number was dialled, and the task that owns the call from then.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::LiveCalls;
use super::Speaker;
use super::beats::Beats;
use super::conduct::Conductor;
use super::gate::Gate;
use super::refused;
use crate::base::Mono;
use crate::base::NodeName;
use crate::base::Rng;
use crate::call::Ingress;
use crate::call::Setup;
use crate::dispatch::Dispatch;
use crate::events::Events;
use crate::journal::Journal;
use crate::journal::Room;
use crate::library::Library;
use crate::net::Clock;
use crate::net::Fetcher;
use crate::net::rtp::PortRange;
use crate::net::sip::Exchange;
use crate::net::sip::Line;
use crate::net::sip::MAILBOX;
use crate::net::sip::Rejection;
use crate::placing;
use crate::placing::Arrival;
use crate::placing::Opened;
use crate::placing::Placed;
use crate::placing::Refusal;
use crate::sip;
use crate::sip::Incoming;
use crate::sip::Sender;
use crate::store::Store;

/// The number is not one of ours.
const NOT_FOUND: u16 = 404;
/// We cannot take the call now.
const UNAVAILABLE: u16 = 503;

/// How much the switch takes, and how it shows itself.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Calls at once.
    pub max_calls: usize,
    /// New calls a second.
    pub calls_per_second: u32,
    /// A bridged leg without audio for so long is dead.
    pub silence: Duration,
    /// Our address as others see it; without one, our address towards each of them.
    pub advertise: Option<IpAddr>,
}

/// What every call shares.
pub struct Shared {
    /// The machine's clocks.
    pub clock: Clock,
    /// The one door to the routing core.
    pub dispatch: Arc<Dispatch>,
    /// This node's name.
    pub node: NodeName,
    /// The database.
    pub store: Arc<dyn Store>,
    /// Where what happens to calls is written first.
    pub journal: Arc<Journal>,
    /// Where media tasks run: away from signalling, so that neither waits for the other.
    pub media: Handle,
    /// Flows and sounds; replaced as a whole.
    pub library: ArcSwap<Library>,
    /// Asks web servers.
    pub fetcher: Arc<Fetcher>,
    /// Makes sentences sound that have no sound of their own.
    pub speaker: Arc<Speaker>,
    /// Where recordings are kept.
    pub recordings: PathBuf,
    /// RTP ports.
    pub ports: PortRange,
    /// The line to the SIP task.
    pub line: Line,
    /// What happens to calls, caps and the book.
    pub events: Events,
    /// The live calls: to be listed, shown and hung up.
    pub calls: LiveCalls,
    /// Bounds.
    pub limits: Limits,
    /// Calls that live.
    pub live: AtomicUsize,
    /// Told whenever a call has ended.
    pub quiet: Notify,
    /// Set when no new call is taken any more.
    pub drain: CancellationToken,
    /// Set when calls that still live are ended.
    pub stop: CancellationToken,
}

/// The switch: takes new calls from the SIP task.
pub struct Switch {
    shared: Arc<Shared>,
    calls: TaskTracker,
    beats: Beats,
    gate: Gate,
    rng: Rng,
}

impl Switch {
    /// A switch without calls. `calls` tracks their tasks: wait for it to drain.
    pub fn new(shared: Arc<Shared>, calls: TaskTracker, rng: Rng) -> Self {
        let gate = Gate::new(shared.limits.calls_per_second, shared.clock.now().mono);
        let beats = Beats::start(&shared, &calls);
        Self { shared, calls, beats, gate, rng }
    }

    fn admit(&mut self, now: Mono) -> Result<(), Rejection> {
        let refuse = |seconds| Err(Rejection { status: UNAVAILABLE, retry_after: Some(seconds) });
        if self.shared.drain.is_cancelled() {
            return refuse(30);
        }
        if self.shared.live.load(Ordering::Relaxed) >= self.shared.limits.max_calls {
            return refuse(5);
        }
        match self.shared.journal.room() {
            Room::Free => {}
            Room::Kept => return refuse(30),
            Room::Failing => return refuse(5),
        }
        if self.gate.pass(now) { Ok(()) } else { refuse(1) }
    }
}

impl Exchange for Switch {
    fn sender(&self, address: IpAddr) -> Sender {
        placing::sender(self.shared.dispatch.snapshot().book(), address)
    }

    fn incoming(&mut self, incoming: Box<Incoming>) -> Result<mpsc::Sender<sip::Event>, Rejection> {
        let now = self.shared.clock.now();
        self.admit(now.mono)?;
        let (snapshot, library) =
            (self.shared.dispatch.snapshot(), self.shared.library.load_full());
        let mut rng = self.rng.fork();
        let arrival = Arrival::of_invite(&incoming);
        let placed = placing::place(&snapshot, &library, arrival, now, &mut rng);
        let Placed { opened, flow, .. } = placed.map_err(|refusal| {
            refused::log(&refusal, &Ingress::Trunk(incoming.trunk.clone()));
            Rejection { status: status(&refusal), retry_after: None }
        })?;
        let Opened { record, fields, payout } = opened;
        let id = record.id;
        let local = incoming.peer.local;
        let host = String::new();
        let setup = Setup { incoming, record, flow, payout, fields, local, host };
        let (mailbox, events) = mpsc::channel(MAILBOX);
        let conductor = Conductor {
            shared: self.shared.clone(),
            snapshot,
            library,
            mailbox: mailbox.clone(),
            beats: self.beats.clone(),
            rng,
        };
        let span = tracing::info_span!("call", call.id = %id);
        self.shared.live.fetch_add(1, Ordering::Relaxed);
        self.calls.spawn(conductor.supervise(id, setup, events).instrument(span));
        Ok(mailbox)
    }
}

/// The SIP status that a caller gets whose call is not placed.
fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::NotANumber | Refusal::UnknownNumber(_) => NOT_FOUND,
        Refusal::NoFlow { .. } => UNAVAILABLE,
    }
}

#[cfg(test)]
impl Shared {
    /// A switch without SIP and without flows.
    pub(crate) fn deaf(clock: Clock, dispatch: Arc<Dispatch>, store: Arc<dyn Store>) -> Self {
        let (line, _orders) = crate::net::sip::line();
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let journal = Arc::new(Journal::scratch(clock.clone()));
        Self {
            clock,
            dispatch,
            node: "strowger-1".parse().unwrap(),
            store,
            journal,
            media: Handle::current(),
            library: ArcSwap::default(),
            fetcher: Arc::new(Fetcher::new(crate::net::Reach::Public)),
            speaker: Arc::new(Speaker::new(None, PathBuf::new())),
            recordings: PathBuf::new(),
            ports: PortRange::new(loopback, 20_000..=29_999),
            line,
            events: Events::default(),
            calls: LiveCalls::default(),
            limits: Limits {
                max_calls: 100,
                calls_per_second: 100,
                silence: Duration::from_secs(30),
                advertise: None,
            },
            live: AtomicUsize::new(0),
            quiet: Notify::new(),
            drain: CancellationToken::new(),
            stop: CancellationToken::new(),
        }
    }
}
