//! The agent's settings.

use std::fmt;
use std::time::Duration;

use super::Transport;

/// Most sessions by default.
pub const SESSIONS_DEFAULT: usize = 10_000;
/// How long an INVITE may have no response at all, by default.
const NO_RESPONSE_DEFAULT: Duration = Duration::from_secs(4);

/// The host and port that we put into Via and Contact: what the far end can reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advertise {
    /// Host name or IP address, IPv6 without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
}

impl From<std::net::SocketAddr> for Advertise {
    fn from(address: std::net::SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

/// `host:port`, with brackets around IPv6.
impl fmt::Display for Advertise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Advertise { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

/// Settings of an [`super::Agent`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentConfig {
    /// Our address for UDP.
    pub udp: Advertise,
    /// Our address for TCP.
    pub tcp: Advertise,
    /// Our User-Agent and Server header.
    pub user_agent: String,
    /// Most sessions at once; an INVITE that comes in beyond is answered 503 with Retry-After. Our
    /// own may go on to twice as many: a call in progress is not refused its buyer.
    pub max_sessions: usize,
    /// An INVITE without any response, not even 100, fails after this time. It stands for timer B
    /// of RFC 3261 §17.1.1.2, whose 32 s would cost the caller the whole ring time: four INVITEs
    /// are sent within 4 s over UDP.
    pub no_response: Duration,
}

impl AgentConfig {
    /// One address for both transports, and defaults for the rest.
    pub fn new(advertise: impl Into<Advertise>) -> Self {
        let udp = advertise.into();
        Self {
            tcp: udp.clone(),
            udp,
            user_agent: concat!("Strowger/", env!("CARGO_PKG_VERSION")).to_owned(),
            max_sessions: SESSIONS_DEFAULT,
            no_response: NO_RESPONSE_DEFAULT,
        }
    }

    /// The address advertised for a transport.
    pub fn advertised(&self, transport: Transport) -> &Advertise {
        match transport {
            Transport::Udp => &self.udp,
            Transport::Tcp => &self.tcp,
        }
    }
}
