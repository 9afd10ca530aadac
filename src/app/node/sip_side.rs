//! The SIP side of a node: its sockets, its addresses, and its agent.

use std::net::IpAddr;
use std::net::SocketAddr;

use crate::app::Fault;
use crate::app::signalling::Signalling;
use crate::base::Rng;
use crate::config;
use crate::config::Settings;
use crate::net::raise_file_limit;
use crate::net::sip::Endpoint;
use crate::net::sip::Orders;
use crate::net::sip::Sockets;
use crate::net::towards;
use crate::sip::Advertise;
use crate::sip::Agent;
use crate::sip::AgentConfig;
use crate::sip::Proxies;
use crate::sip::Transport;
use crate::switch::Shared;
use crate::switch::Switch;

/// Makes the thread of signalling, and binds the SIP sockets on it.
pub(super) fn bind(settings: &Settings) -> Result<(Signalling, Sockets), Fault> {
    let addresses: Vec<_> = settings.sip.listen.iter().map(listen).collect();
    let signalling = Signalling::new()?;
    let sockets = signalling.within(|| Sockets::bind(&addresses)).map_err(Fault::of)?;
    Ok((signalling, sockets))
}

/// Returns the SIP task, which hands new calls to the switch.
pub(super) fn endpoint(
    settings: &Settings,
    (sockets, orders): (Sockets, Orders),
    switch: Switch,
    shared: &Shared,
    rng: &mut Rng,
) -> Endpoint<Switch> {
    let agent = Agent::new(agent_config(settings, &sockets.addresses()), rng.fork());
    let proxies = Proxies::new(settings.sip.proxies.clone(), &settings.sip.source_header);
    Endpoint::new(agent, shared.clock.clone(), sockets, switch, orders)
        .behind(proxies)
        .within_files(raise_file_limit())
}

fn listen(listen: &config::Listen) -> (Transport, SocketAddr) {
    let transport = match listen.transport {
        config::Transport::Udp => Transport::Udp,
        config::Transport::Tcp => Transport::Tcp,
        config::Transport::Tls => Transport::Tls,
    };
    (transport, listen.address)
}

/// Returns the SIP settings, with the addresses for Via and Contact: the advertised address, else
/// the listening address. A wildcard is replaced by the local address of the default route.
fn agent_config(settings: &Settings, sip: &[(Transport, SocketAddr)]) -> AgentConfig {
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
        ..AgentConfig::new(address(Transport::Udp))
    }
}

fn concrete(ip: IpAddr) -> IpAddr {
    // A documentation address (RFC 5737): the kernel looks up the route and sends nothing.
    let outside = SocketAddr::from(([192, 0, 2, 1], 9));
    let localhost = IpAddr::from([127, 0, 0, 1]);
    if ip.is_unspecified() { towards(outside).unwrap_or(localhost) } else { ip }
}
