//! A dialog: the state that two agents share (RFC 3261 §12).

use std::borrow::Cow;
use std::net::IpAddr;
use std::net::SocketAddr;

use super::AgentConfig;
use super::Peer;
use super::Sender;
use super::Sources;
use super::Transport;
use super::digest::Authorizer;
use super::peer::Origin;
use super::reply::Reply;
use super::wire::HeaderName;
use super::wire::Message;
use super::wire::Method;
use super::wire::NameAddr;
use super::wire::ParseError;
use super::wire::Uri;
use crate::base::LegId;
use crate::base::Rng;
use crate::base::is_reachable;

/// One dialog. Its local tag is the session's id.
#[derive(Debug, Clone)]
pub(super) struct Dialog {
    /// The Call-ID.
    pub(super) call_id: Box<str>,
    /// From value of outgoing requests, with the local tag.
    pub(super) local: Box<str>,
    /// To value of outgoing requests, with the far end's tag.
    pub(super) remote: Box<str>,
    /// Tag of the far end; empty if it sent none.
    pub(super) remote_tag: Box<str>,
    /// CSeq number of the latest outgoing request.
    pub(super) local_seq: u32,
    /// CSeq number of the far end's latest request.
    pub(super) remote_seq: Option<u32>,
    /// Peer that the dialog's messages come from.
    pub(super) peer: Peer,
    /// Address of the far end: the peer's, or the one behind our proxy.
    source: IpAddr,
    /// Further sources of the dialog's requests.
    sources: Sources,
    routes: Vec<Route>,
    target: Uri,
    /// Credentials of the trunk.
    pub(super) auth: Option<Authorizer>,
    /// The agent's side.
    pub(super) side: Side,
}

/// The agent's side of a dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// It sent the INVITE, and chose the Call-ID.
    Caller,
    /// It received the INVITE.
    Callee,
}

/// One element of the route set.
#[derive(Debug, Clone)]
struct Route {
    text: Box<str>,
    /// URI of the hop; `None` if it is malformed: then requests go to the dialog's peer.
    uri: Option<Uri>,
}

/// Destination of a request inside a dialog (RFC 3261 §12.2.1.1).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Way<'a> {
    /// Request-URI.
    pub(super) uri: &'a Uri,
    /// Route values, in order.
    pub(super) routes: Vec<Cow<'a, str>>,
    /// Next hop.
    pub(super) peer: Peer,
}

/// Order of a request within its dialog (RFC 3261 §12.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Its CSeq number is higher than all earlier ones.
    Next,
    /// Its CSeq number is not higher.
    Late,
}

impl Order {
    /// Compares a CSeq number with the highest so far, and stores it if it is higher.
    pub(super) fn take(highest: &mut Option<u32>, seq: u32) -> Order {
        match *highest {
            Some(before) if seq <= before => Order::Late,
            Some(_) | None => {
                *highest = Some(seq);
                Order::Next
            }
        }
    }
}

impl Dialog {
    /// Creates the dialog of an incoming INVITE, seen from the callee (RFC 3261 §12.1.1).
    pub(super) fn incoming(
        invite: &Message,
        session: LegId,
        (origin, sources): (Origin, Sources),
        local_seq: u32,
    ) -> Result<Dialog, ParseError> {
        let to = invite.header(HeaderName::To).unwrap_or_default();
        let (seq, _) = invite.cseq()?;
        let from = invite.from()?;
        Ok(Dialog {
            call_id: invite.call_id()?.into(),
            local: format!("{to};tag={session}").into(),
            remote: invite.header(HeaderName::From).unwrap_or_default().into(),
            remote_tag: from.tag.unwrap_or_default().into(),
            local_seq,
            remote_seq: Some(seq),
            peer: origin.peer,
            source: origin.source.ip(),
            sources,
            routes: record_route(invite),
            target: contact(invite)?.ok_or(ParseError::Missing { header: "Contact" })?,
            auth: None,
            side: Side::Callee,
        })
    }

