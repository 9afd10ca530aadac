//! Events of calls reach their receiver although the program is killed between any two requests,
//! and although the receiver is down at first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Side;

use super::gate::Gate;
use super::program::world;
use super::stage::Plot;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use crate::receiver::Receiver;

/// Longest wait for an event: the first pauses of the schedule, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn events_survive_kills_and_a_receiver_that_is_down() {
    let receiver = Receiver::start(500);
    let url = receiver.url();
    let mut gate = Gate::new().await;
    let postback = format!(
        "[[postback]]\nid = \"p\"\nevent = [\"call.arrived\", \"call.connected\", \
         \"call.completed\", \"call.converted\", \"call.missed\"]\nurl = \"{url}\""
    );
    let contracts = &[("a", "caps = { day = 1 }")];
    let plot = Plot { kind: Kind::Twilio, flow: "direct", offer: &postback, contracts };
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
    for _ in 0..2 {
        let seen = carrier.call(caller().phone(&phone(0), talk.clone())).await;
        assert_eq!(seen.complaints(), "");
    }
    receiver.answer(204);
    let events = tokio::task::spawn_blocking(move || {
        let mut events: Vec<(String, Value)> = Vec::new();
        let mut known = BTreeSet::new();
        // Four of the call that was sold, and three of the call that was missed.
        while known.len() < 7 {
            let event = receiver.next(PATIENCE);
            let id = event.header("webhook-id").to_owned();
            known.insert(id.clone());
            events.push((id, event.json()));
        }
        events
    });
    let events = events.await.unwrap();
    let records = tokio::task::spawn_blocking(move || switch.lock().unwrap().records());
    let records = records.await.unwrap();
    let mut found: Vec<String> = events
        .iter()
        .map(|(id, body)| {
            assert_eq!(Some(id.as_str()), body["id"].as_str());
            let call = records.iter().position(|record| record["id"] == body["data"]["id"]);
            format!("{} {}", call.unwrap(), body["type"].as_str().unwrap())
        })
        .collect();
    found.sort();
    found.dedup();
    assert_eq!(
        found,
        [
            "0 call.arrived",
            "0 call.completed",
            "0 call.connected",
            "0 call.converted",
            "1 call.arrived",
            "1 call.completed",
            "1 call.missed",
        ]
    );
}
