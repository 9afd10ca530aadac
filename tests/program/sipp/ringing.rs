//! Buyers that ring one after another.

use std::net::UdpSocket;

use serde_json::json;

use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;

#[test]
fn the_caller_cancels() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-never-answers-expect-cancel", 1);
    Sipp::caller(&stage, "uac-cancels-while-ringing-expect-487", 1).succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme canceled"]);
    assert_fields(
        &record,
        &[
            ("/reason", json!("abandoned")),
            ("/ended_by", json!("caller")),
            ("/sip_status", json!(487)),
            ("/answered_at", json!(null)),
            ("/winner", json!(null)),
            ("/billable", json!(false)),
        ],
    );
}

/// Plays a call in which the first buyer follows `scenario` and the second one gets the call.
fn second_wins(scenario: &str, first: &str) -> serde_json::Value {
    let two = [contract("busy", 10), contract("acme", 11)];
    let stage = Stage::new("direct", "ring_timeout = \"2s\"", &two);
    let one = Sipp::buyer(&stage, 10, scenario, 1);
    let two = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    one.succeed();
    two.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), [first, "acme won"]);
    assert_fields(
        &record,
        &[
            ("/reason", json!("bridged")),
            ("/ended_by", json!("caller")),
            ("/winner/contract", json!("acme")),
            ("/billable", json!(true)),
            ("/attempts/0/wave", json!(1)),
            ("/attempts/1/wave", json!(2)),
        ],
    );
    record
}

#[test]
fn a_busy_buyer_is_followed_by_the_next() {
    let record = second_wins("uas-busy-486", "busy busy");
    assert_fields(&record, &[("/attempts/0/sip_status", json!(486))]);
}

#[test]
fn a_buyer_who_never_answers_is_followed_by_the_next() {
    let record = second_wins("uas-never-answers-expect-cancel", "busy no_answer");
    let rang = record["attempts"][0]["ring_ms"].as_u64().unwrap();
    assert!((1_900..10_000).contains(&rang), "{rang} ms");
}

#[test]
fn an_answer_that_crosses_our_cancel_is_hung_up() {
    second_wins("uas-answers-after-cancel-expect-bye", "busy no_answer");
}

#[test]
fn a_buyer_who_is_not_there_is_followed_by_the_next() {
    let two = [contract("gone", 10), contract("acme", 11)];
    let stage = Stage::direct(&two);
    // Silent: a closed port would be reported at once.
    let _silent = UdpSocket::bind((stage.ip(10), 5060)).unwrap();
    let two = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    two.succeed();
    let record = stage.ended_record();
    assert_eq!(attempts(&record), ["gone unreachable", "acme won"]);
    let rang = record["attempts"][0]["ring_ms"].as_u64().unwrap();
    assert!((3_900..10_000).contains(&rang), "{rang} ms");
}

#[test]
fn a_buyer_without_a_route_is_followed_by_the_next_at_once() {
    let gone = Contract { id: "gone", host: 10, more: "# no route" };
    let stage = Stage::direct(&[gone, contract("acme", 11)]);
    let two = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    two.succeed();
    let record = stage.ended_record();
    assert_eq!(attempts(&record), ["gone unreachable", "acme won"]);
    let rang = record["attempts"][0]["ring_ms"].as_u64().unwrap();
    assert!(rang < 3_000, "{rang} ms");
}

#[test]
fn a_buyer_who_refuses_the_connection_is_followed_by_the_next() {
    let gone = Contract { id: "gone", host: 10, more: "# tcp" };
    let stage = Stage::direct(&[gone, contract("acme", 11)]);
    let two = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    two.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["gone unreachable", "acme won"]);
    let rang = record["attempts"][0]["ring_ms"].as_u64().unwrap();
    assert!(rang < 3_000, "{rang} ms");
}

#[test]
fn a_caller_who_cancels_at_once_leaves_nothing_behind() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let _buyer = Sipp::buyer(&stage, 10, "uas-never-answers-expect-cancel", 1);
    let caller = Phone::new(&stage, 21);
    let invite = caller.invite();
    caller.send(&invite);
    caller.send(&Phone::cancel(&invite));
    caller.await_cseq(200, "1 CANCEL");
    caller.await_cseq(487, "1 INVITE");
    let record = stage.ended_record();
    assert_fields(
        &record,
        &[
            ("/reason", json!("abandoned")),
            ("/ended_by", json!("caller")),
            ("/sip_status", json!(487)),
        ],
    );
}

#[test]
fn a_gateway_that_answers_in_183_only_is_bridged() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers-in-183-only", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(
        &record,
        &[
            ("/reason", json!("bridged")),
            ("/ended_by", json!("caller")),
            ("/billable", json!(true)),
        ],
    );
}

#[test]
fn a_buyer_without_our_codecs_is_hung_up_and_followed_by_the_next() {
    let stage = Stage::direct(&[contract("strange", 10), contract("acme", 11)]);
    let one = Sipp::buyer(&stage, 10, "uas-answers-g729-only", 1);
    let two = Sipp::buyer(&stage, 11, "uas-answers", 1);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 1, &["-d", "2000"]).succeed();
    one.succeed();
    two.succeed();
    assert_eq!(attempts(&stage.record()), ["strange no_common_codec", "acme won"]);
}
