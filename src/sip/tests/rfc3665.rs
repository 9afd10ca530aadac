//! The flows of RFC 3665 in which a user agent takes part, message by message: the agent is Alice, who
//! calls, or Bob, who is called and registers. Hosts have the names and addresses of §1.4.
//!
//! Where the examples and RFC 3261 differ, RFC 3261 counts: the ACK of a refusal has the Route of its
//! INVITE (§17.1.1.3), and the Request-URI within a dialog is all of the Contact (§12.2.1.1).

use std::sync::Arc;
use std::time::Duration;

use super::bench::Bench;
use super::bench::OFFER;
use super::bench::Request;
use super::bench::SDP;
use super::bench::dial;
use super::bench::far;
use super::bench::reply;
use super::bench::trusted;
use super::digest::proven;
use crate::base::LegId;
use crate::base::Prack;
use crate::sip::Advertise;
use crate::sip::AgentConfig;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::ConnectionId;
use crate::sip::Declined;
use crate::sip::Dial;
use crate::sip::Peer;
use crate::sip::Register;
use crate::sip::RegistrationId;
use crate::sip::RegistrationOutcome;
use crate::sip::Transport;
use crate::sip::Uri;
use crate::sip::digest::Account;
use crate::sip::digest::Accounts;
use crate::sip::digest::Credentials;
use crate::sip::wire::Framing;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;
use crate::sip::wire::Method;

const ALICE: &str = "Alice <sip:alice@atlanta.example.com>";
const FROM_ALICE: &str = "Alice <sip:alice@atlanta.example.com>;tag=9fxced76sl";
const BOB: &str = "Bob <sip:bob@biloxi.example.com>";
const TO_BOB: &str = "Bob <sip:bob@biloxi.example.com>;tag=314159";
const CALL_BOB: &str = "INVITE sip:bob@biloxi.example.com";
const SS1: &str = "<sip:ss1.atlanta.example.com;lr>";
const SS2: &str = "<sip:ss2.biloxi.example.com;lr>";
const ALG1: &str = "<sip:alg1.atlanta.example.com;lr>";
/// Hosts of Via lines.
const ALICES: &str = "client.atlanta.example.com:5060";
const BOBS: &str = "client.biloxi.example.com:5060";
const PROXY_1: &str = "ss1.atlanta.example.com:5060";
const PROXY_2: &str = "ss2.biloxi.example.com:5060";
/// Timer B of RFC 3261 §17.1.1.2.
const TIMER_B: Duration = Duration::from_secs(32);

/// A host of RFC 3665 §1.4, 192.0.2.0/24, over UDP.
fn udp(host: u8) -> Peer {
    let remote = ([192, 0, 2, host], 5060).into();
    Peer { remote, local: ([0, 0, 0, 0], 5060).into(), ..far() }
}

/// The same on a connection.
fn tcp(host: u8) -> Peer {
    let connection = Some(ConnectionId(u64::from(host)));
    Peer { transport: Transport::Tcp, connection, ..udp(host) }
}

/// A Via line below the topmost one, as the next host has completed it.
fn via(hop: Peer, host: &str, branch: &str, received: u8) -> String {
    let transport = hop.transport.name();
    format!("Via: SIP/2.0/{transport} {host};branch=z9hG4bK{branch};received=192.0.2.{received}")
}

fn values(message: &Message, name: HeaderName<'_>) -> String {
    message.headers(name).collect::<Vec<_>>().join(", ")
}

fn first_line(message: &Message) -> &str {
    std::str::from_utf8(message.bytes()).unwrap().lines().next().unwrap()
}

fn challenge(realm: &str, nonce: &str) -> String {
    format!(
        "Digest realm=\"{realm}\", qop=\"auth\", nonce=\"{nonce}\", opaque=\"\", stale=FALSE, \
         algorithm=MD5\r\n"
    )
}

fn asked_by_proxy(realm: &str, nonce: &str) -> String {
    format!("Proxy-Authenticate: {}", challenge(realm, nonce))
}

/// Checks the answers to challenges of proxies: the realm, the nonce, and the count of each.
fn check_answers(request: &Message, expected: &[[&str; 3]]) {
    let answers: Vec<&str> = request.headers(HeaderName::ProxyAuthorization).collect();
    assert_eq!(answers.len(), expected.len(), "{answers:?}");
    for (answer, [realm, nonce, count]) in answers.into_iter().zip(expected) {
        let found = proven(answer, request, ["alice", realm, "secret"]);
        assert_eq!(found, ((*nonce).to_owned(), (*count).to_owned()));
    }
}

/// The agent as Alice or Bob, and the host that it talks to.
struct Party {
    bench: Bench,
    hop: Peer,
    session: LegId,
    /// Its host in Via.
    host: &'static str,
    /// Its From, without tag.
    own: &'static str,
    call_id: Option<String>,
    /// The CSeq number of its first request.
    seq: Option<u32>,
    /// How many of the messages that it sent have been checked.
    checked: usize,
}

