//! Runs one agent in simulated time and collects its messages and events.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;

use crate::base::LegId;
use crate::base::Now;
use crate::base::Prack;
use crate::base::Rng;
use crate::sip::Agent;
use crate::sip::AgentConfig;
use crate::sip::Command;
use crate::sip::ConnectionId;
use crate::sip::Dial;
use crate::sip::Event;
use crate::sip::Input;
use crate::sip::Output;
use crate::sip::Peer;
use crate::sip::Reason;
use crate::sip::RefusedInvite;
use crate::sip::RegistrationOutcome;
use crate::sip::Sender;
use crate::sip::ServerPingId;
use crate::sip::Sources;
use crate::sip::Transport;
use crate::sip::wire::Framing;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;
use crate::sip::wire::Method;
use crate::sip::wire::ParseError;
use crate::sip::wire::Uri;

pub(super) const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n";
pub(super) const SDP: &str = "Content-Type: application/sdp\r\n";

/// The far end at 192.0.2.9:5060; the agent is at 192.0.2.1:5060.
pub(super) fn far() -> Peer {
    Peer {
        transport: Transport::Udp,
        remote: ([192, 0, 2, 9], 5060).into(),
        local: ([192, 0, 2, 1], 5060).into(),
        connection: None,
    }
}

/// The far end over the TCP connection 7.
pub(super) fn far_tcp() -> Peer {
    Peer {
        transport: Transport::Tcp,
        remote: ([192, 0, 2, 9], 40_000).into(),
        connection: Some(ConnectionId(7)),
        ..far()
    }
}

pub(super) struct Bench {
    pub(super) agent: Agent,
    pub(super) now: Now,
    pub(super) sent: Vec<(Peer, Message)>,
    pub(super) events: Vec<Event>,
    pub(super) refused: Vec<RefusedInvite>,
    pub(super) registered: Vec<RegistrationOutcome>,
    pub(super) pinged: Vec<(ServerPingId, Option<u16>)>,
    pub(super) logged: Vec<String>,
    pub(super) closed: Vec<Peer>,
    /// The latest INVITE outside a dialog.
    pub(super) dialed: Option<Message>,
    /// The latest request of each method.
    latest: HashMap<String, Message>,
}

/// The sender of a trunk's messages.
pub(super) fn trusted() -> Sender {
    Sender::Trusted("t".parse().unwrap())
}

impl Bench {
    pub(super) fn new() -> Bench {
        Bench::with_room(100)
    }

    pub(super) fn with_room(max_sessions: usize) -> Bench {
        let address = std::net::SocketAddr::from(([192, 0, 2, 1], 5060));
        let config = AgentConfig { max_sessions, ..AgentConfig::new(address) };
        let agent = Agent::new(config, Rng::seeded(5));
        Bench {
            agent,
            now: Now::default(),
            sent: Vec::new(),
            events: Vec::new(),
            refused: Vec::new(),
            registered: Vec::new(),
            pinged: Vec::new(),
            logged: Vec::new(),
            closed: Vec::new(),
            dialed: None,
            latest: HashMap::new(),
        }
    }

