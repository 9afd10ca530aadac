//! Gateways of a trunk that die, or refuse, and which status ends the search.

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::attempts;
use super::stage::contract;

/// Starts a switch whose buyer `acme` is called through a trunk with these keys, and `best` directly.
fn stage(trunk: impl Fn(&Stage) -> String) -> Stage {
    let contracts = [contract("acme", 10), contract("best", 19)];
    let settings = |stage: &Stage, settings: String| {
        // Nothing but an ICMP error or a refused connection ends an attempt at once.
        let listen = format!("[\"udp:{0}:5060\", \"tcp:{0}:5060\"]", stage.ip(1));
        settings.replace(&listen, &format!("{listen}\nno_response = \"32s\""))
    };
    Stage::changed(&contracts, settings, |stage, book| {
        let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
        let number = "phone = \"+13055550177\", trunk = \"out\"";
        let keys = trunk(stage);
        format!("[[trunk]]\nid = \"out\"\nping = \"off\"\n{keys}\n")
            + &book.replace(&direct, number)
    })
}

#[test]
fn a_call_goes_on_past_gateways_that_refuse_connections_fail_or_have_no_route() {
    let stage = stage(|stage| {
        let at = |host| stage.ip(host);
        format!(
            "outbound = [\"sip:{}:5060;transport=tcp\", \"sip:{}\", \"sip:{}\", \"sip:{}\", \"sip:{}\"]",
            at(11),
            at(12),
            at(13),
            at(14),
            at(15)
        )
    });
    let fails = Sipp::buyer(&stage, 13, "uas-fails-503", 1);
    let strays = Sipp::buyer(&stage, 14, "uas-has-no-route-404", 1);
    let takes = Sipp::buyer(&stage, 15, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    for gateway in [fails, strays, takes] {
        gateway.succeed();
    }
    assert_eq!(attempts(&stage.record()), ["acme won"]);
    let log = stage.log();
    for (gateway, why) in
        [("tcp", "not reached"), ("udp", "not reached"), ("udp", "503"), ("udp", "404")]
    {
        let line = log.lines().find(|line| {
            line.contains("gateway failed: the next one is tried")
                && line.contains(&format!("gateway={gateway}:"))
                && line.contains(why)
        });
        assert!(line.is_some_and(|line| line.contains("trunk=out")), "{gateway} {why}: {log}");
    }
}

#[test]
fn a_final_code_of_the_trunk_ends_the_search() {
    let stage = stage(|stage| {
        let ways = format!("outbound = [\"sip:{}\", \"sip:{}\"]", stage.ip(13), stage.ip(15));
        format!("{ways}\nfinal_codes = [404]")
    });
    let strays = Sipp::buyer(&stage, 13, "uas-has-no-route-404", 1);
    let best = Sipp::buyer(&stage, 19, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    strays.succeed();
    best.succeed();
    assert_eq!(attempts(&stage.record()), ["acme failed", "best won"]);
    assert!(!stage.log().contains("the next one is tried"), "{}", stage.log());
}

#[test]
fn a_phone_that_has_rung_is_not_rung_again() {
    let stage =
        stage(|stage| format!("outbound = [\"sip:{}\", \"sip:{}\"]", stage.ip(13), stage.ip(15)));
    let rings = Sipp::buyer(&stage, 13, "uas-rings-then-refuses-480", 1);
    let best = Sipp::buyer(&stage, 19, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    rings.succeed();
    best.succeed();
    assert_eq!(attempts(&stage.record()), ["acme no_answer", "best won"]);
}

#[test]
fn a_call_that_was_answered_elsewhere_is_not_placed_again() {
    let stage =
        stage(|stage| format!("outbound = [\"sip:{}\", \"sip:{}\"]", stage.ip(13), stage.ip(15)));
    let fails = Sipp::buyer(&stage, 13, "uas-refuses-as-answered-elsewhere", 1);
    let best = Sipp::buyer(&stage, 19, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    fails.succeed();
    best.succeed();
    assert_eq!(attempts(&stage.record()), ["acme failed", "best won"]);
    assert!(!stage.log().contains("the next one is tried"), "{}", stage.log());
}
