//! A trunk whose gateway answers no call is reported once, and again when it takes calls.

use std::time::Duration;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;
use crate::receiver::Receiver;

/// Longest wait for a postback.
const PATIENCE: Duration = Duration::from_secs(30);

#[test]
fn a_trunk_whose_gateway_is_gone_is_reported_once_and_when_it_is_back() {
    let receiver = Receiver::start(204);
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |_, settings| settings + "[outbound]\nallow_private = true\n",
        |stage, book| {
            let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
            let number = "phone = \"+13055550177\", trunk = \"out\"";
            let trunk = format!(
                "[[trunk]]\nid = \"out\"\noutbound = [\"sip:{}:5060\"]\nping = \"off\"\n",
                stage.ip(11)
            );
            let postback = format!(
                "[[postback]]\nid = \"alerts\"\nevent = [\"trunk.down\", \"trunk.up\"]\nurl = \"{}\"\n",
                receiver.url()
            );
            trunk + &book.replace(&direct, number) + &postback
        },
    );
    // Nobody listens at the gateway: the fourth and fifth failures say nothing new.
    Sipp::caller(&stage, "uac-waits-expect-480", 5).succeed();
    let down = receiver.next(PATIENCE).json();
    assert_eq!(down["type"], "trunk.down");
    assert_eq!(down["data"]["trunk"], "out");
    assert_eq!(down["message"], "Trunk out is down: no gateway answers.");

    let gateway = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    gateway.succeed();
    let up = receiver.next(PATIENCE).json();
    assert_eq!((&up["type"], &up["data"]["trunk"]), (&"trunk.up".into(), &"out".into()));
    assert!(stage.log().contains("trunk down: no gateway answers"), "{}", stage.log());
}