    pub(super) fn handle(&mut self, input: Input) {
        self.agent.handle(input, self.now);
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Event(event) => self.events.push(event),
                Output::Registered { outcome, .. } => self.registered.push(outcome),
                Output::Pinged { id, status } => self.pinged.push((id, status)),
                Output::Close { peer } => self.closed.push(peer),
                Output::Refused(invite) => self.refused.push(*invite),
                Output::NotUnderstood { error, .. } => self.logged.push(error.to_string()),
                Output::Send { peer, bytes } => {
                    let framing = match peer.transport {
                        Transport::Udp => Framing::Datagram,
                        Transport::Tcp | Transport::Tls => Framing::Stream,
                    };
                    let message = Message::parse(bytes, framing).expect("we write what parses");
                    // A 400 lacks the headers that its request lacked. A Route is a copy of what the
                    // far end wrote into Record-Route.
                    match message.validate() {
                        Err(ParseError::Malformed { header: "Route", .. }) => {}
                        _ if message.status() == Some(400) => {}
                        other => other.expect("we write what is valid"),
                    }
                    if message.method() == Some(&Method::Invite) && message.to_tag().is_none() {
                        self.dialed = Some(message.clone());
                    }
                    if let Some(method) = message.method() {
                        self.latest.insert(method.to_string(), message.clone());
                    }
                    self.sent.push((peer, message));
                }
            }
        }
    }

    pub(super) fn hear_from(&mut self, peer: Peer, sender: Sender, text: &str) {
        self.handle(Input::Message {
            peer,
            sender,
            bytes: Bytes::copy_from_slice(text.as_bytes()),
        });
    }

    pub(super) fn hear(&mut self, text: &str) {
        self.hear_from(far(), trusted(), text);
    }

    pub(super) fn order(&mut self, command: Command) {
        self.handle(Input::Command(command));
    }

    /// Advances time, stopping at every timer.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now.mono + time;
        let mut stops = 0;
        while let Some(next) = self.agent.deadline().filter(|next| *next <= end) {
            self.now = self.now.later(next.since(self.now.mono));
            self.handle(Input::Tick);
            stops += 1;
            assert!(stops < 1_000, "a timer runs in circles");
        }
        self.now = self.now.later(end.since(self.now.mono));
    }

    pub(super) fn pass_ms(&mut self, ms: u64) {
        self.pass(Duration::from_millis(ms));
    }

    /// Messages sent since the last call: `INVITE` or `200 INVITE`.
    pub(super) fn take_sent(&mut self) -> Vec<String> {
        self.sent.drain(..).map(|(_, message)| line(&message)).collect()
    }

    pub(super) fn last(&self) -> &Message {
        &self.sent.last().expect("something was sent").1
    }

    /// Events since the last call, in short form.
    pub(super) fn take_events(&mut self) -> Vec<String> {
        self.events.drain(..).map(|event| short(&event)).collect()
    }

    /// Checks that no session, transaction or timer is left.
    pub(super) fn expect_empty(&mut self) {
        self.pass(Duration::from_secs(200));
        assert_eq!((self.agent.sessions(), self.agent.transactions()), (0, 0));
        assert_eq!(self.agent.deadline(), None);
        assert!(self.agent.carried.is_empty());
    }

    /// An accepted incoming INVITE: the session and the local To-tag.
    pub(super) fn invited(&mut self) -> (LegId, String) {
        self.hear(&Request::invite().text());
        let session = self.incoming();
        (session, session.to_string())
    }

    /// Session of the only Incoming event so far.
    pub(super) fn incoming(&mut self) -> LegId {
        match self.events.drain(..).next() {
            Some(Event::Incoming(incoming)) => incoming.session,
            other => panic!("no Incoming but {other:?}"),
        }
    }

    /// An established incoming call; clears the sent messages.
    pub(super) fn talking(&mut self) -> (LegId, String) {
        let (session, tag) = self.invited();
        self.order(Command::Accept { session, body: "answer".into() });
        self.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
        assert_eq!(self.take_events(), ["Confirmed"]);
        self.sent.clear();
        (session, tag)
    }

    /// Dials; the INVITE is in `sent`.
    pub(super) fn dial(&mut self) -> LegId {
        self.dial_to(far())
    }

    pub(super) fn dial_to(&mut self, peer: Peer) -> LegId {
        let session = LegId(0xabc + self.agent.sessions() as u64);
        self.order(Command::Dial(Box::new(dial(session, peer))));
        session
    }

    /// Receives a response without headers to the latest request of a method, also of those that were
    /// taken from `sent`.
    pub(super) fn answer_to(&mut self, method: &str, status: u16) {
        let request = self.latest.get(method).expect("was sent");
        let text = reply(request, status, "", "", "");
        self.hear(&text);
    }

    /// Receives a response to the latest sent request of a method.
    pub(super) fn answer(&mut self, method: &str, status: u16, tag: &str, more: &str, body: &str) {
        let text = reply(self.latest_sent(method), status, tag, more, body);
        self.hear(&text);
    }

    /// The latest request of a method in `sent`.
    pub(super) fn latest_sent(&self, method: &str) -> &Message {
        let is = |m: &&(Peer, Message)| m.1.method().is_some_and(|m| m.as_str() == method);
        &self.sent.iter().rev().find(is).expect("was sent").1
    }
}

pub(super) fn dial(session: LegId, peer: Peer) -> Dial {
    Dial {
        session,
        peer,
        takes_tcp: false,
        sources: Sources::default(),
        target: Uri::parse("sip:buyer@192.0.2.9").unwrap(),
        from: "\"Ann\" <sip:+13055550123@192.0.2.1>".to_owned(),
        to: "<sip:buyer@192.0.2.9>".to_owned(),
        headers: vec![("X-Campaign".to_owned(), "7\r\nEvil: 1".to_owned())],
        prack: Prack::Auto,
        max_forwards: 70,
        offer: OFFER.into(),
    }
}

/// A response to a request of the agent, as a far end would write it.
pub(super) fn reply(request: &Message, status: u16, tag: &str, more: &str, body: &str) -> String {
    let of = |name| request.header(name).unwrap_or_default();
    let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    let to = of(HeaderName::To);
    let tag = if to.contains(";tag=") { "" } else { &tag };
    format!(
        "SIP/2.0 {status} Whatever\r\nVia: {}\r\nFrom: {}\r\nTo: {to}{tag}\r\nCall-ID: {}\r\n\
         CSeq: {}\r\n{more}Content-Length: {}\r\n\r\n{body}",
        of(HeaderName::Via),
        of(HeaderName::From),
        of(HeaderName::CallId),
        of(HeaderName::Cseq),
        body.len(),
    )
}

