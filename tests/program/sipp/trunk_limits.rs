//! Limits of a trunk on its calls, in both directions.

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::attempts;
use super::stage::contract;

/// Ten callers at once at a trunk for two: two get in, and each of the others learns why not.
#[test]
fn a_full_trunk_refuses_further_callers_with_the_reason() {
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |_, settings| settings,
        |_, book| book.replace("id = \"carrier\"\n", "id = \"carrier\"\ncalls_at_once = 2\n"),
    );
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 2);
    let load = ["-r", "1000", "-d", "3000"];
    let callers = Sipp::caller_with(&stage, "uac-talks-or-is-turned-away", 10, &load).succeed();
    buyer.succeed();
    let refused: Vec<&str> =
        callers.received().into_iter().filter(|message| message.contains("SIP/2.0 503 ")).collect();
    assert_eq!(refused.len(), 8);
    for message in refused {
        assert!(message.contains("Reason: SIP;cause=503;text=\"trunk_full\""), "{message}");
        assert!(message.contains("Retry-After: 5"), "{message}");
    }
    let printed = stage.run(&["calls", "--refused"]);
    assert!(printed.contains("trunk_full") && printed.contains("carrier"), "{printed}");
    // The seats are free again.
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    buyer.succeed();
}

/// Two calls at a trunk that carries one: the second goes to the next buyer.
#[test]
fn a_full_trunk_is_passed_over() {
    let stage = Stage::changed(
        &[contract("acme", 10), contract("best", 19)],
        |_, settings| settings,
        |stage, book| {
            let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
            let number = "phone = \"+13055550177\", trunk = \"out\"";
            let gateway = stage.ip(11);
            format!(
                "[[trunk]]\nid = \"out\"\noutbound = \"sip:{gateway}\"\nping = \"off\"\n\
                 calls_at_once = 1\n"
            ) + &book.replace(&direct, number)
        },
    );
    let gateway = Sipp::buyer(&stage, 11, "uas-answers", 1);
    let best = Sipp::buyer(&stage, 19, "uas-answers", 1);
    let load = ["-r", "2", "-d", "4000"];
    Sipp::caller_with(&stage, "uac-talks-or-is-turned-away", 2, &load).succeed();
    gateway.succeed();
    best.succeed();
    let mut calls: Vec<Vec<String>> = stage.records().iter().map(attempts).collect();
    calls.sort();
    assert_eq!(calls, [vec!["acme trunk_limit", "best won"], vec!["acme won"]]);
    assert!(stage.log().contains("number not dialed: its trunk is full"), "{}", stage.log());
}
