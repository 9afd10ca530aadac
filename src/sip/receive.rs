//! Receives a message: passes it to its transaction or session, or rejects it (RFC 3261 §8.2, §18).

use bytes::Bytes;

use super::Agent;
use super::NoTransfer;
use super::Peer;
use super::Proof;
use super::RefusedInvite;
use super::Sender;
use super::Transport;
use super::check::Fault;
use super::check::check_body;
use super::check::check_interval;
use super::check::check_invite;
use super::check::check_options;
use super::check::check_require;
use super::check::default_port;
use super::check::is_ours;
use super::dialog::Order;
use super::digest::Verdict;
use super::peer::Origin;
use super::reply::Reply;
use super::request::ALLOW;
use super::request::allow;
use super::response::abilities;
use super::response::response;
use super::transaction::ClientId;
use super::transaction::ClientMethod;
use super::transaction::Delivery;
use super::transaction::Heard;
use super::transaction::MergeKey;
use super::transaction::ServerId;
use super::transaction::ServerKey;
use super::transaction::branch_bits;
use super::wire::Builder;
use super::wire::Framing;
use super::wire::HeaderName;
use super::wire::Message;
use super::wire::Method;
use super::wire::ParseError;
use crate::base::LegId;
use crate::base::Now;
use crate::base::TrunkId;

/// Seconds until a caller may try again when the agent has no room.
const RETRY_AFTER: &str = "5";
/// Seconds until it is asked again whether an agent that drains takes calls: another one has started
/// by then.
const DRAIN_RETRY_AFTER: &str = "30";

/// A received request and its routing data.
#[derive(Debug)]
pub(super) struct Arrival {
    /// Where the request came from.
    pub(super) origin: Origin,
    /// Destination of its responses.
    pub(super) reply: Peer,
    /// Key of its transaction.
    pub(super) key: ServerKey,
    /// The request.
    pub(super) request: Message,
}

impl Agent {
    /// Receives one message.
    pub(super) fn receive(&mut self, origin: Origin, sender: Sender, bytes: Bytes, now: Now) {
        let peer = origin.peer;
        let framing = framing_of(peer.transport);
        let read = Message::parse(bytes.clone(), framing);
        match read.and_then(|message| message.validate().map(|()| message)) {
            Ok(message) => match message.status() {
                Some(status) => self.receive_response(peer, status, &message, now),
                None => self.receive_request(origin, sender, message, now),
            },
            Err(ParseError::Empty) => {}
            Err(error) => self.receive_broken((peer, sender), (framing, bytes), error, now),
        }
    }

    /// Handles a malformed message. The readable part of a response is used, because a phone that
    /// answered must be acknowledged. A trunk's request is answered with the fault.
    fn receive_broken(
        &mut self,
        (peer, sender): (Peer, Sender),
        (framing, bytes): (Framing, Bytes),
        error: ParseError,
        now: Now,
    ) {
        self.core.counters.malformed += 1;
        let whole = Message::parse(bytes.clone(), framing).ok();
        let response = whole.or_else(|| Message::salvage_response(bytes.clone()));
        if let Some(response) = &response
            && let Some(status) = response.status()
        {
            self.core.not_understood(peer, error);
            return self.receive_response(peer, status, response, now);
        }
        if sender == Sender::Stranger {
            return;
        }
        self.core.not_understood(peer, error.clone());
        let Some(request) = Message::salvage(bytes) else { return };
        // If the Via is the broken part, only the source address is known.
        let reply = match request.top_via() {
            Ok(via) => reply_to(peer, via.reply_address(peer.remote)),
            Err(_) => peer,
        };
        let tag = format!("{:016x}", self.core.stateless_tag(request.bytes()));
        let refusal = Builder::response_to(&request, error.status(), &error.phrase())
            .source(reply.remote)
            .to_tag(&tag)
            .finish();
        self.core.send(reply, refusal);
    }

    fn receive_response(&mut self, peer: Peer, status: u16, response: &Message, now: Now) {
        self.core.counters.responses += 1;
        let Some(id) = self.client_of(response) else {
            self.core.counters.unmatched_responses += 1;
            return;
        };
        let reply = Reply { peer, status, message: response };
        match self.transactions.hear(id, status, response, &mut self.core, now) {
            None => self.core.counters.unmatched_responses += 1,
            Some(Heard::Nothing) => {}
            Some(Heard::Invite(session)) => self.invite_response(id, session, reply, now),
            Some(Heard::Other(purpose)) => self.replied(id, purpose, Some(reply), now),
        }
    }

