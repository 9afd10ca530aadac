//! The types of the settings.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::base::Reach;
use crate::lead::platform::Platforms;
use crate::sip::digest::Algorithm;

use super::Carriers;
use super::HttpUrl;
use super::Leads;
use super::Listen;
use super::Location;
use super::NamedCredentials;
use super::PortRange;
use super::Postbacks;
use super::Quota;
use super::ScoreModels;
use super::Secrets;
use super::Size;
use super::Smtp;
use super::Spam;
use super::SpeechCommand;
use super::Tls;

/// The settings of one node. [`Settings::default`] equals an empty file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// This node.
    pub node: Node,
    /// SIP.
    pub sip: Sip,
    /// Audio.
    pub media: Media,
    /// The web server.
    pub http: Http,
    /// The database.
    pub database: Database,
    /// How long data is kept.
    pub retention: Retention,
    /// The node's journal of call events.
    pub journal: Journal,
    /// Counters, holds and turns.
    pub quota: Quota,
    /// Flows.
    pub flows: Flows,
    /// Geography.
    pub geo: Geo,
    /// `[spam]`
    pub spam: Spam,
    /// `[stir]`
    pub stir: Stir,
    /// Requests that the switch sends.
    pub outbound: Outbound,
    /// Form leads.
    pub leads: Leads,
    /// Models that score calls and leads.
    pub score: ScoreModels,
    /// Credentials that the book's trunks name.
    pub credentials: NamedCredentials,
    /// Secrets that the book names.
    pub secrets: Secrets,
    /// Postbacks.
    pub postbacks: Postbacks,
    /// The mail server.
    pub smtp: Option<Smtp>,
    /// Webhook carriers.
    pub carriers: Carriers,
    /// Ad platforms that announce leads.
    pub platforms: Platforms,
    /// The log.
    pub log: Log,
}

/// `[node]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name in records and logs; unique among nodes.
    pub name: String,
    /// Longest time that live calls go on after the signal to stop. 0 s to 1 day.
    pub drain: Duration,
}

impl Default for Node {
    fn default() -> Self {
        Self { name: "strowger-1".to_owned(), drain: Duration::from_secs(60) }
    }
}

/// `[sip]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sip {
    /// Listening addresses; at least one.
    pub listen: Vec<Listen>,
    /// The public address, if it differs from the listening address.
    pub advertise: Option<IpAddr>,
    /// Host of the SIP addresses that pings for calls are answered with; `None` to answer with
    /// numbers only.
    pub host: Option<String>,
    /// Addresses of our own proxies in front: what they name in `source_header` is the source of a
    /// request.
    pub proxies: Vec<IpNet>,
    /// Name of that header.
    pub source_header: String,
    /// Realm of our challenges to callers by digest.
    pub realm: String,
    /// Algorithms of those challenges, the preferred one first.
    pub digest: Vec<Algorithm>,
    /// Most calls at once; the switch rejects more with 503. 1 to 100,000.
    pub max_calls: u32,
    /// Most new calls per second; the switch rejects more with 503. 1 to 10,000.
    pub calls_per_second: u32,
    /// How long a destination may take to send any response to an INVITE before it is unreachable.
    /// 500 ms to 32 s.
    pub no_response: Duration,
    /// Interval of the session timer that outgoing calls ask for (RFC 4028): 90 s to 1 day; `None`:
    /// they ask for none.
    pub session_expires: Option<Duration>,
    /// Name servers that are asked for the hosts of gateways; empty for the system's.
    pub nameservers: Vec<SocketAddr>,
    /// Certificates for SIP over TLS.
    pub tls: Tls,
}

impl Default for Sip {
    fn default() -> Self {
        let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060));
        let on = |transport| Listen { transport, address };
        Self {
            listen: vec![on(super::Transport::Udp), on(super::Transport::Tcp)],
            advertise: None,
            host: None,
            proxies: Vec::new(),
            source_header: "X-Source".to_owned(),
            realm: "strowger".to_owned(),
            digest: vec![Algorithm::Sha256, Algorithm::Md5],
            max_calls: 2_000,
            calls_per_second: 200,
            no_response: Duration::from_secs(4),
            session_expires: Some(Duration::from_secs(1_800)),
            nameservers: Vec::new(),
            tls: Tls::default(),
        }
    }
}