impl Party {
    fn new(hop: Peer, host: &'static str, own: &'static str, user: &str, password: &str) -> Party {
        let mut bench = Bench::new();
        let (name, port) = host.split_once(':').unwrap();
        let at = |port| Advertise { host: name.to_owned(), port };
        let config = AgentConfig::new(at(port.parse().unwrap()));
        bench.agent.core.config = AgentConfig { tls: at(5061), no_response: TIMER_B, ..config };
        let credentials = Arc::new(Credentials::new(user, password));
        let account = Account { trunk: "t".parse().unwrap(), credentials };
        bench.order(Command::Admit(Arc::new(Accounts::new("ours", Vec::new(), [], [account]))));
        let session = LegId(0x9fc);
        Party { bench, hop, session, host, own, call_id: None, seq: None, checked: 0 }
    }

    /// Alice, who calls Bob.
    fn alice(hop: Peer, route: &str) -> Party {
        let mut alice = Party::new(hop, ALICES, ALICE, "alice", "secret");
        alice.dials("sip:bob@biloxi.example.com", route);
        alice
    }

    fn dials(&mut self, target: &str, route: &str) {
        let route = (!route.is_empty()).then(|| ("Route".to_owned(), route.to_owned()));
        let mut order = Dial {
            target: Uri::parse(target).unwrap(),
            from: ALICE.to_owned(),
            to: BOB.to_owned(),
            headers: route.into_iter().collect(),
            ..dial(self.session, self.hop)
        };
        order.sources.trunk = Some("t".parse().unwrap());
        self.bench.order(Command::Dial(Box::new(order)));
        (self.call_id, self.seq) = (None, None);
    }

    /// Bob, whom an INVITE has reached.
    fn bob(hop: Peer, invite: &Request) -> Party {
        let mut bob = Party::new(hop, BOBS, BOB, "bob", "secret");
        bob.hears(invite);
        bob.session = bob.bench.incoming();
        bob.call_id = Some(invite.call_id.clone());
        bob
    }

    fn hears(&mut self, request: &Request) {
        self.bench.hear_from(self.hop, trusted(), &request.text());
    }

    /// Receives a response to its latest request of a method.
    fn hears_back(&mut self, method: &str, status: u16, more: &str, body: &str) {
        let text = reply(self.bench.latest_sent(method), status, "314159", more, body);
        self.bench.hear_from(self.hop, trusted(), &text);
    }

    fn next(&mut self) -> Message {
        let (peer, message) = self.bench.sent.get(self.checked).expect("it is sent").clone();
        assert_eq!(peer.remote, self.hop.remote, "{message:?}");
        self.checked += 1;
        message
    }

    /// Checks the next message that it sent: a request in a transaction of its own, so many requests
    /// after its first one.
    fn asks(&mut self, line: &str, to: &str, route: &str, count: u32) -> Message {
        let request = self.asks_in_any(line, to, route, count);
        let before = &self.bench.sent[..self.checked - 1];
        assert!(before.iter().all(|(_, sent)| sent.branch() != request.branch()), "{line}");
        request
    }

    /// The same for an ACK or CANCEL in the transaction of its latest INVITE.
    fn asks_in_invite(&mut self, line: &str, to: &str, route: &str, count: u32) {
        let request = self.asks_in_any(line, to, route, count);
        let before = &self.bench.sent[..self.checked - 1];
        let is_invite = |sent: &&Message| sent.method() == Some(&Method::Invite);
        let invite = before.iter().rev().map(|(_, sent)| sent).find(is_invite).unwrap();
        assert_eq!(values(&request, HeaderName::Via), values(invite, HeaderName::Via));
        assert_eq!(request.request_uri(), invite.request_uri());
    }

    fn asks_in_any(&mut self, line: &str, to: &str, route: &str, count: u32) -> Message {
        let request = self.next();
        let branch = request.branch().unwrap();
        assert!(branch.starts_with("z9hG4bK"));
        let (seq, method) = request.cseq().unwrap();
        let call_id = self.call_id.get_or_insert_with(|| request.call_id().unwrap().to_owned());
        let seq = *self.seq.get_or_insert(seq) + count;
        let transport = self.hop.transport.name();
        assert_eq!(first_line(&request), format!("{line} SIP/2.0"));
        for (name, value) in [
            (HeaderName::Via, format!("SIP/2.0/{transport} {};branch={branch};rport", self.host)),
            (HeaderName::MaxForwards, "70".to_owned()),
            (HeaderName::Route, route.to_owned()),
            (HeaderName::From, format!("{};tag={}", self.own, self.session)),
            (HeaderName::To, to.to_owned()),
            (HeaderName::CallId, call_id.clone()),
            (HeaderName::Cseq, format!("{seq} {method}")),
        ] {
            assert_eq!(values(&request, name), value, "{name:?} of {line}");
        }
        request
    }

