//! Session timers, both ways (RFC 4028), and re-INVITEs of the agent (RFC 3261 §14.1).

use super::bench::Bench;
use super::bench::OFFER;
use super::bench::Request;
use super::bench::SDP;
use crate::base::LegId;
use crate::sip::Command;
use crate::sip::wire::HeaderName;

const CONTACT: &str = "Contact: <sip:buyer@192.0.2.9:5070>\r\n";
const HALF: u64 = 900_000;

/// An answered call of the agent whose 2xx has these headers; clears the sent messages.
fn answered(bench: &mut Bench, more: &str) -> LegId {
    let session = bench.dial();
    bench.answer("INVITE", 200, "b", &format!("{CONTACT}{SDP}{more}"), "answer");
    assert_eq!(bench.take_events(), ["Answered"]);
    bench.sent.clear();
    session
}

fn value(bench: &Bench, name: HeaderName<'_>) -> String {
    bench.last().header(name).unwrap_or_default().to_owned()
}

#[test]
fn a_call_is_refreshed_by_update_at_half_time() {
    let mut bench = Bench::new();
    bench.dial();
    assert_eq!(value(&bench, HeaderName::SessionExpires), "1800;refresher=uac");
    assert_eq!(value(&bench, HeaderName::MinSe), "90");
    let mut bench = Bench::new();
    answered(&mut bench, "Allow: INVITE, UPDATE\r\nx: 1800;refresher=uac\r\n");
    for _ in 0..3 {
        bench.pass_ms(HALF - 1);
        assert_eq!(bench.take_sent(), [""; 0]);
        bench.pass_ms(1);
        assert_eq!(value(&bench, HeaderName::SessionExpires), "1800;refresher=uac");
        bench.answer("UPDATE", 200, "b", "x: 1800;refresher=uac\r\n", "");
        assert_eq!(bench.take_sent(), ["UPDATE"]);
        assert_eq!(bench.take_events(), ["Alive"]);
    }
    // The far end ends the timer.
    bench.pass_ms(HALF);
    bench.answer("UPDATE", 200, "b", "", "");
    assert_eq!(bench.agent.deadline().map(|_| ()), Some(()), "copies of the answer");
    bench.pass_ms(10_000);
    assert_eq!(bench.agent.deadline(), None);
}

#[test]
fn a_far_end_without_update_is_refreshed_by_the_same_offer() {
    let mut bench = Bench::new();
    answered(&mut bench, "Allow: INVITE, BYE\r\nx: 1800\r\n");
    bench.pass_ms(HALF);
    assert_eq!(bench.last().body(), OFFER.as_bytes(), "nothing changes");
    bench.answer("INVITE", 100, "", "", "");
    bench.answer("INVITE", 200, "b", &format!("{CONTACT}{SDP}x: 1800\r\n"), "moved");
    assert_eq!(bench.last().cseq().unwrap().0, bench.sent[0].1.cseq().unwrap().0);
    assert_eq!(bench.take_events(), ["Confirmed 5 B", "Alive"]);
    // A copy of the 2xx gets the ACK again.
    let ack = bench.last().clone();
    bench.answer("INVITE", 200, "b", &format!("{CONTACT}{SDP}x: 1800\r\n"), "moved");
    assert_eq!(bench.last().bytes(), ack.bytes());
    assert_eq!(bench.take_sent(), ["INVITE", "ACK", "ACK"]);
    assert_eq!(bench.take_events(), [""; 0]);
}

