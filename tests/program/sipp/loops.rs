//! Calls that come back.

use super::phone::Phone;
use super::stage::Stage;
use super::stage::attempts;
use super::stage::contract;

/// A buyer's exchange forwards the call to the number that it came from, as it would to any other.
#[test]
fn a_call_that_an_exchange_sends_back_is_a_loop() {
    let stage = Stage::direct(&[contract("acme", 22)]);
    let (caller, exchange) = (Phone::new(&stage, 21), Phone::new(&stage, 22));
    caller.send(&caller.invite());
    let offered = exchange.await_request("INVITE");
    let line = |name: &str| offered.lines().find(|line| line.starts_with(name)).unwrap();
    let own = line("X-Strowger-Call: ");
    let forwarded = exchange.invite().replace("Max-Forwards", &format!("{own}\r\nMax-Forwards"));
    exchange.send(&forwarded);
    let refusal = exchange.await_status(482);
    exchange.send(&exchange.within_refused(&refusal));
    // The exchange passes the refusal on.
    exchange.send(&Phone::ok_to(&offered).replace("200 OK", "482 Loop Detected"));
    caller.await_status(480);
    assert_eq!(attempts(&stage.ended_record()), ["acme loop"]);
    assert!(stage.log().contains("came back to this switch"), "{}", stage.log());
}

#[test]
fn a_call_without_hops_is_refused() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let caller = Phone::new(&stage, 21);
    caller.send(&caller.invite().replace("Max-Forwards: 70", "Max-Forwards: 0"));
    caller.await_status(483);
    assert!(stage.records().is_empty());
}

/// Our header alone is no loop: the call may be another switch's, or long over.
#[test]
fn a_call_of_another_switch_is_taken() {
    let stage = Stage::direct(&[contract("acme", 22)]);
    let (caller, buyer) = (Phone::new(&stage, 21), Phone::new(&stage, 22));
    let other = "X-Strowger-Call: 01890a5d-ac96-774b-bcce-b302099a8057\r\nMax-Forwards";
    caller.send(&caller.invite().replace("Max-Forwards", other));
    buyer.await_request("INVITE");
}
