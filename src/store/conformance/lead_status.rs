//! Sales of leads whose buyers are asked what became of them, and what contracts were tried with.

use std::sync::Arc;
use std::time::Duration;

use super::leads::open;
use super::leads::posted;
use super::leads::received;
use super::leads::sell;
use super::leads::sold;
use crate::audit::Tried;
use crate::base::BuyerReport;
use crate::base::End;
use crate::base::Outcome;
use crate::base::Wall;
use crate::lead::LeadStatus;
use crate::sale::DecisionRecord;
use crate::store::LeadChange;
use crate::store::ScoredTries;
use crate::store::StatusDue;
use crate::store::StatusTerms;
use crate::store::Store;
use crate::store::sample::node;
use crate::store::sample::second;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    sales_are_found_once_and_are_due_until_they_are_final(&*fresh().await).await;
    what_is_reported_as_sold_is_not_asked_for(&*fresh().await).await;
    what_contracts_were_tried_with_is_counted_by_score(&*fresh().await).await;
}

fn terms() -> Vec<StatusTerms> {
    let winner = sold(1).record.sales[0].winner.clone();
    vec![StatusTerms { contract: winner.contract, interval: HOUR, within: DAY }]
}

/// Returns the sale of a lead, due an hour after it was sold.
fn due(seconds: u64) -> StatusDue {
    let record = sold(seconds).record;
    let sale = &record.sales[0];
    let sold_at = record.sold_at.unwrap();
    let (due_at, until) = (sold_at + HOUR, sold_at + DAY);
    let contract = sale.winner.contract.clone();
    StatusDue { sale: sale.id, lead: record.id, contract, due_at, until }
}

async fn waiting(store: &dyn Store, now: Wall) -> Vec<StatusDue> {
    store.status_due(now).await.unwrap()
}

async fn sales_are_found_once_and_are_due_until_they_are_final(store: &dyn Store) {
    assert_eq!(store.status_next().await, Ok(None));
    sell(store, 1).await;
    sell(store, 2).await;
    let now = second(10);
    store.status_find(terms(), now).await.unwrap();
    store.status_add(vec![due(2)], now).await.unwrap();
    assert_eq!(store.status_next().await, Ok(Some(due(1).due_at)));
    assert!(waiting(store, due(1).due_at - Duration::from_micros(1)).await.is_empty());
    assert_eq!(waiting(store, due(1).due_at).await, [due(1)]);
    assert_eq!(waiting(store, now + DAY).await, [due(1), due(2)], "each once");
    let next = due(1).due_at + HOUR;
    store.status_asked(due(1).sale, Some(next)).await.unwrap();
    assert_eq!(waiting(store, due(2).due_at).await, [due(2)]);
    store.status_asked(due(2).sale, None).await.unwrap();
    assert_eq!(store.status_next().await, Ok(Some(next)));
    // What is over is not found again, and is removed once its time has passed.
    store.status_find(terms(), now).await.unwrap();
    assert_eq!(waiting(store, now + DAY).await, [StatusDue { due_at: next, ..due(1) }]);
    store.status_add(Vec::new(), due(2).until).await.unwrap();
    assert_eq!(store.status_next().await, Ok(None));
    store.status_find(terms(), due(2).until).await.unwrap();
    assert_eq!(store.status_next().await, Ok(None), "sold before the contract's time");
    assert!(store.lead_fetch(received(1).id).await.unwrap().is_some());
}

async fn what_is_reported_as_sold_is_not_asked_for(store: &dyn Store) {
    let (first, second_sale) = (sell(store, 1).await, sell(store, 2).await);
    let report = |sold| BuyerReport { sold, revenue: None, disposition: None, reference: None };
    store.sale_report(first, report(true), second(5)).await.unwrap();
    store.sale_report(second_sale, report(false), second(5)).await.unwrap();
    store.status_find(terms(), second(10)).await.unwrap();
    assert_eq!(waiting(store, second(10) + DAY).await, [due(2)]);
}

/// Only leads that a buyer accepted or rejected count, and only those with a score.
async fn what_contracts_were_tried_with_is_counted_by_score(store: &dyn Store) {
    let scored = |mut change: LeadChange, score: &str| {
        let DecisionRecord { id, document, .. } = &mut change.decisions[0];
        *document = format!("{{\"id\":\"{id}\",\"told\":{{\"score\":[\"{score}\",\"score\"]}}}}");
        change
    };
    let lost = |seconds, outcome| {
        let LeadChange { mut record, decisions, .. } = posted(seconds);
        record.attempts[0].outcome = Some(outcome);
        record.status = LeadStatus::Rejected;
        (record.ended_at, record.reason) = (Some(second(seconds + 2)), Some(End::NoBuyer));
        LeadChange { decisions, ..LeadChange::of(record) }
    };
    for (seconds, change) in [
        (1, scored(sold(1), "62")),
        (2, scored(lost(2, Outcome::Declined), "69")),
        (3, scored(lost(3, Outcome::Unreachable), "65")),
        (4, scored(sold(4), "100")),
        (5, sold(5)),
    ] {
        open(store, seconds).await;
        store.lead_save(&node(), change).await.unwrap();
    }
    let mut found = store.scored_tries(second(0)).await.unwrap();
    found.sort_by_key(|tries| tries.band);
    let contract = sold(1).record.attempts[0].contract.clone();
    let tries = |band, tried, taken| {
        let tried = Tried { tried, taken };
        ScoredTries { contract: contract.clone(), band, tried }
    };
    assert_eq!(found, [tries(6, 2, 1), tries(10, 1, 1)]);
    assert_eq!(store.scored_tries(second(9)).await, Ok(Vec::new()));
}