    /// Checks the next message that it sent: a response to a request.
    fn answers(&mut self, line: &str, request: &Request) -> Message {
        let response = self.next();
        let request = Message::parse(request.text(), Framing::Datagram).unwrap();
        assert_eq!(first_line(&response), format!("SIP/2.0 {line}"));
        let mut vias: Vec<String> = request.headers(HeaderName::Via).map(str::to_owned).collect();
        vias[0] += &format!(";received={}", self.hop.remote.ip());
        let to = values(&request, HeaderName::To);
        let tag = format!(";tag={}", self.session);
        let to = if to.contains(";tag=") { to } else { to + &tag };
        for (name, value) in [
            (HeaderName::Via, vias.join(", ")),
            (HeaderName::From, values(&request, HeaderName::From)),
            (HeaderName::To, to),
            (HeaderName::CallId, values(&request, HeaderName::CallId)),
            (HeaderName::Cseq, values(&request, HeaderName::Cseq)),
        ] {
            assert_eq!(values(&response, name), value, "{name:?} of {line}");
        }
        response
    }

    /// Checks a response that sets up the dialog: the route is the caller's, the Contact its own.
    fn sets_up(&mut self, line: &str, invite: &Request, routes: &str) {
        let response = self.answers(line, invite);
        assert_eq!(values(&response, HeaderName::RecordRoute), routes, "{line}");
        assert_eq!(values(&response, HeaderName::Contact), contact_of(self.host, self.hop));
    }

    fn rings(&mut self, invite: &Request, routes: &str) {
        self.bench.order(Command::Ring {
            session: self.session,
            status: 180,
            body: None,
            prack: Prack::Auto,
        });
        self.sets_up("180 Ringing", invite, routes);
    }

    fn accepts(&mut self, invite: &Request, routes: &str, body: &str) {
        let body = body.to_owned();
        self.bench.order(Command::Accept { session: self.session, body: body.into() });
        self.sets_up("200 OK", invite, routes);
    }

    fn refuses(&mut self, status: u16) {
        let declined = Declined::plain(status);
        self.bench.order(Command::Reject { session: self.session, declined, retry_after: None });
    }

    /// Hangs up, and hears that this is well.
    fn hangs_up(&mut self, line: &str, to: &str, route: &str, count: u32) -> Message {
        self.bench.order(Command::Bye { session: self.session, cause: None });
        let bye = self.asks(line, to, route, count);
        self.hears_back("BYE", 200, "", "");
        bye
    }

    /// Alice hears the BYE of Bob.
    fn is_hung_up(&mut self, host: &'static str, below: &[String]) {
        let bye = self.of_bob("BYE", 1, host, below);
        self.hears(&bye);
        self.answers("200 OK", &bye);
    }

    /// A request of Bob to Alice.
    fn of_bob(&self, method: &str, seq: u32, host: &'static str, below: &[String]) -> Request {
        Request {
            method: method.to_owned(),
            uri: "sip:alice@client.atlanta.example.com".to_owned(),
            transport: self.hop.transport.name(),
            host,
            branch: format!("z9hG4bKnashds{seq}{method}"),
            via_more: String::new(),
            from: TO_BOB.to_owned(),
            to: format!("{ALICE};tag={}", self.session),
            call_id: self.call_id.clone().unwrap(),
            seq: format!("{seq} {method}"),
            more: lines(below),
            body: String::new(),
        }
    }

    /// A request of Alice to Bob, in the dialog of her INVITE.
    fn of_alice(&self, method: &str, seq: u32, host: &'static str, below: &[String]) -> Request {
        Request {
            method: method.to_owned(),
            host,
            branch: format!("z9hG4bK74be5{seq}{method}"),
            to: format!("{BOB};tag={}", self.session),
            seq: format!("{seq} {method}"),
            more: lines(below),
            body: String::new(),
            ..invite(self.hop, host, &[], "")
        }
    }

    /// Checks that nothing else was sent, what its owner heard, and that no state is left.
    fn ends(mut self, events: &[&str]) {
        self.bench.expect_empty();
        assert_eq!(self.bench.sent.len(), self.checked, "{:?}", self.bench.sent.last());
        assert_eq!(self.bench.take_events(), events);
    }
}

fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\r\n")).collect()
}

/// The Contact of the agent, which writes no user.
fn contact_of(host: &str, hop: Peer) -> String {
    match hop.transport {
        Transport::Udp => format!("<sip:{host}>"),
        Transport::Tcp | Transport::Tls => format!("<sip:{host};transport=tcp>"),
    }
}

/// The Contact of Bob, and of Alice.
fn contact(user: &str, hop: Peer) -> String {
    let host = if user == "bob" { "client.biloxi" } else { "client.atlanta" };
    let transport = if hop.transport == Transport::Tcp { ";transport=tcp" } else { "" };
    format!("Contact: <sip:{user}@{host}.example.com{transport}>\r\n")
}

/// The INVITE of Alice as it reaches Bob from a host.
fn invite(hop: Peer, host: &'static str, below: &[String], routes: &str) -> Request {
    let routes =
        if routes.is_empty() { String::new() } else { format!("Record-Route: {routes}\r\n") };
    Request {
        method: "INVITE".to_owned(),
        uri: "sip:bob@client.biloxi.example.com".to_owned(),
        transport: hop.transport.name(),
        host,
        branch: "z9hG4bK721e4.1".to_owned(),
        via_more: String::new(),
        from: FROM_ALICE.to_owned(),
        to: BOB.to_owned(),
        call_id: "3848276298220188511@atlanta.example.com".to_owned(),
        seq: "1 INVITE".to_owned(),
        more: format!("{}{routes}{}{SDP}", lines(below), contact("alice", hop)),
        body: OFFER.to_owned(),
    }
}

