//! What happens within a call, and to its messages.

use super::bridged::assert_sold;
use super::sipp::Sipp;
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

#[test]
fn an_invite_that_comes_twice_is_one_call() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer_with(&stage, 10, "uas-rings-then-answers", 1, &["-d", "600"]);
    let caller = Sipp::caller(&stage, "uac-sends-invite-twice", 1);
    let messages = caller.succeed();
    buyer.succeed();
    let ringing = |message: &&&str| message.contains("SIP/2.0 180 ");
    let received = messages.received();
    let answers: Vec<_> = received.iter().filter(ringing).collect();
    assert_eq!(answers.len(), 2, "each INVITE is answered: {received:#?}");
    let plain = |answer: &str| answer.split_once("SIP/2.0").unwrap().1.to_owned();
    assert_eq!(plain(answers[0]), plain(answers[1]), "with the same bytes");
    assert_sold(&stage.record(), "caller", 0.0..1.0);
}

#[test]
fn an_invite_without_sdp_is_offered_some() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    let caller = Sipp::caller_with(&stage, "uac-offers-late", 1, &["-d", "1200"]);
    caller.succeed();
    buyer.succeed();
    assert_sold(&stage.record(), "caller", 1.1..4.0);
}
