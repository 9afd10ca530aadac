//! Tests that the database lists the same calls as a plain evaluator.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::End;
use crate::base::Now;
use crate::base::Rng as Random;
use crate::base::Wall;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::Scope;
use crate::call::TagFilter;
use crate::store::CallChange;
use crate::store::Store;
use crate::store::sample::bridged;
use crate::store::sample::finish;
use crate::store::sample::open;
use crate::store::sample::update;

const NAMES: [&str; 3] = ["a", "b", "c"];
const PHONES: [&str; 3] = ["+18005550100", "+18005550101", "+442079460018"];
const CASES: usize = 12;
const QUERIES: usize = 16;

/// Properties of a test call. Calls in the same second are milliseconds or microseconds apart.
#[derive(Debug, Clone)]
struct Sketch {
    micros: i64,
    number: &'static str,
    caller: Option<&'static str>,
    source: &'static str,
    offer: &'static str,
    rang: Vec<&'static str>,
    winner: Option<&'static str>,
    end: Option<End>,
    tag: Option<(&'static str, &'static str)>,
}

fn name() -> impl Strategy<Value = &'static str> {
    select(&NAMES[..])
}

fn micros() -> impl Strategy<Value = i64> {
    let micros = (0_i64..4, 0_i64..3).prop_map(|(millis, micros)| millis * 1_000 + micros * 400);
    micros.prop_map(|micros| 1_777_900_000_000_000 + micros)
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let first = (micros(), select(&PHONES[..]), weighted(0.8, select(&PHONES[..])), name(), name());
    let end = weighted(0.7, select(&[End::Bridged, End::Abandoned, End::HungUp][..]));
    let tag = weighted(0.6, (name(), select(&["", "x", "y=z"][..])));
    let second = (vec(name(), 0..4), weighted(0.5, name()), end, tag);
    (first, second).prop_map(|(first, second)| {
        let (micros, number, caller, source, offer) = first;
        let (rang, winner, end, tag) = second;
        Sketch { micros, number, caller, source, offer, rang, winner, end, tag }
    })
}

fn query() -> impl Strategy<Value = CallQuery> {
    let who = prop_oneof![
        3 => Just(Scope::All),
        1 => name().prop_map(|name| Scope::Buyer(name.parse().unwrap())),
        1 => name().prop_map(|name| Scope::Source(name.parse().unwrap())),
    ];
    let state = weighted(0.3, select(&[CallState::Live, CallState::Ended][..]));
    let time = || weighted(0.3, micros().prop_map(Wall::from_micros));
    let phone = || weighted(0.25, select(&PHONES[..]).prop_map(|text| text.parse().unwrap()));
    let first = (who, state, time(), time(), phone(), phone());
    let reason = weighted(0.2, select(&[End::Bridged, End::HungUp, End::Overload][..]));
    let tag = weighted(0.2, (name(), weighted(0.5, select(&["", "x", "y=z"][..]))));
    let tag = tag.prop_map(|tag| {
        let (name, value) = tag?;
        Some(TagFilter { name: name.parse().unwrap(), value: value.map(str::to_owned) })
    });
    let [source, offer, buyer] = [0, 1, 2].map(|_| weighted(0.2, name()));
    (first, (source, offer, buyer), reason, tag).prop_map(|(first, names, reason, tag)| {
        let (who, state, since, until, number, caller) = first;
        let (source, offer, buyer) = names;
        CallQuery {
            who,
            state,
            since,
            until,
            number,
            caller,
            source: source.map(|text| text.parse().unwrap()),
            offer: offer.map(|text| text.parse().unwrap()),
            buyer: buyer.map(|text| text.parse().unwrap()),
            reason,
            tag,
        }
    })
}