    /// Creates the dialog of a response to an outgoing INVITE, seen from the caller (RFC 3261
    /// §12.1.2).
    pub(super) fn outgoing(
        invite: &Message,
        response: &Message,
        (peer, sources): (Peer, Sources),
    ) -> Result<Dialog, ParseError> {
        let (local_seq, _) = invite.cseq()?;
        let mut routes = record_route(response);
        routes.reverse();
        let target = match contact(response) {
            Ok(Some(target)) => target,
            Ok(None) | Err(_) => invite.request_uri()?,
        };
        Ok(Dialog {
            call_id: invite.call_id()?.into(),
            local: invite.header(HeaderName::From).unwrap_or_default().into(),
            remote: remote(invite, response).into(),
            remote_tag: response.to_tag().unwrap_or_default().into(),
            local_seq,
            remote_seq: None,
            peer,
            source: peer.remote.ip(),
            sources,
            routes,
            target,
            auth: None,
            side: Side::Caller,
        })
    }

    /// Continues an early dialog: its numbers, and the challenges that it knows.
    pub(super) fn follows(self, early: &Dialog) -> Dialog {
        let (local_seq, remote_seq) = (early.local_seq, early.remote_seq);
        Dialog { local_seq, remote_seq, auth: early.auth.clone(), ..self }
    }

    /// Returns whether a request with the local tag belongs to this dialog.
    pub(super) fn is_of(&self, call_id: &str, remote_tag: &str) -> bool {
        *self.call_id == *call_id && *self.remote_tag == *remote_tag
    }

    /// Returns whether a request's source is allowed: the far end's address or connection, a host
    /// of the Contact or of the route set, or one of the [`Sources`].
    pub(super) fn takes_from(&self, origin: &Origin, sender: &Sender) -> bool {
        let address = origin.source.ip();
        let routes = self.routes.iter().filter_map(|route| route.uri.as_ref());
        let named = routes
            .chain([&self.target])
            .any(|uri| uri.host_ip().is_some_and(|ip| ip.to_canonical() == address));
        named
            || origin.is_on(self.peer.connection)
            || origin.is_of(self.source)
            || self.sources.allow(address, sender)
    }

    /// Checks the CSeq number of an incoming request. A request in order updates the far end's
    /// address.
    pub(super) fn receive(&mut self, seq: u32, origin: &Origin) -> Order {
        let order = Order::take(&mut self.remote_seq, seq);
        if order == Order::Next {
            self.peer = Peer { connection: self.peer.connection, ..origin.peer };
            self.source = origin.source.ip();
        }
        order
    }

    /// Updates the target from the Contact of a re-INVITE or UPDATE (RFC 3261 §12.2.2).
    pub(super) fn refresh(&mut self, request: &Message) {
        if let Ok(Some(target)) = contact(request) {
            self.target = target;
        }
    }

    /// Increments the CSeq number for the next outgoing request.
    pub(super) fn count_up(&mut self) {
        self.local_seq = self.local_seq.wrapping_add(1) & CSEQ_MAX;
    }

    /// Returns the answers to known challenges, for the next request.
    pub(super) fn answers(
        &mut self,
        method: &Method,
        config: &AgentConfig,
        rng: &mut Rng,
    ) -> Vec<(HeaderName<'static>, String)> {
        if self.auth.is_none() {
            return Vec::new();
        }
        let uri = self.way(config).uri.to_string();
        let auth = self.auth.as_mut();
        auth.map_or_else(Vec::new, |auth| auth.headers(&method.to_string(), &uri, rng))
    }

    /// Takes up a challenge to a request of the dialog; it counts only from the address that the
    /// request was sent to. Returns whether the request is to be sent again.
    pub(super) fn is_challenged(&mut self, reply: &Reply<'_>, config: &AgentConfig) -> bool {
        let asked = self.way(config).peer.remote.ip();
        self.auth.as_mut().is_some_and(|auth| auth.take_up(reply, asked))
    }

