//! Strangers, and what is not SIP.

use super::bench::Bench;
use super::bench::Request;
use super::bench::far;
use crate::base::Rng;
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
fn responses_of_nobody_are_dropped() {
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
    ] {
        bench.hear(&bad);
    }
    assert_eq!(bench.take_events(), [""; 0]);
    assert_eq!(bench.agent.counters().unmatched_responses, 5);
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

/// Mutated messages in the middle of a call change nothing that matters: no panic, no event of a
/// session that is over, and at most one terminal event.
#[test]
fn broken_messages_break_nothing() {
    let mut rng = Rng::seeded(11);
    for round in 0..300 {
        let mut bench = Bench::new();
        let (session, tag) = bench.talking();
        let templates = [
            Request::invite().text(),
            Request::within("INVITE", &tag, 2).body("application/sdp", "v=0").text(),
            Request::within("BYE", &tag, 3).text(),
            Request::within("INFO", &tag, 2).body("application/dtmf-relay", "Signal=1").text(),
            Request::outside("OPTIONS").text(),
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK0\r\n\r\n".to_owned(),
        ];
        let mut ended = 0;
        for _ in 0..10 {
            let pick = usize::try_from(rng.below(templates.len() as u64)).unwrap();
            let mut bytes = templates[pick].clone().into_bytes();
            for _ in 0..=rng.below(4) {
                if bytes.len() < 2 {
                    break;
                }
                let at = usize::try_from(rng.below(bytes.len() as u64)).unwrap();
                match rng.below(3) {
                    0 => bytes[at] = u8::try_from(rng.below(256)).unwrap(),
                    1 => drop(bytes.remove(at)),
                    _ => bytes.truncate(at.max(1)),
                }
            }
            let sender = if rng.chance(1, 2) { Sender::Trusted } else { Sender::Stranger };
            let input = crate::sip::Input::Message { peer: far(), sender, bytes: bytes.into() };
            bench.agent.handle(input, bench.now);
            while let Some(output) = bench.agent.poll() {
                if let crate::sip::Output::Event(crate::sip::Event::Ended { session: s, .. }) =
                    output
                {
                    assert_eq!(s, session);
                    ended += 1;
                }
            }
            bench.pass_ms(700);
        }
        ended += bench.take_events().iter().filter(|event| event.starts_with("Ended")).count();
        assert!(ended <= 1, "round {round}");
    }
}
