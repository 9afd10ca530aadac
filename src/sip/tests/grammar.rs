//! Headers as gear writes them: legal ones that look odd, and responses that are partly broken.

use super::bench::Bench;
use super::bench::Request;
use super::bench::reply;
use crate::sip::Command;
use crate::sip::wire::HeaderName;

/// A Contact without `<>`, with brackets in a parameter's quotes, as an IMS core writes it.
const IMS_CONTACT: &str = "Contact: sip:xpto@192.0.2.77:5080;+sip.instance=\"<urn:gsma:imei:\
    ABCDEF-GHIJKL-M>\";+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims\";audio\r\n";

#[test]
fn a_contact_with_quoted_brackets_is_the_target_on_both_legs() {
    let mut bench = Bench::new();
    let contact = "Contact: <sip:caller@192.0.2.9:5070>\r\n";
    bench.hear(&Request::invite().text().replace(contact, IMS_CONTACT));
    let session = bench.incoming();
    bench.order(Command::Accept { session, body: "answer".into() });
    bench.hear(&Request::within("ACK", &session.to_string(), 1).branch("ack").text());
    bench.order(Command::Bye { session, cause: None });
    assert_eq!(bench.last().request_uri().unwrap().as_str(), "sip:xpto@192.0.2.77:5080");

    let mut bench = Bench::new();
    bench.dial();
    bench.answer("INVITE", 200, "b", IMS_CONTACT, "answer");
    assert_eq!(bench.take_events(), ["Answered"]);
    let (to, ack) = bench.sent.last().unwrap();
    assert_eq!(ack.request_uri().unwrap().as_str(), "sip:xpto@192.0.2.77:5080");
    assert_eq!(to.remote, ([192, 0, 2, 77], 5080).into());
    assert!(bench.logged.is_empty(), "{:?}", bench.logged);
}

/// A phone that has answered is off the hook: what it says is acknowledged, and it can be hung up.
#[test]
fn a_response_that_cannot_be_read_in_part_is_acknowledged_and_logged() {
    let to = "To: <sip:buyer@192.0.2.9>;tag=b";
    let contact = "Contact: <sip:buyer@192.0.2.77:5080>\r\n";
    for (what, with, heard) in [
        (contact, "Contact: \"open <sip:x>\r\n", "Contact: no closing quote"),
        (contact, "Contact: <sip:x@h;a=\"b\">\r\n", "Contact: white space"),
        (contact, "Contact: buyer@192.0.2.77\r\n", "Contact: "),
        (contact, "Record-Route: <sip:p;lr\r\n", "Record-Route: no closing >"),
        (contact, "Session-Expires: 90\r\nSession-Expires: 90\r\n", "Session-Expires appears"),
        (contact, "Expires: soon\r\n", "Expires: not a number"),
        (contact, "Max-Forwards: x\r\n", "Max-Forwards: "),
        (contact, "Foobar roobar\r\n", "line 7 is not a header"),
        (to, "To: \"open <sip:buyer@192.0.2.9>;tag=b", "To: no closing quote"),
        (to, "To: buyer@192.0.2.9;tag=b", "To: "),
        (to, "To: <sip:buyer@192.0.2.9>;tag=b;", "To: a parameter without a name"),
        ("From: \"Ann\" <", "From: \"Ann <", "From: no closing quote"),
        ("From:", "X-From:", "From is missing"),
        ("Call-ID:", "X-Call-ID:", "Call-ID is missing"),
        ("CSeq: ", "CSeq: 9999999999", "CSeq: "),
        (";rport", ";rport=", "Via: a parameter's value"),
        (";rport", ";rport=x", "Via: rport is not a port"),
        ("Content-Length: 6", "Content-Length: 9999", "Content-Length is 9999"),
        ("Content-Length: 6", "Content-Length: six", "Content-Length is not a number"),
    ] {
        for status in [183, 200, 486] {
            let mut bench = Bench::new();
            let session = bench.dial();
            let invite = bench.sent[0].1.clone();
            let good = reply(&invite, status, "b", contact, "answer");
            assert!(good.contains(what), "{what}: {good}");
            bench.hear(&good.replacen(what, with, 1));
            let case = format!("{with} in {status}");
            let said = bench.logged.concat();
            assert!(said.starts_with(heard), "{case}: {said}");
            match status {
                183 => assert_eq!(bench.take_events(), ["Ringing 183"], "{case}"),
                200 => {
                    assert_eq!(bench.take_sent(), ["INVITE", "ACK"], "{case}");
                    assert_eq!(bench.take_events(), ["Answered"], "{case}");
                    bench.order(Command::Bye { session, cause: None });
                    let bye = bench.last();
                    assert_eq!(bye.to_tag(), Some("b"), "{case}");
                    assert_eq!(bye.call_id(), invite.call_id(), "{case}");
                    assert_eq!(bye.header(HeaderName::From), invite.header(HeaderName::From));
                }
                _ => {
                    assert_eq!(bench.take_sent(), ["INVITE", "ACK"], "{case}");
                    assert_eq!(bench.take_events(), ["Refused Status(486)"], "{case}");
                }
            }
        }
    }
}

/// What does not belong to one of our requests is logged and changes nothing.
#[test]
fn a_broken_response_of_another_is_dropped() {
    let mut bench = Bench::new();
    bench.dial();
    let invite = bench.sent[0].1.clone();
    let good = reply(&invite, 200, "b", "", "answer");
    let branch = invite.top_via().unwrap().branch.unwrap().to_owned();
    for (what, with) in [(&*branch, "z9hG4bK0000000000000000"), ("CSeq:", "X:")] {
        bench.hear(&good.replacen(what, with, 1).replacen(";rport", ";rport=", 1));
    }
    assert_eq!(bench.take_events(), [""; 0]);
    assert_eq!(bench.agent.counters().unmatched_responses, 2);
    assert_eq!(bench.logged.len(), 2);
}

#[test]
fn a_request_that_cannot_be_read_is_answered_and_logged() {
    let contact = "Contact: <sip:caller@192.0.2.9:5070>";
    for (what, with) in [
        (contact, "Contact: \"open <sip:x>"),
        ("From: <", "From: \"open <"),
        (";rport", ";rport=x"),
        ("CSeq: 1", "CSeq: x"),
    ] {
        let mut bench = Bench::new();
        bench.hear(&Request::invite().text().replacen(what, with, 1));
        assert_eq!(bench.sent.len(), 1, "{with}");
        assert_eq!(bench.sent[0].1.status(), Some(400), "{with}");
        assert_eq!(bench.logged.len(), 1, "{with}");
    }
}
