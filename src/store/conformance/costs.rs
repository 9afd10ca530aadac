//! Tests that a cost is entered once, listed, and summed by day.

use std::sync::Arc;

use crate::base::Money;
use crate::store::Cost;
use crate::store::CostQuery;
use crate::store::EnteredCost;
use crate::store::NewCost;
use crate::store::Store;
use crate::store::sample::by;
use crate::store::sample::second;
use crate::store::sample::usd;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    a_cost_is_entered_once(&*fresh().await).await;
    costs_are_summed_by_day_source_and_offer(&*fresh().await).await;
}

fn cost(id: &str, source: &str, day: &str, amount: &str) -> NewCost {
    NewCost {
        id: id.parse().unwrap(),
        source: source.parse().unwrap(),
        offer: "auto-quote".parse().unwrap(),
        day: day.parse().unwrap(),
        amount: usd(amount),
        note: "clicks".to_owned(),
        by: by("ann", second(1)),
    }
}

async fn a_cost_is_entered_once(store: &dyn Store) {
    let new = cost("a", "ads", "2026-05-04", "120.00");
    let Ok(EnteredCost::Now(first)) = store.cost_add(new.clone()).await else {
        panic!("a new cost is entered");
    };
    assert_eq!((first.number, first.amount, first.at), (1, usd("120.00"), second(1)));
    let later = NewCost { by: by("bob", second(9)), ..new.clone() };
    assert_eq!(store.cost_add(later).await, Ok(EnteredCost::Before(first.clone())));
    for other in [
        cost("a", "ads", "2026-05-04", "120.01"),
        cost("a", "ads", "2026-05-05", "120.00"),
        cost("a", "others", "2026-05-04", "120.00"),
        NewCost { offer: "home".parse().unwrap(), ..new.clone() },
        NewCost { note: String::new(), ..new.clone() },
    ] {
        assert_eq!(store.cost_add(other).await, Ok(EnteredCost::Other(first.clone())));
    }
    assert_eq!(store.cost_fetch("a".parse().unwrap()).await, Ok(Some(first.clone())));
    assert_eq!(store.cost_fetch("b".parse().unwrap()).await, Ok(None));
    assert_eq!(store.costs(CostQuery::default(), None, 9).await, Ok(vec![first]));
    let log = store.activities(None, None, 9).await.unwrap();
    assert_eq!(log.len(), 2, "the second request is logged, and those refused are not");
    assert_eq!(log[0].mutation.subject.as_deref(), Some("a"));
}

async fn costs_are_summed_by_day_source_and_offer(store: &dyn Store) {
    let most = Money::from_micros(i64::MAX, usd("0.00").currency());
    for new in [
        cost("a", "ads", "2026-05-04", "120.00"),
        cost("b", "ads", "2026-05-04", "-20.00"),
        cost("c", "ads", "2026-05-05", "1.00"),
        cost("d", "others", "2026-05-04", "7.00"),
        NewCost { amount: most, ..cost("e", "huge", "2026-05-06", "1.00") },
        NewCost { amount: most, ..cost("f", "huge", "2026-05-06", "1.00") },
    ] {
        store.cost_add(new).await.unwrap();
    }
    let query = |since: Option<&str>, until: Option<&str>, source: Option<&str>| CostQuery {
        since: since.map(|day| day.parse().unwrap()),
        until: until.map(|day| day.parse().unwrap()),
        source: source.map(|id| id.parse().unwrap()),
    };
    for (query, ids, sums) in [
        (
            query(None, Some("2026-05-06"), None),
            "dcba",
            vec![("04", "ads", 100), ("04", "others", 7), ("05", "ads", 1)],
        ),
        (query(Some("2026-05-05"), Some("2026-05-06"), None), "c", vec![("05", "ads", 1)]),
        (query(None, None, Some("ads")), "cba", vec![("04", "ads", 100), ("05", "ads", 1)]),
        (query(Some("2026-05-07"), None, None), "", vec![]),
    ] {
        let listed = store.costs(query.clone(), None, 9).await.unwrap();
        let listed: String = listed.into_iter().map(|cost: Cost| cost.id).collect();
        assert_eq!(listed, ids, "{query:?}");
        let found = store.costs_by_day(query.clone()).await.unwrap();
        let found: Vec<(String, String, i64)> = found
            .into_iter()
            .map(|sum| (sum.day.to_string(), sum.source.to_string(), sum.micros / 1_000_000))
            .collect();
        let expected: Vec<(String, String, i64)> = sums
            .into_iter()
            .map(|(day, source, units)| (format!("2026-05-{day}"), source.to_owned(), units))
            .collect();
        assert_eq!(found, expected, "{query:?}");
    }
    let huge = store.costs_by_day(query(None, None, Some("huge"))).await.unwrap();
    assert_eq!(huge[0].micros, i64::MAX, "clamped");
    let page = store.costs(CostQuery::default(), Some(3), 1).await.unwrap();
    assert_eq!(page[0].id, "b");
}