/// The Vias of Proxy 1 and of Alice below that of Proxy 2.
fn below_proxy_2(hop: Peer, branch: &str) -> [String; 2] {
    [via(hop, PROXY_1, &format!("2d4790{branch}"), 111), via(hop, ALICES, branch, 101)]
}

/// The ACK of Proxy 2 for a refusal, which it sends itself.
fn ack_of_proxy_2(bob: &Party, invite: &Request) -> Request {
    Request { branch: invite.branch.clone(), ..bob.of_alice("ACK", 1, PROXY_2, &[]) }
}

/// Bob, who registers over TLS with the password.
fn registering(password: &str) -> Party {
    let hop = Peer { transport: Transport::Tls, ..tcp(222) };
    Party::new(hop, BOBS, BOB, "bob", password)
}

/// Sends a REGISTER; checks it except for its answer to a challenge, which it returns.
fn registers(bob: &mut Party, expires: u64) -> Option<String> {
    bob.bench.order(Command::Register(Box::new(Register {
        id: RegistrationId(1),
        trunk: "t".parse().unwrap(),
        peer: bob.hop,
        registrar: Uri::parse("sips:ss2.biloxi.example.com").unwrap(),
        account: Uri::parse("sips:bob@biloxi.example.com").unwrap(),
        contact: "bob".to_owned(),
        expires: Duration::from_secs(expires),
    })));
    registered(bob, expires)
}

fn registered(bob: &mut Party, expires: u64) -> Option<String> {
    let request = bob.next();
    assert_eq!(first_line(&request), "REGISTER sips:ss2.biloxi.example.com SIP/2.0");
    let via = "SIP/2.0/TLS client.biloxi.example.com:5061;branch=z9hG4bK";
    assert!(values(&request, HeaderName::Via).starts_with(via));
    let from = values(&request, HeaderName::From);
    assert!(from.starts_with("<sips:bob@biloxi.example.com>;tag="), "{from}");
    for (name, value) in [
        (HeaderName::MaxForwards, "70"),
        (HeaderName::To, "<sips:bob@biloxi.example.com>"),
        (HeaderName::Contact, "<sips:bob@client.biloxi.example.com:5061>"),
        (HeaderName::Expires, &expires.to_string()),
        (HeaderName::ContentLength, "0"),
    ] {
        assert_eq!(values(&request, name), value, "{name:?}");
    }
    if let Some((_, before)) = bob.checked.checked_sub(2).map(|place| &bob.bench.sent[place]) {
        assert_eq!(request.call_id(), before.call_id());
        assert_eq!(request.cseq().unwrap().0, before.cseq().unwrap().0 + 1);
        assert_ne!(request.branch(), before.branch());
    }
    request.header(HeaderName::Authorization).map(str::to_owned)
}

/// Checks the answer to a challenge of the registrar.
fn check_answer(bob: &Party, answer: Option<String>, password: &str, nonce: &str, count: &str) {
    let answer = answer.expect("it has one");
    let found = proven(&answer, bob.bench.last(), ["bob", "atlanta.example.com", password]);
    assert_eq!(found, (nonce.to_owned(), count.to_owned()));
    assert!(answer.contains("opaque=\"\""), "{answer}");
}

/// Registers with a challenge.
fn is_registered() -> Party {
    let mut bob = registering("secret");
    assert_eq!(registers(&mut bob, 3_600), None);
    let asked = format!("WWW-Authenticate: {}", challenge("atlanta.example.com", "ea9c8e88"));
    bob.hears_back("REGISTER", 401, &asked, "");
    let answer = registered(&mut bob, 3_600);
    check_answer(&bob, answer, "secret", "ea9c8e88", "00000001");
    bob.hears_back("REGISTER", 200, BOUND, "");
    assert_eq!(std::mem::take(&mut bob.bench.registered), [bound(3_600)]);
    bob
}

const BOUND: &str = "Contact: <sips:bob@client.biloxi.example.com>;expires=3600\r\n";

fn bound(seconds: u64) -> RegistrationOutcome {
    RegistrationOutcome::Bound(Duration::from_secs(seconds))
}

#[test]
fn flow_2_1_bob_registers() {
    is_registered().ends(&[]);
}

/// The agent adds no second address; it renews its own beside one that the registrar has already.
#[test]
fn flow_2_2_bob_updates_his_registration_without_a_challenge() {
    let mut bob = is_registered();
    let answer = registers(&mut bob, 3_600);
    check_answer(&bob, answer, "secret", "ea9c8e88", "00000002");
    let mail = "Contact: <mailto:bob@biloxi.example.com>;expires=4294967295\r\n";
    for contacts in [format!("{BOUND}{mail}"), format!("{mail}{BOUND}")] {
        bob.hears_back("REGISTER", 200, &contacts, "");
        assert_eq!(std::mem::take(&mut bob.bench.registered), [bound(3_600)], "{contacts}");
        registers(&mut bob, 3_600);
    }
    bob.hears_back("REGISTER", 200, BOUND, "");
    bob.ends(&[]);
}

