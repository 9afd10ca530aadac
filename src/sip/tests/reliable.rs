//! Reliable provisional responses, both ways (RFC 3262), and offers before the answer (RFC 3311).

use super::bench::Bench;
use super::bench::OFFER;
use super::bench::Request;
use super::bench::SDP;
use super::bench::dial;
use super::bench::far;
use crate::base::LegId;
use crate::base::Prack;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::Dial;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Message;
use crate::sip::wire::Method;

const TYPE: &str = "application/sdp";

/// A reliable provisional response's headers.
fn numbered(rseq: u32) -> String {
    format!("Require: 100rel\r\nRSeq: {rseq}\r\nContact: <sip:buyer@192.0.2.9:5070>\r\n{SDP}")
}

fn header(message: &Message, name: HeaderName<'_>) -> String {
    message.header(name).unwrap_or_default().to_owned()
}

#[test]
fn a_reliable_response_is_acknowledged_once_and_in_order() {
    let mut bench = Bench::new();
    let session = bench.dial();
    assert_eq!(bench.last().supported().collect::<Vec<_>>(), ["100rel", "timer"]);
    bench.answer("INVITE", 183, "b", &numbered(7), "early");
    let prack = bench.last();
    let cseq = header(&bench.sent[0].1, HeaderName::Cseq);
    assert_eq!(header(prack, HeaderName::RAck), format!("7 {cseq}"));
    assert_eq!(prack.request_uri().unwrap().as_str(), "sip:buyer@192.0.2.9:5070");
    assert_eq!(bench.take_events(), ["Ringing 183"]);
    // A copy, and one whose predecessor is missing, change nothing.
    for rseq in [7, 9] {
        bench.answer("INVITE", 180, "b", &numbered(rseq), "early");
        assert_eq!(bench.take_events(), [""; 0], "{rseq}");
    }
    bench.answer("INVITE", 180, "b", &numbered(8), "");
    assert_eq!(bench.take_events(), ["Ringing 180"]);
    bench.answer("PRACK", 200, "b", "", "");
    // The 2xx has no description: that of the reliable response counts.
    bench.answer("INVITE", 200, "b", "Contact: <sip:buyer@192.0.2.9:5070>\r\n", "");
    assert_eq!(bench.take_events(), ["Answered"]);
    let seqs: Vec<u32> = bench.sent.iter().map(|(_, sent)| sent.cseq().unwrap().0).collect();
    let first = seqs[0];
    assert_eq!(bench.take_sent(), ["INVITE", "PRACK", "PRACK", "ACK"]);
    assert_eq!(seqs, [first, first + 1, first + 2, first], "an ACK has the INVITE's number");
    bench.order(Command::Bye { session, cause: None });
    assert_eq!(bench.last().cseq().unwrap().0, first + 3);
    bench.answer("BYE", 200, "", "", "");
    bench.expect_empty();
}

#[test]
fn each_fork_has_its_own_numbers() {
    let mut bench = Bench::new();
    bench.dial();
    for (tag, rseq) in [("a", 100), ("b", 1), ("a", 101), ("b", 2)] {
        bench.answer("INVITE", 183, tag, &numbered(rseq), "early");
        assert_eq!(bench.last().to().unwrap().tag, Some(tag));
        assert_eq!(bench.last().rack().unwrap().rseq, rseq);
    }
    assert_eq!(bench.take_sent(), ["INVITE", "PRACK", "PRACK", "PRACK", "PRACK"]);
    assert_eq!(bench.take_events().len(), 4);
}

#[test]
fn responses_without_a_number_or_the_option_are_as_any_other() {
    for more in ["Require: 100rel\r\n", "RSeq: 7\r\n", "Require: 100rel\r\nRSeq: x\r\n"] {
        let mut bench = Bench::new();
        bench.dial();
        bench.answer("INVITE", 180, "b", more, "");
        assert_eq!(bench.take_sent(), ["INVITE"], "{more}");
        assert_eq!(bench.take_events(), ["Ringing 180"]);
    }
}

#[test]
fn a_canceled_call_still_acknowledges() {
    let mut bench = Bench::new();
    let session = bench.dial();
    bench.order(Command::Cancel { session, why: CancelWhy::Plain });
    bench.answer("INVITE", 183, "b", &numbered(1), "early");
    assert_eq!(bench.take_sent(), ["INVITE", "PRACK", "CANCEL"]);
    assert_eq!(bench.take_events(), [""; 0]);
}