    /// Returns the client transaction of a response (RFC 3261 §17.1.3). A response with any other
    /// Via than the agent's own was misrouted (§8.1.3.3, §18.1.2).
    fn client_of(&self, response: &Message) -> Option<ClientId> {
        let method = ClientMethod::of(&response.cseq_method()?);
        let id = ClientId { branch: branch_bits(response.branch()?)?, method };
        let sent = self.transactions.sent_to(id)?;
        let is_for_us = match response.top_via() {
            Ok(via) => is_ours(&via, &sent, &self.core.config) && response.vias().nth(1).is_none(),
            // The branch has 64 random bits: it identifies the transaction by itself.
            Err(_) => true,
        };
        is_for_us.then_some(id)
    }

    fn receive_request(&mut self, origin: Origin, sender: Sender, request: Message, now: Now) {
        self.core.counters.requests += 1;
        let Ok(arrival) = Arrival::of(origin, request) else {
            self.core.counters.malformed += 1;
            return;
        };
        if arrival.key.method == Method::Ack {
            self.receive_ack(&arrival, now);
        } else if arrival.key.method == Method::Cancel {
            self.receive_cancel(arrival, sender, now);
        } else {
            self.receive_other(arrival, sender, now);
        }
    }

    /// Handles an ACK, which is never answered: of a rejection by its branch, of a 2xx by its
    /// dialog.
    fn receive_ack(&mut self, ack: &Arrival, now: Now) {
        let refused = ack
            .marks()
            .ok()
            .and_then(|marks| self.transactions.find_invite(&ack.key, &marks))
            .map(|id| self.transactions.ack(id, &mut self.core, now));
        if refused == Some(Delivery::Retransmission) {
            return;
        }
        match self.dialog_of(&ack.request).map(|(session, _)| session) {
            Some(session) => self.acknowledged(session, &ack.request, now),
            None => self.core.counters.unmatched_acks += 1,
        }
    }

    /// Handles the CANCEL of an INVITE with the same branch (RFC 3261 §9.2).
    fn receive_cancel(&mut self, cancel: Arrival, sender: Sender, now: Now) {
        if let Some(id) = self.transactions.find(&cancel.key) {
            return self.repeated(id);
        }
        let marks = cancel.marks().ok();
        let invite = marks.and_then(|marks| self.transactions.find_invite(&cancel.key, &marks));
        match invite {
            Some(invite) if self.is_foreign(invite, &cancel.origin, &sender) => {
                self.turn_away_foreign(&cancel);
            }
            Some(invite) => {
                let id = self.transactions.open(cancel.key, cancel.reply, cancel.request);
                self.canceled(invite, id, now);
            }
            None => self.turn_away(&cancel, &sender),
        }
    }

    /// Returns whether the session of an INVITE rejects a CANCEL from this source.
    fn is_foreign(&self, invite: ServerId, origin: &Origin, sender: &Sender) -> bool {
        let session = self.transactions.session_of(invite);
        let session = session.and_then(|session| self.sessions.get(&session));
        session.is_some_and(|session| {
            !session.takes_from(origin, sender) && !session.is_invited_by(&origin.peer)
        })
    }

    fn receive_other(&mut self, arrival: Arrival, sender: Sender, now: Now) {
        if let Some(id) = self.transactions.find(&arrival.key) {
            return self.repeated(id);
        }
        let tagged = arrival.request.to().is_ok_and(|to| to.tag.is_some());
        match self.dialog_of(&arrival.request) {
            Some((session, remote_tag)) => {
                let remote_tag = remote_tag.to_owned();
                let known = self.sessions.get(&session);
                let at_home = known.is_some_and(|known| known.takes_from(&arrival.origin, &sender));
                if at_home || arrival.key.method == Method::Bye {
                    self.receive_within(session, &remote_tag, arrival, now);
                } else {
                    self.turn_away_foreign(&arrival);
                }
            }
            None => match sender {
                Sender::Trusted(trunk) if !tagged => self.receive_outside(arrival, trunk, now),
                Sender::Stranger if !tagged && self.is_challenged(&arrival) => {
                    self.receive_unknown(arrival, now);
                }
                Sender::Proxy if !tagged && arrival.key.method == Method::Options => {
                    self.receive_options(&arrival);
                }
                Sender::Trusted(_) | Sender::Proxy | Sender::Stranger => {
                    self.turn_away(&arrival, &sender);
                }
            },
        }
    }

