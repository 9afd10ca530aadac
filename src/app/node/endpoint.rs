//! The SIP endpoint of a node, as the settings want it.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::app::Fault;
use crate::app::signalling::Signalling;
use crate::config;
use crate::config::Settings;
use crate::ladder::Part;
use crate::net::Tls;
use crate::net::raise_file_limit;
use crate::net::sip::CallHandler;
use crate::net::sip::Endpoint;
use crate::net::sip::PARTS;
use crate::net::sip::Sockets;
use crate::net::towards;
use crate::sip::Advertise;
use crate::sip::AgentConfig;
use crate::sip::Proxies;
use crate::sip::Transport;

/// Makes the thread of signalling, and binds the SIP sockets on it.
pub(super) fn bind(settings: &Settings) -> Result<(Signalling, Sockets), Fault> {
    let addresses: Vec<_> = settings.sip.listen.iter().map(listen).collect();
    let signalling = Signalling::new()?;
    let sockets = signalling.within(|| Sockets::bind(&addresses)).map_err(Fault::of)?;
    Ok((signalling, sockets))
}

fn listen(listen: &config::Listen) -> (Transport, SocketAddr) {
    let transport = match listen.transport {
        config::Transport::Udp => Transport::Udp,
        config::Transport::Tcp => Transport::Tcp,
        config::Transport::Tls => Transport::Tls,
    };
    (transport, listen.address)
}

/// Returns an endpoint with what the settings and the system say about its peers and connections, and
/// the SIP messages of calls that it hands over, if they are kept.
pub(super) fn tuned<E: CallHandler>(
    endpoint: Endpoint<E>,
    settings: &Settings,
    tls: &Arc<Tls>,
) -> (Endpoint<E>, mpsc::Receiver<Part>) {
    let (parts, received) = mpsc::channel(PARTS);
    let endpoint = match settings.retention.ladders.is_zero() {
        true => endpoint,
        false => endpoint.traced_by(parts),
    };
    let proxies = Proxies::new(settings.sip.proxies.clone(), &settings.sip.source_header);
    let endpoint = endpoint.behind(proxies).secured_by(tls.clone());
    (endpoint.within_files(raise_file_limit()), received)
}

/// Returns the SIP settings, with the addresses for Via and Contact: the advertised address, else
/// the listening address. A wildcard is replaced by the local address of the default route.
pub(super) fn agent_config(settings: &Settings, sip: &[(Transport, SocketAddr)]) -> AgentConfig {
    let address = |wanted: Transport| {
        let own = sip.iter().find(|(transport, _)| *transport == wanted).or(sip.first());
        let (_, own) = own.copied().unwrap_or((wanted, SocketAddr::from(([127, 0, 0, 1], 5060))));
        Advertise::from(SocketAddr::new(concrete(own.ip()), own.port()))
    };
    // A call has two legs. The third session leaves room for calls that are ending.
    let max_sessions = usize::try_from(settings.sip.max_calls).unwrap_or(usize::MAX / 16) * 3;
    AgentConfig {
        tcp: address(Transport::Tcp),
        tls: address(Transport::Tls),
        public: settings.sip.advertise,
        max_sessions,
        no_response: settings.sip.no_response,
        session_expires: settings.sip.session_expires,
        ..AgentConfig::new(address(Transport::Udp))
    }
}

fn concrete(ip: IpAddr) -> IpAddr {
    // A documentation address (RFC 5737): the kernel looks up the route and sends nothing.
    let outside = SocketAddr::from(([192, 0, 2, 1], 9));
    let localhost = IpAddr::from([127, 0, 0, 1]);
    if ip.is_unspecified() { towards(outside).unwrap_or(localhost) } else { ip }
}