/// An incoming INVITE with these headers.
fn invited(bench: &mut Bench, more: &str) -> (LegId, String) {
    bench.hear(&Request::invite().more(more).text());
    let session = bench.incoming();
    (session, session.to_string())
}

/// The PRACK of the latest response with a number.
fn prack(bench: &Bench, tag: &str, seq: u32) -> Request {
    let numbers = bench.sent.iter().rev().find_map(|(_, sent)| sent.rseq());
    let rseq = numbers.expect("a reliable response was sent");
    Request::within("PRACK", tag, seq).more(&format!("RAck: {rseq} 1 INVITE"))
}

#[test]
fn a_caller_that_requires_it_gets_every_response_reliably() {
    let mut bench = Bench::new();
    let (session, tag) = invited(&mut bench, "Require: 100rel");
    bench.order(Command::Ring { session, status: 180, body: None, prack: Prack::Auto });
    assert_eq!(header(bench.last(), HeaderName::Require), "100rel");
    // Until it is acknowledged, it is repeated, and the next one waits.
    bench.order(Command::Ring {
        session,
        status: 183,
        body: Some("early".into()),
        prack: Prack::Auto,
    });
    bench.order(Command::Ring { session, status: 181, body: None, prack: Prack::Auto });
    bench.pass_ms(1_600);
    assert_eq!(bench.agent.counters().retransmissions, 2, "after 0.5 s and 1.5 s");
    let first = bench.last().rseq().unwrap();
    bench.take_sent();
    bench.order(Command::Ring { session, status: 181, body: None, prack: Prack::Auto });
    assert_eq!(bench.take_sent(), [""; 0]);
    let ack = Request::within("PRACK", &tag, 2).more(&format!("RAck: {first} 1 INVITE"));
    bench.hear(&ack.text());
    let sent: Vec<_> = bench.sent.iter().map(|(_, sent)| (sent.rseq(), sent.body())).collect();
    assert_eq!(sent, [(None, &b""[..]), (Some(first + 1), &b"early"[..])]);
    assert_eq!(bench.take_sent(), ["200 PRACK", "181 INVITE"]);
}

#[test]
fn the_answer_waits_for_the_acknowledgement_of_early_media() {
    let mut bench = Bench::new();
    let (session, tag) = invited(&mut bench, "Supported: 100rel");
    bench.order(Command::Ring { session, status: 180, body: None, prack: Prack::Auto });
    assert_eq!(bench.last().rseq(), None, "nothing is lost with it");
    bench.order(Command::Ring {
        session,
        status: 183,
        body: Some("early".into()),
        prack: Prack::Auto,
    });
    assert!(bench.last().rseq().is_some());
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.hear(&prack(&bench, &tag, 2).text());
    let answer = bench.last();
    assert_eq!((answer.status(), answer.body()), (Some(200), &b""[..]), "it was sent before");
    bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
    assert_eq!(bench.take_events(), ["Confirmed"]);
    assert_eq!(bench.take_sent(), ["180 INVITE", "183 INVITE", "200 PRACK", "200 INVITE"]);
    bench.hear(&Request::within("BYE", &tag, 3).text());
    bench.expect_empty();
}

#[test]
fn without_an_acknowledgement_the_invite_is_rejected() {
    let mut bench = Bench::new();
    let (session, _) = invited(&mut bench, "Require: 100rel");
    bench.order(Command::Ring { session, status: 180, body: None, prack: Prack::Auto });
    bench.pass_ms(32_000);
    assert_eq!(bench.take_events(), ["Ended NoAck"]);
    assert_eq!(bench.take_sent().last().unwrap(), "504 INVITE");
    bench.expect_empty();
}

