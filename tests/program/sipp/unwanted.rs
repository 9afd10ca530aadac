//! Callers who call too often, or withhold their number.

use serde_json::json;

use super::phone::Phone;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;

#[test]
fn a_caller_may_call_so_often_and_not_without_a_number() {
    let spam = "[spam]\ncalls_per_minute = 2\nwithheld = \"refuse\"\n";
    let stage = Stage::direct_with(spam, &[contract("acme", 10)]);
    // No buyer is there. All phones have one number.
    let call = |host: u8, change: fn(String) -> String, status: u16| {
        let phone = Phone::new(&stage, host);
        phone.send(&change(phone.invite()));
        let refusal = phone.await_status(status);
        phone.send(&phone.within_refused(&refusal));
        refusal
    };
    call(21, |invite| invite, 480);
    call(22, |invite| invite, 480);
    let refusal = call(23, |invite| invite, 603);
    assert!(refusal.contains("Reason: SIP;cause=603;text=\"caller_rate\""), "{refusal}");
    let withheld = |invite: String| invite.replace("<sip:+13055550123@", "<sip:anonymous@");
    call(20, withheld, 433);
    let refused = stage.fetch("/v1/calls/refused");
    let reasons: Vec<&str> = refused["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["reason"].as_str())
        .collect();
    assert!(reasons.contains(&"caller_rate") && reasons.contains(&"withheld"), "{refused}");
    let limited = refused["items"].as_array().unwrap();
    let limited = limited.iter().find(|one| one["reason"] == "caller_rate").unwrap();
    assert_fields(limited, &[("/caller", json!("+13055550123")), ("/count", json!(1))]);
    assert_eq!(stage.records().len(), 2, "what is refused has no record");
}
