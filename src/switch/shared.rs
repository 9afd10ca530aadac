//! State that all calls share.

use arc_swap::ArcSwap;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Callers;
use super::GatewayHealth;
use super::LiveCalls;
use super::Names;
use super::Recordings;
use super::Refusals;
use super::Reports;
use super::ServerPings;
use super::Speaker;
use super::TrunkUse;
use super::registrations::Registrations;
use crate::base::Mono;
use crate::base::NodeName;
use crate::base::OwnPorts;
use crate::dispatch::CallBidders;
use crate::dispatch::Dispatch;
use crate::events::Events;
use crate::journal::Journal;
use crate::library::Library;
use crate::net;
use crate::net::Clock;
use crate::net::Dns;
use crate::net::Fetcher;
use crate::net::rtp::PortRange;
use crate::net::sip::SipLine;
use crate::sale::ConversionSecret;
use crate::store::Store;

/// State that all calls share, grouped by purpose.
pub struct Shared {
    /// The machine's clocks.
    pub clock: Clock,
    /// Routing: the only way to a decision.
    pub dispatch: Arc<Dispatch>,
    /// Asks buyers for bids on calls.
    pub bidders: Arc<dyn CallBidders>,
    /// Records of calls.
    pub records: Records,
    /// Secret that the buyers' conversion keys are made with.
    pub conversions: ConversionSecret,
    /// Flows and the sounds that callers hear.
    pub sounds: Sounds,
    /// Media of calls.
    pub media: Media,
    /// Limits on new calls, and the signals to drain and stop.
    pub admission: Arc<Admission>,
    /// Channel to the SIP task.
    pub line: SipLine,
    /// Events of calls, caps and the book.
    pub events: Events,
    /// The live calls, for listing, showing and hanging up.
    pub calls: Arc<LiveCalls>,
    /// Where calls report their events: log, counters and event stream.
    pub reports: Arc<Reports>,
    /// The calls that were refused.
    pub refusals: Arc<Refusals>,
    /// Checks of callers.
    pub callers: Callers,
    /// Registrations with carriers.
    pub registrations: Arc<Registrations>,
    /// What is known of the trunks.
    pub trunks: Trunks,
}

/// What is known of the trunks at this node.
#[derive(Debug)]
pub struct Trunks {
    /// Where hosts are.
    pub names: Names,
    /// Which gateways are down.
    pub health: GatewayHealth,
    /// How many calls the trunks carry.
    pub used: TrunkUse,
    /// OPTIONS to gateways.
    pub pings: ServerPings,
}

impl Trunks {
    /// Creates what is known before the first call.
    pub fn new(dns: Dns) -> Self {
        Self {
            names: Names::new(dns),
            health: GatewayHealth::default(),
            used: TrunkUse::default(),
            pings: ServerPings::default(),
        }
    }
}

/// Stores of calls' records, and this node's name in them.
#[derive(Clone)]
pub struct Records {
    /// This node's name.
    pub node: NodeName,
    /// The database.
    pub store: Arc<dyn Store>,
    /// Journal, to which a call's facts are written first.
    pub journal: Arc<Journal>,
}

/// Flows and their sounds, and the sources of further sounds.
#[derive(Clone)]
pub struct Sounds {
    /// Flows and sounds, replaced as a whole.
    pub library: Arc<ArcSwap<Library>>,
    /// HTTP client.
    pub fetcher: Arc<Fetcher>,
    /// Renderer of sentences that have no sound file.
    pub speaker: Arc<Speaker>,
}

/// Media settings of calls.
pub struct Media {
    /// Runtime of the media tasks, separate from signalling so that neither delays the other.
    pub runtime: Handle,
    /// RTP port range.
    pub ports: PortRange,
    /// Directory of the recordings.
    pub recordings: Recordings,
    /// Longest time without audio before a bridged leg counts as dead.
    pub silence: Duration,
    /// Our own media ports.
    pub own_ports: Arc<OwnPorts>,
    /// Number of RTP packets dropped because a leg sends above the rate limit.
    pub over_rate: Arc<AtomicU64>,
    /// Our advertised address; `None` for our address towards each peer.
    pub advertise: Option<IpAddr>,
}

/// How long no call is taken after file descriptors ran out.
const STARVED: Duration = Duration::from_secs(1);

/// Limits on new calls, and the signals to drain and stop.
pub struct Admission {
    /// Most SIP calls at once, and most webhook calls at once.
    pub max_calls: usize,
    /// Most new calls per second.
    pub calls_per_second: u32,
    /// Number of live SIP calls.
    pub live: AtomicUsize,
    /// Monotonic time in nanoseconds until which file descriptors are short.
    starved_until: AtomicU64,
    /// Notified whenever a call has ended.
    pub quiet: Notify,
    /// Canceled when the node stops accepting new calls.
    pub drain: CancellationToken,
    /// Canceled when the node ends the calls that are still live.
    pub stop: CancellationToken,
}

impl Admission {
    /// Creates the admission of a node without calls.
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
    /// Returns our address towards a peer; `None` if the kernel has no route.
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
mod tests {
    use std::path::PathBuf;
    use std::pin::Pin;

    use super::*;
    use crate::dispatch::CallConfirm;
    use crate::dispatch::CallPing;
    use crate::sale::BidReply;
    use crate::sale::Confirmation;

    /// Bidders that cannot be asked.
    #[derive(Debug)]
    struct Silent;

    impl CallBidders for Silent {
        fn ask(&self, _: CallPing) -> Pin<Box<dyn Future<Output = BidReply> + Send + '_>> {
            let reason = "connection refused".to_owned();
            Box::pin(async move { BidReply::Failed { reason } })
        }

        fn confirm(
            &self,
            _: CallConfirm,
        ) -> Pin<Box<dyn Future<Output = Confirmation> + Send + '_>> {
            Box::pin(async { Confirmation::Refused { reason: None } })
        }
    }

    impl Shared {
        /// Creates the shared state of a switch without SIP and flows.
        pub(crate) fn deaf(clock: Clock, dispatch: Arc<Dispatch>, store: Arc<dyn Store>) -> Self {
            let (line, _orders) = crate::net::sip::line(&crate::net::sip::Sockets::default());
            let loopback = IpAddr::from([127, 0, 0, 1]);
            let journal = Arc::new(Journal::scratch(clock.clone()));
            let events = Events::default();
            let speaker = Arc::new(Speaker::new(None, PathBuf::new(), clock.clone()));
            Self {
                clock,
                dispatch,
                bidders: Arc::new(Silent),
                records: Records { node: "strowger-1".parse().unwrap(), store, journal },
                conversions: ConversionSecret::new([7; 32]),
                sounds: Sounds {
                    library: Arc::default(),
                    fetcher: Arc::new(Fetcher::new(crate::base::Reach::Public)),
                    speaker,
                },
                media: Media {
                    runtime: Handle::current(),
                    ports: PortRange::new(loopback, 20_000..=29_999),
                    recordings: Recordings::at(PathBuf::new()),
                    silence: Duration::from_secs(30),
                    own_ports: Arc::default(),
                    over_rate: Arc::default(),
                    advertise: None,
                },
                admission: Arc::new(Admission::new(100, 100)),
                line,
                reports: Arc::new(Reports::new(events.clone())),
                events,
                calls: Arc::default(),
                refusals: Arc::default(),
                callers: Callers::default(),
                registrations: Arc::default(),
                trunks: Trunks::new(Dns::new(&[]).unwrap()),
            }
        }
    }

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
