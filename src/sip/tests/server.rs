//! Incoming calls.

use super::bench::Bench;
use super::bench::OFFER;
use super::bench::Request;
use super::bench::far;
use super::bench::trusted;
use crate::base::Prack;
use crate::base::RefusalReason;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Warning;
use crate::sip::wire::HeaderName;

#[test]
fn a_call_comes_in_and_is_hung_up_by_the_caller() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Ring { session, status: 180, body: None, prack: Prack::Auto });
    assert_eq!(bench.last().to().unwrap().tag, Some(&*tag));
    assert_eq!(bench.last().top_via().unwrap().rport, Some(Some(5060)));
    bench.order(Command::Accept { session, body: "answer".into() });
    assert_eq!(bench.last().header(HeaderName::Contact), Some("<sip:192.0.2.1:5060>"));
    assert_eq!(bench.last().body(), b"answer");
    bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
    bench.hear(&Request::within("BYE", &tag, 2).text());
    assert_eq!(bench.take_sent(), ["180 INVITE", "200 INVITE", "200 BYE"]);
    assert_eq!(bench.take_events(), ["Confirmed", "Ended Bye"]);
    bench.hear(&Request::within("BYE", &tag, 2).text());
    assert_eq!(bench.take_sent(), ["200 BYE"], "a copy of the BYE");
    bench.hear(&Request::within("BYE", &tag, 3).text());
    assert_eq!(bench.take_sent(), ["481 BYE"], "the dialog is gone");
    bench.expect_empty();
    assert_eq!(bench.take_sent(), [""; 0]);
}

#[test]
fn trying_is_sent_by_itself_within_200_ms() {
    let mut bench = Bench::new();
    let (session, _) = bench.invited();
    assert_eq!(bench.take_sent(), [""; 0]);
    bench.pass_ms(199);
    assert_eq!(bench.last().to().unwrap().tag, None);
    assert_eq!(bench.take_sent(), ["100 INVITE"]);
    bench.hear(&Request::invite().text());
    assert_eq!(bench.take_sent(), ["100 INVITE"], "a copy gets the latest response");
    bench.order(Command::Ring {
        session,
        status: 183,
        body: Some("early".into()),
        prack: Prack::Auto,
    });
    assert_eq!(bench.last().body(), b"early");
    bench.hear(&Request::invite().text());
    assert_eq!(bench.take_sent(), ["183 INVITE", "183 INVITE"]);
    assert_eq!(bench.agent.counters().repeated, 2);
    assert_eq!(bench.take_events(), [""; 0]);
}

#[test]
fn a_quick_ring_makes_trying_unnecessary() {
    let mut bench = Bench::new();
    let (session, _) = bench.invited();
    bench.order(Command::Ring { session, status: 99, body: None, prack: Prack::Auto });
    bench.pass_ms(5_000);
    assert_eq!(bench.take_sent(), ["180 INVITE"]);
}

#[test]
fn the_answer_is_repeated_until_its_ack() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Accept { session, body: "answer".into() });
    // 0.5, 1.5, 3.5, 7.5, 11.5 s: T1, doubling up to T2.
    bench.pass_ms(11_600);
    assert_eq!(bench.take_sent(), ["200 INVITE"; 6]);
    bench.hear(&Request::invite().text());
    assert_eq!(bench.take_sent(), [""; 0], "copies of the INVITE are absorbed");
    bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
    bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
    bench.pass_ms(40_000);
    assert_eq!(bench.take_sent(), [""; 0]);
    assert_eq!(bench.take_events(), ["Confirmed"], "once");
}

#[test]
fn an_ack_with_the_branch_of_its_invite_is_taken() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.hear(&Request::within("ACK", &tag, 1).branch("invite").text());
    assert_eq!(bench.take_events(), ["Confirmed"]);
}

#[test]
fn an_answer_without_ack_is_hung_up() {
    let mut bench = Bench::new();
    let (session, _) = bench.invited();
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.pass_ms(31_999);
    assert_eq!(bench.take_events(), [""; 0]);
    bench.pass_ms(1);
    assert_eq!(bench.take_events(), ["Ended NoAck"]);
    assert_eq!(bench.last().request_uri().unwrap().as_str(), "sip:caller@192.0.2.9:5070");
    assert!(bench.take_sent().contains(&"BYE".to_owned()));
    assert_eq!(bench.agent.sessions(), 0);
    bench.expect_empty();
    assert_eq!(bench.take_events(), [""; 0]);
}

