//! Tests that each event is written once, and of the life of a delivery.

use std::sync::Arc;
use std::time::Duration;

use super::facts::opened;
use super::money;
use super::unit;
use crate::base::End;
use crate::base::JournalId;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::PostbackId;
use crate::base::Rng;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::caps::Cap;
use crate::outbox::CallNews;
use crate::outbox::Event;
use crate::outbox::Key;
use crate::outbox::Next;
use crate::outbox::Recipient;
use crate::outbox::Recipients;
use crate::outbox::Subject;
use crate::store::Attempted;
use crate::store::CapLimit;
use crate::store::Delivery;
use crate::store::Fact;
use crate::store::Kept;
use crate::store::OUTBOX_PAGE_MAX;
use crate::store::Origin;
use crate::store::OutboxFigures;
use crate::store::Planned;
use crate::store::Resend;
use crate::store::Sale;
use crate::store::Store;
use crate::store::sample::bridged;
use crate::store::sample::by;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::open;
use crate::store::sample::remove_due;
use crate::store::sample::ringing;
use crate::store::sample::second;
use crate::store::sample::update;
use crate::store::sample::usd;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    each_thing_that_happens_is_one_event(&*fresh().await).await;
    a_repeated_fact_makes_no_event(&*fresh().await).await;
    an_end_alone_makes_every_event(&*fresh().await).await;
    a_missed_call_counts_once(&*fresh().await).await;
    facts_of_a_journal_make_their_events_once(&*fresh().await).await;
    unwanted_events_are_forgotten(&*fresh().await).await;
    a_delivery_is_due_until_it_is_made(&*fresh().await).await;
    dead_deliveries_are_listed_and_resent(&*fresh().await).await;
    what_waits_too_long_or_was_removed_is_given_up(&*fresh().await).await;
    old_deliveries_are_removed(&*fresh().await).await;
    keys_are_replaced(&*fresh().await).await;
    postbacks_share_a_page(&*fresh().await).await;
    contracts_and_postbacks_of_one_id_are_told_apart(&*fresh().await).await;
    a_cap_is_reported_by_the_sale_that_reaches_a_part(&*fresh().await).await;
    a_low_balance_is_reported_by_the_charge_that_makes_it_low(&*fresh().await).await;
}

fn id(postback: &str) -> PostbackId {
    postback.parse().unwrap()
}

/// Returns a recipient: a postback, or `contract:` and the id of a contract.
fn to(recipient: &str) -> Recipient {
    recipient.parse().unwrap()
}

/// Stores the arrival of a call that the switch has not answered.
async fn arrive(store: &dyn Store) {
    open(store, CallRecord { answered_at: None, ..ringing(1) }).await.unwrap();
}

/// Returns the kinds and times of the events that are not planned, in order.
async fn kinds(store: &dyn Store) -> Vec<(&'static str, Wall)> {
    let events = store.events_unplanned().await.unwrap();
    let events = events.into_iter().map(|one| one.event.unwrap());
    events.map(|event| (event.kind().name(), event.at)).collect()
}

/// Plans every event for the same postbacks.
async fn plan(store: &dyn Store, to: &[&str], at: Wall) -> Vec<Event> {
    let events = store.events_unplanned().await.unwrap();
    let to: Vec<Recipient> = to.iter().map(|own| self::to(own)).collect();
    let planned = |sequence| Planned { sequence, to: to.clone() };
    let plans = events.iter().map(|event| planned(event.sequence)).collect();
    store.deliveries_plan(plans, at).await.unwrap();
    events.into_iter().map(|one| one.event.unwrap()).collect()
}

async fn due(store: &dyn Store, postback: &str, at: Wall) -> Vec<Delivery> {
    store.deliveries_due(vec![(to(postback), 100)], at).await.unwrap()
}

async fn each_thing_that_happens_is_one_event(store: &dyn Store) {
    arrive(store).await;
    assert_eq!(kinds(store).await, [("call.arrived", second(1))]);
    update(store, bridged(1)).await.unwrap();
    finish(store, finished(1)).await.unwrap();
    let ended = finished(1).ended_at.unwrap();
    assert_eq!(
        kinds(store).await,
        [
            ("call.arrived", second(1)),
            ("call.answered", second(1)),
            ("call.connected", second(11)),
            ("call.completed", ended),
            ("call.converted", ended),
        ]
    );
    let events = store.events_unplanned().await.unwrap();
    let last = events.last().unwrap().event.clone().unwrap();
    assert_eq!(last, Event::of_call(CallNews::Converted, finished(1), ended));
}

