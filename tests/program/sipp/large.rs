//! INVITEs that are too large for a datagram go by TCP, where the buyer takes it.

use serde_json::json;

use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::contract;

/// Calls a buyer whose address makes the INVITE large. Its SIPp listens on TCP or on UDP only, with
/// these arguments. Returns the INVITE as it came.
fn invited(arguments: &[&str], parameter: &str) -> String {
    let book = |_: &Stage, text: String| {
        let user = format!("sip:acme;pad={}@", "a".repeat(400));
        let text = text.replace("sip:acme@", &user);
        text.replace(":5060\" }", &format!(":5060{parameter}\" }}"))
    };
    let stage = Stage::changed(&[contract("acme", 10)], |_, text| text, book);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-answers", 1, arguments);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    let seen = buyer.succeed();
    let record = stage.record();
    assert_fields(&record, &[("/winner/contract", json!("acme")), ("/reason", json!("bridged"))]);
    let invite = seen.received()[0].to_owned();
    assert!(invite.contains("INVITE sip:acme;pad=") && invite.len() > 1_300, "{invite}");
    invite
}

#[test]
fn a_large_invite_goes_by_tcp() {
    assert!(invited(&["-t", "t1"], "").contains("Via: SIP/2.0/TCP "));
}

#[test]
fn a_large_invite_goes_by_udp_where_tcp_is_refused() {
    assert!(invited(&[], "").contains("Via: SIP/2.0/UDP "));
}

#[test]
fn a_large_invite_goes_by_udp_where_the_book_says_so() {
    assert!(invited(&[], ";transport=udp").contains("Via: SIP/2.0/UDP "));
}