#[test]
fn a_refresh_that_fails_is_tried_again_or_ends_the_session() {
    const UPDATE: &str = "Allow: UPDATE\r\nx: 1800\r\n";
    const INVITE: &str = "x: 1800\r\n";
    for (how, method, status, more, sent, events) in [
        (UPDATE, "UPDATE", 405, "", vec!["UPDATE", "INVITE"], vec![]),
        (UPDATE, "UPDATE", 501, "", vec!["UPDATE", "INVITE"], vec![]),
        (UPDATE, "UPDATE", 422, "Min-SE: 3600\r\n", vec!["UPDATE", "UPDATE"], vec![]),
        (UPDATE, "UPDATE", 500, "", vec!["UPDATE", "UPDATE"], vec![]),
        (UPDATE, "UPDATE", 481, "", vec!["UPDATE", "BYE"], vec!["Ended Lost"]),
        (INVITE, "INVITE", 481, "", vec!["INVITE", "ACK", "BYE"], vec!["Ended Lost"]),
        (INVITE, "INVITE", 408, "", vec!["INVITE", "ACK", "BYE"], vec!["Ended Lost"]),
        (INVITE, "INVITE", 491, "", vec!["INVITE", "ACK", "INVITE"], vec![]),
        (INVITE, "INVITE", 488, "", vec!["INVITE", "ACK", "INVITE"], vec![]),
        (INVITE, "INVITE", 422, "Min-SE: 9000\r\n", vec!["INVITE", "ACK", "INVITE"], vec![]),
    ] {
        let mut bench = Bench::new();
        answered(&mut bench, how);
        bench.pass_ms(HALF);
        bench.answer(method, status, "b", more, "");
        if events.is_empty() {
            let next = bench.agent.deadline().unwrap().since(bench.now.mono);
            let soon = matches!(status, 405 | 422 | 501);
            assert_eq!(bench.sent.len() == sent.len(), soon, "{status} {next:?}");
            bench.pass_ms(if soon { 0 } else { 10_000 });
        }
        assert_eq!(bench.take_sent()[..sent.len()], sent, "{method} {status}");
        assert_eq!(bench.take_events(), events, "{method} {status}");
    }
}

/// A reliable provisional response to a refresh would get no PRACK: none is asked for.
#[test]
fn a_refresh_does_not_announce_reliable_responses() {
    for (how, method) in [("Allow: UPDATE\r\nx: 1800\r\n", "UPDATE"), ("x: 1800\r\n", "INVITE")] {
        let mut bench = Bench::new();
        answered(&mut bench, how);
        bench.pass_ms(HALF);
        let supported: Vec<_> = bench.last().headers(HeaderName::Supported).collect();
        assert_eq!(supported, ["timer"], "{method}");
        assert_eq!(bench.take_sent(), [method]);
    }
}

#[test]
fn after_a_crossing_the_side_with_the_call_id_waits_longer() {
    let mut bench = Bench::new();
    answered(&mut bench, "x: 1800\r\n");
    bench.pass_ms(HALF);
    bench.answer("INVITE", 491, "b", "", "");
    bench.pass_ms(2_099);
    assert_eq!(bench.take_sent(), ["INVITE", "ACK"]);
    bench.pass_ms(1_901);
    assert_eq!(bench.take_sent(), ["INVITE"]);
}

#[test]
fn a_far_end_that_does_not_answer_is_lost() {
    for how in ["Allow: UPDATE\r\nx: 1800\r\n", "x: 1800\r\n"] {
        let mut bench = Bench::new();
        answered(&mut bench, how);
        bench.pass_ms(HALF + 32_000);
        assert_eq!(bench.take_events(), ["Ended Lost"], "{how}");
        bench.answer("BYE", 481, "", "", "");
        assert_eq!(bench.take_sent().last().unwrap(), "BYE");
        bench.expect_empty();
    }
}

#[test]
fn a_session_that_nobody_refreshes_ends_in_time() {
    let mut bench = Bench::new();
    answered(&mut bench, "x: 1800;refresher=uas\r\n");
    bench.pass_ms(1_767_999);
    assert_eq!(bench.take_events(), [""; 0]);
    bench.pass_ms(1);
    assert_eq!(bench.take_events(), ["Ended Lost"]);
    let reason = value(&bench, HeaderName::Reason);
    assert_eq!(reason, "SIP;cause=408;text=\"Session expired\"");
    bench.answer("BYE", 200, "", "", "");
    bench.expect_empty();
}