async fn a_repeated_fact_makes_no_event(store: &dyn Store) {
    for _ in 0..3 {
        arrive(store).await;
        plan(store, &[], second(2)).await;
    }
    for round in 0..3 {
        update(store, bridged(1)).await.unwrap();
        let found = kinds(store).await.len();
        assert_eq!(found, if round == 0 { 2 } else { 0 }, "round {round}");
        plan(store, &[], second(2)).await;
    }
    for round in 0..3 {
        finish(store, finished(1)).await.unwrap();
        update(store, bridged(1)).await.unwrap();
        open(store, ringing(1)).await.unwrap();
        let found = kinds(store).await.len();
        assert_eq!(found, if round == 0 { 2 } else { 0 }, "round {round}");
        plan(store, &[], second(2)).await;
    }
}

async fn an_end_alone_makes_every_event(store: &dyn Store) {
    finish(store, finished(1)).await.unwrap();
    let kinds: Vec<&str> = kinds(store).await.into_iter().map(|(kind, _)| kind).collect();
    let expected =
        ["call.arrived", "call.answered", "call.connected", "call.completed", "call.converted"];
    assert_eq!(kinds, expected);
}

async fn a_missed_call_counts_once(store: &dyn Store) {
    let mut missed = ringing(1);
    missed.end(crate::call::EndedBy::Switch, End::NoContract, second(9));
    missed.attempts[0].outcome = Some(Outcome::NoAnswer);
    arrive(store).await;
    for _ in 0..2 {
        finish(store, missed.clone()).await.unwrap();
    }
    assert_eq!(
        kinds(store).await,
        [
            ("call.arrived", second(1)),
            ("call.answered", second(1)),
            ("call.completed", second(9)),
            ("call.missed", second(9)),
            ("buyer.unanswered", second(9)),
        ]
    );
}

async fn facts_of_a_journal_make_their_events_once(store: &dyn Store) {
    let id = JournalId::new(Now::at(second(0)), &mut Rng::seeded(1));
    let facts = vec![opened(1), Fact::ended(finished(1), Vec::new(), None)];
    for _ in 0..3 {
        store.apply(Origin::Journal { id, first: 1 }, facts.clone()).await.unwrap();
    }
    assert_eq!(kinds(store).await.len(), 5);
}

async fn unwanted_events_are_forgotten(store: &dyn Store) {
    finish(store, finished(1)).await.unwrap();
    assert_eq!(plan(store, &[], second(200)).await.len(), 5);
    assert_eq!((kinds(store).await.len(), due(store, "a", second(900)).await.len()), (0, 0));
    // Later events are still found.
    finish(store, finished(2)).await.unwrap();
    assert_eq!(kinds(store).await.len(), 5);
}

async fn a_delivery_is_due_until_it_is_made(store: &dyn Store) {
    arrive(store).await;
    let events = plan(store, &["a", "b"], second(5)).await;
    assert_eq!(due(store, "a", second(4)).await, []);
    assert_eq!(store.deliveries_next(second(4)).await, Ok(Some(second(5))));
    let found = due(store, "a", second(5)).await;
    let [delivery] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&delivery.event, delivery.attempts, delivery.since), (&events[0], 0, second(5)));
    let ended = |next, at| Attempted { id: delivery.id, at, next, fault: Some("x".to_owned()) };
    let again = ended(Next::At(second(10)), second(6));
    store.deliveries_attempted(vec![again]).await.unwrap();
    assert_eq!(due(store, "a", second(9)).await, []);
    assert_eq!(store.deliveries_next(second(6)).await, Ok(Some(second(10))));
    assert_eq!(due(store, "a", second(10)).await[0].attempts, 1);
    store.deliveries_attempted(vec![ended(Next::Delivered, second(11))]).await.unwrap();
    assert_eq!(due(store, "a", second(99)).await, []);
    assert_eq!(due(store, "b", second(99)).await.len(), 1, "the other postback waits");
    let oldest = Some(second(5));
    let state = OutboxFigures { waiting: 1, dead: 0, oldest };
    assert_eq!(store.outbox_figures().await, Ok(state));
    // The end of an attempt that is over changes nothing.
    store.deliveries_attempted(vec![ended(Next::Dead, second(12))]).await.unwrap();
    assert_eq!(store.outbox_figures().await, Ok(state));
}