    /// Returns whether a stranger is asked who it is.
    fn is_challenged(&self, arrival: &Arrival) -> bool {
        self.guard.is_open() && arrival.key.method == Method::Invite
    }

    /// Handles an INVITE from an address of no trunk: credentials name the trunk, without them it is
    /// challenged (RFC 3261 §22.2).
    fn receive_unknown(&mut self, arrival: Arrival, now: Now) {
        let source = arrival.origin.source;
        let verdict = self.guard.check(&arrival.request, source.ip(), now.mono);
        let refused = || RefusedInvite::new(source, Sender::Stranger, 401, &arrival.request);
        match &verdict {
            Verdict::Trunk(trunk) => return self.receive_outside(arrival, trunk.clone(), now),
            Verdict::Wrong => {
                self.core.counters.strangers += 1;
                self.core.refused(RefusedInvite { proof: Proof::WrongCredentials, ..refused() });
            }
            // That of a trunk whose calls are expected; any other may not know what a challenge is.
            Verdict::Missing if !self.guard.has_let_in(source.ip()) => {
                self.core.counters.challenges += 1;
                self.core.refused(refused());
            }
            Verdict::Missing | Verdict::Stale => self.core.counters.challenges += 1,
        }
        let is_stale = verdict == Verdict::Stale;
        let rng = &mut self.core.rng;
        let challenges = self.guard.challenges(source.ip(), is_stale, now.mono, rng);
        let name = HeaderName::WwwAuthenticate;
        let headers = challenges.into_iter().map(|challenge| (name, challenge)).collect();
        self.reply_without_state(&arrival, &Fault { status: 401, headers });
    }

    fn repeated(&mut self, id: ServerId) {
        self.core.counters.repeated += 1;
        self.transactions.repeated(id, &mut self.core);
    }

