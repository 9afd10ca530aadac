//! Conformance tests that every implementation of the store must pass.

mod activity;
mod announcements;
mod costs;
mod days;
mod facts;
mod lead_status;
mod hang_ups;
mod ladders;
pub(crate) mod leads;
mod lists;
mod money;
mod nodes;
mod presumed;
mod reports;
mod scores;
mod outbox;
mod pauses;
mod suppressions;
mod tokens;
mod trunks;
mod webhooks;

use std::sync::Arc;
use std::time::Duration;

use super::CallChange;
use super::CallPage;
use super::Decided;
use super::PAGE_CALLS_MAX;
use super::PastInquiry;
use super::Store;
use super::StoreError;
use super::sample::beat;
use super::sample::bridged;
use super::sample::by;
use super::sample::decision;
use super::sample::finish;
use super::sample::finished;
use super::sample::node;
use super::sample::open;
use super::sample::recorded;
use super::sample::ringing;
use super::sample::second;
use super::sample::update;
use crate::base::CallId;
use crate::base::End;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::EndedBy;
use crate::call::Recording;
use crate::call::RecordingPlace;
use crate::caps::CapKey;
use crate::caps::Level;

/// Runs every test on a new, empty store.
pub(super) async fn conforms(fresh: impl AsyncFn() -> Arc<dyn Store>) {
    Box::pin(a_record_is_read_as_it_was_written(&*fresh().await)).await;
    recordings_are_removed_with_all_that_names_them(&*fresh().await).await;
    writes_may_be_repeated_and_an_ended_call_stays(&*fresh().await).await;
    a_finish_without_an_open_is_kept(&*fresh().await).await;
    records_of_the_wrong_state_are_rejected(&*fresh().await).await;
    calls_left_open_end_when_last_seen(&*fresh().await).await;
    beats_never_go_back_and_do_not_change_ended_calls(&*fresh().await).await;
    pages_cover_every_call_once(&*fresh().await).await;
    decisions_are_found_by_call(&*fresh().await).await;
    decided_calls_come_oldest_first(&*fresh().await).await;
    facts::all(&fresh).await;
    leads::all(&fresh).await;
    lead_status::all(&fresh).await;
    announcements::all(&fresh).await;
    lists::all(&fresh).await;
    money::all(&fresh).await;
    costs::all(&fresh).await;
    days::all(&fresh).await;
    reports::all(&fresh).await;
    outbox::all(&fresh).await;
    nodes::all(&fresh).await;
    hang_ups::all(&fresh).await;
    ladders::all(&fresh).await;
    pauses::all(&fresh).await;
    presumed::all(&fresh).await;
    webhooks::all(&fresh).await;
    books_are_versioned(&*fresh().await).await;
    activity::all(&fresh).await;
    tokens::all(&fresh).await;
    trunks::all(&fresh).await;
    scores::all(&fresh).await;
    suppressions::all(&fresh).await;
}

fn change(record: CallRecord) -> CallChange {
    CallChange::from(record)
}

async fn a_record_is_read_as_it_was_written(store: &dyn Store) {
    let mut sparse = ringing(3);
    (sparse.caller, sparse.answered_at) = (None, None);
    sparse.fields.clear();
    sparse.attempts.clear();
    let mut refused = finished(4);
    (refused.winner, refused.decision_id, refused.sip_status) = (None, None, Some(480));
    (refused.revenue, refused.payout, refused.billable) = (None, None, false);
    refused.reason = Some(End::NoContract);
    let mut many = finished(5);
    let attempt = ringing(6).attempts.remove(0);
    many.attempts.insert(0, attempt);
    many.fields.insert("note".parse().unwrap(), "it's \"quoted\" – naïve".to_owned());
    let mut heard = recorded(8);
    heard.recordings.push(Recording {
        n: 2,
        length: None,
        place: RecordingPlace::Carrier { url: "https://c.example/r".to_owned() },
        ..heard.recordings[0].clone()
    });
    let mut suppressed = finished(9);
    suppressed.suppressed_by = Some("dnc".parse().unwrap());
    let records = [ringing(1), bridged(2), sparse, refused, many, finished(7), heard, suppressed];
    for record in records {
        match record.state {
            CallState::Live => update(store, change(record.clone())).await.unwrap(),
            CallState::Ended => finish(store, change(record.clone())).await.unwrap(),
        }
        assert_eq!(store.call_fetch(record.id).await, Ok(Some(record)));
    }
    assert_eq!(store.call_fetch(ringing(999).id).await, Ok(None));
}