#[test]
fn a_caller_that_refreshes_is_believed() {
    let mut bench = Bench::new();
    bench.hear(&Request::invite().more("Supported: timer\r\nSession-Expires: 90").text());
    let session = bench.incoming();
    let tag = session.to_string();
    bench.order(Command::Accept { session, body: "answer".into() });
    assert_eq!(value(&bench, HeaderName::SessionExpires), "90;refresher=uac");
    assert_eq!(value(&bench, HeaderName::Require), "timer");
    bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
    for seq in 2..5 {
        bench.pass_ms(59_000);
        let update = Request::within("UPDATE", &tag, seq);
        bench.hear(&update.more("Supported: timer\r\nSession-Expires: 90;refresher=uac").text());
        assert_eq!(value(&bench, HeaderName::SessionExpires), "90;refresher=uac");
    }
    assert_eq!(bench.take_events(), ["Confirmed"]);
    bench.pass_ms(60_000);
    assert_eq!(bench.take_events(), ["Ended Lost"]);
}

#[test]
fn a_proxy_that_asks_for_the_caller_is_served_by_the_agent() {
    let mut bench = Bench::new();
    bench.hear(&Request::invite().more("Session-Expires: 600").text());
    let session = bench.incoming();
    bench.order(Command::Accept { session, body: "answer".into() });
    assert_eq!(value(&bench, HeaderName::SessionExpires), "600;refresher=uas");
    bench.hear(&Request::within("ACK", &session.to_string(), 1).branch("ack").text());
    bench.take_sent();
    bench.pass_ms(300_000);
    assert_eq!(bench.take_sent(), ["INVITE"]);
    assert_eq!(bench.take_events(), ["Confirmed"]);
}

#[test]
fn intervals_that_are_too_short_are_422() {
    let short = "Supported: timer\r\nSession-Expires: 60";
    let mut bench = Bench::new();
    bench.hear(&Request::invite().more(short).text());
    assert_eq!(value(&bench, HeaderName::MinSe), "90");
    assert_eq!(bench.take_sent(), ["422 INVITE"]);
    let (_, tag) = bench.talking();
    for (seq, method) in [(2, "UPDATE"), (3, "INVITE")] {
        bench.hear(&Request::within(method, &tag, seq).more(short).text());
        assert_eq!(bench.take_sent(), [format!("422 {method}")]);
    }
}

#[test]
fn a_422_to_an_invite_is_asked_again_with_its_minimum_and_only_if_it_is_longer() {
    let mut bench = Bench::new();
    bench.dial();
    let before = bench.last().clone();
    bench.answer("INVITE", 422, "b", "Min-SE: 3600\r\n", "");
    assert_eq!(value(&bench, HeaderName::SessionExpires), "3600;refresher=uac");
    assert_eq!(value(&bench, HeaderName::MinSe), "3600");
    assert_eq!(bench.last().call_id(), before.call_id());
    assert_eq!(bench.last().cseq().unwrap().0, before.cseq().unwrap().0 + 1);
    assert_eq!(bench.last().body(), before.body());
    bench.answer("INVITE", 422, "b", "Min-SE: 3600\r\n", "");
    assert_eq!(bench.take_events(), ["Refused Status(422)"]);
    assert_eq!(bench.take_sent(), ["INVITE", "ACK", "INVITE", "ACK"]);
}

#[test]
fn the_agents_reinvite_and_a_hang_up_cross() {
    let mut bench = Bench::new();
    let session = answered(&mut bench, "x: 1800\r\n");
    bench.pass_ms(HALF);
    bench.order(Command::Bye { session, cause: None });
    bench.answer("INVITE", 200, "b", &format!("{CONTACT}{SDP}"), "answer");
    bench.answer("BYE", 200, "", "", "");
    assert_eq!(bench.take_sent(), ["INVITE", "BYE", "ACK"], "the answer is acknowledged");
    assert_eq!(bench.take_events(), ["Ended ByeAnswered"]);
    bench.expect_empty();
}

#[test]
fn the_far_ends_offer_crosses_the_agents() {
    let mut bench = Bench::new();
    bench.hear(&Request::invite().more("Session-Expires: 600").text());
    let session = bench.incoming();
    let tag = session.to_string();
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
    bench.pass_ms(300_000);
    bench.take_sent();
    let offer = Request::within("INVITE", &tag, 2).body("application/sdp", OFFER);
    bench.hear(&offer.text());
    assert_eq!(bench.take_sent(), ["491 INVITE"]);
}
