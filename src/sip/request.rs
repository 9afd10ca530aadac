//! Writes requests.

use std::time::Duration;

use bytes::Bytes;

use super::AgentConfig;
use super::CancelWhy;
use super::Dial;
use super::Peer;
use super::Register;
use super::ServerPing;
use super::Transport;
use super::body::SDP;
use super::dialog::Dialog;
use super::dialog::Side;
use super::dialog::remote;
use super::expiry::Expiry;
use super::expiry::INTERVAL_MIN;
use super::expiry::Refresher;
use super::extension::SUPPORTED;
use super::extension::TIMER;
use super::transaction::Notice;
use super::transaction::branch_text;
use super::wire::Builder;
use super::wire::HeaderName;
use super::wire::Message;
use super::wire::Method;
use super::wire::Rack;
use super::wire::reason_phrase;
use crate::base::Prack;
use crate::base::Rng;

/// Supported methods, as an Allow value.
pub(super) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK";
/// The same for a far end that the agent has dialed, which may ask to be replaced.
const ALLOW_REFER: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER";
/// Content type of a response's first line (RFC 3420).
const SIPFRAG: &str = "message/sipfrag;version=2.0";
/// Longest time in which notifications of a transfer may come, in seconds: a far end may forget it
/// then. It is above the ring time of any destination.
const REFER_EXPIRES: u32 = 300;
/// Max-Forwards of outgoing requests (RFC 3261 §8.1.1.6).
pub(super) const MAX_FORWARDS: u8 = 70;

/// Returns the methods that the far end of a session may send, as an Allow value.
pub(super) const fn allow(side: Side) -> &'static str {
    match side {
        Side::Caller => ALLOW_REFER,
        Side::Callee => ALLOW,
    }
}

/// Unique values of an outgoing INVITE.
#[derive(Debug)]
pub(super) struct Marks {
    /// Random bits of the branch.
    pub(super) branch: u64,
    /// The Call-ID.
    pub(super) call_id: String,
    /// The CSeq number.
    pub(super) seq: u32,
}

/// Writes the INVITE of a [`Dial`] (RFC 3261 §13.2.1). Skips headers in the list that the agent
/// writes itself.
pub(super) fn invite(dial: &Dial, marks: &Marks, config: &AgentConfig) -> Bytes {
    let supported = match dial.prack {
        Prack::Auto => SUPPORTED,
        Prack::Off => TIMER,
    };
    let mut builder = Builder::request(&Method::Invite, &dial.target)
        .header(HeaderName::Via, via(config, &dial.peer, marks.branch))
        .header(HeaderName::From, format_args!("{};tag={}", dial.from, dial.session))
        .header(HeaderName::To, &dial.to)
        .header(HeaderName::CallId, &marks.call_id)
        .header(HeaderName::Cseq, format_args!("{} INVITE", marks.seq))
        .header(HeaderName::Contact, contact(config, &dial.peer, dial.target.is_secure()))
        .header(HeaderName::Allow, allow(Side::Caller))
        .header(HeaderName::Supported, supported)
        .header(HeaderName::UserAgent, &config.user_agent)
        .header(HeaderName::MaxForwards, dial.max_forwards);
    if let Some(interval) = config.session_expires {
        for (name, value) in session_timer(interval, INTERVAL_MIN) {
            builder = builder.header(name, value);
        }
    }
    for (name, value) in &dial.headers {
        let name = HeaderName::parse(name);
        if !is_ours(name) {
            builder = builder.header(name, value);
        }
    }
    if dial.offer.is_empty() { builder.finish() } else { builder.body(SDP, &dial.offer) }
}

