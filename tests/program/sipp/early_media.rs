//! What callers hear before the answer, and ringing that must be acknowledged.

use serde_json::json;

use super::phone::Ear;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;

#[test]
fn a_caller_hears_a_gateways_announcement_before_the_answer() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let scenario = "uas-announces-reliably-then-answers";
    let buyer = Sipp::buyer_with(&stage, 10, scenario, 1, &["-d", "2500"]);
    let caller = Phone::new(&stage, 21);
    let caller_ear = Ear::new(&stage, 21, 6000);
    caller.send(&caller.invite());
    let progress = caller.await_status(183);
    assert_ne!(Phone::audio(&progress).port(), 0);
    let announcement = caller_ear.packets(60);
    assert!(announcement.iter().any(|sound| *sound != announcement[0]), "it is speech");
    let answer = caller.await_status(200);
    assert_eq!(Phone::audio(&answer), Phone::audio(&progress), "the same answer");
    caller.send(&caller.within("ACK", 1, &answer));
    caller.send(&caller.within("BYE", 2, &answer));
    caller.await_cseq(200, "2 BYE");
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(&record, &[("/reason", json!("bridged")), ("/winner/contract", json!("acme"))]);
}

#[test]
fn a_caller_may_require_that_ringing_is_acknowledged() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-rings-then-answers", 1, &["-d", "700"]);
    Sipp::caller_with(&stage, "uac-requires-100rel-and-timer", 1, &["-d", "500"]).succeed();
    buyer.succeed();
    assert_eq!(attempts(&stage.record()), ["acme won"]);
}

/// Plays a call whose caller supports 100rel, and whose carrier and gateway have `prack = "off"` if
/// `is_off`; returns the 183 that the caller got, and the INVITE that the gateway got.
fn announced(is_off: bool) -> (String, String) {
    let stage = Stage::changed(
        &[contract("acme", 10)],
        |_, settings| settings,
        |stage, book| {
            let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
            let prack = if is_off { "prack = \"off\"\n" } else { "" };
            let carrier = "id = \"carrier\"\n";
            let gateway = format!("outbound = \"sip:{}\"\nping = \"off\"\n", stage.ip(10));
            book.replace(carrier, &format!("{carrier}{prack}{gateway}"))
                .replace(&direct, "phone = \"+13055550177\", trunk = \"carrier\"")
        },
    );
    let buyer = Sipp::buyer(&stage, 10, "uas-answers-in-183-only", 1);
    let caller = Phone::new(&stage, 21);
    let invite = caller.invite();
    caller.send(&invite.replace("Content-Type:", "Supported: 100rel\r\nContent-Type:"));
    let progress = caller.await_status(183);
    if progress.contains("100rel") {
        let rseq = progress.lines().find_map(|line| line.strip_prefix("RSeq: ")).unwrap().trim();
        let prack = caller.within("PRACK", 2, &progress);
        let rack = format!("RAck: {rseq} 1 INVITE\r\nContent-Length:");
        caller.send(&prack.replace("Content-Length:", &rack));
        caller.await_cseq(200, "2 PRACK");
    }
    let answer = caller.await_cseq(200, "1 INVITE");
    caller.send(&caller.within("ACK", 1, &answer));
    caller.send(&caller.within("BYE", 3, &answer));
    caller.await_cseq(200, "3 BYE");
    let heard = buyer.succeed();
    (progress, heard.received()[0].to_owned())
}

#[test]
fn a_carrier_whose_prack_is_off_is_asked_for_none() {
    for is_off in [false, true] {
        let (progress, invite) = announced(is_off);
        let (of_caller, of_gateway) =
            (progress.contains("Require: 100rel"), invite.contains("Supported: 100rel"));
        assert_eq!((of_caller, of_gateway), (!is_off, !is_off), "{progress}{invite}");
    }
}
