//! What every call shares.

use arc_swap::ArcSwap;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::LiveCalls;
use super::Speaker;
use crate::base::Mono;
use crate::base::NodeName;
use crate::dispatch::Dispatch;
use crate::events::Events;
use crate::journal::Journal;
use crate::library::Library;
use crate::net;
use crate::net::Clock;
use crate::net::Fetcher;
use crate::net::rtp::PortRange;
use crate::net::sip::SipLine;
use crate::store::Store;

/// What every call shares, by purpose.
pub struct Shared {
    /// The machine's clocks.
    pub clock: Clock,
    /// The one door to the routing core.
    pub dispatch: Arc<Dispatch>,
    /// Where calls are recorded.
    pub records: Records,
    /// Flows, and what callers hear.
    pub sounds: Sounds,
    /// Audio of calls.
    pub media: Media,
    /// Which calls are taken, and when the node stops.
    pub admission: Arc<Admission>,
    /// The line to the SIP task.
    pub line: SipLine,
    /// What happens to calls, caps and the book.
    pub events: Events,
    /// The live calls: to be listed, shown and hung up.
    pub calls: Arc<LiveCalls>,
}

/// Where calls are recorded, and under which node's name.
#[derive(Clone)]
pub struct Records {
    /// This node's name.
    pub node: NodeName,
    /// The database.
    pub store: Arc<dyn Store>,
    /// Where facts of calls are written first.
    pub journal: Arc<Journal>,
}

/// Flows and their sounds, and where further sounds come from.
#[derive(Clone)]
pub struct Sounds {
    /// Flows and sounds; replaced as a whole.
    pub library: Arc<ArcSwap<Library>>,
    /// Makes HTTP requests.
    pub fetcher: Arc<Fetcher>,
    /// Renders sentences that have no sound file.
    pub speaker: Arc<Speaker>,
}

/// Audio of calls.
pub struct Media {
    /// Where media tasks run: apart from signalling, so that neither waits for the other.
    pub runtime: Handle,
    /// RTP ports.
    pub ports: PortRange,
    /// Where recordings are kept.
    pub recordings: PathBuf,
    /// Longest time without audio before a bridged leg counts as dead.
    pub silence: Duration,
    /// Our advertised address; without one, our address towards each peer.
    pub advertise: Option<IpAddr>,
}

/// How long no call is taken after file descriptors ran out.
const STARVED: Duration = Duration::from_secs(1);

/// Which calls are taken, and when the node stops.
pub struct Admission {
    /// Most calls at once.
    pub max_calls: usize,
    /// Most new calls a second.
    pub calls_per_second: u32,
    /// Number of live SIP calls.
    pub live: AtomicUsize,
    /// Monotonic time in nanoseconds until which file descriptors are short.
    starved_until: AtomicU64,
    /// Notified whenever a call has ended.
    pub quiet: Notify,
    /// Canceled when the node takes no more new calls.
    pub drain: CancellationToken,
    /// Canceled when the node ends the calls that still live.
    pub stop: CancellationToken,
}

impl Admission {
    /// Returns the admission of a node without calls.
    pub fn new(max_calls: usize, calls_per_second: u32) -> Self {
        Self {
            max_calls,
            calls_per_second,
            live: AtomicUsize::new(0),
            starved_until: AtomicU64::new(0),
            quiet: Notify::new(),
            drain: CancellationToken::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Notes that a socket could not be opened for lack of file descriptors: no call is taken for
    /// [`STARVED`].
    pub(super) fn starve(&self, now: Mono) {
        self.starved_until.store((now + STARVED).nanos(), Ordering::Relaxed);
    }

    /// Returns whether file descriptors are short.
    pub(super) fn is_starved(&self, now: Mono) -> bool {
        now.nanos() < self.starved_until.load(Ordering::Relaxed)
    }

    /// Waits until there are no live SIP calls.
    pub async fn no_calls(&self) {
        loop {
            let mut quiet = pin!(self.quiet.notified());
            quiet.as_mut().enable();
            if self.live.load(Ordering::Relaxed) == 0 {
                return;
            }
            quiet.await;
        }
    }
}

impl Media {
    /// Returns our address towards a peer; `None` when the kernel has no route.
    pub(super) fn towards(&self, peer: SocketAddr) -> Option<IpAddr> {
        self.advertised_to(peer.ip()).or_else(|| net::towards(peer))
    }

    /// Returns our advertised address if it is of the same family as another.
    pub(super) fn advertised_to(&self, other: IpAddr) -> Option<IpAddr> {
        let other = other.to_canonical();
        self.advertise.filter(|advertised| advertised.is_ipv4() == other.is_ipv4())
    }
}

#[cfg(test)]
impl Shared {
    /// A switch without SIP and without flows.
    pub(crate) fn deaf(clock: Clock, dispatch: Arc<Dispatch>, store: Arc<dyn Store>) -> Self {
        let (line, _orders) = crate::net::sip::line(&crate::net::sip::Sockets::default());
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let journal = Arc::new(Journal::scratch(clock.clone()));
        Self {
            clock,
            dispatch,
            records: Records { node: "strowger-1".parse().unwrap(), store, journal },
            sounds: Sounds {
                library: Arc::default(),
                fetcher: Arc::new(Fetcher::new(crate::net::Reach::Public)),
                speaker: Arc::new(Speaker::new(None, PathBuf::new())),
            },
            media: Media {
                runtime: Handle::current(),
                ports: PortRange::new(loopback, 20_000..=29_999),
                recordings: PathBuf::new(),
                silence: Duration::from_secs(30),
                advertise: None,
            },
            admission: Arc::new(Admission::new(100, 100)),
            line,
            events: Events::default(),
            calls: Arc::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_file_descriptors_no_call_is_taken_for_a_second() {
        let admission = Admission::new(1, 1);
        let now = Mono::from_nanos(0) + Duration::from_secs(100);
        assert!(!admission.is_starved(now));
        admission.starve(now);
        assert!(admission.is_starved(now + Duration::from_millis(999)));
        assert!(!admission.is_starved(now + STARVED));
    }
}