#[test]
fn our_bye_waits_for_the_ack() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Accept { session, body: "answer".into() });
    let cause = Some("Q.850;cause=16".to_owned());
    bench.order(Command::Bye { session, cause });
    assert_eq!(bench.take_sent(), ["200 INVITE"]);
    bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
    assert_eq!(bench.last().header(HeaderName::Reason), Some("Q.850;cause=16"));
    bench.answer("BYE", 200, "", "", "");
    assert_eq!(bench.take_sent(), ["BYE"]);
    assert_eq!(bench.take_events(), ["Ended ByeAnswered"]);
    bench.expect_empty();
}

#[test]
fn a_refusal_is_repeated_until_its_ack() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Reject { session, declined: Declined::plain(486), retry_after: Some(9) });
    assert_eq!(bench.last().header(HeaderName::RetryAfter), Some("9"));
    assert_eq!(bench.agent.sessions(), 0);
    bench.pass_ms(3_600); // 0.5, 1.5, 3.5 s
    assert_eq!(bench.take_sent(), ["486 INVITE"; 4]);
    bench.hear(&Request::invite().text());
    assert_eq!(bench.take_sent(), ["486 INVITE"]);
    bench.hear(&Request::within("ACK", &tag, 1).branch("invite").text());
    bench.hear(&Request::within("ACK", &tag, 1).branch("invite").text());
    bench.pass_ms(60_000);
    assert_eq!(bench.take_sent(), [""; 0]);
    bench.order(Command::Accept { session, body: "late".into() });
    assert_eq!((bench.take_events(), bench.take_sent()), (vec![], vec![]));
    bench.expect_empty();
}

#[test]
fn a_refusal_says_why() {
    let mut bench = Bench::new();
    let (session, _) = bench.invited();
    let warning = Some(Warning { code: 305, text: "no codec in common".to_owned() });
    let declined = Declined { status: 488, warning };
    bench.order(Command::Reject { session, declined, retry_after: None });
    let value = bench.last().header(HeaderName::Warning);
    assert_eq!(value, Some("305 strowger \"no codec in common\""));
}

#[test]
fn a_refusal_without_ack_is_given_up() {
    let mut bench = Bench::new();
    let (session, _) = bench.invited();
    bench.order(Command::Reject { session, declined: Declined::plain(200), retry_after: None });
    bench.expect_empty();
    assert_eq!(bench.agent.counters().timeouts, 1);
    let sent = bench.take_sent();
    assert_eq!(sent, vec!["500 INVITE"; sent.len()], "200 is no refusal");
}

#[test]
fn a_cancel_ends_the_session() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Ring { session, status: 180, body: None, prack: Prack::Auto });
    bench.hear(&Request::outside("CANCEL").branch("invite").text());
    let (mine, theirs) = (&bench.sent[1].1, &bench.sent[2].1);
    assert_eq!(mine.to().unwrap().tag, Some(&*tag));
    assert_eq!(theirs.to().unwrap().tag, Some(&*tag));
    assert_eq!(bench.take_sent(), ["180 INVITE", "200 CANCEL", "487 INVITE"]);
    assert_eq!(bench.take_events(), ["Canceled"]);
    bench.hear(&Request::outside("CANCEL").branch("invite").text());
    assert_eq!(bench.take_sent(), ["200 CANCEL"], "a copy");
    bench.order(Command::Accept { session, body: "late".into() });
    bench.hear(&Request::within("ACK", &tag, 1).branch("invite").text());
    bench.expect_empty();
    assert_eq!((bench.take_events(), bench.take_sent()), (vec![], vec![]));
}

#[test]
fn a_cancel_that_crosses_our_answer_changes_nothing() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.hear(&Request::outside("CANCEL").branch("invite").text());
    assert_eq!(bench.take_sent(), ["200 INVITE", "200 CANCEL"]);
    bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
    bench.hear(&Request::within("BYE", &tag, 2).text());
    assert_eq!(bench.take_events(), ["Confirmed", "Ended Bye"]);
}

