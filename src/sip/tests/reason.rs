//! Reasons of far ends, from their messages to the events (RFC 3326).

use super::bench::Bench;
use super::bench::Request;
use super::bench::SDP;
use crate::sip::CancelWhy;
use crate::sip::Command;
use crate::sip::Event;
use crate::sip::wire::HeaderName;

const ISUP: &str = "Reason: Q.850;cause=16;text=\"Normal call clearing\"";
const TEXT: &str = "Q.850;cause=16;text=\"Normal call clearing\"";

#[test]
fn a_bye_and_a_cancel_say_why() {
    let mut bench = Bench::new();
    let (_, tag) = bench.talking();
    bench.hear(&Request::within("BYE", &tag, 2).more(ISUP).text());
    assert_eq!(bench.take_events(), [format!("Ended Bye <{TEXT}>")]);
    // Before the answer.
    let mut bench = Bench::new();
    let (_, tag) = bench.invited();
    bench.hear(&Request::within("BYE", &tag, 2).more(ISUP).text());
    assert_eq!(bench.take_events(), [format!("Canceled <{TEXT}>")]);
    let mut bench = Bench::new();
    bench.invited();
    let cancel = Request { seq: "1 CANCEL".to_owned(), ..Request::outside("CANCEL") };
    bench.hear(&cancel.branch("invite").more("Reason: SIP;cause=200").text());
    assert_eq!(bench.take_events(), ["Canceled <SIP;cause=200>"]);
}

#[test]
fn a_refusal_says_why() {
    for (more, expected) in [
        ("", "Refused Status(486)".to_owned()),
        ("Reason: Q.850;cause=17\r\n", "Refused Status(486) <Q.850;cause=17>".to_owned()),
        ("Reason: nonsense\r\n", "Refused Status(486)".to_owned()),
    ] {
        let mut bench = Bench::new();
        bench.dial();
        bench.answer("INVITE", 486, "b", more, "");
        assert_eq!(bench.take_events(), [expected], "{more}");
    }
}

/// What the caller gave goes to the buyer, in CANCEL and, when the answer was on its way, in BYE.
#[test]
fn a_reason_is_passed_on_in_cancel_and_bye() {
    let mut bench = Bench::new();
    bench.invited();
    let cancel = Request { seq: "1 CANCEL".to_owned(), ..Request::outside("CANCEL") };
    bench.hear(&cancel.branch("invite").more(ISUP).text());
    let Some(Event::Canceled { reason: Some(reason), .. }) = bench.events.pop() else {
        panic!("no reason: {:?}", bench.events)
    };
    let why = CancelWhy::Because(reason);
    let session = bench.dial();
    bench.answer("INVITE", 180, "b", "", "");
    bench.order(Command::Cancel { session, why: why.clone() });
    assert_eq!(bench.last().header(HeaderName::Reason), Some(TEXT));
    assert_eq!(bench.take_sent().last().map(String::as_str), Some("CANCEL"));
    let session = bench.dial();
    let contact = format!("Contact: <sip:buyer@192.0.2.9:5070>\r\n{SDP}");
    bench.answer("INVITE", 200, "b", &contact, "answer");
    bench.order(Command::Cancel { session, why });
    assert_eq!(bench.last().header(HeaderName::Reason), Some(TEXT));
    assert_eq!(bench.take_sent().last().map(String::as_str), Some("BYE"));
}
