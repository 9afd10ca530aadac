//! Winners that are not bridged yet: gone before the bridge, or waiting for the caller.

use serde_json::json;

use super::phone::Ear;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::until::until;

/// Its BYE comes before the caller's ACK. The caller hears ringback while the next one rings.
#[test]
fn a_winner_who_hangs_up_before_the_bridge_is_followed_by_the_next() {
    let stage = Stage::direct(&[contract("hasty", 10), contract("acme", 11)]);
    let hasty = Sipp::buyer_with(&stage, 10, "uas-answers-then-hangs-up", 1, &["-d", "0"]);
    let acme = Sipp::buyer_with(&stage, 11, "uas-rings-then-answers", 1, &["-d", "1000"]);
    let (caller, ear) = (Phone::new(&stage, 21), Ear::new(&stage, 21, 6000));
    caller.send(&caller.invite());
    let answer = caller.await_status(200);
    hasty.succeed();
    caller.send(&caller.within("ACK", 1, &answer));
    until("ringback is heard", || !ear.everything().is_empty());
    assert!(!acme.has_received("ACK sip:"), "acme still rings");
    until("acme has the call", || acme.has_received("ACK sip:"));
    until("the two are bridged", || stage.calls().iter().any(|call| !call["winner"].is_null()));
    caller.send(&caller.within("BYE", 2, &answer));
    caller.await_cseq(200, "2 BYE");
    acme.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["hasty gone", "acme won"]);
    assert_fields(
        &record,
        &[
            ("/reason", json!("bridged")),
            ("/ended_by", json!("caller")),
            ("/winner/contract", json!("acme")),
            ("/attempts/0/sip_status", json!(200)),
            ("/attempts/0/wave", json!(1)),
            ("/attempts/1/wave", json!(2)),
        ],
    );
}

/// The rival's phone rang, and was canceled for a winner who then hung up: it rings again.
#[test]
fn a_rival_of_a_winner_who_hangs_up_rings_again() {
    let offer = "ring = \"simultaneous\"\nring_width = 2";
    let stage = Stage::new("direct", offer, &[contract("hasty", 10), contract("rival", 11)]);
    let hasty = Sipp::buyer_with(&stage, 10, "uas-answers-then-hangs-up", 1, &["-d", "0"]);
    let (caller, rival) = (Phone::new(&stage, 21), Phone::new(&stage, 11));
    caller.send(&caller.invite());
    let first = rival.await_request("INVITE");
    let ok = Phone::ok_to(&first);
    rival.send(&ok.replace("200 OK", "180 Ringing"));
    rival.send(&Phone::ok_to(&rival.await_request("CANCEL")));
    rival.send(&ok.replace("200 OK", "487 Request Terminated"));
    let answer = caller.await_status(200);
    hasty.succeed();
    caller.send(&caller.within("ACK", 1, &answer));
    let call_of = |invite: &str| {
        invite.lines().find(|line| line.starts_with("Call-ID: ")).unwrap().to_owned()
    };
    let second = loop {
        let invite = rival.await_request("INVITE");
        if call_of(&invite) != call_of(&first) {
            break invite;
        }
    };
    rival.send(&rival.answer_to(&second));
    until("the two are bridged", || stage.calls().iter().any(|call| !call["winner"].is_null()));
    caller.send(&caller.within("BYE", 2, &answer));
    caller.await_cseq(200, "2 BYE");
    rival.send(&Phone::ok_to(&rival.await_request("BYE")));
    let record = stage.record();
    assert_eq!(attempts(&record), ["hasty gone", "rival canceled", "rival won"]);
    assert_fields(
        &record,
        &[
            ("/reason", json!("bridged")),
            ("/winner/contract", json!("rival")),
            ("/attempts/1/canceled_because", json!("another_won")),
            ("/attempts/2/wave", json!(2)),
        ],
    );
}

/// The ACK comes at last: the caller is hung up on then, not before (RFC 3261 §15).
#[test]
fn a_buyer_waits_ten_seconds_for_the_callers_ack() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Phone::new(&stage, 21);
    caller.send(&caller.invite());
    let answer = caller.await_status(200);
    buyer.succeed();
    let record = stage.ended_record();
    assert_eq!(attempts(&record), ["acme canceled"]);
    assert_fields(
        &record,
        &[
            ("/reason", json!("caller_unconfirmed")),
            ("/ended_by", json!("switch")),
            ("/attempts/0/canceled_because", json!("caller_unconfirmed")),
            ("/attempts/0/sip_status", json!(200)),
            ("/winner", json!(null)),
            ("/billable", json!(false)),
        ],
    );
    let shown = stage.run(&["calls", "show", record["id"].as_str().unwrap()]);
    assert!(shown.contains("Behind NAT, set `advertise` in `[sip]`"), "{shown}");
    assert!(stage.log().contains("answer never acknowledged"), "{}", stage.log());
    caller.send(&caller.within("ACK", 1, &answer));
    caller.send(&Phone::ok_to(&caller.await_request("BYE")));
    assert_eq!(stage.records().len(), 1);
}