#[test]
fn a_cancel_of_nothing_is_481() {
    let mut bench = Bench::new();
    bench.hear(&Request::outside("CANCEL").branch("never").text());
    assert_eq!(bench.take_sent(), ["481 CANCEL"]);
    bench.expect_empty();
}

#[test]
fn a_caller_may_hang_up_before_the_answer() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    bench.order(Command::Ring { session, status: 180, body: None, prack: Prack::Auto });
    bench.hear(&Request::within("BYE", &tag, 2).text());
    assert_eq!(bench.take_sent(), ["180 INVITE", "200 BYE", "487 INVITE"]);
    assert_eq!(bench.take_events(), ["Canceled"]);
    bench.expect_empty();
}

#[test]
fn a_copy_that_came_another_way_is_482() {
    let mut bench = Bench::new();
    bench.invited();
    bench.hear(&Request::invite().branch("other-way").text());
    assert_eq!(bench.take_sent(), ["482 INVITE"]);
    assert_eq!(bench.agent.sessions(), 1);
    let mut again = Request::invite().branch("third");
    again.seq = "2 INVITE".to_owned();
    bench.hear(&again.text());
    assert_eq!(bench.take_events(), ["Incoming"], "another CSeq is another request");
}

#[test]
fn a_delayed_offer_is_answered_in_the_ack() {
    let mut bench = Bench::new();
    let mut invite = Request::invite();
    invite.body.clear();
    bench.hear(&invite.text());
    let session = bench.incoming();
    bench.order(Command::Accept { session, body: OFFER.into() });
    let ack = Request::within("ACK", &session.to_string(), 1).branch("ack");
    bench.hear(&ack.body("application/sdp", "answer").text());
    assert_eq!(bench.take_events(), ["Confirmed 6 B"]);
}

#[test]
fn responses_go_where_via_and_source_say() {
    let source = |port| crate::sip::Peer { remote: ([198, 51, 100, 7], port).into(), ..far() };
    for (via_more, port) in [(";rport", 3_000), ("", 5_060), (";maddr=203.0.113.1", 5_060)] {
        let mut bench = Bench::new();
        let request = Request { via_more: via_more.to_owned(), ..Request::outside("OPTIONS") };
        bench.hear_from(source(3_000), trusted(), &request.text());
        assert_eq!(bench.sent[0].0.remote, ([198, 51, 100, 7], port).into(), "{via_more}");
        assert_eq!(bench.last().top_via().unwrap().received, Some("198.51.100.7"));
    }
}

/// Whoever spreads calls by OPTIONS sends new ones elsewhere; the calls of this agent go on.
#[test]
fn an_agent_that_drains_answers_options_outside_its_calls_with_503() {
    let mut bench = Bench::new();
    let (_, tag) = bench.talking();
    bench.order(Command::Drain);
    bench.hear(&Request::outside("OPTIONS").text());
    assert_eq!(bench.last().status(), Some(503));
    assert_eq!(bench.last().header(HeaderName::RetryAfter), Some("30"));
    bench.take_sent();
    bench.hear(&Request::within("OPTIONS", &tag, 2).text());
    bench.hear(&Request::within("BYE", &tag, 3).text());
    assert_eq!(bench.take_sent(), ["200 OPTIONS", "200 BYE"]);
}