/// `[media]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// The local address for media.
    pub address: IpAddr,
    /// The ports for media.
    pub ports: PortRange,
    /// The directory of recordings.
    pub recordings: PathBuf,
    /// The directory of prompts and rendered speech.
    pub prompts: PathBuf,
    /// The text-to-speech command; without it, text without a prompt file is silent.
    pub speech_command: Option<SpeechCommand>,
}

impl Default for Media {
    fn default() -> Self {
        Self {
            address: IpAddr::from(Ipv4Addr::UNSPECIFIED),
            ports: PortRange::DEFAULT,
            recordings: PathBuf::from("var/recordings"),
            prompts: PathBuf::from("var/prompts"),
            speech_command: "espeak-ng --stdout -f {text_file}".parse().ok(),
        }
    }
}

/// `[http]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// Listening address of the API and the console.
    pub listen: SocketAddr,
    /// Its address as carriers and buyers reach it.
    pub public_url: HttpUrl,
}

impl Default for Http {
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        Self { listen, public_url: HttpUrl::of(listen) }
    }
}

/// `[database]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Where the book, records and ledger are, and the node's own files.
    pub at: Location,
    /// The file that the same text named when paths were relative to the working directory, if that
    /// is another one.
    pub earlier: Option<PathBuf>,
}

impl Default for Database {
    fn default() -> Self {
        let at = Location::Sqlite(PathBuf::from("var/strowger.db"));
        Self { at, earlier: None }
    }
}

/// `[retention]`
///
/// Records of money have no limit; neither has what is `None`. Data of calls are kept for this time
/// after the call's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Routing decisions.
    pub decisions: Option<Duration>,
    /// Journals of calls at webhook carriers.
    pub journals: Option<Duration>,
    /// What identifies callers: numbers, fields, tags, and whatever has them.
    pub callers: Option<Duration>,
    /// Recordings.
    pub recordings: Option<Duration>,
    /// SIP messages of calls, after they were received or sent; zero: none are kept.
    pub ladders: Duration,
    /// Entries of the activity log.
    pub activity: Duration,
    /// Refused calls, which are in memory only, after the last one of an entry.
    pub refused_calls: Duration,
    /// Events that were delivered.
    pub events: Duration,
    /// Deliveries of events that were given up; so long, they can be resent.
    pub dead_letters: Duration,
    /// Idempotency keys of requests, with their answers.
    pub idempotency_keys: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(86_400);
        Self {
            decisions: None,
            journals: None,
            callers: None,
            recordings: None,
            ladders: 7 * DAY,
            activity: 400 * DAY,
            refused_calls: 30 * DAY,
            events: 7 * DAY,
            dead_letters: 30 * DAY,
            idempotency_keys: DAY,
        }
    }
}

/// `[journal]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journal {
    /// Its directory; without one, it is beside the database.
    pub directory: Option<PathBuf>,
    /// Largest size of its file; the last quarter is reserved for live calls. 1 MiB to 64 GiB.
    pub max: Size,
}

impl Default for Journal {
    fn default() -> Self {
        Self { directory: None, max: Size::of(256 << 20) }
    }
}

impl Settings {
    /// Returns the directory of the journal: the one that is set, else one beside the database.
    pub fn journal_directory(&self) -> PathBuf {
        if let Some(directory) = &self.journal.directory {
            return directory.clone();
        }
        self.database.at.beside("-facts")
    }
}

/// `[flows]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flows {
    /// The directory of flow files.
    pub directory: PathBuf,
}

impl Default for Flows {
    fn default() -> Self {
        Self { directory: PathBuf::from("ivr-flows") }
    }
}

/// `[geo]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Geo {
    /// The table of market areas, a CSV of `zip,dma_code,dma_name`. Without it, contracts cannot
    /// filter by market area.
    pub dma: Option<PathBuf>,
}

/// `[stir]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stir {
    /// Certificates, in PEM, of the authorities that may vouch for the carriers that attest callers'
    /// numbers. Without them, no attestation of a call over SIP counts.
    pub authorities: Option<PathBuf>,
}

/// `[outbound]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outbound {
    /// Whether web addresses of buyers may point into private networks.
    pub allow_private: bool,
}

impl Outbound {
    /// Returns the addresses that requests may connect to.
    pub fn reach(&self) -> Reach {
        if self.allow_private { Reach::Anywhere } else { Reach::Public }
    }
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Log {
    /// The format of a line.
    pub format: LogFormat,
}

/// The format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Text, for people.
    #[default]
    Text,
    /// One JSON object per line, for programs.
    Json,
}