fn record(sketch: &Sketch, rng: &mut Random) -> CallRecord {
    let at = Now::at(Wall::from_micros(sketch.micros));
    let like = bridged(1);
    let attempt = |buyer: &&str, rng: &mut Random| {
        let mut attempt = like.attempts[0].clone();
        attempt.id = AttemptId::new(at, rng);
        attempt.buyer = buyer.parse().unwrap();
        attempt
    };
    let mut winner = like.winner.clone().filter(|_| sketch.winner.is_some());
    if let Some((winner, name)) = winner.as_mut().zip(sketch.winner) {
        winner.buyer = name.parse().unwrap();
    }
    let tags = sketch.tag.iter().map(|(tag, value)| (tag.parse().unwrap(), (*value).to_owned()));
    CallRecord {
        id: CallId::new(at, rng),
        state: if sketch.end.is_some() { CallState::Ended } else { CallState::Live },
        number: sketch.number.parse().unwrap(),
        caller: sketch.caller.map(|text| text.parse().unwrap()),
        source: sketch.source.parse().unwrap(),
        offer: sketch.offer.parse().unwrap(),
        attempts: sketch.rang.iter().map(|buyer| attempt(buyer, rng)).collect(),
        tags: tags.collect(),
        winner,
        reason: sketch.end,
        started_at: at.wall,
        ..like.clone()
    }
}

async fn stored(store: &dyn Store, sketches: &[Sketch]) -> Vec<CallRecord> {
    let mut rng = Random::seeded(7);
    let mut records: Vec<CallRecord> = sketches.iter().map(|one| record(one, &mut rng)).collect();
    for record in &records {
        open(store, CallRecord { state: CallState::Live, reason: None, ..record.clone() })
            .await
            .unwrap();
        let change = CallChange { sales: Vec::new(), ..record.clone().into() };
        match record.state {
            CallState::Live => update(store, change).await.unwrap(),
            CallState::Ended => finish(store, change).await.unwrap(),
        }
    }
    records.sort_by_key(|record| std::cmp::Reverse(record.id));
    records
}

async fn listed(store: &dyn Store, query: &CallQuery, limit: usize) -> Vec<CallId> {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.call_list(query.clone(), cursor, limit).await.unwrap();
        seen.extend(page.items.iter().map(|call| call.id));
        cursor = page.next;
        if cursor.is_none() {
            return seen;
        }
    }
}

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    calls_are_found_as_the_plain_evaluator_finds_them(fresh).await;
    ids_are_found_by_their_prefix(&*fresh().await).await;
}

/// All filters, alone and combined, in pages of any size.
async fn calls_are_found_as_the_plain_evaluator_finds_them(
    fresh: &impl AsyncFn() -> Arc<dyn Store>,
) {
    let mut runner = TestRunner::deterministic();
    let (mut passed, mut asked) = (0, 0);
    for _ in 0..CASES {
        let case = (vec(sketch(), 0..40), vec(query(), QUERIES), 1_usize..10);
        let (sketches, queries, limit) = case.new_tree(&mut runner).unwrap().current();
        let store = fresh().await;
        let records = stored(store.as_ref(), &sketches).await;
        for query in queries {
            let found = listed(store.as_ref(), &query, limit).await;
            let passing = records.iter().filter(|call| query.matches(call));
            let expected: Vec<CallId> = passing.map(|call| call.id).collect();
            assert_eq!(found, expected, "{query:?} of {records:#?}");
            passed += usize::from(!expected.is_empty());
            asked += 1;
        }
    }
    assert!(passed * 4 > asked, "too few queries find calls: {passed} of {asked}");
}

/// Ids are found by their prefix.
async fn ids_are_found_by_their_prefix(store: &dyn Store) {
    let sketch = |micros| Sketch {
        micros,
        number: PHONES[0],
        caller: None,
        source: "a",
        offer: "a",
        rang: Vec::new(),
        winner: None,
        end: None,
        tag: None,
    };
    let sketches = [sketch(1_777_900_000_000_000), sketch(1_777_900_000_001_000)];
    let ids: Vec<CallId> = stored(store, &sketches).await.iter().map(|call| call.id).collect();
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    for (start, limit, expected) in [
        ("", 9, &ids[..]),
        ("", 1, &ids[..1]),
        (&texts[0][..8], 9, &ids[..]),
        (&texts[0], 9, &ids[..1]),
        (&texts[1][..30], 9, &ids[1..]),
        ("0", 9, &ids[..]),
        ("f", 9, &[]),
        ("~", 9, &[]),
        ("'; DROP TABLE inquiry; --", 9, &[]),
    ] {
        assert_eq!(store.call_ids(start.to_owned(), limit).await.unwrap(), expected, "{start}");
    }
}