/// The agent ends its own address only, not all of the account (`Contact: *`).
#[test]
fn flow_2_4_bob_cancels_his_registration() {
    let mut bob = is_registered();
    let answer = registers(&mut bob, 0);
    check_answer(&bob, answer, "secret", "ea9c8e88", "00000002");
    bob.hears_back("REGISTER", 200, "", "");
    assert_eq!(bob.bench.registered, [bound(0)]);
    bob.ends(&[]);
}

#[test]
fn flow_2_5_bob_registers_with_a_wrong_password() {
    let mut bob = registering("wrong");
    assert_eq!(registers(&mut bob, 3_600), None);
    let asked = |nonce| format!("WWW-Authenticate: {}", challenge("atlanta.example.com", nonce));
    bob.hears_back("REGISTER", 401, &asked("f1cec434"), "");
    let answer = registered(&mut bob, 3_600);
    check_answer(&bob, answer, "wrong", "f1cec434", "00000001");
    bob.hears_back("REGISTER", 401, &asked("84f1c1ae"), "");
    assert_eq!(bob.bench.registered, [RegistrationOutcome::Refused(401, None)]);
    bob.ends(&[]);
}

#[test]
fn flow_3_1_alice_calls_bob_who_hangs_up() {
    let hop = tcp(201);
    let mut alice = Party::alice(hop, "");
    let sent = alice.asks(CALL_BOB, BOB, "", 0);
    assert_eq!(values(&sent, HeaderName::Contact), contact_of(ALICES, hop));
    assert_eq!(sent.body(), OFFER.as_bytes());
    alice.hears_back("INVITE", 180, &contact("bob", hop), "");
    alice.hears_back("INVITE", 200, &(contact("bob", hop) + SDP), "answer");
    alice.asks("ACK sip:bob@client.biloxi.example.com;transport=tcp", TO_BOB, "", 0);
    alice.is_hung_up(BOBS, &[]);
    alice.ends(&["Ringing 180", "Answered", "Ended Bye"]);
}

#[test]
fn flow_3_1_bob_is_called_by_alice_and_hangs_up() {
    let hop = tcp(101);
    let invite = invite(hop, ALICES, &[], "");
    let mut bob = Party::bob(hop, &invite);
    bob.rings(&invite, "");
    bob.accepts(&invite, "", "answer");
    assert_eq!(bob.bench.last().body(), b"answer");
    bob.hears(&bob.of_alice("ACK", 1, ALICES, &[]));
    bob.hangs_up("BYE sip:alice@client.atlanta.example.com;transport=tcp", FROM_ALICE, "", 0);
    bob.ends(&["Confirmed", "Ended ByeAnswered"]);
}

#[test]
fn flow_3_2_alice_calls_bob_through_two_proxies() {
    let hop = tcp(111);
    let mut alice = Party::alice(hop, SS1);
    alice.asks(CALL_BOB, BOB, SS1, 0);
    alice.hears_back("INVITE", 407, &asked_by_proxy("atlanta.example.com", "f84f1cec"), "");
    alice.asks_in_invite("ACK sip:bob@biloxi.example.com", TO_BOB, SS1, 0);
    let again = alice.asks(CALL_BOB, BOB, SS1, 1);
    check_answers(&again, &[["atlanta.example.com", "f84f1cec", "00000001"]]);
    assert_eq!(again.body(), OFFER.as_bytes());
    alice.hears_back("INVITE", 100, "", "");
    let more = format!("Record-Route: {SS2}, {SS1}\r\n{}", contact("bob", hop));
    alice.hears_back("INVITE", 180, &more, "");
    alice.hears_back("INVITE", 200, &(more + SDP), "answer");
    let route = format!("{SS1}, {SS2}");
    alice.asks("ACK sip:bob@client.biloxi.example.com;transport=tcp", TO_BOB, &route, 1);
    let below = [via(hop, PROXY_2, "721e4.1", 222), via(hop, BOBS, "nashds7", 201)];
    alice.is_hung_up(PROXY_1, &below);
    alice.ends(&["Ringing 180", "Answered", "Ended Bye"]);
}

#[test]
fn flow_3_2_bob_is_called_through_two_proxies() {
    let (hop, routes) = (tcp(222), format!("{SS2}, {SS1}"));
    let invite = invite(hop, PROXY_2, &below_proxy_2(hop, "74bf9"), &routes);
    let mut bob = Party::bob(hop, &invite);
    bob.rings(&invite, &routes);
    bob.accepts(&invite, &routes, "answer");
    bob.hears(&bob.of_alice("ACK", 1, PROXY_2, &below_proxy_2(hop, "74b76")));
    let line = "BYE sip:alice@client.atlanta.example.com;transport=tcp";
    bob.hangs_up(line, FROM_ALICE, &routes, 0);
    bob.ends(&["Confirmed", "Ended ByeAnswered"]);
}

