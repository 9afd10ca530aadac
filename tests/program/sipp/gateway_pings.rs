//! OPTIONS to gateways: one that stops to answer goes down and comes up; one that ignores them stays
//! usable.

use serde_json::Value;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;
use crate::until::until;

/// Starts a switch whose buyer is called through two gateways, at .12 and .11, asked every 5 s.
fn stage() -> Stage {
    Stage::changed(
        &[contract("acme", 10)],
        |_, settings| settings,
        |stage, book| {
            let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
            let number = "phone = \"+13055550177\", trunk = \"out\"";
            let (a, b) = (stage.ip(12), stage.ip(11));
            format!(
                "[[trunk]]\nid = \"out\"\noutbound = [\"sip:{a}\", \"sip:{b}\"]\nping = \"5s\"\n"
            ) + &book.replace(&direct, number)
        },
    )
}

fn states(stage: &Stage) -> Vec<String> {
    let printed = stage.run(&["trunks", "--json"]);
    let states: Value = serde_json::from_str(&printed).unwrap();
    let gateways = states["gateways"].as_array().unwrap();
    gateways.iter().map(|own| own["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_gateway_that_answers_options_no_more_is_down_until_it_answers_again() {
    let stage = stage();
    assert_eq!(states(&stage), ["unknown", "unknown"]);
    let asked = Sipp::buyer(&stage, 12, "uas-takes-options", 1);
    until("the first gateway is up", || states(&stage) == ["up", "unknown"]);
    let messages = asked.succeed();
    let options = messages.received()[0];
    let line = format!("OPTIONS sip:{} SIP/2.0\r\n", stage.ip(12));
    assert!(options.contains(&line), "{options}");
    // It has ended: the next two OPTIONS get no answer.
    until("it is down", || states(&stage) == ["down", "unknown"]);
    assert!(stage.log().contains("gateway down"), "{}", stage.log());
    let _again = Sipp::buyer(&stage, 12, "uas-takes-options", 1);
    until("it is up again", || states(&stage) == ["up", "unknown"]);
    assert!(stage.log().contains("gateway up"), "{}", stage.log());
}
