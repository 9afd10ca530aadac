//! The program is stopped by a signal (SIGSTOP) while a webhook call is sold, and goes on later.

use std::sync::Arc;
use std::time::Duration;

use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Side;

use super::gate::Gate;
use super::program::world;
use super::stage::Plot;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

/// How long the program is frozen.
#[derive(Clone, Copy)]
enum Until {
    /// The carrier gives up waiting, and asks again.
    AskedAgain,
    /// That time has passed; the carrier waits longer.
    Passed(Duration),
}

/// The program is frozen at the carrier's second request, while its buyer rings. A second call
/// follows. Returns how the two ended.
async fn frozen(until: Until) -> Vec<String> {
    let mut gate = Gate::new().await;
    let contracts = &[("a", "caps = { day = 1 }")];
    let plot = Plot { kind: Kind::Telnyx, flow: "direct", offer: "", contracts };
    let (switch, mut carrier) = world(&plot, gate.address).await;
    if let Until::Passed(time) = until {
        carrier = carrier.with_patience(2 * time);
    }
    let behind = switch.clone();
    gate.open(Arc::new(move |number| {
        match (number, until) {
            (2, Until::AskedAgain) => behind.lock().unwrap().signal("-STOP"),
            (3, Until::AskedAgain) => behind.lock().unwrap().signal("-CONT"),
            (2, Until::Passed(time)) => {
                behind.lock().unwrap().signal("-STOP");
                let frozen = behind.clone();
                std::thread::spawn(move || {
                    wait(time);
                    frozen.lock().unwrap().signal("-CONT");
                });
            }
            _ => {}
        }
        behind.lock().unwrap().address
    }));
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    for _ in 0..2 {
        drop(carrier.call(caller().phone(&phone(0), talk.clone())).await);
    }
    let records = tokio::task::spawn_blocking(move || {
        let switch = switch.lock().unwrap();
        assert_eq!(switch.holds(), "0");
        switch.records()
    });
    records.await.unwrap().iter().map(summary).collect()
}

#[expect(clippy::disallowed_methods, reason = "another process has no event to wait for")]
fn wait(time: Duration) {
    std::thread::sleep(time);
}

const ONE_SOLD: [&str; 2] =
    ["bridged by buyer [1a:won] 60.0s 10.00", "no_contract by switch [] 0.0s -"];

/// Telnyx gives up after 2 s and asks again.
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_program_goes_on_with_its_webhook_call() {
    assert_eq!(frozen(Until::AskedAgain).await, ONE_SOLD);
}

/// Longer than a hold lasts (60 s).
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes 90 s: run it with `cargo test --test program frozen -- --ignored`"]
async fn a_program_frozen_for_90_seconds_counts_its_webhook_call() {
    assert_eq!(frozen(Until::Passed(s(90))).await, ONE_SOLD);
}