#[test]
fn requests_outside_a_dialog_are_checked() {
    let invite = Request::invite;
    let outside = Request::outside;
    let uri = |uri: &str| Request { uri: uri.to_owned(), ..invite() };
    let to_us = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKours";
    let no_contact = Request { more: String::new(), body: String::new(), ..invite() };
    let no_hops = invite().text().replace("Max-Forwards: 70", "Max-Forwards: 0");
    let version = invite()
        .text()
        .replace("INVITE sip:+18005550100@192.0.2.1 SIP/2.0", "INVITE sip:a@b SIP/3.0");
    let no_call_id = invite().text().replace("Call-ID: call-1\r\n", "");
    let cseq = Request { seq: "1 OPTIONS".to_owned(), ..invite() };
    let xml =
        Request { more: "Contact: <sip:c@h>\r\n".to_owned(), ..invite() }.body("text/xml", "<x/>");
    for (text, status, name, value) in [
        (outside("OPTIONS").text(), 200, "Allow", "INVITE"),
        (outside("OPTIONS").more("Require: path").text(), 420, "Unsupported", "path"),
        (outside("REGISTER").text(), 405, "Allow", "INVITE"),
        (outside("SUBSCRIBE").text(), 405, "Allow", "INVITE"),
        (outside("REFER").text(), 403, "Reason", "SIP;cause=403;text=\"outside a call\""),
        (outside("MESSAGE").text(), 405, "Allow", "INVITE"),
        (outside("JUGGLE").text(), 501, "Allow", "INVITE"),
        (outside("BYE").text(), 481, "", ""),
        (Request::within("INVITE", "0123456789abcdef", 2).text(), 481, "", ""),
        (outside("PRACK").text(), 481, "", ""),
        (invite().more("Require: 100REL, replaces").text(), 420, "Unsupported", "replaces"),
        (invite().more("Content-Encoding: gzip").text(), 415, "Accept-Encoding", "identity"),
        (xml.text(), 415, "Accept", "application/sdp"),
        (invite().more(to_us).text(), 482, "", ""),
        (no_hops, 483, "", ""),
        (uri("sips:a@192.0.2.1").text(), 416, "", ""),
        (uri("other:soap").text(), 416, "", ""),
        (version, 505, "", ""),
        (no_call_id, 400, "", ""),
        (cseq.text(), 400, "", ""),
        (no_contact.text(), 400, "", ""),
    ] {
        let mut bench = Bench::new();
        bench.hear(&text);
        bench.hear(&text);
        let case = text.lines().next().unwrap_or_default();
        assert_eq!(bench.sent.len(), 2, "{case}: one answer each");
        let message = &bench.sent[0].1;
        assert_eq!(message.status(), Some(status), "{case}");
        assert_eq!(message.bytes(), bench.sent[1].1.bytes(), "{case}: the same To-tag");
        assert!(message.to().unwrap().tag.is_some(), "{case}");
        let found = message.header(HeaderName::parse(name)).unwrap_or_default();
        assert_eq!(found, value, "{case}");
        assert_eq!(bench.agent.transactions() + bench.agent.sessions(), 0, "{case}: no state");
    }
}

#[test]
fn without_room_there_is_503_and_calls_go_on() {
    let mut bench = Bench::with_room(1);
    let (_, tag) = bench.talking();
    let mut second = Request::invite().branch("second");
    second.call_id = "call-2".to_owned();
    bench.hear(&second.text());
    assert_eq!(bench.last().header(HeaderName::RetryAfter), Some("5"));
    bench.hear(&Request::outside("OPTIONS").text());
    bench.dial();
    bench.dial();
    assert_eq!(bench.take_events(), ["Refused Status(503)"]);
    bench.answer("INVITE", 486, "b", "", "");
    assert_eq!(bench.take_sent(), ["503 INVITE", "503 OPTIONS", "INVITE", "ACK"]);
    bench.hear(&Request::within("BYE", &tag, 2).text());
    assert_eq!(bench.take_events(), ["Refused Status(486)", "Ended Bye"]);
    bench.hear(&second.text());
    assert_eq!(bench.take_events(), ["Incoming"]);
}

#[test]
fn a_call_that_is_dismissed_leaves_no_state() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        let (session, _) = bench.invited();
        bench.order(Command::Dismiss {
            session,
            status: 503,
            retry_after: Some(5),
            reason: Some(RefusalReason::TrunkFull),
        });
        assert_eq!((bench.agent.sessions(), bench.agent.transactions()), (0, 0));
        assert_eq!(bench.agent.deadline(), None);
    }
    let (first, second) = (&bench.sent[0].1, &bench.sent[1].1);
    assert_eq!(first.header(HeaderName::RetryAfter), Some("5"));
    assert_eq!(first.bytes(), second.bytes(), "the same To-tag for a copy");
    let tag = first.to().unwrap().tag.unwrap().to_owned();
    bench.hear(&Request::within("ACK", &tag, 1).branch("invite").text());
    assert_eq!(bench.take_sent(), ["503 INVITE"; 2]);
    assert_eq!(bench.take_events(), [""; 0]);
}
