//! Requests inside a dialog: order, routes, offers, keys.

use super::bench::Bench;
use super::bench::OFFER;
use super::bench::Request;
use super::bench::far;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Peer;
use crate::sip::Sender;
use crate::sip::Warning;
use crate::sip::wire::HeaderName;

const TYPE: &str = "application/sdp";

#[test]
fn requests_out_of_order_are_500() {
    let mut bench = Bench::new();
    let (_, tag) = bench.talking();
    bench.hear(&Request::within("OPTIONS", &tag, 5).text());
    bench.hear(&Request::within("BYE", &tag, 4).text());
    bench.hear(&Request::within("OPTIONS", &tag, 5).branch("copy").text());
    assert_eq!(bench.take_sent(), ["200 OPTIONS", "500 BYE", "500 OPTIONS"]);
    assert_eq!(bench.agent.sessions(), 1);
}

#[test]
fn a_dialog_is_known_by_both_tags_and_call_id() {
    let mut bench = Bench::new();
    let (_, tag) = bench.talking();
    let bye = || Request::within("BYE", &tag, 2);
    let other_tag = Request { from: "<sip:x@192.0.2.9>;tag=other".to_owned(), ..bye() };
    let other_call = Request { call_id: "other".to_owned(), ..bye() };
    for wrong in [Request::within("BYE", "beef", 2), other_tag, other_call] {
        bench.hear(&wrong.text());
        assert_eq!(bench.take_sent(), ["481 BYE"]);
    }
    let elsewhere = Peer { remote: ([203, 0, 113, 5], 5060).into(), ..far() };
    bench.hear_from(elsewhere, Sender::Stranger, &bye().text());
    assert_eq!(bench.take_events(), ["Ended Bye"], "whoever sends it");
}

#[test]
fn requests_follow_the_route_set() {
    let loose = "Record-Route: <sip:192.0.2.11;lr>, <sip:192.0.2.12;lr>";
    let strict = "Record-Route: <sip:192.0.2.11>\r\nRecord-Route: <sip:192.0.2.12;lr>";
    let target = "sip:caller@192.0.2.9:5070";
    for (more, uri, hop, routes) in [
        (loose, target, [192, 0, 2, 11], vec!["<sip:192.0.2.11;lr>", "<sip:192.0.2.12;lr>"]),
        (
            strict,
            "sip:192.0.2.11",
            [192, 0, 2, 11],
            vec!["<sip:192.0.2.12;lr>", "<sip:caller@192.0.2.9:5070>"],
        ),
        (
            "Record-Route: <sip:proxy.example;lr>",
            target,
            [192, 0, 2, 9],
            vec!["<sip:proxy.example;lr>"],
        ),
    ] {
        let mut bench = Bench::new();
        bench.hear(&Request::invite().more(more).text());
        let session = bench.incoming();
        bench.order(Command::Accept { session, body: "answer".into() });
        let echoed = bench.last().headers(HeaderName::RecordRoute).count();
        assert_eq!(echoed, more.matches("<sip:").count(), "{more}");
        bench.hear(&Request::within("ACK", &session.to_string(), 1).branch("ack").text());
        bench.order(Command::Bye { session, cause: None });
        let (to, bye) = bench.sent.last().unwrap();
        assert_eq!(bye.request_uri().unwrap().as_str(), uri, "{more}");
        assert_eq!(bye.headers(HeaderName::Route).collect::<Vec<_>>(), routes, "{more}");
        assert_eq!(to.remote, (hop, 5060).into(), "{more}");
    }
}

#[test]
fn the_callers_route_set_is_reversed() {
    let mut bench = Bench::new();
    bench.dial();
    let more = "Record-Route: <sip:192.0.2.11;lr>\r\nRecord-Route: <sip:192.0.2.12;lr>\r\n\
                Contact: <sip:buyer@office.example>\r\n";
    bench.answer("INVITE", 200, "b", more, "answer");
    let (to, ack) = bench.sent.last().unwrap();
    let routes: Vec<_> = ack.headers(HeaderName::Route).collect();
    assert_eq!(routes, ["<sip:192.0.2.12;lr>", "<sip:192.0.2.11;lr>"]);
    assert_eq!(to.remote, ([192, 0, 2, 12], 5060).into());
    assert_eq!(ack.request_uri().unwrap().as_str(), "sip:buyer@office.example");
}

#[test]
fn a_contact_that_is_a_name_or_behind_nat_means_the_source() {
    let private = "Contact: <sip:buyer@10.0.0.7:99>\r\n";
    for contact in ["Contact: <sip:buyer@office.example:99>\r\n", private, ""] {
        let mut bench = Bench::new();
        bench.dial();
        bench.answer("INVITE", 200, "b", contact, "answer");
        assert_eq!(bench.sent.last().unwrap().0, far());
    }
}

