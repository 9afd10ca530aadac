//! Outgoing calls.

use super::bench::Bench;
use super::bench::Request;
use super::bench::SDP;
use super::bench::dial;
use super::bench::far;
use super::bench::reply;
use crate::base::Prack;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Event;
use crate::sip::Input;
use crate::sip::session::EARLY_ANSWER_MAX;
use crate::sip::wire::HeaderName;

const CONTACT: &str = "Contact: <sip:buyer@192.0.2.77:5080>\r\n";

#[test]
fn an_invite_has_what_it_needs() {
    let mut bench = Bench::new();
    bench.dial();
    let invite = bench.last();
    for (name, value) in [
        (HeaderName::MaxForwards, "70"),
        (HeaderName::Contact, "<sip:192.0.2.1:5060>"),
        (HeaderName::From, "\"Ann\" <sip:+13055550123@192.0.2.1>;tag=0000000000000abc"),
        (HeaderName::To, "<sip:buyer@192.0.2.9>"),
        (HeaderName::Other("X-Campaign"), "7  Evil: 1"),
        (HeaderName::ContentType, "application/sdp"),
    ] {
        assert_eq!(invite.header(name), Some(value), "{name:?}");
    }
    assert_eq!(invite.top_via().unwrap().rport, Some(None));
    assert!(invite.top_via().unwrap().unique_branch().is_some());
    assert_eq!(invite.request_uri().unwrap().as_str(), "sip:buyer@192.0.2.9");
    assert!(invite.header(HeaderName::Allow).is_some_and(|allow| allow.contains("INVITE")));
}

#[test]
fn what_the_agent_writes_itself_cannot_be_overwritten() {
    let mut bench = Bench::new();
    let mut order = dial(crate::base::LegId(5), far());
    for (name, value) in [("Via", "x"), ("CSeq", "9 BYE"), ("max-forwards", "3"), ("k", "timer")] {
        order.headers.push((name.to_owned(), value.to_owned()));
    }
    bench.order(Command::Dial(Box::new(order.clone())));
    let invite = bench.last();
    assert_eq!(invite.headers(HeaderName::Via).count(), 1);
    assert_eq!(invite.headers(HeaderName::Cseq).count(), 1);
    assert_eq!(invite.max_forwards(), Ok(Some(70)));
    bench.order(Command::Dial(Box::new(order.clone())));
    assert_eq!(bench.take_sent(), ["INVITE"], "the session id is in use");
    for from in ["unreadable", "<sip:a@h>;tag=theirs", ""] {
        order.session = crate::base::LegId(6);
        order.from = from.to_owned();
        bench.order(Command::Dial(Box::new(order.clone())));
        assert_eq!(bench.take_events(), ["Refused Status(400)"], "{from}");
    }
    assert_eq!(bench.agent.sessions(), 1);
}

#[test]
fn a_call_is_dialled_answered_and_hung_up() {
    let mut bench = Bench::new();
    let session = bench.dial();
    bench.answer("INVITE", 100, "", "", "");
    bench.answer("INVITE", 180, "b", "", "");
    bench.answer("INVITE", 200, "b", CONTACT, "answer");
    assert_eq!(bench.take_events(), ["Ringing 180", "Answered"]);
    let (to, ack) = bench.sent.last().unwrap();
    assert_eq!(to.remote, ([192, 0, 2, 77], 5080).into());
    assert_eq!(ack.request_uri().unwrap().as_str(), "sip:buyer@192.0.2.77:5080");
    assert_eq!(ack.to().unwrap().tag, Some("b"));
    assert_eq!(ack.cseq().unwrap().0, bench.sent[0].1.cseq().unwrap().0);
    assert_ne!(ack.top_via().unwrap().branch, bench.sent[0].1.top_via().unwrap().branch);
    let first = ack.bytes().clone();
    bench.answer("INVITE", 200, "b", CONTACT, "answer");
    assert_eq!(bench.last().bytes(), &first, "a copy of the 200 gets the same ACK");
    bench.order(Command::Bye { session, cause: None });
    let bye = bench.last();
    assert_eq!(bye.cseq().unwrap().0, bench.sent[0].1.cseq().unwrap().0 + 1);
    assert_eq!(bench.take_events(), [""; 0], "not before the BYE is answered");
    bench.answer("BYE", 200, "", "", "");
    assert_eq!(bench.take_sent(), ["INVITE", "ACK", "ACK", "BYE"]);
    assert_eq!(bench.take_events(), ["Ended ByeAnswered"]);
    bench.expect_empty();
}