/// Records of money stay, and other fields and tags.
async fn recordings_are_removed_with_all_that_names_them(store: &dyn Store) {
    let url = "https://c.example/r".to_owned();
    let mut webhook = recorded(2);
    webhook.recordings[0].place = RecordingPlace::Carrier { url: url.clone() };
    webhook.fields.insert("message".parse().unwrap(), url.clone());
    webhook.tags.insert("message".parse().unwrap(), format!("at {url}"));
    webhook.tags.insert("taken".parse().unwrap(), "message".to_owned());
    for record in [recorded(1), webhook.clone(), finished(3), ringing(4)] {
        match record.state {
            CallState::Live => update(store, change(record)).await.unwrap(),
            CallState::Ended => finish(store, change(record)).await.unwrap(),
        }
    }
    let due = async |before| {
        let page = store.recordings_due(before, None).await.unwrap();
        assert_eq!(page.next, None);
        page.items.into_iter().map(|one| (one.call, one.recordings.len())).collect::<Vec<_>>()
    };
    let ended = |record: &CallRecord| record.ended_at.unwrap() + Duration::from_micros(1);
    assert_eq!(due(recorded(1).ended_at.unwrap()).await, []);
    assert_eq!(due(ended(&recorded(1))).await, [(recorded(1).id, 1)]);
    let both = vec![(recorded(1).id, 1), (webhook.id, 1)];
    assert_eq!(due(second(9_999)).await, both);
    for _ in 0..2 {
        store.recordings_remove(vec![webhook.id, ringing(99).id]).await.unwrap();
        assert_eq!(due(second(9_999)).await, [(recorded(1).id, 1)]);
    }
    webhook.forget_recordings();
    assert_eq!((webhook.tags.len(), webhook.recordings.len()), (1, 0));
    assert_eq!(store.call_fetch(webhook.id).await, Ok(Some(webhook)));
    assert_eq!(store.call_fetch(recorded(1).id).await, Ok(Some(recorded(1))));
    // An old fact that is applied again brings nothing back.
    store.recordings_remove(vec![recorded(1).id]).await.unwrap();
    finish(store, change(recorded(1))).await.unwrap();
    assert_eq!(due(second(9_999)).await, []);
}

async fn writes_may_be_repeated_and_an_ended_call_stays(store: &dyn Store) {
    let is = async |record: &CallRecord| {
        assert_eq!(store.call_fetch(record.id).await.unwrap().as_ref(), Some(record));
    };
    open(store, ringing(1)).await.unwrap();
    is(&ringing(1)).await;
    update(store, change(bridged(1))).await.unwrap();
    open(store, ringing(1)).await.unwrap();
    is(&bridged(1)).await;
    for _ in 0..2 {
        finish(store, change(finished(1))).await.unwrap();
        is(&finished(1)).await;
    }
    let mut other = finished(1);
    (other.billable, other.reason) = (false, Some(End::Abandoned));
    other.attempts[0].ring_ms = 1;
    let sale = money::sale(1, &[unit("total")]);
    let late = CallChange { decisions: vec![decision(8)], ..money::sold(other, &sale) };
    finish(store, late).await.unwrap();
    update(store, change(bridged(1))).await.unwrap();
    open(store, ringing(1)).await.unwrap();
    is(&finished(1)).await;
    assert_eq!(store.decision_fetch(finished(1).id).await, Ok(None));
    assert_eq!(store.cap_usage_since(second(0)).await, Ok(vec![]));
}

async fn a_finish_without_an_open_is_kept(store: &dyn Store) {
    finish(store, change(finished(1))).await.unwrap();
    open(store, ringing(1)).await.unwrap();
    assert_eq!(store.call_fetch(finished(1).id).await, Ok(Some(finished(1))));
    assert_eq!(store.calls_close_open(&node(), second(50)).await, Ok(vec![]));
}