#[test]
fn a_reoffer_is_asked_answered_and_acknowledged() {
    let mut bench = Bench::new();
    let (session, tag) = bench.talking();
    let moved = "Contact: <sip:caller@192.0.2.55>";
    let reinvite = Request::within("INVITE", &tag, 2).more(moved).body(TYPE, OFFER);
    bench.hear(&reinvite.text());
    assert_eq!(bench.take_events(), ["Reoffered true"]);
    bench.order(Command::Answer { session, body: Ok("answer".into()) });
    bench.pass_ms(600);
    assert_eq!(bench.take_sent(), ["200 INVITE"; 2]);
    bench.hear(&Request::within("ACK", &tag, 2).branch("ack2").text());
    bench.pass_ms(60_000);
    assert_eq!(bench.take_events(), [""; 0]);
    bench.order(Command::Bye { session, cause: None });
    assert_eq!(bench.sent[0].0.remote, ([192, 0, 2, 55], 5060).into(), "the target has moved");
    assert_eq!(bench.take_sent(), ["BYE"]);
}

#[test]
fn a_reinvite_without_offer_asks_for_ours() {
    let mut bench = Bench::new();
    let (session, tag) = bench.talking();
    bench.hear(&Request::within("INVITE", &tag, 2).text());
    assert_eq!(bench.take_events(), ["Reoffered false"]);
    bench.order(Command::Answer { session, body: Ok(OFFER.into()) });
    bench.hear(&Request::within("ACK", &tag, 2).branch("ack2").body(TYPE, "answer").text());
    assert_eq!(bench.take_events(), ["Confirmed 6 B"]);
}

#[test]
fn a_reinvite_without_ack_ends_the_call() {
    let mut bench = Bench::new();
    let (session, tag) = bench.talking();
    bench.hear(&Request::within("INVITE", &tag, 2).body(TYPE, OFFER).text());
    bench.order(Command::Answer { session, body: Ok("answer".into()) });
    bench.pass_ms(32_000);
    assert_eq!(bench.take_events(), ["Reoffered true", "Ended NoAck"]);
    bench.expect_empty();
}

#[test]
fn a_new_offer_is_declined_with_its_reason() {
    let warning = Warning { code: 330, text: "audio at 224.0.0.1:4000".to_owned() };
    for method in ["INVITE", "UPDATE"] {
        let mut bench = Bench::new();
        let (session, tag) = bench.talking();
        bench.hear(&Request::within(method, &tag, 2).body(TYPE, OFFER).text());
        let declined = Declined { status: 488, warning: Some(warning.clone()) };
        bench.order(Command::Answer { session, body: Err(declined) });
        assert_eq!(bench.last().status(), Some(488));
        let value = bench.last().header(HeaderName::Warning);
        assert_eq!(value, Some("330 strowger \"audio at 224.0.0.1:4000\""), "{method}");
    }
}

#[test]
fn offers_do_not_overlap() {
    let mut bench = Bench::new();
    let (session, tag) = bench.talking();
    let offer = |method, seq| Request::within(method, &tag, seq).body(TYPE, OFFER).text();
    bench.hear(&offer("INVITE", 2));
    bench.hear(&offer("INVITE", 3));
    assert!(bench.last().header(HeaderName::RetryAfter).is_some());
    bench.hear(&offer("UPDATE", 4));
    assert!(bench.last().header(HeaderName::RetryAfter).is_some());
    bench.order(Command::Answer { session, body: Ok("answer".into()) });
    bench.hear(&offer("UPDATE", 5));
    bench.hear(&Request::within("ACK", &tag, 2).branch("ack2").text());
    bench.hear(&offer("UPDATE", 6));
    bench.order(Command::Answer { session, body: Err(Declined::plain(488)) });
    let expected = ["500 INVITE", "500 UPDATE", "200 INVITE", "491 UPDATE", "488 UPDATE"];
    assert_eq!(bench.take_sent(), expected);
    assert_eq!(bench.take_events(), ["Reoffered true", "Reoffered true"]);
    bench.hear(&Request::within("ACK", &tag, 3).branch("INVITE3").text());
    bench.hear(&Request::within("BYE", &tag, 7).text());
    bench.expect_empty();
}

#[test]
fn an_offer_before_the_first_is_settled_is_refused() {
    let mut bench = Bench::new();
    let (session, tag) = bench.invited();
    let offer = |method, seq| Request::within(method, &tag, seq).body(TYPE, OFFER).text();
    bench.hear(&offer("UPDATE", 2));
    bench.hear(&offer("INVITE", 3));
    bench.hear(&Request::within("UPDATE", &tag, 4).text());
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.hear(&offer("INVITE", 5));
    let expected = ["500 UPDATE", "500 INVITE", "200 UPDATE", "200 INVITE", "491 INVITE"];
    assert_eq!(bench.take_sent(), expected);
    bench.hear(&Request::within("ACK", &tag, 1).branch("ack").text());
    assert_eq!(bench.take_events(), ["Confirmed"]);
}

