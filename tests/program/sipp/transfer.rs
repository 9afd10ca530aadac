//! Transfers by the buyer (REFER): to destinations of the book, and to no others.

use serde_json::json;

use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;

/// A switch whose buyer `acme` may transfer calls to `desk`, which buys none itself.
fn stage() -> Stage {
    let desk = Contract { id: "desk", host: 11, more: "enabled = false" };
    Stage::direct(&[contract("acme", 10), desk])
}

fn desk(stage: &Stage) -> String {
    format!("sip:desk@{}:5060", stage.ip(11))
}

fn buyer(stage: &Stage, scenario: &str, to: &str) -> Sipp {
    Sipp::buyer_with(stage, 10, scenario, 1, &["-key", "refer_to", to])
}

#[test]
fn a_transferred_caller_talks_to_the_other_party_and_the_sale_stays_with_the_buyer() {
    for scenario in ["uas-transfers-then-hangs-up", "uas-transfers-and-leaves-at-once"] {
        let stage = stage();
        let to = desk(&stage);
        let acme = buyer(&stage, scenario, &to);
        // It stays until the buyer has left.
        let stays = ["-d", "3000"];
        let other = Sipp::buyer_with(&stage, 11, "uas-answers-then-hangs-up", 1, &stays);
        let caller = Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1);
        acme.succeed();
        other.succeed();
        let heard = caller.succeed();
        let invites =
            heard.received().iter().filter(|message| message.contains("INVITE sip:")).count();
        assert_eq!(invites, 0, "the caller's call is the same as before");
        let record = stage.record();
        assert_fields(
            &record,
            &[
                ("/reason", json!("bridged")),
                ("/ended_by", json!("buyer")),
                ("/winner/contract", json!("acme")),
                ("/transferred_to", json!(to)),
                ("/dials/0/to", json!(to)),
                ("/dials/0/outcome", json!("won")),
            ],
        );
        let shown = stage.run(&["calls", "show", record["id"].as_str().unwrap()]);
        assert!(shown.contains(&format!("by the buyer, to {to}")), "{shown}");
    }
}

#[test]
fn a_caller_whose_transfer_fails_is_back_with_the_buyer() {
    let stage = stage();
    let to = desk(&stage);
    let acme = buyer(&stage, "uas-transfers-to-a-busy-phone", &to);
    let other = Sipp::buyer(&stage, 11, "uas-busy-486", 1);
    let caller = Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1);
    for sipp in [acme, other, caller] {
        sipp.succeed();
    }
    assert_fields(
        &stage.record(),
        &[
            ("/reason", json!("bridged")),
            ("/ended_by", json!("buyer")),
            ("/winner/contract", json!("acme")),
            ("/transferred_to", json!(null)),
            ("/dials/0/outcome", json!("busy")),
            ("/dials/0/sip_status", json!(486)),
        ],
    );
}

#[test]
fn nobody_is_transferred_to_an_address_that_is_not_in_the_book() {
    let stage = stage();
    let to = format!("sip:desk@{}:5061", stage.ip(11));
    let acme = buyer(&stage, "uas-transfers-astray-expect-403", &to);
    let caller = Sipp::caller(&stage, "uac-talks-until-hung-up-on", 1);
    acme.succeed();
    caller.succeed();
    let record = stage.record();
    assert_fields(&record, &[("/transferred_to", json!(null)), ("/dials", json!([]))]);
    assert!(stage.log().contains("transfer refused"), "{}", stage.log());
}
