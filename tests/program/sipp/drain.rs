//! A switch that is told to stop under load: new calls go elsewhere, and no live call is cut.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use serde_json::json;

use super::phone::Phone;
use super::scenario::Messages;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::assert_fields;
use super::stage::attempts;
use super::stage::contract;
use crate::until::until;

/// Calls a second.
const RATE: &str = "20";
/// More calls than are ever placed: the caller is told when it is enough.
const MANY: u32 = 100_000;

fn bridged(stage: &Stage) -> usize {
    stage.calls().iter().filter(|call| call["bridged_at"].is_string()).count()
}

/// Returns the calls of a caller that were answered, and those that were turned away.
pub(super) fn came_of(log: &Messages) -> (usize, usize) {
    let first = |status: &str| {
        let mut calls: Vec<&str> = log
            .received()
            .iter()
            .filter(|message| message.contains(status) && message.contains("CSeq: 1 INVITE"))
            .filter_map(|message| message.split("Call-ID: ").nth(1)?.lines().next())
            .collect();
        calls.sort_unstable();
        calls.dedup();
        calls.len()
    };
    (first("SIP/2.0 200 "), first("SIP/2.0 503 "))
}

fn no_live_call_is_cut(transport: &str) {
    let mut stage = Stage::direct(&[contract("acme", 10)]);
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", MANY);
    // The switch stops when the last call ends. This one lasts until everything was looked at.
    let phone = Phone::new(&stage, 23);
    phone.send(&phone.invite());
    let answer = phone.await_status(200);
    phone.send(&phone.within("ACK", 1, &answer));
    let load = ["-r", RATE, "-d", "3000", "-t", transport, "-max_socket", "500"];
    let caller = Sipp::caller_with(&stage, "uac-talks-or-is-turned-away", MANY, &load);
    until("calls are bridged", || bridged(&stage) > 40);
    stage.tell_to_stop();
    // Monitoring and the spreader of calls are told; the sockets answer as long as calls live.
    until("monitoring is told", || stage.answer("/readyz").0 == 503);
    until("calls are turned away", || came_of(&caller.messages()).1 >= 10);
    Sipp::caller_at(&stage, 21, "uac-options-expect-503", 1, &["-t", transport]).succeed();
    let rejected = Sipp::caller_at(&stage, 22, "uac-rejected-expect-503", 1, &["-t", transport]);
    let rejected = rejected.succeed();
    assert!(rejected.received()[0].contains("Retry-After: 30"), "{:?}", rejected.received());
    let seen = caller.place_no_more().succeed();
    phone.send(&phone.within("BYE", 2, &answer));
    phone.await_cseq(200, "2 BYE");
    assert_eq!(stage.ended(), Some(0));
    assert!(!stage.log().contains("live calls hung up"), "{}", stage.log());
    drop(buyer);

    let (answered, _) = came_of(&seen);
    assert!(answered >= 40, "{answered} answered");
    stage.start();
    let records = stage.records();
    assert_eq!(records.len(), answered + 1, "each answered call has one record");
    for record in &records {
        assert_eq!(attempts(record), ["acme won"]);
        assert_fields(record, &[("/reason", json!("bridged")), ("/ended_by", json!("caller"))]);
    }
}

#[test]
fn no_live_call_is_cut_under_load() {
    no_live_call_is_cut("u1");
}

#[test]
fn no_live_call_is_cut_under_load_over_tcp() {
    no_live_call_is_cut("t1");
}

/// The limit is a setting; systemd is told how long the stop may take.
#[test]
fn after_the_limit_live_calls_are_hung_up_and_recorded() {
    let mut stage = Stage::direct_with("[node]\ndrain = \"1s\"\n", &[contract("acme", 10)]);
    stage.kill();
    let path = stage.home().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let told = || {
        let mut buffer = [0; 256];
        let count = manager.recv(&mut buffer).unwrap();
        String::from_utf8(buffer[..count].to_vec()).unwrap()
    };
    stage.variables.push(("NOTIFY_SOCKET".to_owned(), path.to_str().unwrap().to_owned()));
    stage.start();
    assert_eq!(told(), "READY=1");
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 2);
    let caller = Sipp::caller(&stage, "uac-talks-until-hung-up-on", 2);
    until("both calls are bridged", || bridged(&stage) == 2);
    stage.tell_to_stop();
    assert_eq!(told(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=61000000");
    assert_eq!(stage.ended(), Some(0));
    caller.succeed();
    buyer.succeed();
    assert!(stage.log().contains("live calls hung up"), "{}", stage.log());
    stage.start();
    let records = stage.records();
    assert_eq!(records.len(), 2);
    for record in &records {
        assert_fields(record, &[("/state", json!("ended")), ("/ended_by", json!("switch"))]);
    }
}
