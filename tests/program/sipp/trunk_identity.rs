//! The caller and the numbers as a trunk's carrier wants them.

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::attempts;
use super::stage::contract;

#[test]
fn a_carrier_gets_the_caller_and_the_numbers_in_its_form() {
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |_, settings| settings,
        |stage, book| {
            let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
            let number = "phone = \"+13055550177\", trunk = \"out\"";
            let gateway = stage.ip(11);
            format!(
                "[[trunk]]\nid = \"out\"\noutbound = \"sip:{gateway}\"\nping = \"off\"\n\
                 identity = \"remote_party_id\"\nnumber_form = \"national\"\n"
            ) + &book.replace(&direct, number)
        },
    );
    let gateway = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    let messages = gateway.succeed();
    let (own, there) = (stage.ip(1), stage.ip(11));
    let invite = messages.received()[0];
    for part in [
        format!("INVITE sip:3055550177@{there} SIP/2.0\r\n"),
        format!("To: <sip:3055550177@{there}>\r\n"),
        format!("From: <sip:3055550123@{own}>;tag="),
        format!("Remote-Party-ID: <sip:3055550123@{own}>;party=calling;screen=yes;privacy=off\r\n"),
    ] {
        assert!(invite.contains(&part), "{part}: {invite}");
    }
    assert!(!invite.contains("P-Asserted-Identity"), "{invite}");
    assert_eq!(attempts(&stage.record()), ["acme won"]);
}
