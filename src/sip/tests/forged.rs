//! Requests of others in our dialogs: forged ones, and right ones that come another way.

use super::bench::Bench;
use super::bench::Request;
use super::bench::dial;
use super::bench::far;
use super::bench::far_tcp;
use super::bench::trusted;
use crate::base::LegId;
use crate::base::Rng;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Peer;
use crate::sip::Sender;
use crate::sip::Sources;
use crate::sip::wire::Message;

fn at(address: [u8; 4]) -> Peer {
    Peer { remote: (address, 5060).into(), ..far() }
}

/// A session that was answered and waits for its ACK.
fn answered() -> (Bench, String) {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.take_sent();
    (bench, tag)
}

#[test]
fn a_forged_ack_does_not_confirm() {
    let right = |tag: &str| Request::within("ACK", tag, 1).branch("invite");
    for (fault, forge) in [
        (
            "To-tag",
            (|ack| Request { to: "<sip:x@h>;tag=0123456789abcdef".into(), ..ack })
                as fn(Request) -> Request,
        ),
        ("no To-tag", |ack| Request { to: "<sip:x@h>".into(), ..ack }),
        ("Call-ID", |ack| Request { call_id: "another".into(), ..ack }),
        ("From-tag", |ack| Request { from: "<sip:x@h>;tag=another".into(), ..ack }),
        ("no From-tag", |ack| Request { from: "<sip:x@h>".into(), ..ack }),
    ] {
        for peer in [far(), at([203, 0, 113, 66])] {
            let (mut bench, tag) = answered();
            for sender in [trusted(), Sender::Stranger] {
                bench.hear_from(peer, sender, &forge(right(&tag)).text());
            }
            assert_eq!(bench.take_events(), [""; 0], "{fault}");
            assert_eq!(bench.agent.counters().unmatched_acks, 2, "{fault}");
            bench.hear(&right(&tag).text());
            assert_eq!(bench.take_events(), ["Confirmed"], "{fault}: the right one is taken");
        }
    }
}

#[test]
fn a_forged_ack_does_not_end_a_refusal() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Reject { session, declined: Declined::plain(486), retry_after: None });
    let ack = Request::within("ACK", &tag, 1).branch("invite");
    bench.hear(&Request { call_id: "another".into(), ..ack.clone() }.text());
    bench.pass_ms(600);
    assert_eq!(bench.take_sent(), ["486 INVITE"; 2], "it goes on");
    bench.hear(&ack.text());
    bench.pass_ms(5_000);
    assert_eq!(bench.take_sent(), [""; 0]);
}

#[test]
fn requests_need_call_id_and_both_tags() {
    for method in ["BYE", "INFO", "INVITE", "UPDATE"] {
        let mut bench = Bench::new();
        let (_, tag) = bench.talking();
        let right = Request::within(method, &tag, 2);
        for forged in [
            Request { to: "<sip:x@h>;tag=0123456789abcdef".into(), ..right.clone() },
            Request { call_id: "another".into(), ..right.clone() },
            Request { from: "<sip:x@h>;tag=another".into(), ..right.clone() },
        ] {
            bench.hear(&forged.text());
        }
        assert_eq!(bench.take_sent(), vec![format!("481 {method}"); 3]);
        assert_eq!((bench.take_events(), bench.agent.sessions()), (vec![], 1));
    }
}

/// Where a dialog's requests may come from: its peer, the trunk, the Contact's host, the routes.
#[test]
fn requests_from_elsewhere_are_481_and_counted() {
    let other_trunk = || Sender::Trusted("other".parse().unwrap());
    for (address, sender, taken) in [
        ([192, 0, 2, 9], Sender::Stranger, true),
        ([192, 0, 2, 70], trusted(), true),
        ([192, 0, 2, 77], Sender::Stranger, true),
        ([192, 0, 2, 88], Sender::Stranger, true),
        ([192, 0, 2, 70], other_trunk(), false),
        ([203, 0, 113, 66], Sender::Stranger, false),
    ] {
        for method in ["INFO", "INVITE", "UPDATE", "OPTIONS"] {
            let mut bench = Bench::new();
            let invite = Request::invite().text().replace("192.0.2.9:5070", "192.0.2.77:5070");
            let route = "\r\nRecord-Route: <sip:192.0.2.88;lr>\r\nCSeq: ";
            bench.hear(&invite.replace("\r\nCSeq: ", route));
            let session = bench.incoming();
            bench.order(Command::Accept { session, body: "answer".into() });
            let tag = session.to_string();
            bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
            bench.take_sent();
            let request = Request::within(method, &tag, 2).body("application/sdp", "v=0");
            bench.hear_from(at(address), sender.clone(), &request.text());
            let refused = bench.take_sent().contains(&format!("481 {method}"));
            assert_eq!(refused, !taken, "{method} from {address:?}");
            assert_eq!(bench.agent.counters().foreign, u64::from(!taken));
        }
    }
}

/// Peers without Record-Route and clusters of gateways: the next hop is not the last one.
#[test]
fn a_right_ack_and_bye_are_taken_from_any_address() {
    let (mut bench, tag) = answered();
    let elsewhere = at([203, 0, 113, 66]);
    let ack = Request::within("ACK", &tag, 1).branch("ack").text();
    bench.hear_from(elsewhere, Sender::Stranger, &ack);
    assert_eq!(bench.take_events(), ["Confirmed"]);
    bench.hear_from(elsewhere, Sender::Stranger, &Request::within("BYE", &tag, 2).text());
    assert_eq!(bench.take_events(), ["Ended Bye"]);
    assert_eq!(bench.take_sent(), ["200 BYE"]);
    bench.expect_empty();
}

