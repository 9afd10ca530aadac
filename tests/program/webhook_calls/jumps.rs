//! The wall clock of the node jumps while a call is live: no duration of the call changes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use strowger::base::Wall;
use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Side;

use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::look;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

/// A day and an hour forward and backward, in seconds.
const JUMPS: [i64; 4] = [86_400, 3_600, -3_600, -86_400];

/// The clock jumps before the carrier's n-th request of a call that the carrier does not find in
/// its API, so that only its own clock says how long it has been silent.
async fn jumps_before(request: usize, jump: i64) {
    let plot = Plot { kind: Kind::Twilio, flow: "menu", offer: "", contracts: &[("a", "")] };
    let mut stage = Stage::new(&plot).await;
    let account = stage.carrier.account().clone();
    stage.carrier = stage.asks(account, "/carriers/twilio/voice", 5);
    let webhooks = stage.node().carriers.webhooks.clone();
    let (skew, handle) = (stage.skew.clone(), tokio::runtime::Handle::current());
    stage.meets(move |number| {
        if number == request {
            skew.store(jump, Ordering::Relaxed);
            handle.block_on(look(&webhooks));
        }
        None
    });
    let talk = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    let seen = stage.call(caller().presses("1").phone(&phone(0), talk)).await;
    let case = format!("{jump} s before request {request}");
    assert_eq!(seen.complaints(), "", "{case}");
    let record = stage.records().await.pop().unwrap();
    assert_eq!(summary(&record), "bridged by buyer [1a:won] 60.0s 10.00", "{case}");
    let wall = |name: &str| record[name].as_str().unwrap().parse::<Wall>().unwrap();
    let lasted = wall("ended_at").since(wall("started_at"));
    assert!(lasted >= s(60) && lasted < s(120), "{case}: {lasted:?}");
    assert_eq!(wall("started_at").since(wall("ended_at")), Duration::ZERO, "{case}");
    stage.assert_free();
    stage.stop().await;
}

/// While the caller is asked, while it rings, and while they talk.
#[tokio::test(flavor = "multi_thread")]
async fn a_jump_of_the_clock_ends_no_call() {
    for jump in JUMPS {
        for request in [2, 3, 6] {
            jumps_before(request, jump).await;
        }
    }
}