/// Returns the headers that ask for a session timer (RFC 4028 §7.1). The agent refreshes: a far end
/// that forgets to would lose the call.
pub(super) fn session_timer(
    interval: Duration,
    shortest: Duration,
) -> [(HeaderName<'static>, String); 2] {
    let expiry = Expiry { interval, refresher: Refresher::Us };
    [
        (HeaderName::SessionExpires, expiry.ask()),
        (HeaderName::MinSe, shortest.as_secs().to_string()),
    ]
}

/// Writes an INVITE again, in a new transaction with other headers, such as answers to its
/// challenges (RFC 3261 §8.1.3.5): the same Call-ID, From, To, and body, the next CSeq number.
pub(super) fn invite_again(
    invite: &Message,
    (peer, branch): (&Peer, u64),
    changes: &[(HeaderName<'static>, String)],
    config: &AgentConfig,
) -> Bytes {
    let (seq, _) = invite.cseq().unwrap_or((0, Method::Invite));
    let mut builder = Builder::request(&Method::Invite, uri(invite))
        .header(HeaderName::Via, via(config, peer, branch))
        .header(HeaderName::Cseq, format_args!("{} INVITE", seq + 1));
    for (name, value) in changes {
        builder = builder.header(*name, value);
    }
    for (name, value) in invite.all_headers() {
        let name = HeaderName::parse(name);
        if !NOT_AGAIN.contains(&name) && !changes.iter().any(|(changed, _)| *changed == name) {
            builder = builder.header(name, value);
        }
    }
    match invite.body() {
        [] => builder.finish(),
        body => builder.body(invite.content_type().unwrap_or(SDP), body),
    }
}

/// Headers that differ in an INVITE that is sent again.
const NOT_AGAIN: [HeaderName<'static>; 6] = [
    HeaderName::Via,
    HeaderName::Cseq,
    HeaderName::Authorization,
    HeaderName::ProxyAuthorization,
    HeaderName::ContentType,
    HeaderName::ContentLength,
];

/// Unique values of a request outside a dialog that is no INVITE.
#[derive(Debug)]
pub(super) struct OwnMarks<'a> {
    /// Random bits of the branch.
    pub(super) branch: u64,
    /// The Call-ID.
    pub(super) call_id: &'a str,
    /// The tag in From.
    pub(super) tag: u64,
    /// The CSeq number.
    pub(super) seq: u32,
}

/// Writes a REGISTER (RFC 3261 §10.2) with answers to its challenges.
pub(super) fn register(
    register: &Register,
    marks: &OwnMarks<'_>,
    answers: &[(HeaderName<'static>, String)],
    config: &AgentConfig,
) -> Bytes {
    let Register { peer, registrar, account, contact: user, expires, .. } = register;
    let OwnMarks { branch, call_id, tag, seq } = marks;
    let mut builder = Builder::request(&Method::Register, registrar)
        .header(HeaderName::Via, via(config, peer, *branch))
        .header(HeaderName::MaxForwards, MAX_FORWARDS)
        .header(HeaderName::From, format_args!("<{account}>;tag={tag:016x}"))
        .header(HeaderName::To, format_args!("<{account}>"))
        .header(HeaderName::CallId, call_id)
        .header(HeaderName::Cseq, format_args!("{seq} REGISTER"))
        .header(HeaderName::Contact, contact_of(user, config, peer, registrar.is_secure()))
        .header(HeaderName::Expires, expires.as_secs())
        .header(HeaderName::Allow, ALLOW)
        .header(HeaderName::UserAgent, &config.user_agent);
    for (name, value) in answers {
        builder = builder.header(*name, value);
    }
    builder.finish()
}

/// Writes an OPTIONS to a server outside a dialog (RFC 3261 §11.1).
pub(super) fn ping(ping: &ServerPing, marks: &OwnMarks<'_>, config: &AgentConfig) -> Bytes {
    let ServerPing { peer, target, .. } = ping;
    let OwnMarks { branch, call_id, tag, seq } = marks;
    let own = contact(config, peer, target.is_secure());
    Builder::request(&Method::Options, target)
        .header(HeaderName::Via, via(config, peer, *branch))
        .header(HeaderName::MaxForwards, MAX_FORWARDS)
        .header(HeaderName::From, format_args!("{own};tag={tag:016x}"))
        .header(HeaderName::To, format_args!("<{target}>"))
        .header(HeaderName::CallId, call_id)
        .header(HeaderName::Cseq, format_args!("{seq} OPTIONS"))
        .header(HeaderName::Contact, &own)
        .header(HeaderName::Accept, SDP)
        .header(HeaderName::UserAgent, &config.user_agent)
        .finish()
}

/// Returns whether only the agent may write this header.
fn is_ours(name: HeaderName<'_>) -> bool {
    [
        HeaderName::Via,
        HeaderName::From,
        HeaderName::To,
        HeaderName::CallId,
        HeaderName::Cseq,
        HeaderName::Contact,
        HeaderName::Allow,
        HeaderName::UserAgent,
        HeaderName::MaxForwards,
        HeaderName::ContentType,
        HeaderName::ContentLength,
        HeaderName::ContentEncoding,
        HeaderName::Require,
        HeaderName::Supported,
        HeaderName::SessionExpires,
        HeaderName::MinSe,
    ]
    .contains(&name)
}

/// Writes the ACK of a non-2xx response, in the INVITE's own transaction (RFC 3261 §17.1.1.3).
pub(super) fn ack_of_refusal(invite: &Message, refusal: &Message) -> Bytes {
    let (seq, _) = invite.cseq().unwrap_or((0, Method::Invite));
    Builder::request(&Method::Ack, uri(invite))
        .copy(invite, HeaderName::Via)
        .header(HeaderName::MaxForwards, MAX_FORWARDS)
        .copy(invite, HeaderName::Route)
        .copy(invite, HeaderName::From)
        .header(HeaderName::To, remote(invite, refusal))
        .copy(invite, HeaderName::CallId)
        .header(HeaderName::Cseq, format_args!("{seq} ACK"))
        .finish()
}

/// Writes the CANCEL of an INVITE: same Via, Request-URI, Route, From, To, Call-ID and CSeq number
/// (RFC 3261 §9.1).
pub(super) fn cancel(invite: &Message, why: &CancelWhy) -> Bytes {
    let (seq, _) = invite.cseq().unwrap_or((0, Method::Invite));
    let builder = Builder::request(&Method::Cancel, uri(invite))
        .copy(invite, HeaderName::Via)
        .header(HeaderName::MaxForwards, MAX_FORWARDS)
        .copy(invite, HeaderName::Route)
        .copy(invite, HeaderName::From)
        .copy(invite, HeaderName::To)
        .copy(invite, HeaderName::CallId)
        .header(HeaderName::Cseq, format_args!("{seq} CANCEL"));
    match why {
        CancelWhy::Plain => builder.finish(),
        CancelWhy::CompletedElsewhere => builder
            .header(HeaderName::Reason, "SIP;cause=200;text=\"Call completed elsewhere\"")
            .finish(),
        CancelWhy::Because(reason) => builder.header(HeaderName::Reason, reason.as_str()).finish(),
    }
}

/// Writes the ACK of a 2xx: a separate transaction, along the dialog's route, with the credentials
/// of the INVITE (RFC 3261 §13.2.2.4, §22.1).
pub(super) fn ack(
    dialog: &Dialog,
    invite: &Message,
    branch: u64,
    config: &AgentConfig,
) -> (Peer, Bytes) {
    let (seq, _) = invite.cseq().unwrap_or((0, Method::Invite));
    let (peer, builder) = within(dialog, (&Method::Ack, seq), branch, config);
    let builder = builder
        .copy(invite, HeaderName::Authorization)
        .copy(invite, HeaderName::ProxyAuthorization);
    (peer, builder.finish())
}

/// Writes the ACK of a 2xx to a re-INVITE: its route and credentials are the re-INVITE's.
pub(super) fn ack_of_reinvite(
    invite: &Message,
    peer: &Peer,
    branch: u64,
    config: &AgentConfig,
) -> Bytes {
    let (seq, _) = invite.cseq().unwrap_or((0, Method::Invite));
    Builder::request(&Method::Ack, uri(invite))
        .header(HeaderName::Via, via(config, peer, branch))
        .header(HeaderName::MaxForwards, MAX_FORWARDS)
        .copy(invite, HeaderName::Route)
        .copy(invite, HeaderName::From)
        .copy(invite, HeaderName::To)
        .copy(invite, HeaderName::CallId)
        .header(HeaderName::Cseq, format_args!("{seq} ACK"))
        .copy(invite, HeaderName::Authorization)
        .copy(invite, HeaderName::ProxyAuthorization)
        .finish()
}

/// Writes a PRACK (RFC 3262 §4). The caller must have incremented the dialog's CSeq number.
pub(super) fn prack(
    dialog: &mut Dialog,
    rack: Rack,
    branch: u64,
    config: &AgentConfig,
    rng: &mut Rng,
) -> (Peer, Bytes) {
    let (peer, builder) = authorized(dialog, (&Method::Prack, branch), config, rng);
    (peer, builder.header(HeaderName::RAck, rack).finish())
}

/// Writes an UPDATE that refreshes the session (RFC 4028 §7.4). The caller must have incremented
/// the dialog's CSeq number.
pub(super) fn update(
    dialog: &mut Dialog,
    expiry: Expiry,
    branch: u64,
    config: &AgentConfig,
    rng: &mut Rng,
) -> (Peer, Bytes) {
    let (peer, builder) = refreshing(dialog, (&Method::Update, branch), expiry, config, rng);
    (peer, builder.finish())
}

/// Writes a re-INVITE that refreshes the session and offers what is in use. The caller must have
/// incremented the dialog's CSeq number.
pub(super) fn reinvite(
    dialog: &mut Dialog,
    (expiry, offer): (Expiry, &Bytes),
    branch: u64,
    config: &AgentConfig,
    rng: &mut Rng,
) -> (Peer, Bytes) {
    let (peer, builder) = refreshing(dialog, (&Method::Invite, branch), expiry, config, rng);
    let builder = builder.header(HeaderName::Allow, allow(dialog.side));
    (peer, if offer.is_empty() { builder.finish() } else { builder.body(SDP, offer) })
}

/// Starts a request that refreshes the session; its Contact refreshes the far end's target.
/// Reliable provisional responses to it would not be acknowledged, so that they are not announced.
fn refreshing<'a>(
    dialog: &mut Dialog,
    request: (&Method, u64),
    expiry: Expiry,
    config: &AgentConfig,
    rng: &mut Rng,
) -> (Peer, Builder<'a>) {
    let (peer, builder) = authorized(dialog, request, config, rng);
    let is_secure = dialog.way(config).uri.is_secure();
    let builder = builder
        .header(HeaderName::Contact, contact(config, &peer, is_secure))
        .header(HeaderName::Supported, TIMER)
        .header(HeaderName::SessionExpires, expiry.ask());
    (peer, builder)
}

/// Writes a BYE with an optional Reason. The caller must have incremented the dialog's CSeq number.
pub(super) fn bye(
    dialog: &mut Dialog,
    cause: Option<&str>,
    branch: u64,
    config: &AgentConfig,
    rng: &mut Rng,
) -> (Peer, Bytes) {
    let (peer, builder) = authorized(dialog, (&Method::Bye, branch), config, rng);
    match cause {
        Some(cause) => (peer, builder.header(HeaderName::Reason, cause).finish()),
        None => (peer, builder.finish()),
    }
}

/// Writes an OPTIONS in a dialog. The caller must have incremented the dialog's CSeq number.
pub(super) fn options(
    dialog: &mut Dialog,
    branch: u64,
    config: &AgentConfig,
    rng: &mut Rng,
) -> (Peer, Bytes) {
    let (peer, builder) = authorized(dialog, (&Method::Options, branch), config, rng);
    (peer, builder.finish())
}

/// Writes a NOTIFY of a transfer, whose body is the first line of the other party's response (RFC 3515
/// §2.4.5). The caller must have incremented the dialog's CSeq number.
pub(super) fn notify(
    dialog: &mut Dialog,
    notice: &Notice,
    branch: u64,
    config: &AgentConfig,
    rng: &mut Rng,
) -> (Peer, Bytes) {
    let (peer, builder) = authorized(dialog, (&Method::Notify, branch), config, rng);
    let is_secure = dialog.way(config).uri.is_secure();
    let status = notice.status;
    let state = match status {
        ..200 => format!("active;expires={REFER_EXPIRES}"),
        200.. => "terminated;reason=noresource".to_owned(),
    };
    let line = format!("SIP/2.0 {status} {}\r\n", reason_phrase(status));
    let builder = builder
        .header(HeaderName::Contact, contact(config, &peer, is_secure))
        .header(HeaderName::Event, &notice.event)
        .header(HeaderName::SubscriptionState, state)
        .header(HeaderName::Allow, allow(dialog.side));
    (peer, builder.body(SIPFRAG, line.as_bytes()))
}

/// Starts a request inside a dialog, with answers to the challenges that are known.
fn authorized<'a>(
    dialog: &mut Dialog,
    (method, branch): (&Method, u64),
    config: &AgentConfig,
    rng: &mut Rng,
) -> (Peer, Builder<'a>) {
    let answers = dialog.answers(method, config, rng);
    let (peer, mut builder) = within(dialog, (method, dialog.local_seq), branch, config);
    for (name, value) in answers {
        builder = builder.header(name, value);
    }
    (peer, builder.header(HeaderName::UserAgent, &config.user_agent))
}

/// Starts a request inside a dialog (RFC 3261 §12.2.1.1).
fn within<'a>(
    dialog: &Dialog,
    (method, seq): (&Method, u32),
    branch: u64,
    config: &AgentConfig,
) -> (Peer, Builder<'a>) {
    let way = dialog.way(config);
    let mut builder = Builder::request(method, way.uri)
        .header(HeaderName::Via, via(config, &way.peer, branch))
        .header(HeaderName::MaxForwards, MAX_FORWARDS);
    for route in &way.routes {
        builder = builder.header(HeaderName::Route, route);
    }
    let builder = builder
        .header(HeaderName::From, &dialog.local)
        .header(HeaderName::To, &dialog.remote)
        .header(HeaderName::CallId, &dialog.call_id)
        .header(HeaderName::Cseq, format_args!("{seq} {method}"));
    (way.peer, builder)
}

/// Returns the Request-URI as written.
pub(super) fn uri(request: &Message) -> &str {
    match request.start() {
        super::wire::Start::Request { uri, .. } => uri,
        super::wire::Start::Response { .. } => "",
    }
}

/// Returns the agent's Via, which requests symmetric response routing (RFC 3581).
fn via(config: &AgentConfig, peer: &Peer, branch: u64) -> String {
    let address = config.advertised(peer);
    format!("SIP/2.0/{} {address};branch={};rport", peer.transport.name(), branch_text(branch))
}

/// Returns the agent's Contact. It must be a `sips:` URI if the Request-URI is one (RFC 3261
/// §8.1.1.8, §12.1.1).
pub(super) fn contact(config: &AgentConfig, peer: &Peer, is_secure: bool) -> String {
    contact_of("", config, peer, is_secure)
}

/// Returns the agent's Contact with a user part; none if that is empty.
fn contact_of(user: &str, config: &AgentConfig, peer: &Peer, is_secure: bool) -> String {
    let address = config.advertised(peer);
    let at = if user.is_empty() { "" } else { "@" };
    match peer.transport {
        Transport::Udp => format!("<sip:{user}{at}{address}>"),
        Transport::Tcp => format!("<sip:{user}{at}{address};transport=tcp>"),
        Transport::Tls if is_secure => format!("<sips:{user}{at}{address}>"),
        Transport::Tls => format!("<sip:{user}{at}{address};transport=tls>"),
    }
}