    /// Returns the session whose dialog a request belongs to, and the far end's tag.
    fn dialog_of<'a>(&self, request: &'a Message) -> Option<(LegId, &'a str)> {
        let session = LegId::of_tag(request.to().ok()?.tag?)?;
        let remote_tag = request.from().ok()?.tag.unwrap_or_default();
        let known = self.sessions.get(&session)?;
        known.is_of(request.call_id().ok()?, remote_tag).then_some((session, remote_tag))
    }

    /// Rejects a request that matches no dialog: 481 for a trunk, 403 for any other address.
    fn turn_away(&mut self, arrival: &Arrival, sender: &Sender) {
        let status = match sender {
            Sender::Trusted(_) => 481,
            Sender::Proxy | Sender::Stranger => {
                self.core.counters.strangers += 1;
                if arrival.key.method == Method::Invite {
                    let (source, sender) = (arrival.origin.source, sender.clone());
                    let refused = RefusedInvite::new(source, sender, 403, &arrival.request);
                    self.core.refused(refused);
                }
                403
            }
        };
        self.reply_without_state(arrival, &Fault::plain(status));
    }

    /// Rejects a request that has a dialog's marks and a source that the dialog does not accept.
    fn turn_away_foreign(&mut self, arrival: &Arrival) {
        self.core.counters.foreign += 1;
        self.reply_without_state(arrival, &Fault::plain(481));
    }

    /// Handles a trunk's request outside any dialog.
    fn receive_outside(&mut self, arrival: Arrival, trunk: TrunkId, now: Now) {
        match &arrival.key.method {
            Method::Invite => self.receive_invite(arrival, trunk, now),
            Method::Options => self.receive_options(&arrival),
            Method::Bye | Method::Info | Method::Update | Method::Prack => {
                self.reply_without_state(&arrival, &Fault::plain(481));
            }
            Method::Refer => {
                self.reply_without_state(&arrival, &NoTransfer::OutsideCall.fault());
            }
            Method::Ack
            | Method::Cancel
            | Method::Register
            | Method::Notify
            | Method::Subscribe
            | Method::Message
            | Method::Publish
            | Method::Other(_) => {
                let fault = Fault::of_method(&arrival.key.method, ALLOW);
                self.reply_without_state(&arrival, &fault);
            }
        }
    }

    /// Answers whether the agent takes calls.
    fn receive_options(&mut self, arrival: &Arrival) {
        if self.core.drains {
            return self.reply_without_state(arrival, &unavailable(DRAIN_RETRY_AFTER));
        }
        if self.is_full() {
            return self.reply_without_state(arrival, &busy());
        }
        match check_options(&arrival.request, &arrival.origin.peer) {
            Ok(()) => {
                let tag = self.stateless_tag(arrival);
                let Arrival { reply, request, .. } = arrival;
                let able = abilities(request, reply, (&tag, ALLOW), &self.core.config);
                self.core.send(*reply, able);
            }
            Err(fault) => self.reply_without_state(arrival, &fault),
        }
    }

    fn receive_invite(&mut self, arrival: Arrival, trunk: TrunkId, now: Now) {
        if let Err(fault) = check_invite(&arrival.request, &arrival.origin.peer, &self.core.config)
        {
            return self.refuse_invite(&arrival, trunk, &fault);
        }
        let Ok(marks) = arrival.marks() else { return };
        if self.transactions.is_merged(&marks) {
            return self.reply_without_state(&arrival, &Fault::plain(482));
        }
        if self.is_full() {
            self.core.counters.overloads += 1;
            return self.refuse_invite(&arrival, trunk, &busy());
        }
        if let Err((arrival, _)) = self.invited(arrival, trunk, marks, now) {
            self.reply_without_state(&arrival, &Fault::plain(400));
        }
    }

    fn refuse_invite(&mut self, arrival: &Arrival, trunk: TrunkId, fault: &Fault) {
        let (source, sender) = (arrival.origin.source, Sender::Trusted(trunk));
        let refused = RefusedInvite::new(source, sender, fault.status, &arrival.request);
        self.core.refused(refused);
        self.reply_without_state(arrival, fault);
    }

    /// Handles a request in a dialog, from any address: the sender must know the dialog's tags.
    fn receive_within(&mut self, session: LegId, remote_tag: &str, arrival: Arrival, now: Now) {
        if self.transactions.is_overfull() {
            self.core.counters.overloads += 1;
            return self.reply_without_state(&arrival, &busy());
        }
        let Ok(marks) = arrival.marks() else { return };
        let Arrival { origin, reply, key, request } = arrival;
        let Ok((seq, method)) = request.cseq() else { return };
        let Some(known) = self.sessions.get_mut(&session) else { return };
        let order = known.receive(remote_tag, seq, &origin);
        let fault = check_within(&request, &method).err();
        let core = &mut self.core;
        let id = if method == Method::Invite {
            self.transactions.open_invite((key, marks), session, (reply, request), core, now)
        } else {
            self.transactions.open(key, reply, request)
        };
        if order == Order::Late {
            return self.reply(id, session, 500, None, now);
        }
        self.carry(session, origin.peer.connection);
        match (fault, method) {
            (Some(fault), _) => self.refuse_for(id, session, &fault, now),
            (None, Method::Bye) => self.hung_up(session, id, remote_tag, now),
            (None, Method::Invite | Method::Update) => {
                self.reoffered(session, remote_tag, id, now);
            }
            (None, Method::Prack) => self.acknowledged_early(session, id, now),
            (None, Method::Info) => self.informed(session, id, now),
            (None, Method::Options) => self.asked_abilities(session, id, now),
            (None, Method::Refer) => self.referred(session, id, now),
            (None, other) => {
                let fault = Fault::of_method(&other, self.allowed(session));
                self.refuse_for(id, session, &fault, now);
            }
        }
    }

    /// Returns the methods that the far end of a session may send, as an Allow value.
    pub(super) fn allowed(&self, session: LegId) -> &'static str {
        self.sessions.get(&session).map_or(ALLOW, |known| allow(known.side()))
    }

    fn asked_abilities(&mut self, session: LegId, id: ServerId, now: Now) {
        let allow = self.allowed(session);
        let Some((request, peer)) = self.transactions.pending(id) else { return };
        let known = (&*session.to_string(), allow);
        let able = abilities(request, &peer, known, &self.core.config);
        self.transactions.respond(id, 200, able, &mut self.core, now);
    }

    /// Rejects a request in a dialog.
    pub(super) fn refuse_for(&mut self, id: ServerId, session: LegId, fault: &Fault, now: Now) {
        let Some((request, peer)) = self.transactions.pending(id) else { return };
        let tag = session.to_string();
        let mut builder = response(request, &peer, fault.status, &tag);
        for (name, value) in &fault.headers {
            builder = builder.header(*name, value);
        }
        let refusal = builder.finish();
        self.core.counters.rejected += 1;
        self.transactions.respond(id, fault.status, refusal, &mut self.core, now);
    }

    /// Answers without state: a copy of the request gets a copy of the response, and its ACK is
    /// dropped (RFC 3261 §8.2.7).
    fn reply_without_state(&mut self, arrival: &Arrival, fault: &Fault) {
        self.core.counters.rejected += 1;
        let tag = self.stateless_tag(arrival);
        let mut builder = response(&arrival.request, &arrival.reply, fault.status, &tag);
        for (name, value) in &fault.headers {
            builder = builder.header(*name, value);
        }
        let refusal = builder.finish();
        self.core.send(arrival.reply, refusal);
    }

    fn stateless_tag(&self, arrival: &Arrival) -> String {
        format!("{:016x}", self.core.stateless_tag(&(&arrival.key, arrival.request.call_id().ok())))
    }
}