async fn dead_deliveries_are_listed_and_resent(store: &dyn Store) {
    finish(store, finished(1)).await.unwrap();
    let events = plan(store, &["a", "b"], second(5)).await;
    let all = due(store, "a", second(5)).await.into_iter().chain(due(store, "b", second(5)).await);
    let end = |delivery: Delivery| Attempted {
        id: delivery.id,
        at: second(6),
        next: Next::Dead,
        fault: Some("the answer has status 410".to_owned()),
    };
    store.deliveries_attempted(all.map(end).collect()).await.unwrap();
    let dead = store.deliveries_dead(Recipients::All, None, 100).await.unwrap();
    assert_eq!((dead.len(), dead[0].attempts), (10, 1));
    assert!(dead.windows(2).all(|pair| pair[0].delivery > pair[1].delivery));
    assert_eq!((dead[0].dead_at, dead[0].fault.as_str()), (second(6), "the answer has status 410"));
    let page = store.deliveries_dead(Recipients::All, Some(dead[3].delivery), 2).await.unwrap();
    assert_eq!(page, dead[4..6]);
    let own = store.deliveries_dead(Recipients::Only(to("a")), None, 100).await.unwrap();
    assert_eq!(own.len(), 5);
    let one = Resend { to: to("a"), event: Some(events[3].id) };
    let resend = |resend: &Resend| store.deliveries_resend(resend.clone(), by("ann", second(50)));
    assert_eq!((resend(&one).await, resend(&one).await), (Ok(1), Ok(0)));
    let found = due(store, "a", second(50)).await;
    let [again] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((again.event.id, again.attempts, again.since), (events[3].id, 0, second(50)));
    assert_eq!(resend(&Resend { to: to("a"), event: None }).await, Ok(4));
    assert_eq!(due(store, "a", second(50)).await.len(), 5);
    assert_eq!(store.deliveries_dead(Recipients::All, None, 100).await.unwrap().len(), 5);
}

async fn what_waits_too_long_or_was_removed_is_given_up(store: &dyn Store) {
    arrive(store).await;
    plan(store, &["a", "b"], second(5)).await;
    assert_eq!(store.outbox_tidy(vec![to("a")], second(6)).await, Ok(1));
    let dead = store.deliveries_dead(Recipients::All, None, 100).await.unwrap();
    assert_eq!(
        (dead[0].to.to_string().as_str(), dead[0].fault.as_str()),
        ("b", "the postback was removed")
    );
    let late = second(5) + Duration::from_secs(24 * 3_600);
    assert_eq!(store.outbox_tidy(vec![to("a")], late).await, Ok(0));
    let late = late + Duration::from_secs(1);
    assert_eq!(store.outbox_tidy(vec![to("a")], late).await, Ok(1));
    assert_eq!(store.deliveries_dead(Recipients::All, None, 100).await.unwrap().len(), 2);
}

async fn contracts_and_postbacks_of_one_id_are_told_apart(store: &dyn Store) {
    arrive(store).await;
    plan(store, &["a", "contract:a"], second(5)).await;
    let mut ends = due(store, "a", second(5)).await;
    ends.extend(due(store, "contract:a", second(5)).await);
    let end =
        |own: Delivery| Attempted { id: own.id, at: second(6), next: Next::Dead, fault: None };
    store.deliveries_attempted(ends.into_iter().map(end).collect()).await.unwrap();
    for (of, expected) in [
        (Recipients::All, vec!["contract:a", "a"]),
        (Recipients::Postbacks, vec!["a"]),
        (Recipients::Contracts, vec!["contract:a"]),
        (Recipients::Only(to("contract:a")), vec!["contract:a"]),
        (Recipients::Only(to("contract:b")), vec![]),
    ] {
        let dead = store.deliveries_dead(of.clone(), None, 100).await.unwrap();
        let found: Vec<String> = dead.iter().map(|own| own.to.to_string()).collect();
        assert_eq!(found, expected, "{of:?}");
        assert!(dead.iter().all(|own| own.inquiry == Some(ringing(1).id.into())), "{dead:?}");
    }
    let resend = Resend { to: to("contract:a"), event: None };
    assert_eq!(store.deliveries_resend(resend, by("ann", second(9))).await, Ok(1));
    assert_eq!(due(store, "contract:a", second(9)).await.len(), 1);
    assert_eq!(store.outbox_tidy(vec![to("a")], second(9)).await, Ok(1));
    let dead = store.deliveries_dead(Recipients::Contracts, None, 9).await.unwrap();
    assert_eq!(dead[0].fault, "the contract no longer gets leads after their sale");
}

