//! Tests that reports count each call and posting once, at the time of the call.

use std::time::Duration;

use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::call::Scope;
use crate::report::Cell;
use crate::report::Column;
use crate::report::Measure;
use crate::report::Question;
use crate::report::REPORT_ROWS_MAX;
use crate::report::Report;
use crate::report::ReportRow;
use crate::report::TooManyRows;
use crate::report::Topic;
use crate::report::Wanted;
use crate::store::Fact;
use crate::store::NewCost;
use crate::store::Origin;
use crate::store::Store;
use crate::store::sample::beat;
use crate::store::sample::bridged;
use crate::store::sample::by;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::node;
use crate::store::sample::open;
use crate::store::sample::ringing;
use crate::store::sample::second;
use crate::store::sample::update;
use crate::store::sample::usd;

use super::money::sale;
use super::money::sold;

pub(super) async fn all(fresh: &impl AsyncFn() -> std::sync::Arc<dyn Store>) {
    an_end_that_comes_twice_counts_once(&*fresh().await).await;
    a_live_call_counts_nothing(&*fresh().await).await;
    a_call_closed_after_a_crash_counts(&*fresh().await).await;
    a_call_counts_when_it_arrived(&*fresh().await).await;
    other_currencies_are_named(&*fresh().await).await;
    a_report_is_bounded(&*fresh().await).await;
    huge_amounts_do_not_stop_a_call(&*fresh().await).await;
    costs_lower_the_margin_of_their_day(&*fresh().await).await;
    costs_count_at_the_beginning_of_their_day(&*fresh().await).await;
}

fn question(group_by: &str, since: Wall, until: Wall) -> Question {
    let (since, until) = (since.to_string(), until.to_string());
    let wanted = Wanted {
        group_by: Some(group_by),
        since: Some(&since),
        until: Some(&until),
        ..Wanted::default()
    };
    Question::new(Topic::Pnl, Scope::All, wanted, second(0), Currency::USD).unwrap()
}

async fn report(store: &dyn Store, group_by: &str) -> Report {
    let day = Duration::from_secs(86_400);
    store.report(question(group_by, second(0) - day, second(0) + day)).await.unwrap().unwrap()
}

fn value(report: &Report, measure: Measure) -> Cell {
    let found = |(column, _): &&(Column, Cell)| *column == Column::Plain(measure);
    report.total.cells.iter().find(found).unwrap().1
}

async fn counts(store: &dyn Store) -> [Cell; 4] {
    let report = report(store, "").await;
    [Measure::Calls, Measure::Billable, Measure::Missed, Measure::Revenue]
        .map(|measure| value(&report, measure))
}

fn cells(calls: i64, billable: i64, missed: i64, revenue: &str) -> [Cell; 4] {
    let counts = [calls, billable, missed].map(Cell::Count);
    [counts[0], counts[1], counts[2], Cell::Amount(usd(revenue))]
}

fn unsold(seconds: u64) -> CallRecord {
    let mut record = finished(seconds);
    (record.winner, record.bridged_at) = (None, None);
    (record.billable, record.revenue, record.payout) = (false, None, None);
    record
}

async fn an_end_that_comes_twice_counts_once(store: &dyn Store) {
    let ended = || Fact::Ended(Box::new(sold(finished(1), &sale(1, &[]))));
    store.apply(Origin::Transaction, vec![ended(), ended()]).await.unwrap();
    store.apply(Origin::Transaction, vec![ended()]).await.unwrap();
    let id = crate::base::JournalId::new(
        crate::base::Now::at(second(1)),
        &mut crate::base::Rng::seeded(1),
    );
    for _ in 0..2 {
        let other = Fact::Ended(Box::new(unsold(2).into()));
        store.apply(Origin::Journal { id, first: 1 }, vec![other]).await.unwrap();
    }
    assert_eq!(counts(store).await, cells(2, 1, 1, "45.00"));
}

async fn a_live_call_counts_nothing(store: &dyn Store) {
    open(store, ringing(1)).await.unwrap();
    update(store, sold(bridged(2), &sale(2, &[]))).await.unwrap();
    assert_eq!(counts(store).await, cells(0, 0, 0, "0.00"));
    finish(store, sold(finished(2), &sale(2, &[]))).await.unwrap();
    assert_eq!(counts(store).await, cells(1, 1, 0, "45.00"));
}