#[test]
fn an_acknowledgement_of_something_else_is_481() {
    let mut bench = Bench::new();
    let (session, tag) = invited(&mut bench, "Require: 100rel");
    let ack = |seq, rack: &str| Request::within("PRACK", &tag, seq).more(&format!("RAck: {rack}"));
    bench.hear(&ack(2, "1 1 INVITE").text());
    bench.order(Command::Ring { session, status: 180, body: None, prack: Prack::Auto });
    let rseq = bench.last().rseq().unwrap();
    for (seq, rack) in [(3, format!("{} 1 INVITE", rseq + 1)), (4, format!("{rseq} 2 INVITE"))] {
        bench.hear(&ack(seq, &rack).text());
    }
    bench.hear(&Request::within("PRACK", &tag, 5).text());
    bench.hear(&prack(&bench, &tag, 6).text());
    bench.hear(&prack(&bench, &tag, 7).text());
    let expected = [
        "481 PRACK",
        "180 INVITE",
        "481 PRACK",
        "481 PRACK",
        "481 PRACK",
        "200 PRACK",
        "481 PRACK",
    ];
    assert_eq!(bench.take_sent(), expected);
    bench.hear(&Request::outside("PRACK").text());
    assert_eq!(bench.take_sent(), ["481 PRACK"], "without a dialog");
}

#[test]
fn offers_before_the_answer_need_a_reliable_answer_first() {
    let mut bench = Bench::new();
    let (session, tag) = invited(&mut bench, "Supported: 100rel");
    let update = |seq| Request::within("UPDATE", &tag, seq).body(TYPE, OFFER).text();
    bench.hear(&update(2));
    assert_eq!(bench.take_sent(), ["500 UPDATE"], "the INVITE's offer has no answer yet");
    bench.order(Command::Ring {
        session,
        status: 183,
        body: Some("early".into()),
        prack: Prack::Auto,
    });
    bench.hear(&prack(&bench, &tag, 3).body(TYPE, OFFER).text());
    assert_eq!(bench.take_events(), ["Reoffered true"], "an offer in PRACK");
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.order(Command::Answer { session, body: Ok("second".into()) });
    let second: Vec<_> = bench.sent.iter().map(|(_, sent)| sent.body().to_vec()).collect();
    assert_eq!(second, [b"early".to_vec(), b"second".to_vec(), Vec::new()]);
    assert_eq!(bench.take_sent(), ["183 INVITE", "200 PRACK", "200 INVITE"]);
}

#[test]
fn a_buyer_may_change_early_media_that_were_acknowledged() {
    for (more, expected) in [
        (SDP.to_owned(), "491 UPDATE"),
        // Asks the owner.
        (numbered(1), "PRACK"),
    ] {
        let mut bench = Bench::new();
        let session = bench.dial();
        bench.answer("INVITE", 183, "b", &more, "early");
        let update = Request {
            from: "<sip:buyer@192.0.2.9>;tag=b".to_owned(),
            to: format!("<sip:+13055550123@192.0.2.1>;tag={session}"),
            call_id: header(&bench.sent[0].1, HeaderName::CallId),
            ..Request::within("UPDATE", "", 1).body(TYPE, OFFER)
        };
        bench.hear(&update.text());
        assert_eq!(bench.take_sent().last().unwrap(), expected, "{more}");
        if expected == "PRACK" {
            assert_eq!(bench.take_events(), ["Ringing 183", "Reoffered true"]);
            bench.order(Command::Answer { session, body: Ok("moved".into()) });
            assert_eq!(bench.last().body(), b"moved");
            assert_eq!(bench.take_sent(), ["200 UPDATE"]);
        }
    }
}

/// Some carriers announce 100rel and lose PRACK on the way.
#[test]
fn where_prack_is_off_only_a_far_end_that_requires_it_gets_it() {
    for (header, required) in [("Supported: 100rel", None), ("Require: 100rel", Some("100rel"))] {
        let mut bench = Bench::new();
        let (session, _) = invited(&mut bench, header);
        let body = Some("early".into());
        bench.order(Command::Ring { session, status: 183, body, prack: Prack::Off });
        assert_eq!(bench.last().header(HeaderName::Require), required, "{header}");
        assert_eq!(bench.last().body(), b"early");
    }
    let mut bench = Bench::new();
    let dial = Dial { prack: Prack::Off, ..dial(LegId(7), far()) };
    bench.order(Command::Dial(Box::new(dial)));
    assert_eq!(bench.last().supported().collect::<Vec<_>>(), ["timer"]);
    bench.answer("INVITE", 183, "b", &numbered(7), "early");
    assert_eq!(bench.last().method(), Some(&Method::Prack), "the far end requires it");
}