async fn records_of_the_wrong_state_are_rejected(store: &dyn Store) {
    assert_eq!(open(store, finished(1)).await, Err(StoreError::WrongState));
    assert_eq!(update(store, change(finished(1))).await, Err(StoreError::WrongState));
    assert_eq!(finish(store, change(ringing(1))).await, Err(StoreError::WrongState));
    assert_eq!(store.call_fetch(finished(1).id).await, Ok(None));
}

async fn calls_left_open_end_when_last_seen(store: &dyn Store) {
    open(store, ringing(1)).await.unwrap();
    update(store, change(bridged(2))).await.unwrap();
    update(store, change(bridged(3))).await.unwrap();
    finish(store, change(finished(4))).await.unwrap();
    beat(store, vec![bridged(2).id, ringing(999).id], second(2 + 10 + 90)).await.unwrap();
    let closed = store.calls_close_open(&node(), second(1_000)).await.unwrap();
    assert_eq!(closed, [ringing(1).id, bridged(2).id, bridged(3).id]);
    for (record, end, billable) in
        [(ringing(1), 1, false), (bridged(2), 102, true), (bridged(3), 13, false)]
    {
        let mut expected = record;
        expected.close_after_restart(second(end));
        let found = store.call_fetch(expected.id).await.unwrap().unwrap();
        assert_eq!(found, expected);
        assert_eq!(found.ended_at, Some(second(end)));
        assert_eq!(found.reason, Some(End::SwitchRestart));
        assert_eq!(found.ended_by, Some(EndedBy::Switch));
        assert_eq!(found.billable, billable);
    }
    assert_eq!(store.call_fetch(finished(4).id).await, Ok(Some(finished(4))));
    assert_eq!(store.calls_close_open(&node(), second(2_000)).await, Ok(vec![]));
}

async fn beats_never_go_back_and_do_not_change_ended_calls(store: &dyn Store) {
    finish(store, change(finished(1))).await.unwrap();
    beat(store, vec![finished(1).id], second(5_000)).await.unwrap();
    assert_eq!(store.call_fetch(finished(1).id).await, Ok(Some(finished(1))));
    open(store, ringing(2)).await.unwrap();
    open(store, ringing(3)).await.unwrap();
    for at in [30, 20] {
        beat(store, vec![ringing(2).id, ringing(3).id], second(at)).await.unwrap();
    }
    // If the clock was set back, calls end at the time of the restart at the latest.
    beat(store, vec![ringing(3).id], second(9_000)).await.unwrap();
    store.calls_close_open(&node(), second(60)).await.unwrap();
    for (id, end) in [(ringing(2).id, 30), (ringing(3).id, 60)] {
        let ended = store.call_fetch(id).await.unwrap().unwrap().ended_at;
        assert_eq!(ended, Some(second(end)));
    }
}

async fn pages_cover_every_call_once(store: &dyn Store) {
    assert_eq!(
        store.call_list(CallQuery::default(), None, 10).await,
        Ok(CallPage { items: vec![], next: None })
    );
    let mut expected: Vec<CallId> = Vec::new();
    for seconds in 0..7 {
        open(store, ringing(seconds)).await.unwrap();
        expected.insert(0, ringing(seconds).id);
    }
    for limit in [0, 1, 2, 3, 6, 7, 8, usize::MAX] {
        let (mut seen, mut cursor, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = store.call_list(CallQuery::default(), cursor, limit).await.unwrap();
            assert!(page.items.len() <= limit.clamp(1, PAGE_CALLS_MAX), "limit {limit}");
            seen.extend(page.items.iter().map(|call| call.id));
            pages += 1;
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected, "limit {limit}");
        assert_eq!(pages, 7_usize.div_ceil(limit.max(1)), "limit {limit}");
    }
    let printed =
        store.call_list(CallQuery::default(), None, 2).await.unwrap().next.unwrap().to_string();
    let page =
        store.call_list(CallQuery::default(), Some(printed.parse().unwrap()), 1).await.unwrap();
    assert_eq!(page.items[0].id, expected[2]);
}