async fn old_deliveries_are_removed(store: &dyn Store) {
    arrive(store).await;
    plan(store, &["a", "b"], second(5)).await;
    let end =
        |delivery: &Delivery, next| Attempted { id: delivery.id, at: second(6), next, fault: None };
    let (a, b) = (due(store, "a", second(5)).await, due(store, "b", second(5)).await);
    let ends = vec![end(&a[0], Next::Delivered), end(&b[0], Next::Dead)];
    store.deliveries_attempted(ends).await.unwrap();
    let dead = async || store.deliveries_dead(Recipients::All, None, 100).await.unwrap().len();
    for (kind, before, left) in [
        (Kept::Events, second(6), 1),
        (Kept::DeadLetters, second(6), 1),
        (Kept::Events, second(7), 1),
        (Kept::DeadLetters, second(7), 0),
    ] {
        let oldest = remove_due(store, kind, before).await;
        assert_eq!(oldest, (left > 0).then_some(second(6)), "{kind} {before}");
        assert_eq!(dead().await, left, "{kind} {before}");
    }
    // A fact that is applied again does not bring the event back.
    arrive(store).await;
    assert_eq!(kinds(store).await, []);
}

async fn keys_are_replaced(store: &dyn Store) {
    assert_eq!(store.postback_key(id("a")).await, Ok(None));
    for bytes in [[1; 32], [2; 32]] {
        store.postback_key_set(id("a"), Key::of(bytes), by("ann", second(1))).await.unwrap();
        assert_eq!(store.postback_key(id("a")).await, Ok(Some(Key::of(bytes))));
    }
    assert_eq!(store.postback_key(id("b")).await, Ok(None));
    let log = store.activities(None, None, 10).await.unwrap();
    assert_eq!(log.len(), 2);
    assert!(!format!("{log:?}").contains("whsec"));
}

async fn postbacks_share_a_page(store: &dyn Store) {
    let facts = (0..60).map(|call| Fact::ended(finished(call), Vec::new(), None)).collect();
    store.apply(Origin::Transaction, facts).await.unwrap();
    while !plan(store, &["a", "b"], second(5)).await.is_empty() {}
    let wanted = vec![(to("a"), 8), (to("b"), 1_000), (to("a"), 8)];
    let found = store.deliveries_due(wanted, second(5)).await.unwrap();
    let of_a = found.iter().filter(|delivery| delivery.to == to("a")).count();
    assert_eq!((found.len(), of_a), (OUTBOX_PAGE_MAX, 8));
}

/// 100.00 are paid in; each call costs 45.00, and below 60.00 the balance is low. A charge that is
/// repeated, given back, or not the first below the threshold reports nothing more.
async fn a_low_balance_is_reported_by_the_charge_that_makes_it_low(store: &dyn Store) {
    store.balance_credit(money::credit("a", "100.00")).await.unwrap();
    let low = |seconds| Sale {
        prepaid: true,
        balance_low: Some(usd("60.00")),
        ..money::sale(seconds, &[])
    };
    let finish = async |call| {
        for _ in 0..2 {
            let fact = Fact::Ended(Box::new(money::sold(finished(call), &low(call))));
            store.apply(Origin::Transaction, vec![fact]).await.unwrap();
        }
    };
    let found = async || {
        let events = store.events_unplanned().await.unwrap();
        let lows = events.into_iter().filter_map(|one| match one.event?.subject {
            Subject::Balance { left, price, .. } => Some(format!("{left} of {price}")),
            _ => None,
        });
        lows.collect::<Vec<_>>()
    };
    finish(1).await;
    assert_eq!(found().await, ["55.00 USD of 60.00 USD"]);
    finish(2).await;
    assert_eq!(found().await.len(), 1);
    store.balance_credit(money::credit("b", "50.00")).await.unwrap();
    finish(3).await;
    assert_eq!(found().await, ["55.00 USD of 60.00 USD", "15.00 USD of 60.00 USD"]);
}

async fn a_cap_is_reported_by_the_sale_that_reaches_a_part(store: &dyn Store) {
    let key = unit("2025-11-20");
    for call in 1..=5 {
        let limits = vec![CapLimit { key: key.clone(), units: 4 }];
        let sale = Sale { limits, ..money::sale(call, std::slice::from_ref(&key)) };
        for _ in 0..2 {
            let fact = Fact::Ended(Box::new(money::sold(finished(call), &sale)));
            store.apply(Origin::Transaction, vec![fact]).await.unwrap();
        }
    }
    let events = store.events_unplanned().await.unwrap();
    let parts = events.into_iter().filter_map(|one| match one.event?.subject {
        Subject::Cap { cap: Cap::Units { used, limit, .. }, percent, .. } => {
            Some((used, limit, percent))
        }
        _ => None,
    });
    assert_eq!(parts.collect::<Vec<_>>(), [(3, 4, 75), (4, 4, 100)]);
}