impl Arrival {
    fn of(origin: Origin, request: Message) -> Result<Arrival, ParseError> {
        let peer = origin.peer;
        let via = request.top_via()?;
        let (seq, method) = request.cseq()?;
        let branch = match via.unique_branch() {
            Some(branch) => branch.into(),
            // Without the cookie the branch may repeat (RFC 3261 §17.2.3).
            None => {
                let tag = request.from()?.tag.unwrap_or_default();
                let branch = via.branch.unwrap_or_default();
                format!("{branch} {} {tag} {seq}", request.call_id()?).into()
            }
        };
        let key = ServerKey {
            branch,
            host: via.host.to_ascii_lowercase().into(),
            port: via.port.unwrap_or(default_port(&via)),
            method,
        };
        let reply = reply_to(peer, via.reply_address(peer.remote));
        Ok(Arrival { origin, reply, key, request })
    }

    /// Returns what an INVITE has in common with its ACK, its CANCEL, and merged copies.
    fn marks(&self) -> Result<MergeKey, ParseError> {
        let (cseq, _) = self.request.cseq()?;
        Ok(MergeKey {
            call_id: self.request.call_id()?.into(),
            from_tag: self.request.from()?.tag.unwrap_or_default().into(),
            cseq,
        })
    }
}

/// Returns how a message ends on a transport.
pub(super) fn framing_of(transport: Transport) -> Framing {
    match transport {
        Transport::Udp => Framing::Datagram,
        Transport::Tcp | Transport::Tls => Framing::Stream,
    }
}

/// Returns 503 for an agent without room.
fn busy() -> Fault {
    unavailable(RETRY_AFTER)
}

/// Returns 503 with Retry-After, in seconds.
fn unavailable(seconds: &'static str) -> Fault {
    Fault::with(503, HeaderName::RetryAfter, seconds)
}

/// Checks a request in a dialog.
fn check_within(request: &Message, method: &Method) -> Result<(), Fault> {
    check_require(request)?;
    match method {
        Method::Invite | Method::Update => {
            check_interval(request)?;
            check_body(request)
        }
        Method::Prack => check_body(request),
        Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Options
        | Method::Register
        | Method::Info
        | Method::Refer
        | Method::Notify
        | Method::Subscribe
        | Method::Message
        | Method::Publish
        | Method::Other(_) => Ok(()),
    }
}

/// Returns the destination of responses: the connection of the request, else the address that Via
/// and source give.
fn reply_to(peer: Peer, address: std::net::SocketAddr) -> Peer {
    match peer.transport {
        Transport::Udp => Peer { remote: address, ..peer },
        Transport::Tcp | Transport::Tls => peer,
    }
}
