//! `strowger postbacks`: deliveries that were given up are listed, signed with a new key, and sent
//! again.

use std::time::Duration;

use serde_json::Value;
use strowger::outbox::Key;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;
use crate::receiver::Receiver;
use crate::until::until;

/// Longest wait for a postback.
const PATIENCE: Duration = Duration::from_secs(30);

fn dead(stage: &Stage) -> Vec<Value> {
    serde_json::from_str(&stage.run(&["postbacks", "dead", "--json"])).unwrap()
}

/// A receiver that answers 410 asks for nothing more (Standard Webhooks).
#[test]
fn dead_deliveries_are_listed_and_sent_again_with_a_new_key() {
    let receiver = Receiver::start(410);
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |_, settings| settings + "[outbound]\nallow_private = true\n",
        |_, book| {
            let url = receiver.url();
            book + &format!(
                "[[postback]]\nid = \"crm\"\nevent = [\"call.completed\"]\nurl = \"{url}\"\n"
            )
        },
    );
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "100"]).succeed();
    buyer.succeed();
    let record = stage.record();
    until("the delivery is given up", || !dead(&stage).is_empty());
    let listed = dead(&stage);
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["postback"], "crm");
    assert_eq!(listed[0]["kind"], "call.completed");
    assert!(listed[0]["fault"].as_str().unwrap().contains("410"), "{listed:?}");
    let event = listed[0]["event"].as_str().unwrap();
    let table = stage.run(&["postbacks", "dead", "--postback", "crm"]);
    assert!(table.lines().nth(1).is_some_and(|line| line.contains(event)), "{table}");

    for wrong in [["postbacks", "resend", "crn"], ["postbacks", "secret", "crn"]] {
        let refused = stage.command(&wrong).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains("unknown postback `crn` (did you mean `crm`?)"), "{said}");
    }

    let key: Key = stage.run(&["postbacks", "secret", "crm"]).trim().parse().unwrap();
    receiver.answer(204);
    let printed = stage.run(&["postbacks", "resend", "crm", "--event", event]);
    assert_eq!(printed, "1 delivery of crm due again\n");
    let received = receiver.next(PATIENCE);
    assert_eq!(received.json()["data"]["id"], record["id"]);
    let (id, at) = (received.header("webhook-id"), received.header("webhook-timestamp"));
    assert_eq!(id, event, "the receiver knows a repeated event by its id");
    let signature = key.sign(id, at.parse().unwrap(), received.body.as_bytes());
    assert_eq!(received.header("webhook-signature"), signature);
    until("nothing is dead", || dead(&stage).is_empty());
    assert_eq!(stage.run(&["postbacks", "resend", "crm"]), "0 deliveries of crm due again\n");
}