async fn a_call_closed_after_a_crash_counts(store: &dyn Store) {
    open(store, ringing(1)).await.unwrap();
    for seconds in [2, 3] {
        update(store, sold(bridged(seconds), &sale(seconds, &[]))).await.unwrap();
    }
    beat(store, vec![bridged(2).id], second(2 + 10 + 90)).await.unwrap();
    for _ in 0..2 {
        store.calls_close_open(&node(), second(1_000)).await.unwrap();
        assert_eq!(counts(store).await, cells(3, 1, 1, "45.00"));
    }
}

/// The call arrives at 10:14:58 and ends after 10:15.
async fn a_call_counts_when_it_arrived(store: &dyn Store) {
    let at = 14 * 60 + 58;
    finish(store, sold(finished(at), &sale(at, &[]))).await.unwrap();
    for (since, until, calls) in [(0, 900, 1), (900, 1_800, 0), (0, 1_800, 1)] {
        let question = question("hour,buyer", second(since), second(until));
        let report = store.report(question).await.unwrap().unwrap();
        assert_eq!(report.rows.len(), calls, "{since}");
        for row in &report.rows {
            let hour = ("hour", Some("2025-11-20T10+0000".to_owned()));
            assert_eq!(row.group, [hour, ("buyer", Some("acme".to_owned()))]);
        }
    }
}

async fn other_currencies_are_named(store: &dyn Store) {
    for (seconds, code) in [(1, "USD"), (2, "EUR"), (3, "CAD")] {
        let mut record = finished(seconds);
        let amount = |amount| Some(Money::parse(amount, code.parse().unwrap()).unwrap());
        (record.revenue, record.payout) = (amount("45.00"), amount("20.00"));
        if let Some(winner) = &mut record.winner {
            winner.price = amount("45.00").unwrap();
        }
        let sale = crate::store::Sale { price: amount("45.00").unwrap(), ..sale(seconds, &[]) };
        finish(store, sold(record, &sale)).await.unwrap();
    }
    let report = report(store, "trunk").await;
    assert_eq!(value(&report, Measure::Billable), Cell::Count(3));
    assert_eq!(value(&report, Measure::Revenue), Cell::Amount(usd("45.00")));
    let others: Vec<&str> = report.other_currencies.iter().map(Currency::as_str).collect();
    assert_eq!(others, ["CAD", "EUR"]);
}

async fn a_report_is_bounded(store: &dyn Store) {
    let ended = |seconds: usize| {
        let mut record = unsold(u64::try_from(seconds).unwrap());
        record.tags.insert("click".parse().unwrap(), seconds.to_string());
        Fact::Ended(Box::new(record.into()))
    };
    store.apply(Origin::Transaction, (0..REPORT_ROWS_MAX).map(ended).collect()).await.unwrap();
    assert_eq!(report(store, "tag").await.rows.len(), REPORT_ROWS_MAX);
    store.apply(Origin::Transaction, vec![ended(REPORT_ROWS_MAX)]).await.unwrap();
    let day = Duration::from_secs(86_400);
    let question = question("tag", second(0) - day, second(0) + day);
    assert_eq!(store.report(question).await, Ok(Err(TooManyRows)));
}

async fn huge_amounts_do_not_stop_a_call(store: &dyn Store) {
    let huge = Money::from_micros(i64::MAX, Currency::USD);
    for seconds in [1, 2, 3] {
        let mut record = finished(seconds);
        (record.revenue, record.payout) = (Some(huge), None);
        record.talk = Duration::from_millis(u64::MAX);
        if let Some(winner) = &mut record.winner {
            winner.price = huge;
        }
        let sale = crate::store::Sale { price: huge, ..sale(seconds, &[]) };
        finish(store, sold(record, &sale)).await.unwrap();
    }
    let report = report(store, "buyer").await;
    assert_eq!(value(&report, Measure::Calls), Cell::Count(3));
    assert_eq!(value(&report, Measure::Revenue), Cell::Amount(huge));
}