async fn decisions_are_found_by_call(store: &dyn Store) {
    let record = finished(1);
    let decisions = vec![decision(1), decision(2)];
    assert_eq!(record.decision_id, Some(decisions[0].id), "not the newest");
    let first = CallChange { decisions: vec![decision(2)], ..change(ringing(1)) };
    update(store, first).await.unwrap();
    assert_eq!(
        store.decision_fetch(record.id).await,
        Ok(Some(decision(2))),
        "the record names none"
    );
    finish(store, CallChange { decisions, ..change(record.clone()) }).await.unwrap();
    assert_eq!(store.decision_fetch(record.id).await, Ok(Some(decision(1))));
    assert_eq!(store.decision_fetch(ringing(2).id).await, Ok(None));
}

fn unit(period: &str) -> CapKey {
    let level = Level::Buyer("acme".parse().unwrap());
    CapKey { level, period: period.parse().unwrap() }
}

async fn books_are_versioned(store: &dyn Store) {
    assert_eq!(store.book_version().await, Ok(0));
    assert_eq!(store.book_latest().await, Ok(None));
    for (text, version) in [("a", 1), ("a", 1), ("b", 2), ("a", 3), ("a", 3)] {
        let applied = store.book_apply(text.to_owned(), by("ann", second(1))).await;
        assert_eq!(applied, Ok(version), "{text}");
        assert_eq!(store.book_version().await, Ok(version));
        let latest = store.book_latest().await.unwrap().unwrap();
        assert_eq!((latest.version, latest.text.as_str()), (version, text));
        assert_eq!(store.book_fetch(version).await, Ok(Some(latest)));
    }
    for (after, text, version) in [(2, "c", None), (4, "c", None), (3, "a", Some(3))] {
        let applied = store.book_apply_after(after, text.to_owned(), by("ann", second(1))).await;
        assert_eq!(applied, Ok(version), "{after} {text}");
        assert_eq!(store.book_version().await, Ok(3));
    }
    assert_eq!(store.book_fetch(0).await, Ok(None));
    assert_eq!(store.book_fetch(4).await, Ok(None));
    let second_one = store.book_fetch(2).await.unwrap().unwrap();
    assert_eq!(second_one.text, "b");
    assert_eq!((second_one.who.as_str(), second_one.at), ("test by user ann", second(1)));
    for (before, limit, expected) in [
        (None, 10, vec![3, 2, 1]),
        (None, 2, vec![3, 2]),
        (Some(2), 10, vec![1]),
        (Some(1), 10, vec![]),
        (None, 0, vec![]),
    ] {
        let editions = store.book_history(before, limit).await.unwrap();
        let versions: Vec<u64> = editions.iter().map(|edition| edition.version).collect();
        assert_eq!(versions, expected);
        assert!(
            editions
                .iter()
                .all(|edition| edition.who == "test by user ann" && edition.at == second(1))
        );
    }
}

async fn decided_calls_come_oldest_first(store: &dyn Store) {
    let page = store.decided_since(second(0), None, 10).await.unwrap();
    assert_eq!((page.items, page.next), (vec![], None));
    for seconds in [5, 1, 3, 4, 2] {
        let decisions = match seconds {
            4 => vec![],
            3 => vec![decision(3), decision(30)],
            _ => vec![decision(seconds)],
        };
        let change = CallChange { decisions, ..change(finished(seconds)) };
        finish(store, change).await.unwrap();
    }
    let live = CallChange { decisions: vec![decision(6)], ..change(ringing(6)) };
    update(store, live).await.unwrap();
    for (since, limit, expected) in [
        (0, 10, vec![1, 2, 3, 5]),
        (2, 10, vec![2, 3, 5]),
        (0, 2, vec![1, 2, 3, 5]),
        (9, 1, vec![]),
    ] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = store.decided_since(second(since), cursor, limit).await.unwrap();
            assert!(page.items.len() <= limit);
            for Decided { inquiry, decisions } in page.items {
                let PastInquiry::Call(record) = inquiry else { panic!("{inquiry:?}") };
                assert_eq!(decisions.len(), if *record == finished(3) { 2 } else { 1 });
                seen.push(*record);
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let expected: Vec<CallRecord> = expected.into_iter().map(finished).collect();
        assert_eq!(seen, expected, "since {since}");
    }
    let all = store.decisions_fetch(finished(3).id).await.unwrap();
    assert_eq!(all, [decision(3), decision(30)]);
    assert_eq!(store.decisions_fetch(finished(4).id).await, Ok(vec![]));
}