#[test]
fn flow_3_3_alice_is_challenged_by_both_proxies() {
    let hop = udp(111);
    let mut alice = Party::alice(hop, "");
    alice.asks(CALL_BOB, BOB, "", 0);
    alice.hears_back("INVITE", 407, &asked_by_proxy("atlanta.example.com", "wf84f1ce"), "");
    alice.asks_in_invite("ACK sip:bob@biloxi.example.com", TO_BOB, "", 0);
    let second = alice.asks(CALL_BOB, BOB, "", 1);
    check_answers(&second, &[["atlanta.example.com", "wf84f1ce", "00000001"]]);
    alice.hears_back("INVITE", 100, "", "");
    alice.hears_back("INVITE", 407, &asked_by_proxy("biloxi.example.com", "c1e22c41"), "");
    alice.asks_in_invite("ACK sip:bob@biloxi.example.com", TO_BOB, "", 1);
    let third = alice.asks(CALL_BOB, BOB, "", 2);
    check_answers(
        &third,
        &[
            ["atlanta.example.com", "wf84f1ce", "00000002"],
            ["biloxi.example.com", "c1e22c41", "00000001"],
        ],
    );
    alice.hears_back("INVITE", 100, "", "");
    let more = format!("Record-Route: {SS2}, {SS1}\r\n{}{SDP}", contact("bob", hop));
    alice.hears_back("INVITE", 200, &more, "answer");
    let route = format!("{SS1}, {SS2}");
    let ack = alice.asks("ACK sip:bob@client.biloxi.example.com", TO_BOB, &route, 2);
    let (of, name) = (values, HeaderName::ProxyAuthorization);
    assert_eq!(of(&ack, name), of(&third, name), "those of the INVITE (RFC 3261 §22.1)");
    let bye = alice.hangs_up("BYE sip:bob@client.biloxi.example.com", TO_BOB, &route, 3);
    check_answers(
        &bye,
        &[
            ["atlanta.example.com", "wf84f1ce", "00000003"],
            ["biloxi.example.com", "c1e22c41", "00000002"],
        ],
    );
    alice.ends(&["Answered", "Ended ByeAnswered"]);
}

/// Checks an INVITE over UDP that nothing answers: timer A doubles from 0.5 s, and timer B ends it.
fn expect_silence(party: &mut Party, route: &str) {
    let first = party.asks(CALL_BOB, BOB, route, 0);
    let mut waited = 0;
    for at in [500, 1_500, 3_500, 7_500, 15_500, 31_500] {
        party.bench.pass_ms(at - waited - 1);
        assert_eq!(party.bench.sent.len(), party.checked, "before {at} ms");
        party.bench.pass_ms(1);
        assert_eq!(party.next().bytes(), first.bytes(), "at {at} ms");
        waited = at;
    }
    party.bench.pass_ms(499);
    assert_eq!(party.bench.take_events(), [""; 0]);
    party.bench.pass_ms(1);
    assert_eq!(party.bench.take_events(), ["Refused Timeout"]);
}

#[test]
fn flow_3_4_alice_calls_by_the_second_proxy_when_the_first_is_silent() {
    let mut alice = Party::alice(udp(111), SS1);
    expect_silence(&mut alice, SS1);
    let (before, hop) = (alice.call_id.clone(), udp(222));
    alice.hop = hop;
    alice.dials("sip:bob@biloxi.example.com", "");
    alice.asks(CALL_BOB, BOB, "", 0);
    assert_ne!(alice.call_id, before);
    alice.hears_back("INVITE", 407, &asked_by_proxy("biloxi.example.com", "1ae6cbe5"), "");
    alice.asks_in_invite("ACK sip:bob@biloxi.example.com", TO_BOB, "", 0);
    let again = alice.asks(CALL_BOB, BOB, "", 1);
    check_answers(&again, &[["biloxi.example.com", "1ae6cbe5", "00000001"]]);
    alice.hears_back("INVITE", 100, "", "");
    let more = format!("Record-Route: {SS2}\r\n{}", contact("bob", hop));
    alice.hears_back("INVITE", 180, &more, "");
    alice.hears_back("INVITE", 200, &(more + SDP), "answer");
    alice.asks("ACK sip:bob@client.biloxi.example.com", TO_BOB, SS2, 1);
    alice.is_hung_up(PROXY_2, &[via(hop, BOBS, "nashds7", 201)]);
    alice.ends(&["Ringing 180", "Answered", "Ended Bye"]);
}

#[test]
fn flow_3_5_alice_calls_through_a_gateway_and_hangs_up() {
    let hop = udp(128);
    let mut alice = Party::alice(hop, ALG1);
    alice.asks(CALL_BOB, BOB, ALG1, 0);
    alice.hears_back("INVITE", 100, "", "");
    let more = format!("Record-Route: {ALG1}\r\n{}", contact("bob", hop));
    alice.hears_back("INVITE", 180, &more, "");
    alice.hears_back("INVITE", 200, &(more + SDP), "answer");
    alice.asks("ACK sip:bob@client.biloxi.example.com", TO_BOB, ALG1, 0);
    alice.hangs_up("BYE sip:bob@client.biloxi.example.com", TO_BOB, ALG1, 1);
    alice.ends(&["Ringing 180", "Answered", "Ended ByeAnswered"]);
}

