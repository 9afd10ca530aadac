//! The program is killed between any two requests of a call and started again: the call continues
//! and keeps its holds.

use std::sync::Arc;
use std::sync::Mutex;

use strowger::base::Rng;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Pace;
use strowger::demo::carrier::Side;
use strowger::demo::carrier::Simulator;
use strowger::demo::carrier::Site;
use strowger::demo::carrier::Time;
use strowger::net::Clock;

use super::gate::Gate;
use super::program::world;
use super::stage::BASE;
use super::stage::Plot;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

/// The first buyer is busy, the second one answers and has one unit.
async fn killed_before_each_request(kind: Kind) {
    let mut gate = Gate::new().await;
    let contracts = &[("a", ""), ("b", "caps = { day = 1 }")];
    let plot = Plot { kind, flow: "menu", offer: "", contracts };
    let (switch, mut carrier) = world(&plot, gate.address).await;
    let behind = switch.clone();
    gate.open(Arc::new(move |number| {
        let mut switch = behind.lock().unwrap();
        if number > 1 {
            switch.restart();
        }
        switch.address
    }));
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    let script =
        || caller().presses("1").phone(&phone(0), Behaviour::busy()).phone(&phone(1), talk.clone());
    for _ in 0..2 {
        let seen = carrier.call(script()).await;
        assert_eq!(seen.complaints(), "", "{kind:?}");
    }
    let records = tokio::task::spawn_blocking(move || {
        let switch = switch.lock().unwrap();
        assert_eq!(switch.holds(), "0");
        switch.records()
    });
    let ended: Vec<String> = records.await.unwrap().iter().map(summary).collect();
    let expected =
        ["bridged by buyer [1a:busy 2b:won] 60.0s 10.00", "no_contract by switch [1a:busy] 0.0s -"];
    assert_eq!(ended, expected, "{kind:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_request_of_twilio() {
    killed_before_each_request(Kind::Twilio).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_request_of_telnyx() {
    killed_before_each_request(Kind::Telnyx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_request_of_signalwire() {
    killed_before_each_request(Kind::SignalWire).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_each_request_of_plivo() {
    killed_before_each_request(Kind::Plivo).await;
}

/// The live call's hold counts on top of what was sold before.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_call_holds_is_held_after_a_restart() {
    let mut gate = Gate::new().await;
    let contracts = &[("a", "caps = { day = 2 }")];
    let plot = Plot { kind: Kind::Twilio, flow: "direct", offer: "", contracts };
    let (switch, mut carrier) = world(&plot, gate.address).await;
    let first = Arc::new(Mutex::new(None));
    let (behind, voice) = (switch.clone(), format!("{BASE}/carriers/twilio/voice"));
    let (seen_there, handle) = (first.clone(), tokio::runtime::Handle::current());
    let (account, time) =
        (carrier.account().clone(), Time::new(Clock::system().now().wall, Pace::AtOnce));
    let calls = Arc::new(Mutex::new(0));
    let of_call = calls.clone();
    gate.open(Arc::new(move |_| {
        let mut switch = behind.lock().unwrap();
        let mut calls = of_call.lock().unwrap();
        // The second call rings: a third one arrives when the program is back.
        if *calls == 2 {
            *calls = 3;
            switch.restart();
            assert_eq!(switch.holds(), "1");
            let site = Site { base: BASE.to_owned(), address: switch.address };
            let rng = Rng::seeded(77);
            let mut other = Simulator::new(account.clone(), site, &voice, time.clone(), rng);
            *seen_there.lock().unwrap() = Some(handle.block_on(other.call(caller())));
        }
        if *calls == 1 {
            *calls = 2;
        }
        switch.address
    }));
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    for _ in 0..2 {
        let seen = carrier.call(caller().phone(&phone(0), talk.clone())).await;
        assert_eq!(seen.complaints(), "");
        *calls.lock().unwrap() = 1;
    }
    assert_eq!(first.lock().unwrap().as_ref().map(|seen| seen.complaints()), Some(String::new()));
    let records = tokio::task::spawn_blocking(move || switch.lock().unwrap().records());
    let mut ended: Vec<String> = records.await.unwrap().iter().map(summary).collect();
    ended.sort();
    let sold = "bridged by buyer [1a:won] 60.0s 10.00";
    assert_eq!(ended, [sold, sold, "no_contract by switch [] 0.0s -"]);
}

/// The journal of a newer program is not replayed: the call ends from its record, and the next call
/// continues.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_a_newer_program_ends_its_call() {
    let mut gate = Gate::new().await;
    let contracts = &[("a", "caps = { day = 2 }")];
    let plot = Plot { kind: Kind::Twilio, flow: "direct", offer: "", contracts };
    let (switch, mut carrier) = world(&plot, gate.address).await;
    let behind = switch.clone();
    gate.open(Arc::new(move |number| {
        let mut switch = behind.lock().unwrap();
        if number == 2 {
            let newer = "UPDATE carrier_call SET format = format + 1";
            switch.database().execute_batch(newer).unwrap();
            switch.restart();
            let ended: Vec<String> = switch.records().iter().map(summary).collect();
            assert_eq!(ended, ["switch_restart by switch [1a:canceled] 0.0s -"]);
            assert_eq!(switch.holds(), "0");
        }
        switch.address
    }));
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    for _ in 0..2 {
        carrier.call(caller().phone(&phone(0), talk.clone())).await;
    }
    let records = tokio::task::spawn_blocking(move || switch.lock().unwrap().records());
    let ended: Vec<String> = records.await.unwrap().iter().map(summary).collect();
    let expected =
        ["switch_restart by switch [1a:canceled] 0.0s -", "bridged by buyer [1a:won] 60.0s 10.00"];
    assert_eq!(ended, expected);
}

/// Whatever cannot be read of a call: it ends from its record, its unit is free again, and nothing
/// of it is live after that.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_cannot_be_read_ends_its_call() {
    for damage in [
        "UPDATE carrier_line SET line = '{'",
        "UPDATE carrier_call SET seed = 'x'",
        "UPDATE carrier_call SET carrier = 'nobody'",
        "UPDATE carrier_call SET flow = (SELECT hash FROM flow_text LIMIT 1), token = token; \
         UPDATE flow_text SET text = '<Flow'",
    ] {
        let mut gate = Gate::new().await;
        let contracts = &[("a", "caps = { day = 1 }")];
        let plot = Plot { kind: Kind::Twilio, flow: "direct", offer: "", contracts };
        let (switch, mut carrier) = world(&plot, gate.address).await;
        let behind = switch.clone();
        gate.open(Arc::new(move |number| {
            let mut switch = behind.lock().unwrap();
            if number == 2 {
                switch.database().execute_batch(damage).unwrap();
                switch.restart();
                assert_eq!(switch.holds(), "0", "{damage}");
            }
            switch.address
        }));
        let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
        carrier.call(caller().phone(&phone(0), talk)).await;
        let of_call = switch.clone();
        let ended = tokio::task::spawn_blocking(move || {
            let switch = of_call.lock().unwrap();
            let live = "SELECT count(*) FROM carrier_call WHERE live = 1";
            let live: i64 = switch.database().query_one(live, [], |row| row.get(0)).unwrap();
            assert_eq!(live, 0, "{damage}");
            switch.records().iter().map(summary).collect::<Vec<_>>()
        });
        let expected = ["switch_restart by switch [1a:canceled] 0.0s -"];
        assert_eq!(ended.await.unwrap(), expected, "{damage}");
    }
}