/// Returns the SDP of the only answer so far.
fn answered(bench: &mut Bench) -> Option<String> {
    let mut bodies = bench.events.drain(..).filter_map(|event| match event {
        Event::Answered { body, .. } => Some(body),
        _ => None,
    });
    let body = bodies.next().expect("an answer");
    body.map(|body| String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn what_was_answered_while_ringing_counts_when_the_200_is_empty() {
    let reliable = format!("{SDP}Require: 100rel\r\nRSeq: 1\r\n");
    let early = |status, tag, body| (status, tag, SDP, body);
    for (provisional, answer, expected) in [
        (&[early(183, "b", "first")][..], "", Some("first")),
        (&[early(180, "b", "first")], "", Some("first")),
        (&[early(182, "b", "first")], "", Some("first")),
        (&[(183, "b", &*reliable, "first")], "", Some("first")),
        (&[early(183, "b", "first"), early(180, "b", "")], "", Some("first")),
        (&[early(180, "b", ""), early(183, "b", "first")], "", Some("first")),
        (&[early(183, "b", "first"), early(183, "b", "second")], "", Some("second")),
        // The 200 may name other ports than the 183.
        (&[early(183, "b", "first")], "last", Some("last")),
        // Another phone of the same number has answered.
        (&[early(183, "c", "first")], "", None),
        (&[early(183, "c", "theirs"), early(183, "b", "first")], "", Some("first")),
        (&[early(180, "b", "")], "", None),
        (&[], "", None),
    ] {
        let mut bench = Bench::new();
        bench.dial();
        for (status, tag, more, body) in provisional {
            bench.answer("INVITE", *status, tag, more, body);
        }
        bench.answer("INVITE", 200, "b", &format!("{CONTACT}{SDP}"), answer);
        assert_eq!(answered(&mut bench).as_deref(), expected, "{provisional:?} {answer}");
        let sent = bench.take_sent();
        assert!(!sent.contains(&"BYE".to_owned()) && sent.ends_with(&["ACK".to_owned()]));
    }
}

#[test]
fn a_description_that_is_too_long_is_not_kept_while_it_rings() {
    for (length, is_kept) in [(EARLY_ANSWER_MAX, true), (EARLY_ANSWER_MAX + 1, false)] {
        let mut bench = Bench::new();
        bench.dial();
        bench.answer("INVITE", 183, "b", SDP, &"x".repeat(length));
        bench.answer("INVITE", 200, "b", CONTACT, "");
        assert_eq!(answered(&mut bench).is_some(), is_kept, "{length}");
    }
}

#[test]
fn an_invite_without_response_is_repeated_and_given_up() {
    let mut bench = Bench::new();
    bench.dial();
    // 0.5, 1.5, 3.5 s: T1, doubling.
    bench.pass_ms(3_999);
    assert_eq!(bench.take_sent(), ["INVITE"; 4]);
    assert_eq!(bench.take_events(), [""; 0]);
    bench.pass_ms(1);
    assert_eq!(bench.take_events(), ["Refused Timeout"]);
    bench.expect_empty();
    assert_eq!(bench.take_sent(), [""; 0]);
}

#[test]
fn a_provisional_response_stops_the_copies() {
    let mut bench = Bench::new();
    bench.dial();
    bench.answer("INVITE", 100, "", "", "");
    bench.pass_ms(100_000);
    assert_eq!(bench.take_sent(), ["INVITE"]);
    assert_eq!(bench.agent.sessions(), 1);
}

#[test]
fn refusals_are_acknowledged_each_time_and_reported_once() {
    for status in [302, 401, 407, 486, 503, 603] {
        let mut bench = Bench::new();
        bench.dial();
        bench.answer("INVITE", status, "b", "", "");
        let (invite, ack) = (&bench.sent[0].1, &bench.sent[1].1);
        assert_eq!(ack.top_via(), invite.top_via());
        assert_eq!(ack.request_uri(), invite.request_uri());
        assert_eq!(ack.to().unwrap().tag, Some("b"));
        assert_eq!(ack.header(HeaderName::From), invite.header(HeaderName::From));
        bench.answer("INVITE", status, "b", "", "");
        bench.answer("INVITE", 200, "b", CONTACT, "");
        assert_eq!(bench.take_sent(), ["INVITE", "ACK", "ACK"]);
        assert_eq!(bench.take_events(), [format!("Refused Status({status})")]);
        bench.expect_empty();
    }
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    for provisional in [100, 180] {
        let mut bench = Bench::new();
        let session = bench.dial();
        bench.order(Command::Cancel { session, why: CancelWhy::CompletedElsewhere });
        bench.order(Command::Cancel { session, why: CancelWhy::Plain });
        assert_eq!(bench.take_sent().len(), 1);
        bench.pass_ms(500);
        bench.answer("INVITE", provisional, "b", "", "");
        let (invite, cancel) = (&bench.sent[0].1, &bench.sent[1].1);
        assert_eq!(cancel.top_via(), invite.top_via());
        assert_eq!(cancel.request_uri(), invite.request_uri());
        assert_eq!(cancel.cseq().unwrap().0, invite.cseq().unwrap().0);
        for name in [HeaderName::To, HeaderName::From, HeaderName::CallId] {
            assert_eq!(cancel.header(name), invite.header(name));
        }
        let reason = "SIP;cause=200;text=\"Call completed elsewhere\"";
        assert_eq!(cancel.header(HeaderName::Reason), Some(reason));
        bench.answer("CANCEL", 200, "b", "", "");
        bench.answer("INVITE", 487, "b", "", "");
        assert_eq!(bench.take_sent(), ["INVITE", "CANCEL", "ACK"]);
        assert_eq!(bench.take_events(), ["Refused Canceled"]);
        bench.expect_empty();
        assert_eq!(bench.take_sent(), [""; 0]);
    }
}

#[test]
fn an_answer_that_crosses_our_cancel_is_hung_up() {
    for provisional in [true, false] {
        let mut bench = Bench::new();
        let session = bench.dial();
        if provisional {
            bench.answer("INVITE", 180, "b", "", "");
        }
        bench.order(Command::Cancel { session, why: CancelWhy::Plain });
        bench.answer("INVITE", 200, "b", CONTACT, "answer");
        bench.answer("BYE", 200, "", "", "");
        bench.answer("INVITE", 200, "b", CONTACT, "answer");
        let expected: &[&str] = if provisional {
            &["INVITE", "CANCEL", "ACK", "BYE", "ACK"]
        } else {
            &["INVITE", "ACK", "BYE", "ACK"]
        };
        assert_eq!(bench.take_sent(), expected);
        let events = bench.take_events();
        assert_eq!(events.last().map(String::as_str), Some("Refused AnsweredLate"));
        bench.expect_empty();
        assert_eq!(bench.take_events(), [""; 0]);
    }
}

#[test]
fn a_cancel_that_nothing_answers_ends_after_64_t1() {
    let mut bench = Bench::new();
    let session = bench.dial();
    bench.answer("INVITE", 180, "b", "", "");
    bench.order(Command::Cancel { session, why: CancelWhy::Plain });
    bench.pass_ms(31_999);
    assert_eq!(bench.take_events(), ["Ringing 180"]);
    bench.pass_ms(1);
    assert_eq!(bench.take_events(), ["Refused Canceled"]);
    bench.expect_empty();
    // Without any response, timer B ends it.
    let session = bench.dial();
    bench.order(Command::Cancel { session, why: CancelWhy::Plain });
    bench.pass_ms(4_000);
    assert_eq!(bench.take_events(), ["Refused Canceled"]);
    bench.expect_empty();
}

#[test]
fn a_refusal_that_crosses_our_cancel_keeps_its_status() {
    let mut bench = Bench::new();
    let session = bench.dial();
    bench.answer("INVITE", 180, "b", "", "");
    bench.order(Command::Cancel { session, why: CancelWhy::Plain });
    bench.answer("INVITE", 486, "b", "", "");
    assert_eq!(bench.take_events(), ["Ringing 180", "Refused Status(486)"]);
    bench.expect_empty();
}

#[test]
fn the_first_fork_wins_and_others_are_hung_up() {
    let mut bench = Bench::new();
    bench.dial();
    bench.answer("INVITE", 180, "b", "", "");
    bench.answer("INVITE", 183, "c", "", "early");
    bench.answer("INVITE", 200, "c", CONTACT, "answer");
    bench.answer("INVITE", 200, "b", "Contact: <sip:192.0.2.78>\r\n", "answer");
    let (to, bye) = bench.sent.last().unwrap();
    assert_eq!((to.remote, bye.to().unwrap().tag), (([192, 0, 2, 78], 5060).into(), Some("b")));
    bench.answer("BYE", 200, "", "", "");
    bench.answer("INVITE", 200, "b", "Contact: <sip:192.0.2.78>\r\n", "answer");
    assert_eq!(bench.take_sent(), ["INVITE", "ACK", "ACK", "BYE", "ACK"]);
    assert_eq!(bench.take_events(), ["Ringing 180", "Ringing 183", "Answered"]);
    assert_eq!(bench.agent.counters().forks, 1);
    assert_eq!(bench.agent.sessions(), 1);
}

#[test]
fn a_bye_is_repeated_and_given_up() {
    let mut bench = Bench::new();
    let (session, _) = bench.talking();
    bench.order(Command::Bye { session, cause: None });
    // 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s: T1, doubling up to T2.
    bench.pass_ms(31_999);
    assert_eq!(bench.take_sent(), ["BYE"; 11]);
    bench.pass_ms(1);
    assert_eq!(bench.take_events(), ["Ended Lost"]);
    bench.expect_empty();
}

/// The far end of a held call is asked within the dialog (RFC 3261 §11, §12.2.1.2).
#[test]
fn options_show_whether_a_far_end_is_there() {
    for (status, event) in
        [(200, "Alive"), (404, "Alive"), (501, "Alive"), (408, "Ended Lost"), (481, "Ended Lost")]
    {
        let mut bench = Bench::new();
        let (session, _) = bench.talking();
        bench.order(Command::Probe { session });
        bench.order(Command::Probe { session });
        bench.answer("OPTIONS", status, "", "", "");
        assert_eq!(bench.take_events(), [event], "{status}");
        // One OPTIONS at a time.
        let sent: &[&str] = if event == "Alive" { &["OPTIONS"] } else { &["OPTIONS", "BYE"] };
        assert_eq!(bench.take_sent(), sent, "{status}");
    }
}

#[test]
fn options_without_an_answer_end_the_session() {
    let mut bench = Bench::new();
    let (session, _) = bench.talking();
    bench.order(Command::Probe { session });
    bench.pass_ms(31_999);
    assert!(bench.take_events().is_empty());
    bench.pass_ms(1);
    assert_eq!(bench.take_events(), ["Ended Lost"]);
    assert_eq!(bench.take_sent().last().map(String::as_str), Some("BYE"));
}

#[test]
fn a_bye_takes_the_number_after_options() {
    let mut bench = Bench::new();
    let (session, _) = bench.talking();
    bench.order(Command::Probe { session });
    bench.order(Command::Bye { session, cause: None });
    bench.answer("OPTIONS", 481, "", "", "");
    bench.answer("BYE", 200, "", "", "");
    assert_eq!(bench.take_events(), ["Ended ByeAnswered"]);
    bench.expect_empty();
}

#[test]
fn a_bye_that_is_being_worked_on_is_repeated_slowly() {
    let mut bench = Bench::new();
    let (session, _) = bench.talking();
    bench.order(Command::Bye { session, cause: None });
    bench.answer("BYE", 100, "", "", "");
    bench.pass_ms(8_600); // 0.5, 4.5, 8.5 s: from the next copy on every T2.
    assert_eq!(bench.take_sent(), ["BYE"; 4]);
}

#[test]
fn a_bye_ends_by_its_response() {
    for (status, how) in [
        (200, "Ended ByeAnswered"),
        (500, "Ended ByeAnswered"),
        (408, "Ended Lost"),
        (481, "Ended Lost"),
    ] {
        let mut bench = Bench::new();
        let (session, _) = bench.talking();
        bench.order(Command::Bye { session, cause: None });
        bench.answer("BYE", 100, "", "", "");
        assert_eq!(bench.take_events(), [""; 0]);
        bench.answer("BYE", status, "", "", "");
        bench.answer("BYE", status, "", "", "");
        assert_eq!(bench.take_events(), [how]);
        bench.expect_empty();
    }
}

#[test]
fn both_may_hang_up_at_once() {
    let mut bench = Bench::new();
    let (session, tag) = bench.talking();
    bench.order(Command::Bye { session, cause: None });
    bench.hear(&Request::within("BYE", &tag, 2).text());
    bench.answer("BYE", 200, "", "", "");
    assert_eq!(bench.take_sent(), ["BYE", "200 BYE"]);
    assert_eq!(bench.take_events(), ["Ended ByeAnswered"]);
    bench.expect_empty();
}

#[test]
fn a_bye_that_overtakes_its_answer_ends_the_call() {
    let mut bench = Bench::new();
    let session = bench.dial();
    bench.answer("INVITE", 180, "b", "", "");
    let invite = bench.sent[0].1.clone();
    let mut bye = Request::within("BYE", &session.to_string(), 1);
    bye.call_id = invite.call_id().unwrap().to_owned();
    bye.from = "<sip:buyer@192.0.2.9>;tag=b".to_owned();
    let other_call = Request { call_id: "other".to_owned(), ..bye.clone() }.branch("other-call");
    let other_fork = bye.text().replace(";tag=b", ";tag=c").replace("BYE1", "BYE2");
    for wrong in [other_call.text(), other_fork] {
        bench.hear(&wrong);
    }
    bench.hear(&bye.text());
    bench.hear(&reply(&invite, 200, "b", CONTACT, "answer"));
    assert_eq!(bench.take_sent(), ["INVITE", "481 BYE", "481 BYE", "200 BYE", "ACK"]);
    assert_eq!(bench.take_events(), ["Ringing 180", "Answered", "Ended Bye"]);
    bench.expect_empty();
}

#[test]
fn what_cannot_be_delivered_is_reported_at_once() {
    let mut bench = Bench::new();
    bench.dial();
    let mut elsewhere = far();
    elsewhere.remote.set_port(9);
    bench.handle(Input::Unreachable { peer: elsewhere });
    assert_eq!(bench.take_events(), [""; 0]);
    bench.handle(Input::Unreachable { peer: far() });
    assert_eq!(bench.take_events(), ["Refused Unreachable"]);
    bench.expect_empty();
}

#[test]
fn commands_that_do_not_fit_change_nothing() {
    let mut bench = Bench::new();
    let session = bench.dial();
    let body = || "x".into();
    for command in [
        Command::Ring { session, status: 180, body: None, prack: Prack::Auto },
        Command::Accept { session, body: body() },
        Command::Reject { session, declined: Declined::plain(486), retry_after: None },
        Command::Bye { session, cause: None },
        Command::Answer { session, body: Ok(body()) },
        Command::Cancel { session: crate::base::LegId(1), why: CancelWhy::Plain },
        Command::Bye { session: crate::base::LegId(1), cause: None },
    ] {
        bench.order(command);
    }
    assert_eq!(bench.take_sent(), ["INVITE"]);
    assert_eq!(bench.take_events(), [""; 0]);
}

#[test]
fn a_cancel_that_crosses_the_news_of_the_answer_hangs_up() {
    let mut bench = Bench::new();
    let session = bench.dial();
    bench.answer("INVITE", 200, "b", CONTACT, "answer");
    bench.order(Command::Cancel { session, why: CancelWhy::Plain });
    bench.answer("BYE", 200, "", "", "");
    assert_eq!(bench.take_sent(), ["INVITE", "ACK", "BYE"]);
    assert_eq!(bench.take_events(), ["Answered", "Ended ByeAnswered"]);
    bench.expect_empty();
}

#[test]
fn an_early_dialog_keeps_its_order_when_it_is_answered() {
    let mut bench = Bench::new();
    let session = bench.dial();
    bench.answer("INVITE", 183, "b", "", "early");
    let invite = bench.sent[0].1.clone();
    let info = |seq: u32| {
        let request = Request::within("INFO", &session.to_string(), seq);
        let from = "<sip:buyer@192.0.2.9>;tag=b".to_owned();
        let call_id = invite.call_id().unwrap().to_owned();
        Request { from, call_id, ..request }.body("application/dtmf", "7").text()
    };
    bench.hear(&info(5));
    bench.hear(&info(4));
    bench.hear(&reply(&invite, 200, "b", CONTACT, "answer"));
    bench.hear(&info(3));
    bench.hear(&info(6));
    let expected = ["INVITE", "200 INFO", "500 INFO", "ACK", "500 INFO", "200 INFO"];
    assert_eq!(bench.take_sent(), expected);
    assert_eq!(bench.take_events(), ["Ringing 183", "Digit 7", "Answered", "Digit 7"]);
}

#[test]
fn an_offer_of_the_callee_before_its_answer_is_491() {
    let mut bench = Bench::new();
    let session = bench.dial();
    bench.answer("INVITE", 183, "b", "", "early");
    let update = Request::within("UPDATE", &session.to_string(), 1);
    let from = "<sip:buyer@192.0.2.9>;tag=b".to_owned();
    let call_id = bench.sent[0].1.call_id().unwrap().to_owned();
    let update = Request { from, call_id, ..update };
    bench.hear(&update.clone().body("application/sdp", "v=0").text());
    bench.hear(&Request { seq: "2 UPDATE".to_owned(), ..update }.branch("second").text());
    assert_eq!(bench.take_sent(), ["INVITE", "491 UPDATE", "200 UPDATE"]);
}

#[test]
fn a_bye_that_cannot_be_delivered_ends_the_call() {
    let mut bench = Bench::new();
    let (session, _) = bench.talking();
    bench.order(Command::Bye { session, cause: None });
    let peer = bench.sent[0].0;
    bench.handle(Input::Unreachable { peer });
    assert_eq!(bench.take_events(), ["Ended Lost"]);
    bench.expect_empty();
}

#[test]
fn a_redirection_names_its_addresses_and_is_not_followed() {
    for (contacts, expected) in [
        ("Contact: <sip:a@h>\r\n", "Redirected 302 sip:a@h"),
        (
            "m: <sip:a@h>;q=0.2, <sip:b@h>;q=0.7\r\nContact: <tel:+1305>\r\n",
            "Redirected 302 tel:+1305 sip:b@h sip:a@h",
        ),
        ("", "Refused Status(302)"),
        ("Contact: *\r\n", "Refused Status(302)"),
    ] {
        let mut bench = Bench::new();
        bench.dial();
        bench.answer("INVITE", 302, "b", contacts, "");
        assert_eq!(bench.take_events(), [expected], "{contacts}");
        assert_eq!(bench.take_sent(), ["INVITE", "ACK"]);
        bench.expect_empty();
    }
}