/// Proxy 2 does not stay in the call: ACK and BYE come from the gateway itself.
#[test]
fn flow_3_5_bob_is_called_through_a_gateway() {
    let (hop, gateway, host) = (udp(222), udp(128), "alg1.atlanta.example.com:5060");
    let below = [via(hop, host, "739578.1", 128), via(hop, ALICES, "74bf9", 101)];
    let invite = invite(hop, PROXY_2, &below, ALG1);
    let mut bob = Party::bob(hop, &invite);
    bob.rings(&invite, ALG1);
    bob.accepts(&invite, ALG1, "answer");
    bob.hop = gateway;
    bob.hears(&bob.of_alice("ACK", 1, host, &[via(hop, ALICES, "74bhh", 101)]));
    let bye = bob.of_alice("BYE", 2, host, &[via(hop, ALICES, "74be5", 101)]);
    bob.hears(&bye);
    bob.answers("200 OK", &bye);
    bob.ends(&["Confirmed", "Ended Bye"]);
}

/// The agent does not follow a redirection by itself, and its INVITE always has the offer.
#[test]
fn flow_3_6_alice_is_redirected() {
    let mut alice = Party::alice(udp(111), "");
    alice.asks(CALL_BOB, BOB, "", 0);
    alice.hears_back("INVITE", 302, "Contact: <sip:bob@chicago.example.com;transport=tcp>\r\n", "");
    alice.asks_in_invite("ACK sip:bob@biloxi.example.com", TO_BOB, "", 0);
    let redirected = "Redirected 302 sip:bob@chicago.example.com;transport=tcp";
    assert_eq!(alice.bench.take_events(), [redirected]);
    let hop = tcp(233);
    alice.hop = hop;
    alice.dials("sip:bob@chicago.example.com;transport=tcp", "");
    alice.asks("INVITE sip:bob@chicago.example.com;transport=tcp", BOB, "", 0);
    let route = "<sip:ss3.chicago.example.com;lr>";
    let bobs = "Contact: <sip:bob@client.chicago.example.com;transport=tcp>\r\n";
    let more = format!("Record-Route: {route}\r\n{bobs}");
    alice.hears_back("INVITE", 180, &more, "");
    alice.hears_back("INVITE", 200, &(more + SDP), "answer");
    alice.asks("ACK sip:bob@client.chicago.example.com;transport=tcp", TO_BOB, route, 0);
    let below = [via(hop, "client.chicago.example.com:5060", "nashds7", 100)];
    alice.is_hung_up("ss3.chicago.example.com:5060", &below);
    alice.ends(&["Ringing 180", "Answered", "Ended Bye"]);
}

#[test]
fn flow_3_6_bob_offers_and_hears_the_answer_in_the_ack() {
    let (hop, host) = (tcp(233), "ss3.chicago.example.com:5060");
    let routes = "<sip:ss3.chicago.example.com;lr>";
    let below = [via(hop, ALICES, "74bf9", 101)];
    let invite = invite(hop, host, &below, routes);
    let more = invite.more.replace(SDP, "");
    let invite = Request { more, body: String::new(), ..invite };
    let mut bob = Party::bob(hop, &invite);
    bob.rings(&invite, routes);
    bob.accepts(&invite, routes, OFFER);
    assert_eq!(bob.bench.last().body(), OFFER.as_bytes());
    let ack = bob.of_alice("ACK", 1, host, &[via(hop, ALICES, "74b9b", 101)]);
    bob.hears(&ack.body("application/sdp", "answer"));
    let line = "BYE sip:alice@client.atlanta.example.com;transport=tcp";
    bob.hangs_up(line, FROM_ALICE, routes, 0);
    bob.ends(&["Confirmed 6 B", "Ended ByeAnswered"]);
}

/// Bob's Contacts are addresses here: the agent looks up no names, and sends to the host that it
/// hears from instead.
#[test]
fn flow_3_7_bob_moves_to_another_address_and_alice_follows() {
    let (proxy, bob, moved) = (udp(222), udp(201), udp(100));
    let mut alice = Party::alice(proxy, "");
    alice.asks(CALL_BOB, BOB, "", 0);
    alice.hears_back("INVITE", 100, "", "");
    let contact = "Contact: <sip:bob@192.0.2.201>\r\n";
    alice.hears_back("INVITE", 180, contact, "");
    alice.hears_back("INVITE", 200, &format!("{contact}{SDP}"), "answer");
    alice.hop = bob;
    alice.asks("ACK sip:bob@192.0.2.201", TO_BOB, "", 0);

    alice.hop = moved;
    let host = "client.chicago.example.com:5060";
    let invite = alice.of_bob("INVITE", 14, host, &[]).more("Contact: <sip:bob@192.0.2.100>");
    let invite = invite.body("application/sdp", OFFER);
    alice.hears(&invite);
    let body = Ok("answer".into());
    alice.bench.order(Command::Answer { session: alice.session, body });
    alice.sets_up("200 OK", &invite, "");
    assert_eq!(alice.bench.last().body(), b"answer");
    alice.hears(&alice.of_bob("ACK", 14, host, &[]));
    alice.hangs_up("BYE sip:bob@192.0.2.100", TO_BOB, "", 1);
    alice.ends(&["Ringing 180", "Answered", "Reoffered true", "Ended ByeAnswered"]);
}

