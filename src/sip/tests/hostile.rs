//! Unknown senders, and messages that are not SIP.

use bytes::Bytes;

use super::bench::Bench;
use super::bench::Request;
use super::bench::far;
use super::bench::trusted;
use crate::base::LegId;
use crate::base::Prack;
use crate::base::Rng;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Event;
use crate::sip::Input;
use crate::sip::Output;
use crate::sip::Peer;
use crate::sip::Sender;

fn stranger() -> Peer {
    Peer { remote: ([203, 0, 113, 66], 5060).into(), ..far() }
}

#[test]
fn strangers_get_403_and_no_state() {
    for (method, expected) in [
        ("INVITE", vec!["403 INVITE"]),
        ("OPTIONS", vec!["403 OPTIONS"]),
        ("REGISTER", vec!["403 REGISTER"]),
        ("CANCEL", vec!["403 CANCEL"]),
        ("BYE", vec!["403 BYE"]),
        ("ACK", vec![]),
    ] {
        let mut bench = Bench::new();
        let text = Request { method: method.to_owned(), ..Request::outside(method) }.text();
        bench.hear_from(stranger(), Sender::Stranger, &text);
        assert_eq!(bench.take_sent(), expected);
        assert_eq!((bench.agent.sessions(), bench.agent.transactions()), (0, 0));
        assert_eq!((bench.agent.deadline(), bench.take_events()), (None, vec![]));
    }
}

#[test]
fn a_stranger_may_answer_but_not_break_in() {
    let mut bench = Bench::new();
    let (_, _) = bench.talking();
    let guess = Request::within("BYE", "0000000000000001", 2).text();
    bench.hear_from(stranger(), Sender::Stranger, &guess);
    assert_eq!(bench.take_sent(), ["403 BYE"]);
    assert_eq!(bench.agent.sessions(), 1);
}

#[test]
fn responses_without_a_transaction_are_dropped() {
    let mut bench = Bench::new();
    bench.dial();
    let invite = bench.sent[0].1.clone();
    let good = super::bench::reply(&invite, 486, "b", "", "");
    let branch = invite.top_via().unwrap().branch.unwrap().to_owned();
    for bad in [
        good.replace(&branch, "z9hG4bK0000000000000000"),
        good.replace(&branch, "z9hG4bKx"),
        good.replace("INVITE\r\n", "BYE\r\n"),
        good.replace("INVITE\r\n", "CANCEL\r\n"),
        good.replace("UDP 192.0.2.1:5060", "UDP 192.0.2.200:5060"),
        good.replace("\r\nFrom", "\r\nVia: SIP/2.0/UDP 192.0.2.3;branch=z9hG4bKx\r\nFrom"),
    ] {
        bench.hear(&bad);
    }
    assert_eq!(bench.take_events(), [""; 0]);
    assert_eq!(bench.agent.counters().unmatched_responses, 6);
    bench.hear(&good);
    assert_eq!(bench.take_events(), ["Refused Status(486)"]);
}

#[test]
fn old_agents_without_the_cookie_are_understood() {
    let mut bench = Bench::new();
    let old = |request: Request| Request { branch: "1".to_owned(), ..request }.text();
    bench.hear(&old(Request::invite()));
    bench.hear(&old(Request::invite()));
    assert_eq!(bench.agent.counters().repeated, 1);
    bench.hear(&old(Request::outside("CANCEL")));
    assert_eq!(bench.take_sent(), ["200 CANCEL", "487 INVITE"]);
    let mut second = Request::invite();
    second.call_id = "call-2".to_owned();
    bench.hear(&old(second));
    assert_eq!(bench.take_events(), ["Incoming", "Canceled", "Incoming"]);
}

#[test]
fn keep_alives_are_nothing() {
    let mut bench = Bench::new();
    for text in ["", "\r\n", "\r\n\r\n"] {
        bench.hear(text);
    }
    assert_eq!(bench.agent.counters().malformed, 0);
}

/// Sends mutated messages and commands during a call: no panic, at most one terminal event per
/// session, and nothing left when all have ended.
#[test]
fn broken_messages_break_nothing() {
    let mut rng = Rng::seeded(11);
    for round in 0..400 {
        let mut bench = Bench::new();
        let (first, tag) = bench.talking();
        let mut sessions = vec![first];
        let mut over = Vec::new();
        let templates = [
            Request::invite().text(),
            Request::outside("CANCEL").branch("invite").text(),
            Request::within("INVITE", &tag, 2).body("application/sdp", "v=0").text(),
            Request::within("UPDATE", &tag, 4).body("application/sdp", "v=0").text(),
            Request::within("CANCEL", &tag, 2).branch("INVITE2").text(),
            Request::within("ACK", &tag, 2).text(),
            Request::within("BYE", &tag, 30).text(),
            Request::within("INFO", &tag, 20).body("application/dtmf-relay", "Signal=1").text(),
            Request::outside("OPTIONS").text(),
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK0\r\n\r\n".to_owned(),
        ];
        for _ in 0..12 {
            let bytes = mutated(templates[index(&mut rng, templates.len())].as_bytes(), &mut rng);
            let sender = if rng.chance(3, 4) { trusted() } else { Sender::Stranger };
            act(
                &mut bench,
                Input::Message { peer: far(), sender, bytes },
                &mut sessions,
                &mut over,
            );
            let session = sessions[index(&mut rng, sessions.len())];
            let order = Input::Command(any_order(session, &mut rng));
            act(&mut bench, order, &mut sessions, &mut over);
            let ms = rng.below(3_000);
            bench.pass_ms(ms);
        }
        for &session in &sessions {
            for order in [reject(session), Command::Bye { session, cause: None }] {
                bench.handle(Input::Command(order));
            }
        }
        bench.expect_empty();
        over.extend(bench.events.drain(..).filter_map(|event| ended(&event)));
        let all = over.len();
        over.sort_unstable();
        over.dedup();
        assert_eq!(over.len(), all, "round {round}: a session ended twice");
    }
}