/// Short form of a message: `INVITE` or `200 INVITE`.
pub(super) fn line(message: &Message) -> String {
    match (message.method(), message.status()) {
        (Some(method), _) => method.to_string(),
        (None, Some(status)) => format!("{status} {}", message.cseq().unwrap().1),
        (None, None) => unreachable!("a message is one or the other"),
    }
}

pub(super) fn short(event: &Event) -> String {
    match event {
        Event::Incoming(_) => "Incoming".to_owned(),
        Event::Canceled { reason, .. } => format!("Canceled{}", shown(reason)),
        Event::Confirmed { body: None, .. } => "Confirmed".to_owned(),
        Event::Confirmed { body: Some(body), .. } => format!("Confirmed {} B", body.len()),
        Event::Ringing { status, .. } => format!("Ringing {status}"),
        Event::Answered { .. } => "Answered".to_owned(),
        Event::Refused { cause, reason, .. } => format!("Refused {cause:?}{}", shown(reason)),
        Event::Redirected { status, to, .. } => {
            let to: Vec<&str> = to.iter().map(|uri| uri.as_str()).collect();
            format!("Redirected {status} {}", to.join(" "))
        }
        Event::Reoffered { body, .. } => format!("Reoffered {}", body.is_some()),
        Event::Digit { digit, .. } => format!("Digit {digit}"),
        Event::Referred { to, .. } => format!("Referred {to}"),
        Event::Alive { .. } => "Alive".to_owned(),
        Event::Ended { how, reason, .. } => format!("Ended {how:?}{}", shown(reason)),
    }
}

fn shown(reason: &Option<Reason>) -> String {
    reason.as_ref().map_or(String::new(), |reason| format!(" <{}>", reason.as_str()))
}

/// A request of the far end, in parts that a test can change.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) transport: &'static str,
    pub(super) host: &'static str,
    pub(super) branch: String,
    pub(super) via_more: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) call_id: String,
    pub(super) seq: String,
    pub(super) more: String,
    pub(super) body: String,
}

impl Request {
    /// The INVITE of the far end: tag `caller`, CSeq 1, with an offer.
    pub(super) fn invite() -> Request {
        Request {
            method: "INVITE".to_owned(),
            uri: "sip:+18005550100@192.0.2.1".to_owned(),
            transport: "UDP",
            host: "192.0.2.9:5060",
            branch: "z9hG4bKinvite".to_owned(),
            via_more: ";rport".to_owned(),
            from: "<sip:+13055550123@192.0.2.9>;tag=caller".to_owned(),
            to: "<sip:+18005550100@192.0.2.1>".to_owned(),
            call_id: "call-1".to_owned(),
            seq: "1 INVITE".to_owned(),
            more: format!("Contact: <sip:caller@192.0.2.9:5070>\r\n{SDP}"),
            body: OFFER.to_owned(),
        }
    }

    /// A request outside a dialog, without a body.
    pub(super) fn outside(method: &str) -> Request {
        Request {
            method: method.to_owned(),
            branch: format!("z9hG4bK{method}"),
            seq: format!("1 {method}"),
            more: String::new(),
            body: String::new(),
            ..Request::invite()
        }
    }

    /// A request of the caller in the dialog with the local tag, without a body.
    pub(super) fn within(method: &str, tag: &str, seq: u32) -> Request {
        Request {
            branch: format!("z9hG4bK{method}{seq}"),
            to: format!("<sip:+18005550100@192.0.2.1>;tag={tag}"),
            seq: format!("{seq} {method}"),
            ..Request::outside(method)
        }
    }

    pub(super) fn branch(self, branch: &str) -> Request {
        Request { branch: format!("z9hG4bK{branch}"), ..self }
    }

    pub(super) fn more(self, more: &str) -> Request {
        Request { more: format!("{}{more}\r\n", self.more), ..self }
    }

    pub(super) fn body(self, kind: &str, body: &str) -> Request {
        let request = self.more(&format!("Content-Type: {kind}"));
        Request { body: body.to_owned(), ..request }
    }

    pub(super) fn text(&self) -> String {
        let Request {
            method,
            uri,
            transport,
            host,
            branch,
            via_more,
            from,
            to,
            call_id,
            seq,
            more,
            body,
        } = self;
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{transport} {host};branch={branch}\
             {via_more}\r\nMax-Forwards: 70\r\nFrom: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n\
             CSeq: {seq}\r\n{more}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}
