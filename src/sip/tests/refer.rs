//! REFER: transfers by a far end that the agent has dialed (RFC 3515, RFC 4488).

use super::bench::Bench;
use super::bench::OFFER;
use super::bench::Request;
use super::bench::SDP;
use crate::base::LegId;
use crate::sip::Command;
use crate::sip::NoTransfer;
use crate::sip::wire::HeaderName;
use crate::sip::wire::Method;

const TO: &str = "Refer-To: <sip:other@198.51.100.7>";

/// An answered call of the agent; clears the sent messages.
fn answered(bench: &mut Bench) -> LegId {
    let session = bench.dial();
    let more = format!("Contact: <sip:buyer@192.0.2.9:5070>\r\n{SDP}");
    bench.answer("INVITE", 200, "b", &more, "answer");
    assert_eq!(bench.take_events(), ["Answered"]);
    bench.sent.clear();
    session
}

/// A request of the party that the agent has dialed.
fn theirs(bench: &Bench, method: &str, seq: u32) -> Request {
    let invite = bench.dialed.as_ref().expect("an INVITE was sent");
    let of = |name| invite.header(name).unwrap().to_owned();
    Request {
        from: format!("{};tag=b", of(HeaderName::To)),
        call_id: of(HeaderName::CallId),
        to: of(HeaderName::From),
        ..Request::within(method, "", seq)
    }
}

fn value(bench: &Bench, name: HeaderName<'_>) -> String {
    bench.last().header(name).unwrap_or_default().to_owned()
}

fn body(bench: &Bench) -> String {
    String::from_utf8(bench.last().body().to_vec()).unwrap()
}

/// REFER is accepted, 100 is notified, and then what became of it.
#[test]
fn a_transfer_is_accepted_and_its_end_notified() {
    for (status, line) in
        [(200, "200 OK"), (486, "486 Busy Here"), (99, "500 Server Internal Error")]
    {
        let mut bench = Bench::new();
        let session = answered(&mut bench);
        bench.hear(&theirs(&bench, "REFER", 2).more(TO).text());
        assert_eq!(bench.take_events(), ["Referred sip:other@198.51.100.7"]);
        assert_eq!(bench.take_sent(), [""; 0], "the owner decides");
        bench.order(Command::AnswerRefer { session, answer: Ok(()) });
        assert_eq!(body(&bench), "SIP/2.0 100 Trying\r\n");
        assert_eq!(value(&bench, HeaderName::Event), "refer");
        assert_eq!(value(&bench, HeaderName::SubscriptionState), "active;expires=300");
        assert_eq!(value(&bench, HeaderName::ContentType), "message/sipfrag;version=2.0");
        assert_eq!(value(&bench, HeaderName::Contact), "<sip:192.0.2.1:5060>");
        let uri = bench.last().request_uri().unwrap();
        assert_eq!(uri.as_str(), "sip:buyer@192.0.2.9:5070", "within the dialog");
        assert_eq!(bench.take_sent(), ["202 REFER", "NOTIFY"]);
        bench.answer_to("NOTIFY", 200);
        bench.order(Command::ReportRefer { session, status });
        assert_eq!(body(&bench), format!("SIP/2.0 {line}\r\n"));
        assert_eq!(value(&bench, HeaderName::SubscriptionState), "terminated;reason=noresource");
        bench.answer_to("NOTIFY", 200);
        bench.order(Command::ReportRefer { session, status });
        assert_eq!(bench.take_sent(), ["NOTIFY"], "only once");
        assert_eq!(bench.agent.sessions(), 1, "the session goes on");
        bench.order(Command::Bye { session, cause: None });
        bench.answer_to("BYE", 200);
        assert_eq!(bench.take_events(), ["Ended ByeAnswered"]);
        bench.expect_empty();
    }
}

#[test]
fn allow_names_refer_to_the_far_end_that_may_send_it() {
    let mut bench = Bench::new();
    bench.dial();
    assert_eq!(bench.last().allows(&Method::Refer), Some(true), "to a buyer");
    let mut bench = Bench::new();
    answered(&mut bench);
    bench.hear(&theirs(&bench, "OPTIONS", 2).text());
    assert_eq!(bench.last().allows(&Method::Refer), Some(true), "within its dialog");
    bench.hear(&theirs(&bench, "MESSAGE", 3).text());
    assert_eq!(bench.last().allows(&Method::Refer), Some(true), "in a 405");
    let mut bench = Bench::new();
    let (session, _) = bench.invited();
    bench.order(Command::Accept { session, body: "answer".into() });
    assert_eq!(bench.last().allows(&Method::Refer), Some(false), "to a caller");
    bench.hear(&Request::outside("OPTIONS").text());
    assert_eq!(bench.last().allows(&Method::Refer), Some(false), "outside a dialog");
}

