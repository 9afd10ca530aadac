//! Checks a request before it is processed (RFC 3261 §8.2).

use super::AgentConfig;
use super::Peer;
use super::Transport;
use super::body::sdp;
use super::expiry::INTERVAL_MIN;
use super::expiry::is_too_short;
use super::extension::NO_REFER_SUB;
use super::extension::RELIABLE;
use super::extension::TIMER;
use super::wire::HeaderName;
use super::wire::Message;
use super::wire::Method;
use super::wire::Scheme;
use super::wire::Via;

/// Response that rejects a request: a status, and headers with details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// SIP status.
    pub(super) status: u16,
    /// Headers of the response.
    pub(super) headers: Vec<(HeaderName<'static>, String)>,
}

impl Fault {
    pub(super) const fn plain(status: u16) -> Fault {
        Fault { status, headers: Vec::new() }
    }

    pub(super) fn with(status: u16, name: HeaderName<'static>, value: &str) -> Fault {
        Fault { status, headers: vec![(name, value.to_owned())] }
    }

    /// Returns 405 for a known method that is not supported, 501 for an unknown one.
    /// `allow` are the supported ones.
    pub(super) fn of_method(method: &Method, allow: &str) -> Fault {
        match method {
            Method::Other(_) => Fault::with(501, HeaderName::Allow, allow),
            Method::Invite
            | Method::Ack
            | Method::Bye
            | Method::Cancel
            | Method::Options
            | Method::Register
            | Method::Info
            | Method::Update
            | Method::Prack
            | Method::Refer
            | Method::Notify
            | Method::Subscribe
            | Method::Message
            | Method::Publish => Fault::with(405, HeaderName::Allow, allow),
        }
    }
}

/// Checks an INVITE outside a dialog, in the order of RFC 3261 §8.2.
pub(super) fn check_invite(
    invite: &Message,
    peer: &Peer,
    config: &AgentConfig,
) -> Result<(), Fault> {
    check_scheme(invite, peer)?;
    if invite.max_forwards() == Ok(Some(0)) {
        return Err(Fault::plain(483));
    }
    if invite.vias().flatten().any(|via| is_ours(&via, peer, config)) {
        return Err(Fault::plain(482));
    }
    check_require(invite)?;
    check_interval(invite)?;
    check_body(invite)
}

/// Checks OPTIONS outside a dialog. It is answered even if Max-Forwards is 0 (RFC 3261 §11).
pub(super) fn check_options(options: &Message, peer: &Peer) -> Result<(), Fault> {
    check_scheme(options, peer)?;
    check_require(options)
}

/// Checks the URI scheme: `sip:` and `tel:` are accepted; `sips:` promises TLS, and is accepted from
/// a peer that uses it (RFC 3261 §8.2.2.1, §26.2.2).
fn check_scheme(request: &Message, peer: &Peer) -> Result<(), Fault> {
    match request.request_uri().map_err(|_| Fault::plain(400))?.scheme() {
        Scheme::Sip | Scheme::Tel => Ok(()),
        Scheme::Sips if peer.transport == Transport::Tls => Ok(()),
        Scheme::Sips | Scheme::Other(_) => Err(Fault::plain(416)),
    }
}

/// Checks that no extension is required that the agent does not support (RFC 3261 §8.2.2.3). For an
/// INVITE it supports [`SUPPORTED`](super::extension::SUPPORTED).
pub(super) fn check_require(request: &Message) -> Result<(), Fault> {
    let known = [RELIABLE, TIMER, NO_REFER_SUB];
    let is_known = |option: &&str| known.iter().any(|known| known.eq_ignore_ascii_case(option));
    let required: Vec<&str> = request.require().filter(|option| !is_known(option)).collect();
    if required.is_empty() {
        return Ok(());
    }
    Err(Fault::with(420, HeaderName::Unsupported, &required.join(", ")))
}

/// Checks that a session timer is not too short (RFC 4028 §9).
pub(super) fn check_interval(request: &Message) -> Result<(), Fault> {
    if is_too_short(request) {
        let shortest = INTERVAL_MIN.as_secs().to_string();
        return Err(Fault::with(422, HeaderName::MinSe, &shortest));
    }
    Ok(())
}

/// Checks that a body is SDP or has a part that is (RFC 3261 §8.2.3).
pub(super) fn check_body(request: &Message) -> Result<(), Fault> {
    if request.body().is_empty() {
        return Ok(());
    }
    let encoding = request.header(HeaderName::ContentEncoding).unwrap_or("identity");
    if !encoding.eq_ignore_ascii_case("identity") {
        return Err(Fault::with(415, HeaderName::AcceptEncoding, "identity"));
    }
    match sdp(request) {
        Some(_) => Ok(()),
        None => Err(Fault::with(415, HeaderName::Accept, ACCEPT)),
    }
}

/// Accepted content types.
pub(super) const ACCEPT: &str = "application/sdp, multipart/mixed";

/// Returns whether the agent wrote this Via.
pub(super) fn is_ours(via: &Via<'_>, peer: &Peer, config: &AgentConfig) -> bool {
    let host = via.host.trim_start_matches('[').trim_end_matches(']');
    let port = via.port.unwrap_or(default_port(via));
    let advertised = [Transport::Udp, Transport::Tcp, Transport::Tls]
        .map(|transport| config.advertised(&Peer { transport, ..*peer }));
    advertised
        .iter()
        .chain([&config.udp, &config.tcp, &config.tls])
        .any(|ours| host.eq_ignore_ascii_case(&ours.host) && port == ours.port)
}

/// Returns the port of a Via without one (RFC 3261 §18.2.2).
pub(super) fn default_port(via: &Via<'_>) -> u16 {
    let is_tls = via.transport.eq_ignore_ascii_case(Transport::Tls.name());
    if is_tls { Transport::Tls.default_port() } else { Transport::Udp.default_port() }
}