#[test]
fn flow_3_8_alice_gives_up_before_bob_answers() {
    let hop = udp(111);
    let mut alice = Party::alice(hop, SS1);
    alice.asks(CALL_BOB, BOB, SS1, 0);
    alice.hears_back("INVITE", 100, "", "");
    let more = format!("Record-Route: {SS2}, {SS1}\r\n{}", contact("bob", hop));
    alice.hears_back("INVITE", 180, &more, "");
    let session = alice.session;
    alice.bench.order(Command::Cancel { session, why: CancelWhy::Plain });
    alice.asks_in_invite("CANCEL sip:bob@biloxi.example.com", BOB, SS1, 0);
    alice.hears_back("CANCEL", 200, "", "");
    alice.hears_back("INVITE", 487, "", "");
    alice.asks_in_invite("ACK sip:bob@biloxi.example.com", TO_BOB, SS1, 0);
    alice.ends(&["Ringing 180", "Refused Canceled"]);
}

#[test]
fn flow_3_8_bob_does_not_answer_in_time() {
    let (hop, routes) = (udp(222), format!("{SS2}, {SS1}"));
    let invite = invite(hop, PROXY_2, &below_proxy_2(hop, "74bf9"), &routes);
    let mut bob = Party::bob(hop, &invite);
    bob.rings(&invite, &routes);
    let cancel = bob.of_alice("CANCEL", 1, PROXY_2, &[]);
    let cancel = Request { branch: invite.branch.clone(), to: BOB.to_owned(), ..cancel };
    bob.hears(&cancel);
    bob.answers("200 OK", &cancel);
    bob.answers("487 Request Terminated", &invite);
    bob.hears(&ack_of_proxy_2(&bob, &invite));
    bob.ends(&["Canceled"]);
}

#[test]
fn flow_3_9_alice_hears_that_bob_is_busy() {
    let mut alice = Party::alice(tcp(111), SS1);
    alice.asks(CALL_BOB, BOB, SS1, 0);
    alice.hears_back("INVITE", 100, "", "");
    alice.hears_back("INVITE", 486, "", "");
    alice.asks_in_invite("ACK sip:bob@biloxi.example.com", TO_BOB, SS1, 0);
    alice.ends(&["Refused Status(486)"]);
}

#[test]
fn flow_3_9_bob_is_busy() {
    let (hop, routes) = (tcp(222), format!("{SS2}, {SS1}"));
    let invite = invite(hop, PROXY_2, &below_proxy_2(hop, "74bf9"), &routes);
    let mut bob = Party::bob(hop, &invite);
    bob.refuses(486);
    bob.answers("486 Busy Here", &invite);
    bob.hears(&ack_of_proxy_2(&bob, &invite));
    bob.ends(&[]);
}

/// The agent in the place of Proxy 2, which sends the INVITE seven times.
#[test]
fn flow_3_10_bob_does_not_respond() {
    let mut caller = Party::alice(udp(201), "");
    expect_silence(&mut caller, "");
    caller.ends(&[]);
}

#[test]
fn flow_3_10_alice_hears_that_there_is_no_response() {
    let mut alice = Party::alice(udp(111), SS1);
    alice.asks(CALL_BOB, BOB, SS1, 0);
    alice.hears_back("INVITE", 100, "", "");
    alice.bench.pass(TIMER_B);
    alice.hears_back("INVITE", 480, "", "");
    alice.asks_in_invite("ACK sip:bob@biloxi.example.com", TO_BOB, SS1, 0);
    alice.ends(&["Refused Status(480)"]);
}

#[test]
fn flow_3_11_alice_hears_that_bob_is_unavailable() {
    let hop = udp(111);
    let mut alice = Party::alice(hop, SS1);
    alice.asks(CALL_BOB, BOB, SS1, 0);
    alice.hears_back("INVITE", 100, "", "");
    let more = format!("Record-Route: {SS2}, {SS1}\r\n{}", contact("bob", hop));
    alice.hears_back("INVITE", 180, &more, "");
    alice.hears_back("INVITE", 480, "", "");
    alice.asks_in_invite("ACK sip:bob@biloxi.example.com", TO_BOB, SS1, 0);
    alice.ends(&["Ringing 180", "Refused Status(480)"]);
}

#[test]
fn flow_3_11_bob_is_unavailable() {
    let (hop, routes) = (udp(222), format!("{SS2}, {SS1}"));
    let invite = invite(hop, PROXY_2, &below_proxy_2(hop, "74bf9"), &routes);
    let mut bob = Party::bob(hop, &invite);
    bob.rings(&invite, &routes);
    bob.refuses(480);
    bob.answers("480 Temporarily Unavailable", &invite);
    bob.hears(&ack_of_proxy_2(&bob, &invite));
    bob.ends(&[]);
}
