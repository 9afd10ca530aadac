//! Trunks with a user name and a password.

use serde_json::Value;
use serde_json::json;

use super::baresip::Baresip;
use super::kamailio;
use super::kamailio::Kamailio;
use super::scenario::Sipp;
use super::stage::NUMBER;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::until::until;

const CREDENTIALS: &str = "[credentials.own]\nusername = \"user\"\npassword = \"secret\"\n";

fn stage(algorithms: &str) -> Stage {
    let sip = format!("[sip]\ndigest = {algorithms}\n");
    let settings = |_: &Stage, text: String| text.replace("[sip]\n", &sip) + CREDENTIALS;
    let book = |stage: &Stage, text: String| {
        let gateway = stage.ip(kamailio::HOST);
        let direct = format!("sip = \"sip:acme@{}:5060\"", stage.ip(10));
        let through = "phone = \"+13055550199\", trunk = \"digest\"";
        let trunk = format!(
            "[[trunk]]\nid = \"digest\"\ncredentials = \"own\"\noutbound = \"sip:{gateway}\"\nping = \"off\"\n"
        );
        trunk + &text.replace(&direct, through)
    };
    Stage::changed(&[contract("acme", 10)], settings, book)
}

/// A caller at an address of no trunk, and a carrier that asks for credentials itself.
fn a_call_goes_through(algorithm: &str) {
    // SIPp knows MD5 only.
    let stage = stage("\"MD5\"");
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let _carrier = Kamailio::carrier(&stage, algorithm, stage.ip(10));
    let scenario = "uac-authenticates-talks-then-hangs-up";
    Sipp::caller_at(&stage, 40, scenario, 1, &["-d", "500"]).succeed();
    let seen = buyer.succeed();
    let seen = seen.received();
    let by_carrier = format!("Via: SIP/2.0/UDP {}", stage.ip(kamailio::HOST));
    for method in ["INVITE", "BYE"] {
        let request = seen.iter().find(|message| message.contains(&format!("{method} sip:")));
        let request = request.unwrap_or_else(|| panic!("no {method} in {seen:?}"));
        assert!(request.contains(&by_carrier), "{request}");
        // The carrier takes the credentials out once it has checked them.
        assert!(!request.contains("Proxy-Authorization"), "{request}");
    }
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    let ended = [("/trunk", json!("digest")), ("/ended_by", json!("caller"))];
    assert_fields(&record, &ended);
}

#[test]
fn a_call_goes_through_by_md5() {
    a_call_goes_through("MD5");
}

#[test]
fn a_call_goes_through_by_sha_256() {
    a_call_goes_through("SHA-256");
}

/// baresip, at an address of no trunk, is asked for its password, for the BYE too.
#[test]
fn baresip_calls_with_a_user_name_and_a_password() {
    let sip = "[sip]\ndigest = \"MD5\"\n";
    let settings = |_: &Stage, text: String| text.replace("[sip]\n", sip) + CREDENTIALS;
    let trunk = "[[trunk]]\nid = \"digest\"\ncredentials = \"own\"\n";
    let stage =
        Stage::changed(&[contract("acme", 10)], settings, |_, text| trunk.to_owned() + &text);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Baresip::caller_by_digest(&stage, 40, ("user", "secret"), NUMBER, 4).end();
    buyer.succeed();
    let record = stage.ended_record();
    let ended = [("/trunk", json!("digest")), ("/ended_by", json!("caller"))];
    assert_fields(&record, &ended);
    assert_fields(&record, &[("/reason", json!("bridged"))]);
}

#[test]
fn a_wrong_password_is_refused_and_named() {
    let stage = stage("\"MD5\"");
    Sipp::caller_at(&stage, 40, "uac-wrong-password-expect-401", 1, &[]).succeed();
    until("the refusal is logged", || stage.log().contains("wrong_credentials"));
    assert_eq!(stage.records(), Vec::<Value>::new());
    let refused = stage.fetch("/v1/calls/refused");
    let reasons = refused["items"].as_array().unwrap().iter().map(|one| &one["reason"]);
    // The first INVITE came without credentials.
    assert_eq!(reasons.collect::<Vec<_>>(), ["wrong_credentials", "unknown_source"]);
}

/// Kamailio as a registrar that grants 120 s: calls come to the contact, with the number in To; a
/// switch that stops is no longer registered.
#[test]
fn a_trunk_registers_and_is_called() {
    let settings = |_: &Stage, text: String| text + CREDENTIALS;
    let book = |stage: &Stage, text: String| {
        let registrar = stage.ip(kamailio::HOST);
        let keys = "credentials = \"own\"\nregister_expires = \"10m\"\n";
        format!("[[trunk]]\nid = \"account\"\nregister = \"sip:{registrar}\"\n{keys}{text}")
    };
    let mut stage = Stage::changed(&[contract("acme", 10)], settings, book);
    until("the registrar is away", || stage.log().contains("registration failed: no answer"));
    let _carrier = Kamailio::carrier(&stage, "MD5", stage.ip(10));
    until("it is registered", || stage.log().contains("trunk registered"));
    assert!(stage.log().contains("expires=120"), "{}", stage.log());
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let through =
        |scenario| Sipp::caller_through(&stage, kamailio::HOST, 24, scenario, &["-d", "500"]);
    through("uac-talks-then-hangs-up").succeed();
    buyer.succeed();
    let record = stage.record();
    assert_eq!(attempts(&record), ["acme won"]);
    assert_fields(&record, &[("/trunk", json!("account")), ("/ended_by", json!("caller"))]);
    let (status, figures) = stage.answer("/metrics");
    assert_eq!(status, 200);
    assert!(figures.contains("strowger_registrations{trunk=\"account\"} 1"), "{figures}");

    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    let caller =
        Sipp::caller_through(&stage, kamailio::HOST, 24, "uac-unknown-number-expect-404", &[]);
    caller.succeed();
}