/// One sale on 20 November, with costs of that day and the days beside it.
async fn costly(store: &dyn Store) {
    finish(store, sold(finished(1), &sale(1, &[]))).await.unwrap();
    for (id, source, day, amount) in [
        ("a", "search-ads", "2025-11-20", "7.00"),
        ("b", "search-ads", "2025-11-20", "-2.00"),
        ("c", "other-ads", "2025-11-20", "1.00"),
        ("d", "search-ads", "2025-11-21", "50.00"),
        ("e", "search-ads", "2025-11-19", "50.00"),
    ] {
        let new = NewCost {
            id: id.parse().unwrap(),
            source: source.parse().unwrap(),
            offer: "auto-quote".parse().unwrap(),
            day: day.parse().unwrap(),
            amount: usd(amount),
            note: String::new(),
            by: by("ann", second(1)),
        };
        store.cost_add(new).await.unwrap();
    }
}

/// A cost counts once, at the beginning of its day in the report's zone, under its source and offer.
/// Totals are the same for every grouping.
async fn costs_lower_the_margin_of_their_day(store: &dyn Store) {
    costly(store).await;
    for (group_by, rows) in [
        ("source", "search-ads 5.00 20.00, other-ads 1.00 -1.00"),
        ("offer", "auto-quote 6.00 19.00"),
        ("source,offer", "search-ads auto-quote 5.00 20.00, other-ads auto-quote 1.00 -1.00"),
        ("buyer", "acme 0.00 25.00, - 6.00 -6.00"),
        ("day", "2025-11-20 6.00 19.00"),
        ("day,source", "2025-11-20 search-ads 5.00 20.00, 2025-11-20 other-ads 1.00 -1.00"),
        ("tag", "- 6.00 -6.00"),
    ] {
        for zone in ["UTC", "America/New_York"] {
            let wanted = Wanted {
                group_by: Some(group_by),
                since: Some("2025-11-20"),
                until: Some("2025-11-21"),
                zone: Some(zone),
                ..Wanted::default()
            };
            let question = Question::new(Topic::Pnl, Scope::All, wanted, second(0), Currency::USD);
            let report = store.report(question.unwrap()).await.unwrap().unwrap();
            let amounts = |row: &ReportRow| {
                let of = |measure| {
                    let is = |(column, _): &&(Column, Cell)| *column == Column::Plain(measure);
                    row.cells.iter().find(is).unwrap().1.text()
                };
                format!("{} {}", of(Measure::Cost), of(Measure::Margin))
            };
            let row = |row: &ReportRow| {
                let group = row.group.iter().map(|(_, value)| value.as_deref().unwrap_or("-"));
                format!("{} {}", group.collect::<Vec<_>>().join(" "), amounts(row))
            };
            let found: Vec<String> = report.rows.iter().map(row).collect();
            if group_by != "tag" {
                assert_eq!(found.join(", "), rows, "{group_by} {zone}");
                assert_eq!(amounts(&report.total), "6.00 19.00", "{group_by} {zone}");
            } else {
                assert!(found.contains(&rows.to_owned()), "{found:?}");
            }
        }
    }
}

async fn costs_count_at_the_beginning_of_their_day(store: &dyn Store) {
    costly(store).await;
    for (group_by, since, until, cost) in [
        // A part of a day has its costs if it begins the day.
        ("offer", "2025-11-20T00:15:00Z", "2025-11-21T00:00:00Z", "0.00"),
        ("offer", "2025-11-20T00:00:00Z", "2025-11-20T00:15:00Z", "6.00"),
        ("hour", "2025-11-20T00:00:00Z", "2025-11-21T00:00:00Z", "6.00"),
    ] {
        let question = question(group_by, since.parse().unwrap(), until.parse().unwrap());
        let report = store.report(question).await.unwrap().unwrap();
        let is = |(column, _): &&(Column, Cell)| *column == Column::Plain(Measure::Cost);
        let found = report.total.cells.iter().find(is).unwrap().1.text();
        assert_eq!(found, cost, "{group_by} {since}");
    }
    let source = Scope::Source("search-ads".parse().unwrap());
    let question = Question::new(Topic::Pnl, source, Wanted::default(), second(0), Currency::USD);
    let report = store.report(question.unwrap()).await.unwrap().unwrap();
    assert!(report.total.cells.iter().all(|(column, _)| column.name() != "cost"));
}
