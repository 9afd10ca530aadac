//! The removal of a person's data leaves nothing in the files of the switch.

use std::fs;

use serde_json::Value;
use serde_json::json;

use super::phone::Ear;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;
use super::verbs::speech;
use crate::canary::files_with;
use crate::http;
use crate::until::until;

const CALLER: &str = "+12025550187";
/// The caller's number without its country code, and the name in the e-mail address.
const PERSONAL: [&str; 2] = ["2025550187", "quillonfenwick77"];
/// What the test itself wrote.
const OTHERS: [&str; 3] = ["uas-", "said", "flows"];

fn stage() -> Stage {
    Stage::with_flow(
        |_| {
            "<Set field='email' value='quillonfenwick77@example.com'/>\
             <Tag name='mail' value='{email}'/><Tag name='who' value='{phone}'/>\
             <Record field='message' timeout='1' playBeep='false'/><Route/>"
                .to_owned()
        },
        &[contract("acme", 11)],
    )
}

/// A caller leaves a message, is connected, and hangs up.
fn call(stage: &Stage) -> Value {
    let buyer = Sipp::buyer(stage, 11, "uas-answers", 1);
    let phone = Phone::new(stage, 21);
    let ear = Ear::new(stage, 21, 6000);
    let own = |message: String| message.replace("+13055550123", CALLER);
    phone.send(&own(phone.invite()));
    let answer = phone.await_status(200);
    phone.send(&own(phone.within("ACK", 1, &answer)));
    until("the recording has begun", || {
        fs::read_dir(stage.home().join("recordings")).is_ok_and(|files| files.count() > 0)
    });
    ear.say(Phone::audio(&answer), &speech());
    until("the buyer is bridged", || {
        stage.calls().first().is_some_and(|call| call["bridged_at"].is_string())
    });
    // A live call is left, and counted.
    let removed = stage.run(&["privacy", "delete", "--phone", CALLER, "--json"]);
    let removed: Value = serde_json::from_str(&removed).unwrap();
    assert_fields(&removed, &[("/calls", json!(0)), ("/live", json!(1))]);
    phone.send(&own(phone.within("BYE", 2, &answer)));
    phone.await_cseq(200, "2 BYE");
    buyer.succeed();
    stage.record()
}

fn recordings(stage: &Stage) -> usize {
    fs::read_dir(stage.home().join("recordings")).unwrap().count()
}

#[test]
fn nothing_of_a_person_is_left_in_any_file() {
    let mut stage = stage();
    let before = call(&stage);
    assert_fields(&before, &[("/caller", json!(CALLER)), ("/tags/who", json!(CALLER))]);
    assert!(!files_with(&stage.home(), &PERSONAL, &OTHERS).is_empty(), "the call is stored");
    assert_eq!(recordings(&stage), 1);

    let body = json!({ "phone": CALLER }).to_string();
    let delete = || http::post(stage.api(), "/v1/privacy/delete", Some(stage.token()), &body);
    let (status, removed) = delete();
    assert_eq!(status, 200, "{removed}");
    let removed: Value = serde_json::from_str(&removed).unwrap();
    let counts = [("/calls", json!(1)), ("/live", json!(0)), ("/recordings", json!(1))];
    assert_fields(&removed, &counts);
    assert_eq!(files_with(&stage.home(), &PERSONAL, &OTHERS), Vec::<std::path::PathBuf>::new());
    assert_eq!(recordings(&stage), 0);

    let after = stage.record();
    let gone = [("/caller", json!(null)), ("/fields", json!({})), ("/tags", json!({}))];
    assert_fields(&after, &gone);
    for kept in ["revenue", "payout", "winner", "talk_seconds", "reason", "billable"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    stage.verify(&[]);
    let activity = stage.fetch("/v1/activity");
    let entry = activity["items"].as_array().unwrap().iter().find(|one| one["kind"] == "person");
    assert_fields(entry.unwrap(), &[("/id", json!(null)), ("/outcome", json!("done"))]);
    assert!(!activity.to_string().contains("2025550187"), "{activity}");

    // A repetition, also without a switch, finds nothing more.
    let (_, again) = delete();
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_fields(&again, &[("/calls", json!(0)), ("/recordings", json!(0))]);
    stage.tell_to_stop();
    assert_eq!(stage.ended(), Some(0));
    let offline = stage.run(&["privacy", "delete", "--phone", CALLER, "--json"]);
    let offline: Value = serde_json::from_str(&offline).unwrap();
    assert_eq!(offline, again);
    assert_eq!(files_with(&stage.home(), &PERSONAL, &OTHERS), Vec::<std::path::PathBuf>::new());
}

/// The address is a field that the caller gave, in other case.
#[test]
fn a_person_is_found_by_an_e_mail_address() {
    let stage = stage();
    call(&stage);
    let address = "QuillonFenwick77@Example.com";
    let body = json!({ "email": address }).to_string();
    let (status, removed) =
        http::post(stage.api(), "/v1/privacy/delete", Some(stage.token()), &body);
    assert_eq!(status, 200, "{removed}");
    let removed: Value = serde_json::from_str(&removed).unwrap();
    assert_fields(&removed, &[("/calls", json!(1)), ("/recordings", json!(1))]);
    assert_eq!(files_with(&stage.home(), &PERSONAL, &OTHERS), Vec::<std::path::PathBuf>::new());
    let again = stage.run(&["privacy", "delete", "--email", address, "--json"]);
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_fields(&again, &[("/calls", json!(0)), ("/tags", json!(0))]);
}
