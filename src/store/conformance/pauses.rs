//! Tests that a contract has one pause at a time, and that a resumption ends it once.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Wall;
use crate::book::EventKind;
use crate::book::PauseCause;
use crate::store::ActivityOutcome;
use crate::store::Change;
use crate::store::NewPause;
use crate::store::PAUSE_KEPT;
use crate::store::Pause;
use crate::store::PauseState;
use crate::store::Store;
use crate::store::sample::by;
use crate::store::sample::second;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    a_contract_has_one_pause_at_a_time(&*fresh().await).await;
    a_pause_is_resumed_once_and_says_by_whom(&*fresh().await).await;
    followers_read_every_change(&*fresh().await).await;
    a_pause_has_one_event(&*fresh().await).await;
    old_pauses_are_deleted(&*fresh().await).await;
}

fn pause(contract: &str, since: u64, until: u64) -> NewPause {
    let contract = contract.parse().unwrap();
    let (since, until) = (second(since), second(until));
    NewPause { contract, because: PauseCause::Unanswered, since, until }
}

/// Returns the contracts that are paused at an instant, each with the end of its pause.
async fn paused(store: &dyn Store, at: u64) -> String {
    let open = store.pauses_open(second(at)).await.unwrap().items;
    let seconds = |until: Wall| until.since(second(0)).as_secs();
    let shown = open.iter().map(|one| format!("{}:{}", one.contract, seconds(one.until)));
    shown.collect::<Vec<_>>().join(" ")
}

async fn a_contract_has_one_pause_at_a_time(store: &dyn Store) {
    for (since, until) in [(1, 100), (1, 100), (50, 150), (60, 120)] {
        store.pause_begin(pause("a", since, until)).await.unwrap();
    }
    store.pause_begin(pause("b", 10, 20)).await.unwrap();
    assert_eq!(paused(store, 15).await, "a:150 b:20");
    assert_eq!(paused(store, 20).await, "a:150");
    assert_eq!(paused(store, 150).await, "");
    store.pause_begin(pause("a", 150, 200)).await.unwrap();
    let all = store.pauses(None, 10).await.unwrap();
    let states: Vec<_> = all.iter().map(|one| (one.state(second(160)), one.number)).collect();
    assert_eq!(states, [(PauseState::Paused, 3), (PauseState::Over, 2), (PauseState::Over, 1)]);
    assert_eq!(store.pauses(Some(3), 1).await.unwrap(), all[1..2]);
}

async fn a_pause_is_resumed_once_and_says_by_whom(store: &dyn Store) {
    store.pause_begin(pause("a", 1, 100)).await.unwrap();
    let a = || "a".parse().unwrap();
    assert_eq!(store.pause_resume("b".parse().unwrap(), by("ann", second(5))).await, Ok(None));
    let resumed = store.pause_resume(a(), by("ann", second(5))).await.unwrap().unwrap();
    let how = resumed.resumed.clone().unwrap();
    assert_eq!((how.at, how.by.ends_with("by user ann")), (second(5), true), "{how:?}");
    assert_eq!(store.pauses(None, 10).await.unwrap(), [resumed]);
    assert_eq!(paused(store, 6).await, "");
    assert_eq!(store.pause_resume(a(), by("bob", second(6))).await, Ok(None));
    // A contract that fails again is paused again.
    store.pause_begin(pause("a", 10, 90)).await.unwrap();
    assert_eq!(paused(store, 11).await, "a:90");
    assert_eq!(store.pause_resume(a(), by("bob", second(90))).await, Ok(None), "it is over");
    let log = store.activities(None, None, 10).await.unwrap();
    let done: Vec<_> = log.iter().map(|one| (&one.mutation.subject, &one.outcome)).collect();
    let expected = ActivityOutcome::Done { book_version: None };
    assert_eq!(done, [(&Some("a".to_owned()), &Some(expected))], "what is not paused is no change");
}

async fn followers_read_every_change(store: &dyn Store) {
    let mut changes = store.changes();
    let mut seen = store.pauses_open(second(0)).await.unwrap().sequence;
    for (contract, at) in [("a", 5), ("b", 5), ("a", 7)] {
        store.pause_begin(pause(contract, at, 100)).await.unwrap();
        let contract = contract.parse().unwrap();
        store.pause_resume(contract, by("ann", second(at))).await.unwrap().unwrap();
    }
    store.pause_begin(pause("c", 8, 100)).await.unwrap();
    let Some(Change::Pauses { sequence }) = changes.next().await else { panic!("no change") };
    let found = store.pauses_changed_after(seen).await.unwrap();
    let shown = |one: &Pause| format!("{}:{}", one.contract, one.state(second(9)).name());
    let shown: Vec<_> = found.items.iter().map(shown).collect();
    assert_eq!(shown, ["a:resumed", "b:resumed", "a:resumed", "c:paused"]);
    assert_eq!(found.sequence, sequence);
    seen = found.sequence;
    assert_eq!(store.pauses_changed_after(seen).await.unwrap().items, []);
    assert_eq!(store.pauses_open(second(8)).await.unwrap().sequence, seen);
    // A pause that another program makes longer.
    store.pause_begin(pause("c", 9, 120)).await.unwrap();
    let longer = store.pauses_changed_after(seen).await.unwrap().items;
    let ends: Vec<_> = longer.iter().map(|one| (one.contract.as_str(), one.until)).collect();
    assert_eq!(ends, [("c", second(120))]);
}

/// A pause and its event are written together, once, however often the pause is reported.
async fn a_pause_has_one_event(store: &dyn Store) {
    for (since, until) in [(1, 100), (1, 100), (50, 150), (150, 200)] {
        store.pause_begin(pause("a", since, until)).await.unwrap();
    }
    let events = store.events_unplanned().await.unwrap();
    let events: Vec<_> = events.into_iter().filter_map(|one| one.event).collect();
    let found: Vec<_> = events.iter().map(|event| (event.kind(), event.at)).collect();
    let kind = EventKind::ContractPaused;
    assert_eq!(found, [(kind, second(1)), (kind, second(150))]);
}

async fn old_pauses_are_deleted(store: &dyn Store) {
    store.pause_begin(pause("a", 1, 100)).await.unwrap();
    let since = second(100) + PAUSE_KEPT;
    let begin = |since: Wall| NewPause {
        contract: "b".parse().unwrap(),
        because: PauseCause::Unanswered,
        since,
        until: since + Duration::from_secs(60),
    };
    store.pause_begin(begin(since)).await.unwrap();
    assert_eq!(store.pauses(None, 10).await.unwrap().len(), 2);
    store.pause_begin(begin(since + Duration::from_secs(120))).await.unwrap();
    let kept = store.pauses(None, 10).await.unwrap();
    assert!(kept.iter().all(|one| one.contract.as_str() == "b"), "{kept:?}");
}