    /// Returns the destination of the next request: along the route set, loose or strict, to the
    /// remote target.
    pub(super) fn way(&self, config: &AgentConfig) -> Way<'_> {
        let texts = self.routes.iter().map(|route| &*route.text);
        match self.routes.first().map(|first| &first.uri) {
            None => {
                Way { uri: &self.target, routes: Vec::new(), peer: self.hop(&self.target, config) }
            }
            Some(Some(strict)) if strict.param("lr").is_none() => {
                let rest = texts.skip(1).map(Cow::Borrowed);
                let last = Cow::Owned(format!("<{}>", self.target));
                let routes = rest.chain([last]).collect();
                Way { uri: strict, routes, peer: self.hop(strict, config) }
            }
            Some(loose) => Way {
                uri: &self.target,
                routes: texts.map(Cow::Borrowed).collect(),
                peer: loose.as_ref().map_or(self.peer, |uri| self.hop(uri, config)),
            },
        }
    }

    /// Returns the address of a URI. For a host name, a private address behind NAT, and an address
    /// that misleads, returns the address that the dialog's messages come from: the agent does not
    /// use DNS.
    ///
    /// A dialog over TLS stays on it, whatever the URI names.
    fn hop(&self, uri: &Uri, config: &AgentConfig) -> Peer {
        let Some((transport, remote)) = address(uri) else { return self.peer };
        let seen = self.peer.remote.ip();
        let is_downgrade = self.peer.transport == Transport::Tls && transport != Transport::Tls;
        if is_downgrade
            || is_behind_nat(remote.ip(), seen)
            || self.is_misleading(transport, remote, config)
        {
            return self.peer;
        }
        let same = transport == self.peer.transport && remote.ip() == seen;
        let connection = self.peer.connection.filter(|_| same);
        let mut local = self.peer.local;
        if transport != self.peer.transport {
            local.set_port(0);
        }
        Peer { transport, remote, local, connection }
    }

    /// Returns whether the far end names an address that would make our requests go to this host
    /// or to a whole network: an address of a kind that the peer itself does not have, or our own.
    fn is_misleading(&self, transport: Transport, named: SocketAddr, config: &AgentConfig) -> bool {
        let seen = self.peer.remote.ip();
        let local = self.peer.local.ip().to_canonical();
        let is_ours = named.ip() == local || config.public == Some(named.ip());
        let own = config.advertised(&Peer { transport, ..self.peer }).port;
        !is_reachable(named.ip(), seen) || (is_ours && (named.ip() != seen || named.port() == own))
    }
}

/// Largest CSeq number (RFC 3261 §8.1.1.5).
const CSEQ_MAX: u32 = (1 << 31) - 1;

/// Returns the To value of our requests after a response: the response's own or, if that is
/// malformed, the INVITE's with the response's tag.
pub(super) fn remote(invite: &Message, response: &Message) -> String {
    let of = |message: &Message| message.header(HeaderName::To).unwrap_or_default().to_owned();
    match (response.to(), response.to_tag()) {
        (Ok(_), _) => of(response),
        (Err(_), Some(tag)) => format!("{};tag={tag}", of(invite)),
        (Err(_), None) => of(invite),
    }
}

/// Returns the URI of the first Contact.
fn contact(message: &Message) -> Result<Option<Uri>, ParseError> {
    Ok(message.contact()?.map(|contact| contact.uri))
}

/// Returns the Record-Route values, each with its URI.
fn record_route(message: &Message) -> Vec<Route> {
    let texts = message.headers(HeaderName::RecordRoute);
    let addresses = message.addresses(HeaderName::RecordRoute);
    let route = |(text, address): (&str, Result<NameAddr<'_>, _>)| Route {
        text: text.into(),
        uri: address.ok().map(|address| address.uri),
    };
    texts.zip(addresses).map(route).collect()
}

/// Returns whether a far end at a public address names a private one (RFC 1918).
fn is_behind_nat(named: IpAddr, seen: IpAddr) -> bool {
    match (named, seen) {
        (IpAddr::V4(named), IpAddr::V4(seen)) => {
            named.is_private() && !seen.is_private() && !seen.is_loopback()
        }
        (IpAddr::V4(_) | IpAddr::V6(_), _) => false,
    }
}

/// Returns the address of a URI, or `None` for a host name or another scheme.
fn address(uri: &Uri) -> Option<(Transport, SocketAddr)> {
    let transport = Transport::of_uri(uri)?;
    let port = uri.port().unwrap_or(transport.default_port());
    Some((transport, SocketAddr::new(uri.host_ip()?.to_canonical(), port)))
}
