//! Transfers by the buyer: to destinations of the book only, and the sale stays with the buyer.

use super::bench::Bench;
use super::bench::book;
use crate::call::Silent;
use crate::call::transfers::TRANSFERS_MAX;

const OTHER: &str = "destination = { sip = \"sip:e@198.51.100.8:5070\" }\nenabled = false";
const PHONE: &str = "destination = { phone = \"+13055550111\", trunk = \"t\" }\nenabled = false";
const E: &str = "a:refers:sip:e@198.51.100.8:5070";

const CONTRACTS: &[(&str, &str)] = &[("a", ""), ("other", OTHER), ("phone", PHONE)];

/// Plays a call that was sold to the buyer `a`; returns the story from there.
fn play(script: &str) -> String {
    let start = format!("opened a:rings a:answers ack +3000 {script}");
    let story = Bench::with_flow(&book("", CONTRACTS), "<Route/>").words(&start);
    let begun = "decide:o dial:a 180 200 bridge:a commit:a ";
    story.strip_prefix(begun).unwrap_or_else(|| panic!("{story}")).to_owned()
}

/// pocket-dial #197: it is the caller who is connected with the new party; the buyer goes.
#[test]
fn the_caller_is_connected_with_the_party_that_the_buyer_names() {
    let story = play(&format!("{E} fixed:rings fixed:answers +1000 a:bye +6000 bye fixed:done"));
    assert_eq!(
        story,
        "refer:a:ok unbridge tone dial:fixed notify:a:200 bridge:fixed bye:fixed end:a \
         [bridged by caller a=won/200 sip:e@198.51.100.8:5070=won to:sip:e@198.51.100.8:5070 \
         10000ms billed] done"
    );
}

const BEGINS: &str = "refer:a:ok unbridge tone dial:fixed";
const DIALED: &str = "sip:e@198.51.100.8:5070";

/// Plays what follows the request, and checks what follows its beginning.
#[track_caller]
fn follows(script: &str, expected: &str) {
    let story = play(&format!("{E} {script}"));
    let rest = story.strip_prefix(BEGINS).unwrap_or_else(|| panic!("{story}"));
    assert_eq!(rest.trim_start().replace(DIALED, "E"), expected, "{script}");
}

/// FreeSWITCH #3059, drachtio #125: the call with the buyer goes on.
#[test]
fn a_caller_whose_transfer_fails_is_back_with_the_buyer() {
    follows(
        "fixed:486 +5000 a:bye bye:done",
        "notify:a:486 bridge:a bye:caller end:a [bridged by buyer a=won/200 E=busy 8000ms billed] done",
    );
    follows(
        "+25000 fixed:gone +5000 bye a:done",
        "cancel:fixed notify:a:480 bridge:a bye:a end:a \
         [bridged by caller a=won/200 E=no_answer 33000ms billed] done",
    );
    follows(
        "fixed:babbles a:bye bye:done fixed:done",
        "bye:fixed notify:a:488 bridge:a bye:caller unbilled:a \
         [bridged by buyer a=won/200 E=failed 3000ms free] done",
    );
    follows(
        "fixed:timeout a:bye bye:done",
        "notify:a:503 bridge:a bye:caller unbilled:a \
         [bridged by buyer a=won/200 E=unreachable 3000ms free] done",
    );
}

/// JsSIP #556: a buyer that hangs up as soon as it has asked. The caller is not lost with it, and the time
/// that it waits for no party is not billed.
#[test]
fn a_buyer_may_leave_before_the_other_party_answers() {
    follows(
        "a:bye +4000 fixed:answers +5000 fixed:bye bye:done",
        "bridge:fixed bye:caller end:a [bridged by buyer a=won/200 E=won to:E 12000ms billed] done",
    );
    follows(
        "a:lost +4000 fixed:486 bye:done",
        "bye:caller unbilled:a [bridged by buyer a=won/200 E=busy 3000ms free] done",
    );
    follows(
        "a:bye +4000 bye fixed:gone",
        "unbilled:a cancel:fixed [bridged by caller a=won/200 E=canceled 3000ms free] done",
    );
}

/// Asterisk #1877: a buyer that never hangs up is hung up on.
#[test]
fn a_buyer_that_was_replaced_is_hung_up_on() {
    follows(
        "fixed:answers +1999 bye fixed:done a:done",
        "notify:a:200 bridge:fixed bye:fixed unbilled:a bye:a \
         [bridged by caller a=won/200 E=won to:E 4999ms free] done",
    );
    follows(
        "fixed:answers +3000 a:done bye fixed:done",
        "notify:a:200 bridge:fixed bye:a bye:fixed end:a \
         [bridged by caller a=won/200 E=won to:E 6000ms billed] done",
    );
}