/// RFC 4488: the far end does not want to know.
#[test]
fn a_far_end_may_do_without_notifications() {
    for more in ["Refer-Sub: false", "refer-sub: FALSE\r\nRequire: norefersub"] {
        let mut bench = Bench::new();
        let session = answered(&mut bench);
        bench.hear(&theirs(&bench, "REFER", 2).more(TO).more(more).text());
        bench.order(Command::AnswerRefer { session, answer: Ok(()) });
        assert_eq!(value(&bench, HeaderName::Other("Refer-Sub")), "false");
        bench.order(Command::ReportRefer { session, status: 200 });
        assert_eq!(bench.take_sent(), ["202 REFER"], "{more}");
    }
    let mut bench = Bench::new();
    let session = answered(&mut bench);
    bench.hear(&theirs(&bench, "REFER", 2).more(TO).more("Refer-Sub: true").text());
    bench.order(Command::AnswerRefer { session, answer: Ok(()) });
    assert_eq!(bench.take_sent(), ["202 REFER", "NOTIFY"]);
}

#[test]
fn what_is_no_blind_transfer_is_refused() {
    let replaces = "Refer-To: <sip:x@198.51.100.7?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>";
    for (more, status, reason) in [
        ("", 400, ""),
        ("Refer-To:", 400, ""),
        ("Refer-To: nonsense", 400, ""),
        ("Refer-To: <sip:>", 400, ""),
        ("Refer-To: <sip:a@198.51.100.7>, <sip:b@198.51.100.7>", 400, ""),
        ("Refer-To: <sip:a@198.51.100.7>\r\nr: <sip:a@198.51.100.7>", 400, ""),
        (replaces, 403, "attended transfers are not supported"),
        ("r: <sip:x@198.51.100.7?a=b&REPLACES=c>", 403, "attended transfers are not supported"),
        ("Refer-To: <sip:x@198.51.100.7;method=BYE>", 403, "only calls can be transferred"),
        ("Refer-To: <sip:a@198.51.100.7>\r\nRequire: replaces", 420, ""),
    ] {
        let mut bench = Bench::new();
        answered(&mut bench);
        bench.hear(&theirs(&bench, "REFER", 2).more(more).text());
        assert_eq!(bench.last().status(), Some(status), "{more}");
        let expected = match reason {
            "" => String::new(),
            reason => format!("SIP;cause=403;text=\"{reason}\""),
        };
        assert_eq!(value(&bench, HeaderName::Reason), expected, "{more}");
        assert_eq!(bench.take_events(), [""; 0], "{more}");
        assert_eq!(bench.agent.sessions(), 1, "{more}");
    }
}

/// A caller, a phone that still rings, and one whose earlier request is not answered yet.
#[test]
fn who_may_not_transfer_now_gets_the_reason() {
    let reason = |bench: &Bench| {
        let reason = value(bench, HeaderName::Reason);
        (bench.last().status(), reason.split('"').nth(1).unwrap_or_default().to_owned())
    };
    let refused = |why: NoTransfer| (Some(403), why.text().to_owned());
    let mut bench = Bench::new();
    let (_, tag) = bench.talking();
    bench.hear(&Request::within("REFER", &tag, 2).more(TO).text());
    assert_eq!(reason(&bench), refused(NoTransfer::ByCaller));
    let mut bench = Bench::new();
    let (_, tag) = bench.invited();
    bench.hear(&Request::within("REFER", &tag, 2).more(TO).text());
    assert_eq!(reason(&bench), refused(NoTransfer::ByCaller));
    let mut bench = Bench::new();
    bench.dial();
    bench.answer("INVITE", 180, "b", "Contact: <sip:buyer@192.0.2.9:5070>\r\n", "");
    bench.hear(&theirs(&bench, "REFER", 2).more(TO).text());
    assert_eq!(reason(&bench), refused(NoTransfer::NotConnected));
    let mut bench = Bench::new();
    let session = answered(&mut bench);
    bench.hear(&theirs(&bench, "REFER", 2).more(TO).text());
    bench.hear(&theirs(&bench, "REFER", 3).more(TO).text());
    assert_eq!(reason(&bench), refused(NoTransfer::InProgress));
    bench.order(Command::AnswerRefer { session, answer: Err(NoTransfer::UnknownDestination) });
    assert_eq!(reason(&bench), refused(NoTransfer::UnknownDestination));
    assert_eq!(bench.take_sent(), ["403 REFER", "403 REFER"]);
    assert_eq!(bench.agent.sessions(), 1);
}