#[test]
fn a_request_by_the_dialogs_connection_is_taken() {
    let mut bench = Bench::new();
    let tcp = |request: Request| Request { transport: "TCP", ..request }.text();
    bench.hear_from(far_tcp(), trusted(), &tcp(Request::invite()));
    let session = bench.incoming();
    bench.order(Command::Accept { session, body: "answer".into() });
    let tag = session.to_string();
    bench.hear_from(far_tcp(), trusted(), &tcp(Request::within("ACK", &tag, 1).branch("ack")));
    bench.take_sent();
    let moved = Peer { remote: ([203, 0, 113, 66], 40_000).into(), ..far_tcp() };
    for (connection, expected) in [(None, "481 INFO"), (moved.connection, "200 INFO")] {
        let peer = Peer { connection, ..moved };
        bench.hear_from(peer, Sender::Stranger, &tcp(Request::within("INFO", &tag, 2)));
        assert_eq!(bench.take_sent(), [expected]);
    }
}

#[test]
fn a_cancel_has_the_marks_and_the_sources_of_its_invite() {
    let mut bench = Bench::new();
    bench.invited();
    let right = Request::outside("CANCEL").branch("invite");
    for forged in [
        Request { call_id: "another".into(), ..right.clone() },
        Request { from: "<sip:x@h>;tag=another".into(), ..right.clone() },
        Request { seq: "2 CANCEL".into(), ..right.clone() },
        Request { branch: "z9hG4bKother".into(), ..right.clone() },
    ] {
        bench.hear(&forged.text());
        assert_eq!(bench.take_sent(), ["481 CANCEL"]);
    }
    bench.hear_from(at([203, 0, 113, 66]), Sender::Stranger, &right.text());
    assert_eq!(bench.take_sent(), ["481 CANCEL"]);
    assert_eq!((bench.agent.counters().foreign, bench.agent.sessions()), (1, 1));
    // Another gateway of the trunk's cluster.
    bench.hear_from(at([192, 0, 2, 70]), trusted(), &right.text());
    assert_eq!(bench.take_sent(), ["200 CANCEL", "487 INVITE"]);
    assert_eq!(bench.take_events(), ["Canceled"]);
}

/// A request of the buyer in the dialog of our INVITE.
fn of_buyer(invite: &Message, method: &str, seq: u32) -> Request {
    let from = format!("{};tag=buyer", invite.header(crate::sip::wire::HeaderName::To).unwrap());
    Request {
        uri: "sip:192.0.2.1".into(),
        from,
        to: invite.header(crate::sip::wire::HeaderName::From).unwrap().into(),
        call_id: invite.call_id().unwrap().into(),
        ..Request::within(method, "", seq)
    }
}

#[test]
fn a_buyers_requests_come_from_its_destination() {
    let buyer = || Sender::Trusted("buyer".parse().unwrap());
    for answered in [false, true] {
        for (address, sender, taken) in [
            ([192, 0, 2, 9], Sender::Stranger, true),
            ([192, 0, 2, 30], Sender::Stranger, true),
            ([192, 0, 2, 31], Sender::Stranger, true),
            ([192, 0, 2, 40], buyer(), true),
            ([192, 0, 2, 40], trusted(), false),
            ([203, 0, 113, 66], Sender::Stranger, false),
        ] {
            let mut bench = Bench::new();
            let mut order = dial(LegId(0xabc), far());
            let addresses = vec![[192, 0, 2, 9].into(), [192, 0, 2, 30].into()];
            order.sources = Sources { trunk: Some("buyer".parse().unwrap()), addresses };
            bench.order(Command::Dial(Box::new(order)));
            let invite = bench.sent[0].1.clone();
            let contact = "Contact: <sip:b@192.0.2.31:5080>\r\n";
            bench.answer("INVITE", 180, "buyer", contact, "");
            if answered {
                bench.answer("INVITE", 200, "buyer", contact, "");
            }
            bench.take_sent();
            let info = of_buyer(&invite, "INFO", 1).text();
            bench.hear_from(at(address), sender.clone(), &info);
            let expected = if taken { "200 INFO" } else { "481 INFO" };
            assert_eq!(bench.take_sent(), [expected], "{address:?} {sender:?} {answered}");
            let bye = of_buyer(&invite, "BYE", 2).text();
            bench.hear_from(at(address), sender, &bye);
            assert_eq!(bench.take_sent(), ["200 BYE"], "BYE is taken from anywhere");
        }
    }
}

#[test]
fn our_tags_have_64_random_bits() {
    let mut rng = Rng::seeded(9);
    let all: Vec<u64> = (0..1_000).map(|_| LegId::random(&mut rng).0).collect();
    for bit in 0..64 {
        let set = all.iter().filter(|tag| *tag >> bit & 1 == 1).count();
        assert!((400..600).contains(&set), "bit {bit} is set in {set} of 1000");
    }
    assert_eq!(LegId(7).to_string().len(), 16);
}