/// The buyer hears of it when the call ends before the other party answers, whoever ends it.
#[test]
fn the_end_of_the_call_ends_the_transfer() {
    follows(
        "+2000 bye a:done fixed:gone",
        "notify:a:487 bye:a end:a cancel:fixed \
         [bridged by caller a=won/200 E=canceled 5000ms billed] done",
    );
    for (how, ended) in [("hang-up", "hung_up by switch"), ("stop", "bridged by switch")] {
        follows(
            &format!("{how} bye:done a:done fixed:gone"),
            &format!(
                "bye:caller notify:a:487 bye:a unbilled:a cancel:fixed \
                 [{ended} a=won/200 E=canceled 3000ms free] done"
            ),
        );
    }
    // The caller is connected with no party, so that silence means nothing.
    follows(
        "silent:20 fixed:answers a:bye bye fixed:done",
        "notify:a:200 bridge:fixed bye:fixed unbilled:a \
         [bridged by caller a=won/200 E=won to:E 3000ms free] done",
    );
}

/// Most phones hold the caller first.
#[test]
fn a_buyer_may_hold_before_it_transfers() {
    let held = "media:a hold:caller answer:a:sdp refer:a:ok resume:caller unbridge tone dial:fixed";
    for (then, follows) in [
        ("fixed:486", "notify:a:486 bridge:a hold:caller"),
        ("a:alive a:zeros fixed:486", "media:a answer:a:sdp notify:a:486 bridge:a hold:caller"),
        ("a:reoffers fixed:486", "media:a answer:a:sdp notify:a:486 bridge:a"),
        ("fixed:answers", "notify:a:200 bridge:fixed"),
    ] {
        let story = play(&format!("a:holds {E} {then}"));
        assert_eq!(story, format!("{held} {follows}"), "{then}");
    }
}

#[test]
fn what_is_not_in_the_book_or_not_now_is_refused() {
    for (to, why) in [
        ("a:refers:sip:x@elsewhere.example", "UnknownDestination"),
        ("a:refers:sip:e@198.51.100.8", "UnknownDestination"),
        ("a:refers:sip:e@198.51.100.8:5070?X=y", "UnknownDestination"),
        ("a:refers:tel:+881612345678", "UnknownDestination"),
    ] {
        assert_eq!(play(to), format!("refer:a:{why}"), "{to}");
    }
    let twice = play(&format!("{E} {E}"));
    assert_eq!(twice, format!("{BEGINS} refer:a:InProgress"));
    let flow = "<Dial to='+13055550199' trunk='t'/>";
    let contracts = &[("other", OTHER)];
    let bench = || Bench::with_flow(&book("", contracts), flow);
    let to = "fixed:refers:sip:e@198.51.100.8:5070";
    let story = bench().words(&format!("opened fixed:answers ack {to}"));
    assert_eq!(story, "dial:fixed 200 bridge:fixed refer:fixed:NotABuyer");
    let story = bench().words(&format!("opened fixed:answers {to}"));
    assert_eq!(story, "dial:fixed 200 bridge:fixed refer:fixed:NotConnected");
}

/// The destination cannot be dialed: no port, a barred number, or a full trunk.
#[test]
fn a_destination_that_cannot_be_dialed_is_a_failure() {
    let story = play("portless a:refers:tel:+13055550111");
    assert_eq!(story, "refer:a:ok unbridge tone notify:a:503 bridge:a");
}

/// The other party may transfer the call again, to a phone behind a trunk as well. A second request
/// after one that failed is one of its own (pjproject #1647).
#[test]
fn a_call_is_transferred_again_up_to_a_limit() {
    let again =
        format!("{E} fixed:503 {E} fixed:answers fixed:refers:tel:+13055550111 fixed:answers");
    let story = play(&format!("{again} fixed:bye"));
    assert!(story.contains("notify:fixed:200 bridge:fixed"), "{story}");
    assert!(story.ends_with("to:+13055550111 3000ms free]"), "{story}");
    let limit = usize::try_from(TRANSFERS_MAX).unwrap();
    let story = play(&format!("{E} fixed:486 ").repeat(limit + 1));
    assert_eq!(story.matches("refer:a:ok").count(), limit, "{story}");
    assert!(story.ends_with("refer:a:TooOften"), "{story}");
}

/// A record that is written while the call lasts names the transfer, in case the switch is killed.
#[test]
fn the_record_is_written_when_a_transfer_succeeds() {
    let mut bench = Bench::with_flow(&book("", CONTRACTS), "<Route/>");
    format!("opened a:answers ack {E}").split(' ').for_each(|word| bench.word(word));
    let before = bench.updates;
    bench.word("fixed:answers");
    assert_eq!(bench.updates, before + 1);
    assert_eq!(bench.machine.whole_record().transferred_to.as_deref(), Some(DIALED));
}

/// Whoever was heard before the transfer was heard: the offer's rule of silent calls is not evaded.
#[test]
fn a_buyer_that_talked_before_the_transfer_was_heard() {
    for (script, silent) in [
        (format!("speaks a:speaks {E} fixed:answers"), None),
        (format!("speaks {E} fixed:answers fixed:speaks"), None),
        (format!("speaks {E} fixed:answers"), Some(Silent::Buyer)),
    ] {
        let mut bench = Bench::with_flow(&book("", CONTRACTS), "<Route/>");
        let script = format!("opened a:answers ack {script} a:bye bye fixed:done");
        script.split(' ').for_each(|word| bench.word(word));
        let media = bench.record.unwrap().media.unwrap();
        assert_eq!(media.silent, silent, "{script}");
    }
}
