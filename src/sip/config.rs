//! Settings of the agent.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::Peer;
use super::Transport;
use super::expiry::INTERVAL_DEFAULT;

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

/// Returns an IP address as the host of a URI: IPv6 with brackets (RFC 3261 §25.1), IPv4-mapped
/// IPv6 as IPv4.
pub fn uri_host(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
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
    /// Advertised address for TCP, with the port that we listen on.
    pub tcp: Advertise,
    /// Advertised address for TLS, with the port that we listen on.
    pub tls: Advertise,
    /// Our public address, for peers of its family, if it differs from the local address.
    pub public: Option<IpAddr>,
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
    /// Interval of the session timer that outgoing calls ask for, at least 90 s; `None`: they ask
    /// for none (RFC 4028).
    pub session_expires: Option<Duration>,
}

impl AgentConfig {
    /// Creates settings with one address for all transports, and defaults for the rest.
    pub fn new(advertise: impl Into<Advertise>) -> Self {
        let udp = advertise.into();
        Self {
            tcp: udp.clone(),
            tls: udp.clone(),
            udp,
            public: None,
            user_agent: concat!("Strowger/", env!("CARGO_PKG_VERSION")).to_owned(),
            max_sessions: SESSIONS_DEFAULT,
            no_response: NO_RESPONSE_DEFAULT,
            session_expires: Some(INTERVAL_DEFAULT),
        }
    }

    /// Returns the address that a peer can reach: the public one if there is one of the peer's
    /// family, else the local address of the peer's messages.
    pub fn advertised(&self, peer: &Peer) -> Advertise {
        let base = match peer.transport {
            Transport::Udp => &self.udp,
            Transport::Tcp => &self.tcp,
            Transport::Tls => &self.tls,
        };
        let reachable = |ip: &IpAddr| {
            !ip.is_unspecified() && ip.is_ipv4() == peer.remote.ip().to_canonical().is_ipv4()
        };
        let local = peer.local.ip().to_canonical();
        let ip = self.public.filter(reachable).or(Some(local).filter(reachable));
        // The local port of a connection that we made is not one that we listen on.
        let port = match peer.transport {
            Transport::Udp if peer.local.port() > 0 => peer.local.port(),
            Transport::Udp | Transport::Tcp | Transport::Tls => base.port,
        };
        Advertise { host: ip.map_or_else(|| base.host.clone(), |ip| ip.to_string()), port }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn each_peer_gets_an_address_of_its_family() {
        let base: SocketAddr = "192.0.2.1:5060".parse().unwrap();
        for (public, local, remote, transport, expected) in [
            ("", "192.0.2.2:5070", "192.0.2.9:5060", Transport::Udp, "192.0.2.2:5070"),
            ("", "[2001:db8::2]:5070", "[2001:db8::9]:9", Transport::Udp, "[2001:db8::2]:5070"),
            ("", "[::ffff:192.0.2.2]:5070", "192.0.2.9:5060", Transport::Udp, "192.0.2.2:5070"),
            ("", "0.0.0.0:5070", "192.0.2.9:5060", Transport::Udp, "192.0.2.1:5070"),
            ("", "192.0.2.2:40000", "192.0.2.9:5060", Transport::Tcp, "192.0.2.2:5060"),
            ("203.0.113.7", "192.0.2.2:5070", "192.0.2.9:5060", Transport::Udp, "203.0.113.7:5070"),
            (
                "203.0.113.7",
                "[2001:db8::2]:5",
                "[2001:db8::9]:9",
                Transport::Udp,
                "[2001:db8::2]:5",
            ),
            ("2001:db8::7", "192.0.2.2:5070", "192.0.2.9:5060", Transport::Udp, "192.0.2.2:5070"),
            ("2001:db8::7", "[::1]:5", "[2001:db8::9]:9", Transport::Udp, "[2001:db8::7]:5"),
        ] {
            let config = AgentConfig { public: public.parse().ok(), ..AgentConfig::new(base) };
            let (local, remote) = (local.parse().unwrap(), remote.parse().unwrap());
            let peer = Peer { transport, remote, local, connection: None };
            assert_eq!(config.advertised(&peer).to_string(), expected, "{public} {local} {remote}");
        }
    }

    #[test]
    fn ipv6_hosts_have_brackets() {
        for (ip, host) in [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8::1", "[2001:db8::1]"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(uri_host(ip.parse().unwrap()), host);
        }
    }
}
