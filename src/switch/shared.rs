//! What every call shares.

use arc_swap::ArcSwap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::LiveCalls;
use super::Speaker;
use crate::base::NodeName;
use crate::dispatch::Dispatch;
use crate::events::Events;
use crate::journal::Journal;
use crate::library::Library;
use crate::net::Clock;
use crate::net::Fetcher;
use crate::net::rtp::PortRange;
use crate::net::sip::SipLine;
use crate::store::Store;

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
    /// Makes HTTP requests.
    pub fetcher: Arc<Fetcher>,
    /// Makes sentences sound that have no sound of their own.
    pub speaker: Arc<Speaker>,
    /// Where recordings are kept.
    pub recordings: PathBuf,
    /// RTP ports.
    pub ports: PortRange,
    /// The line to the SIP task.
    pub line: SipLine,
    /// What happens to calls, caps and the book.
    pub events: Events,
    /// The live calls: to be listed, shown and hung up.
    pub calls: LiveCalls,
    /// Bounds.
    pub limits: Limits,
    /// Calls that live.
    pub live: AtomicUsize,
    /// Notified whenever a call has ended.
    pub quiet: Notify,
    /// Set when no new call is taken any more.
    pub drain: CancellationToken,
    /// Set when calls that still live are ended.
    pub stop: CancellationToken,
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
