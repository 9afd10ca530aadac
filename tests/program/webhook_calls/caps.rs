//! Caps, and more buyers than fit into one document.

use std::sync::Arc;
use std::sync::Mutex;

use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::End;
use strowger::demo::carrier::Event;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Side;

use super::stage;
use super::stage::Plot;
use super::stage::Stage;
use super::stage::caller;
use super::stage::phone;
use super::stage::s;
use super::stage::summary;

fn buyer() -> Behaviour {
    Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_has_one_unit() {
    let contracts = &[("a", "caps = { day = 1 }"), ("b", "caps = { day = 1 }")];
    for kind in Kind::ALL {
        let mut stage = Stage::new(&Plot { kind, flow: "direct", offer: "", contracts }).await;
        for _ in 0..3 {
            let script = caller().phone(&phone(0), buyer()).phone(&phone(1), buyer());
            let seen = stage.call(script).await;
            assert_eq!(seen.complaints(), "", "{kind:?}");
        }
        let ended: Vec<String> = stage.records().await.iter().map(summary).collect();
        let expected = [
            "bridged by buyer [1a:won] 60.0s 10.00",
            "bridged by buyer [1b:won] 60.0s 10.00",
            "no_contract by switch [] 0.0s -",
        ];
        assert_eq!(ended, expected, "{kind:?}");
        stage.assert_free();
        stage.stop().await;
    }
}

/// A buyer who did not answer loses no unit.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_sold_is_free_again() {
    let contracts = &[("a", "caps = { day = 1, concurrent = 1 }")];
    for kind in Kind::ALL {
        let mut stage = Stage::new(&Plot { kind, flow: "direct", offer: "", contracts }).await;
        for behaviour in [Behaviour::busy(), Behaviour::no_answer(), buyer()] {
            let seen = stage.call(caller().phone(&phone(0), behaviour)).await;
            assert_eq!(seen.complaints(), "", "{kind:?}");
        }
        let ended: Vec<String> = stage.records().await.iter().map(summary).collect();
        let expected = [
            "no_contract by switch [1a:busy] 0.0s -",
            "no_contract by switch [1a:no_answer] 0.0s -",
            "bridged by buyer [1a:won] 60.0s 10.00",
        ];
        assert_eq!(ended, expected, "{kind:?}");
        stage.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_buyers_ring_in_waves() {
    let names: Vec<String> = (0..12).map(|place| format!("c{place:02}")).collect();
    let contracts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let offer = "ring = \"simultaneous\"\nring_width = 10";
    for kind in Kind::ALL {
        let plot = Plot { kind, flow: "direct", offer, contracts: &contracts };
        let mut stage = Stage::new(&plot).await;
        let seen = stage.call(caller().phone(&phone(11), buyer())).await;
        assert_eq!(seen.complaints(), "", "{kind:?}");
        let is_dialled = |event: &&(_, Event)| matches!(event.1, Event::Dialled(_));
        assert_eq!(seen.events.iter().filter(is_dialled).count(), 12, "{kind:?}");
        let first: Vec<String> = names.iter().take(10).map(|n| format!("1{n}:no_answer")).collect();
        let expected =
            format!("bridged by buyer [{} 2c10:canceled 2c11:won] 60.0s 10.00", first.join(" "));
        assert_eq!(summary(&stage.records().await[0]), expected, "{kind:?}");
        stage.assert_free();
        stage.stop().await;
    }
}

/// Concurrent calls never take the same unit.
#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_share_what_there_is() {
    let contracts = &[("a", "caps = { day = 2 }"), ("b", "caps = { day = 3 }")];
    for kind in Kind::ALL {
        let mut stage = Stage::new(&Plot { kind, flow: "direct", offer: "", contracts }).await;
        let calls: Vec<_> = (0..8)
            .map(|_| {
                let script = caller().phone(&phone(0), buyer()).phone(&phone(1), buyer());
                stage.carrier.call(script)
            })
            .collect();
        let complaints = Mutex::new(String::new());
        let mut playing = tokio::task::JoinSet::new();
        for call in calls {
            playing.spawn(call);
        }
        while let Some(seen) = playing.join_next().await {
            complaints.lock().unwrap().push_str(&seen.unwrap().complaints());
        }
        assert_eq!(complaints.into_inner().unwrap(), "", "{kind:?}");
        let records = stage.records().await;
        let won = |contract: &str| {
            let of = |record: &&serde_json::Value| record["winner"]["contract"] == contract;
            records.iter().filter(of).count()
        };
        assert_eq!((won("a"), won("b"), records.len()), (2, 3, 8), "{kind:?}");
        stage.assert_free();
        stage.stop().await;
    }
}

/// A switch with room for one call rejects a second one unanswered, and accepts the next one as
/// soon as the first is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_switch_refuses() {
    for kind in Kind::ALL {
        let contracts = &[("a", "")];
        let plot = Plot { kind, flow: "direct", offer: "", contracts };
        let one = |settings: String| settings.replace("[sip]\n", "[sip]\nmax_calls = 1\n");
        let mut stage = Stage::with(&plot, stage::book(&plot), one).await;
        let mut other = stage.asks_directly(9);
        let reported = Arc::new(Mutex::new(None));
        let (seen, handle) = (reported.clone(), tokio::runtime::Handle::current());
        // The second call arrives during the first one's second request.
        stage.meets(move |number| {
            if number == 2 {
                *seen.lock().unwrap() = Some(handle.block_on(other.call(caller())));
            }
            None
        });
        for _ in 0..2 {
            let seen = stage.call(caller().phone(&phone(0), buyer())).await;
            assert_eq!(seen.complaints(), "", "{kind:?}");
            assert!(seen.bridged().is_some(), "{kind:?}");
        }
        let seen = reported.lock().unwrap().take().unwrap();
        assert_eq!((seen.end, seen.complaints()), (End::Rejected, String::new()), "{kind:?}");
        assert_eq!(stage.records().await.len(), 2, "{kind:?}");
        assert_eq!(stage.figure("strowger_webhook_calls_live").await, 0.0, "{kind:?}");
        stage.stop().await;
    }
}