#[test]
fn an_update_with_offer_is_answered() {
    let mut bench = Bench::new();
    let (session, tag) = bench.talking();
    bench.hear(&Request::within("UPDATE", &tag, 2).body(TYPE, OFFER).text());
    bench.order(Command::Answer { session, body: Ok("answer".into()) });
    assert_eq!(bench.last().body(), b"answer");
    assert_eq!(bench.take_sent(), ["200 UPDATE"]);
    assert_eq!(bench.take_events(), ["Reoffered true"]);
    bench.pass_ms(60_000);
    assert_eq!(bench.take_sent(), [""; 0], "no ACK is waited for");
}

#[test]
fn an_offer_that_waits_ends_with_its_session() {
    for ours in [true, false] {
        let mut bench = Bench::new();
        let (session, tag) = bench.talking();
        bench.hear(&Request::within("INVITE", &tag, 2).body(TYPE, OFFER).text());
        if ours {
            bench.order(Command::Bye { session, cause: None });
            bench.answer("BYE", 200, "", "", "");
            assert_eq!(bench.take_sent(), ["487 INVITE", "BYE"]);
        } else {
            bench.hear(&Request::within("BYE", &tag, 3).text());
            assert_eq!(bench.take_sent(), ["200 BYE", "487 INVITE"]);
        }
        assert_eq!(bench.take_events().len(), 2);
        bench.expect_empty();
    }
}

#[test]
fn a_reinvite_may_be_called_off() {
    let mut bench = Bench::new();
    let (session, tag) = bench.talking();
    let reinvite = Request::within("INVITE", &tag, 2).body(TYPE, OFFER);
    bench.hear(&reinvite.text());
    bench.hear(&Request::within("CANCEL", &tag, 2).branch("INVITE2").text());
    bench.order(Command::Answer { session, body: Ok("late".into()) });
    assert_eq!(bench.take_sent(), ["200 CANCEL", "487 INVITE"]);
    bench.hear(&Request::within("INVITE", &tag, 3).body(TYPE, OFFER).text());
    assert_eq!(bench.take_events(), ["Reoffered true", "Reoffered true"]);
}

#[test]
fn other_requests_in_a_dialog() {
    let relay = "application/dtmf-relay";
    let within = |method| Request::within(method, "TAG", 2);
    for (request, status, event) in [
        (within("INFO").body(relay, "Signal=5\r\nDuration=160"), 200, "Digit 5"),
        (within("INFO").body(relay, "Duration=160"), 400, ""),
        (within("INFO").body("text/plain", "hello"), 415, ""),
        (within("INFO"), 200, ""),
        (within("OPTIONS"), 200, ""),
        (within("NOTIFY"), 405, ""),
        (within("PRACK").more("RAck: 1 1 INVITE"), 200, ""),
        (within("PRACK").more("RAck: 1 1 INVITE").body(TYPE, OFFER), 491, ""),
        (within("NOTIFY"), 405, ""),
        (within("JUGGLE"), 501, ""),
        (within("INVITE").more("Require: replaces"), 420, ""),
        (within("INVITE").body("text/xml", "<x/>"), 415, ""),
        (within("UPDATE"), 200, ""),
    ] {
        let mut bench = Bench::new();
        let (_, tag) = bench.talking();
        let text = request.text().replace("TAG", &tag);
        bench.hear(&text);
        bench.hear(&text);
        let case = format!("{} {}", request.method, request.more);
        let statuses: Vec<_> = bench.sent.iter().map(|(_, m)| m.status()).collect();
        assert_eq!(statuses, [Some(status); 2], "{case}");
        let expected = if event.is_empty() { vec![] } else { vec![event.to_owned()] };
        assert_eq!(bench.take_events(), expected, "{case}: once");
        assert_eq!(bench.agent.sessions(), 1, "{case}");
    }
}

#[test]
fn our_bye_does_not_wait_for_the_ack_of_a_reinvite() {
    let mut bench = Bench::new();
    let (session, tag) = bench.talking();
    bench.hear(&Request::within("INVITE", &tag, 2).body(TYPE, OFFER).text());
    bench.order(Command::Answer { session, body: Ok("answer".into()) });
    bench.order(Command::Bye { session, cause: None });
    bench.answer("BYE", 200, "", "", "");
    bench.pass_ms(5_000);
    assert_eq!(bench.take_sent(), ["200 INVITE", "BYE"]);
    assert_eq!(bench.take_events(), ["Reoffered true", "Ended ByeAnswered"]);
    bench.expect_empty();
}
