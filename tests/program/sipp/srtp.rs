//! SRTP and G.722 with baresip: callers and buyers over TLS, with keys and without, whose tones are
//! heard on the other side.

use serde_json::json;

use super::baresip::Baresip;
use super::scenario::Sipp;
use super::stage::Contract;
use super::stage::NUMBER;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use super::tls;
use super::tls::secure;
use crate::until::until;

/// Keys are offered and asked for, in RTP/SAVP.
const REQUIRED: &str = ";mediaenc=srtp-mand";
/// Keys are offered in RTP/AVP (RFC 8643).
const OPPORTUNISTIC: &str = ";mediaenc=srtp";

/// A switch whose callers and buyers may send from where baresip sends; with lines of the trunk, and
/// keys of the destination of buyers over TLS.
fn stage(contracts: &[Contract<'_>], trunk: &str, destination: &str) -> Stage {
    let book = |text: String| {
        let anywhere = "symmetric_rtp = \"any\"";
        let to = format!("transport=tls\", {destination}{anywhere} }}");
        let from = format!("{trunk}{anywhere}\naccept_from = [");
        text.replace("transport=tls\" }", &to).replace("accept_from = [", &from)
    };
    tls::stage_with(contracts, "", book).0
}

#[test]
fn a_secure_caller_and_a_secure_buyer_hear_each_other() {
    let stage = stage(&[secure("acme", 10)], "", "");
    let buyer = Baresip::buyer(&stage, 10, "acme", REQUIRED);
    let mut caller = Baresip::caller(&stage, 20, NUMBER, 6, REQUIRED);
    caller.end();
    let record = stage.record();
    assert_fields(&record, &[("/reason", json!("bridged")), ("/winner/contract", json!("acme"))]);
    assert_eq!(record["media"]["silent"], json!(null), "{record:#}");
    let shares = [caller.share_heard(10), buyer.share_heard(20)];
    assert!(shares.iter().all(|share| *share > 0.5), "{shares:?}");
    assert!(caller.has_said("RTP/SAVP") && buyer.has_said("RTP/SAVP"));
    assert!(!stage.log().contains("SRTP under another key"), "{}", stage.log());
    // The messages of the call are kept, without the keys.
    let id = record["id"].as_str().unwrap();
    let (status, ladder) = stage.answer(&format!("/v1/calls/{id}/ladder"));
    assert!(status == 200 && ladder.contains("RTP/SAVP"), "{ladder}");
    let keys: Vec<_> = ladder.split("inline:").skip(1).collect();
    assert!(keys.len() > 3 && keys.iter().all(|key| key.starts_with("****")), "{ladder}");
}

#[test]
fn a_secure_caller_and_a_plain_buyer_hear_each_other_in_both_codecs() {
    for (media, codec) in [(OPPORTUNISTIC, "PCMU"), (REQUIRED, "G722/16000/1")] {
        let required = "srtp = \"required\"\n";
        let stage = stage(&[secure("acme", 10)], required, "srtp = \"off\", ");
        let buyer = Baresip::buyer(&stage, 10, "acme", ";audio_codecs=PCMU");
        let account = format!("{media};audio_codecs={codec}");
        let mut caller = Baresip::caller(&stage, 20, NUMBER, 6, &account);
        caller.end();
        let record = stage.record();
        assert_fields(&record, &[("/reason", json!("bridged"))]);
        let shares = [caller.share_heard(10), buyer.share_heard(20)];
        assert!(shares.iter().all(|share| *share > 0.5), "{media} {codec}: {shares:?}");
        assert!(buyer.has_said("RTP/AVP") && !buyer.has_said("a=crypto"));
    }
}

/// Telephone events and new negotiations over SRTP: the buyer presses 1 to accept, the caller holds and
/// talks again.
#[test]
fn keys_and_hold_work_over_srtp() {
    let stage = stage(&[secure("acme", 10)], "", "accept = \"press-1\", ");
    let buyer = Baresip::buyer(&stage, 10, "acme", REQUIRED);
    let caller = Baresip::caller(&stage, 20, NUMBER, 30, REQUIRED);
    let is_bridged = || stage.calls().first().is_some_and(|call| call["bridged_at"].is_string());
    until("the buyer is asked", || buyer.has_said("Call established"));
    assert!(!is_bridged());
    until("the key is heard", || {
        buyer.types("1");
        is_bridged()
    });
    until("they have talked", || caller.has_heard_enough() && buyer.has_heard_enough());
    caller.types("x");
    until("the caller holds", || caller.has_said("a=recvonly"));
    caller.types("X");
    until("the caller talks again", || caller.times_said("a=sendrecv") > 3);
    caller.types("b");
    let heard = || caller.share_heard(10) > 0.5 && buyer.share_heard(20) > 0.5;
    until("both have written what they heard", heard);
    assert_fields(&stage.record(), &[("/reason", json!("bridged"))]);
    assert!(!stage.log().contains("SRTP under another key"), "{}", stage.log());
}

/// A buyer with TLS and without SRTP: it is offered plain RTP, unless SRTP is required.
#[test]
fn who_has_no_srtp_is_offered_plain_audio_unless_it_is_required() {
    for (destination, winner) in [("", "plain"), ("srtp = \"required\", ", "acme")] {
        let stage = stage(&[secure("plain", 10), contract("acme", 11)], "", destination);
        let plain = Baresip::buyer(&stage, 10, "plain", "");
        let buyer = Sipp::buyer(&stage, 11, "uas-answers", 1);
        Baresip::caller(&stage, 20, NUMBER, 6, REQUIRED).end();
        let record = stage.record();
        assert_fields(&record, &[("/winner/contract", json!(winner))]);
        let (tried, is_retried) = (attempts(&record), stage.log().contains("plain RTP is offered"));
        if winner == "plain" {
            assert!(is_retried && tried == ["plain won"], "{tried:?}");
            assert!(plain.share_heard(20) > 0.5);
        } else {
            buyer.succeed();
            assert!(!is_retried && tried[0].starts_with("plain no_common_codec"), "{tried:?}");
        }
    }
}

/// A carrier that must use SRTP, and does not.
#[test]
fn a_plain_caller_is_refused_where_srtp_is_required() {
    let stage = stage(&[secure("acme", 10)], "srtp = \"required\"\n", "");
    Baresip::caller(&stage, 20, NUMBER, 6, "").end();
    let record = stage.record();
    assert_fields(&record, &[("/sip_status", json!(488))]);
    assert!(stage.log().contains("audio over RTP/AVP only"), "{}", stage.log());
}
