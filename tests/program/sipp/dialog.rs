//! Events within a dialog, and retransmissions.

use super::bridged::assert_sold;
use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;

#[test]
fn the_caller_holds_and_resumes() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller(&stage, "uac-holds-and-resumes", 1);
    caller.succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "caller", 1.0..4.0);
}

/// SIPp takes a repeated response for a sign that its request was lost, and retransmits the request
/// forever; so this caller is a plain socket.
#[test]
fn an_invite_that_comes_twice_is_one_call() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-rings-then-answers", 1, &["-d", "600"]);
    let caller = Phone::new(&stage, 21);
    let invite = caller.invite();
    caller.send(&invite);
    let first = caller.await_status(180);
    caller.send(&invite);
    assert_eq!(caller.await_status(180), first, "the same request has the same answer");
    let answer = caller.await_status(200);
    caller.send(&invite);
    caller.send(&caller.within("ACK", 1, &answer));
    caller.send(&caller.within("BYE", 2, &answer));
    caller.await_cseq(200, "2 BYE");
    buyer.succeed();
    assert_sold(&stage.record(), "caller", 0.0..1.0);
}

/// Without it, a buyer's exchange that forwards to a tracking number is rung for ever.
#[test]
fn a_call_that_is_passed_on_has_one_hop_less() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-busy-486", 1);
    Sipp::caller(&stage, "uac-waits-expect-480", 1).succeed();
    buyer.succeed();
}

#[test]
fn an_invite_without_sdp_is_offered_some() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-offers-late", 1, &["-d", "2000"]);
    caller.succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "caller", 1.1..4.0);
}

#[test]
fn a_new_offer_without_our_codecs_is_refused_and_the_call_goes_on() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller(&stage, "uac-offers-anew-and-is-refused", 1).succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "caller", 1.1..4.0);
}