fn act(bench: &mut Bench, input: Input, opened: &mut Vec<LegId>, over: &mut Vec<LegId>) {
    bench.agent.handle(input, bench.now);
    while let Some(output) = bench.agent.poll() {
        match output {
            Output::Event(Event::Incoming(incoming)) => opened.push(incoming.session),
            Output::Event(event) => over.extend(ended(&event)),
            Output::Send { .. }
            | Output::Close { .. }
            | Output::NotUnderstood { .. }
            | Output::Registered { .. }
            | Output::Pinged { .. }
            | Output::Refused(_) => {}
        }
    }
}

fn ended(event: &Event) -> Option<LegId> {
    match event {
        Event::Canceled { session, .. }
        | Event::Refused { session, .. }
        | Event::Redirected { session, .. }
        | Event::Ended { session, .. } => Some(*session),
        Event::Incoming(_)
        | Event::Confirmed { .. }
        | Event::Ringing { .. }
        | Event::Answered { .. }
        | Event::Reoffered { .. }
        | Event::Digit { .. }
        | Event::Referred { .. }
        | Event::Alive { .. } => None,
    }
}

fn reject(session: LegId) -> Command {
    Command::Reject { session, declined: Declined::plain(480), retry_after: None }
}

fn any_order(session: LegId, rng: &mut Rng) -> Command {
    match rng.below(7) {
        0 => Command::Ring { session, status: 183, body: None, prack: Prack::Auto },
        1 => Command::Accept { session, body: "x".into() },
        2 => Command::Answer { session, body: Ok("x".into()) },
        3 => Command::Answer { session, body: Err(Declined::plain(488)) },
        4 if rng.chance(1, 4) => Command::Bye { session, cause: None },
        5 if rng.chance(1, 4) => reject(session),
        _ => Command::Cancel { session: LegId(1), why: CancelWhy::Plain },
    }
}

fn index(rng: &mut Rng, len: usize) -> usize {
    usize::try_from(rng.below(len as u64)).unwrap()
}

/// Changes or removes up to three bytes, or truncates the message; sometimes changes nothing.
fn mutated(bytes: &[u8], rng: &mut Rng) -> Bytes {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.below(4) {
        let at = index(rng, bytes.len());
        match rng.below(8) {
            0..4 => bytes[at] = u8::try_from(rng.below(256)).unwrap(),
            4..7 if bytes.len() > 1 => drop(bytes.remove(at)),
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes.into()
}

#[test]
fn an_invite_that_the_agent_rejects_is_reported_once() {
    let request = |method: &str| Request { method: method.to_owned(), ..Request::outside(method) };
    for (sender, method, more, expected) in [
        (Sender::Stranger, "INVITE", "", Some((Sender::Stranger, 403))),
        (Sender::Proxy, "INVITE", "", Some((Sender::Proxy, 403))),
        // Neither of these is a call.
        (Sender::Stranger, "REGISTER", "", None),
        (Sender::Stranger, "OPTIONS", "", None),
        (Sender::Proxy, "OPTIONS", "", None),
        (trusted(), "INVITE", "Require: nothing-known\r\n", Some((trusted(), 420))),
        (trusted(), "OPTIONS", "Require: nothing-known\r\n", None),
        (trusted(), "INVITE", "", None),
    ] {
        let mut bench = Bench::new();
        let text = request(method).text().replacen("CSeq", &format!("{more}CSeq"), 1);
        bench.hear_from(stranger(), sender, &text);
        let refused = std::mem::take(&mut bench.refused);
        let found = refused.first().map(|invite| {
            assert_eq!(
                (invite.source, invite.called.as_str()),
                (stranger().remote, "+18005550100")
            );
            (invite.sender.clone(), invite.status)
        });
        assert_eq!((found, refused.len() <= 1), (expected, true), "{method} {more}");
    }
}

#[test]
fn an_invite_without_room_is_reported() {
    let mut bench = Bench::with_room(0);
    bench.hear(&Request::outside("INVITE").text());
    assert_eq!(bench.take_sent(), ["503 INVITE"]);
    assert_eq!(bench.refused.iter().map(|invite| invite.status).collect::<Vec<_>>(), [503]);
}