/// The texts stand in quoted strings.
#[test]
fn reasons_are_quotable() {
    for why in NoTransfer::ALL {
        assert!(why.text().bytes().all(|b| b == b' ' || b.is_ascii_alphanumeric()), "{why:?}");
    }
}

/// pjproject #1647: a second transfer after one that failed is one of its own, and its notifications
/// name their REFER (RFC 3515 §2.4.6).
#[test]
fn a_second_transfer_is_distinct_from_the_first() {
    let mut bench = Bench::new();
    let session = answered(&mut bench);
    bench.hear(&theirs(&bench, "REFER", 2).more(TO).text());
    bench.order(Command::AnswerRefer { session, answer: Ok(()) });
    bench.answer_to("NOTIFY", 200);
    bench.order(Command::ReportRefer { session, status: 603 });
    bench.hear(&theirs(&bench, "REFER", 7).more(TO).text());
    bench.order(Command::AnswerRefer { session, answer: Ok(()) });
    assert_eq!(value(&bench, HeaderName::Event), "refer;id=7");
    // The refusal of the first one's last NOTIFY says nothing of the second.
    bench.sent.pop();
    bench.answer("NOTIFY", 481, "", "", "");
    bench.order(Command::ReportRefer { session, status: 200 });
    assert_eq!(body(&bench), "SIP/2.0 200 OK\r\n");
    assert_eq!(value(&bench, HeaderName::Event), "refer;id=7");
}

/// FreeSWITCH #1110, JsSIP #556: a NOTIFY that is refused, or never answered, ends the notifications. The
/// session goes on until its BYE.
#[test]
fn a_refused_notify_ends_the_notifications_and_not_the_session() {
    for status in [481, 405, 489, 501, 0] {
        let mut bench = Bench::new();
        let session = answered(&mut bench);
        bench.hear(&theirs(&bench, "REFER", 2).more(TO).text());
        bench.order(Command::AnswerRefer { session, answer: Ok(()) });
        match status {
            0 => bench.pass_ms(32_000),
            status => bench.answer_to("NOTIFY", status),
        }
        bench.sent.clear();
        bench.order(Command::ReportRefer { session, status: 200 });
        assert_eq!(bench.take_sent(), [""; 0], "{status}");
        bench.hear(&theirs(&bench, "INVITE", 3).body("application/sdp", OFFER).text());
        assert_eq!(
            bench.take_events(),
            ["Referred sip:other@198.51.100.7", "Reoffered true"],
            "{status}: the call goes on"
        );
    }
}

/// JsSIP #879: some phones hang up as soon as REFER is accepted.
#[test]
fn a_bye_during_the_transfer_ends_its_notifications() {
    let mut bench = Bench::new();
    let session = answered(&mut bench);
    bench.hear(&theirs(&bench, "REFER", 2).more(TO).text());
    bench.order(Command::AnswerRefer { session, answer: Ok(()) });
    bench.hear(&theirs(&bench, "BYE", 3).text());
    bench.order(Command::ReportRefer { session, status: 200 });
    bench.answer_to("NOTIFY", 481);
    assert_eq!(bench.take_sent(), ["202 REFER", "NOTIFY", "200 BYE"]);
    assert_eq!(bench.take_events(), ["Referred sip:other@198.51.100.7", "Ended Bye"]);
    bench.expect_empty();
}

/// A REFER that waits for the owner's answer is answered when the session ends, whoever ends it.
#[test]
fn a_refer_is_answered_when_its_session_ends() {
    for by_us in [true, false] {
        let mut bench = Bench::new();
        let session = answered(&mut bench);
        bench.hear(&theirs(&bench, "REFER", 2).more(TO).text());
        if by_us {
            bench.order(Command::Bye { session, cause: None });
            assert_eq!(bench.take_sent(), ["487 REFER", "BYE"]);
        } else {
            bench.hear(&theirs(&bench, "BYE", 3).text());
            assert_eq!(bench.take_sent(), ["200 BYE", "487 REFER"]);
        }
        bench.order(Command::AnswerRefer { session, answer: Ok(()) });
        assert_eq!(bench.take_sent(), [""; 0], "it is too late");
    }
}
