//! The rules of a trunk for the headers of the INVITEs that are sent through it.

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;

#[test]
fn the_carrier_gets_what_the_rules_say() {
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |_, settings| settings,
        |stage, book| {
            let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
            let number = "phone = \"+13055550177\", trunk = \"out\"";
            format!(
                "[[trunk]]\nid = \"out\"\nping = \"off\"\noutbound = \"sip:{}\"\n\
                 headers_pass = [\"X-Lead\", \"Subject\"]\n\
                 headers_add = {{ X-Of = \"{{source}}; {{caller}}\" }}\n\
                 headers_remove = [\"Diversion\", \"X-Strowger-Key\"]\n",
                stage.ip(10)
            ) + &book.replace(&direct, number)
        },
    );
    let carrier = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller(&stage, "uac-sends-headers-then-hangs-up", 1).succeed();
    let heard = carrier.succeed();
    let invite =
        heard.received().into_iter().find(|message| message.contains("INVITE sip:")).unwrap();
    let values = |name: &str| -> Vec<&str> {
        let start = format!("{name}: ");
        invite.lines().filter_map(|line| line.strip_prefix(&start)).map(str::trim).collect()
    };
    assert_eq!(values("X-Lead"), ["7"], "{invite}");
    assert_eq!(values("Subject"), ["a sale"], "{invite}");
    assert_eq!(values("X-Of").len(), 1, "{invite}");
    assert!(values("X-Of")[0].ends_with("; +13055550123"), "{invite}");
    for gone in ["Diversion", "X-Strowger-Key", "X-Secret"] {
        assert_eq!(values(gone), [""; 0], "{gone} in {invite}");
    }
    assert_eq!(values("P-Asserted-Identity").len(), 1, "{invite}");
    assert_eq!(values("X-Strowger-Call").len(), 1, "{invite}");
}
