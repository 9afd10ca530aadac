//! Settings of the agent.

use std::fmt;
use std::time::Duration;

use super::Transport;

/// Default limit of sessions.
pub const SESSIONS_DEFAULT: usize = 10_000;
/// Default timeout of an INVITE without any response.
const NO_RESPONSE_DEFAULT: Duration = Duration::from_secs(4);

/// Host and port in Via and Contact, which the far end must be able to reach.
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
    /// Advertised address for UDP.
    pub udp: Advertise,
    /// Advertised address for TCP.
    pub tcp: Advertise,
    /// Value of the User-Agent and Server headers.
    pub user_agent: String,
    /// Most concurrent sessions; the agent rejects further incoming INVITEs with 503 and
    /// Retry-After. Outgoing INVITEs may use twice as many, so that a call in progress can still
    /// reach a buyer.
    pub max_sessions: usize,
    /// Timeout of an INVITE without any response, not even 100. It replaces timer B of RFC 3261
    /// §17.1.1.2, whose 32 s would use up the caller's whole ring time: four INVITEs are sent
    /// within 4 s over UDP.
    pub no_response: Duration,
}

impl AgentConfig {
    /// Creates settings with one address for both transports, and defaults for the rest.
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

    /// Returns the advertised address of a transport.
    pub fn advertised(&self, transport: Transport) -> &Advertise {
        match transport {
            Transport::Udp => &self.udp,
            Transport::Tcp => &self.tcp,
        }
    }
}
