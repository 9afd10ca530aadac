//! Tests that a sale changes counters, balances, persons sold and earnings once, with the record.

use std::collections::BTreeMap;
use std::time::Duration;

use super::unit;
use crate::base::BuyerReport;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::Currency;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Rng;
use crate::base::Wall;
use crate::billing::Author;
use crate::billing::Posting;
use crate::billing::PostingKind;
use crate::book::ConversionBy;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::book::PayoutLimits;
use crate::book::PayoutShare;
use crate::call::CallRecord;
use crate::caps::CapKey;
use crate::caps::Level;
use crate::caps::Mark;
use crate::store::CallChange;
use crate::store::CapCount;
use crate::store::Credit;
use crate::store::Entered;
use crate::store::EntryKind;
use crate::store::ReturnedCall;
use crate::store::Sale;
use crate::store::SoldHold;
use crate::store::SoldMark;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::Won;
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
use jiff::tz::TimeZone;

pub(super) async fn all(fresh: &impl AsyncFn() -> std::sync::Arc<dyn Store>) {
    units_and_money_are_counted_once(&*fresh().await).await;
    an_unbilled_call_returns_its_price(&*fresh().await).await;
    the_sales_of_holds_are_found(&*fresh().await).await;
    levels_are_counted_apart(&*fresh().await).await;
    a_billable_call_is_charged_once(&*fresh().await).await;
    credits_are_entered_once(&*fresh().await).await;
    a_charge_is_returned_once(&*fresh().await).await;
    entries_are_listed_in_order(&*fresh().await).await;
    an_end_alone_is_complete(&*fresh().await).await;
    a_sale_has_one_posting_of_a_kind_for_a_cause(&*fresh().await).await;
    the_given_postings_are_stored(&*fresh().await).await;
    large_sums_do_not_stop_the_program(&*fresh().await).await;
    payouts_end_at_the_cap_of_the_source(&*fresh().await).await;
    persons_are_kept_for_their_window(&*fresh().await).await;
    persons_who_convert_are_kept_since_they_do(&*fresh().await).await;
    earnings_are_listed_oldest_first(&*fresh().await).await;
}

/// The third call of a day is not paid: its margin is the revenue. The next day pays again. The
/// record, the posting and its note agree.
async fn payouts_end_at_the_cap_of_the_source(store: &dyn Store) {
    let limits = PayoutLimits { day: Some(2), ..PayoutLimits::NONE };
    let zone = TimeZone::get("America/Denver").unwrap();
    let share = PayoutShare::of("50%".parse().unwrap());
    // The sample's calls begin at 10:00 UTC, which is 03:00 in Denver; its midnight is 07:00 UTC.
    for (seconds, payout, note) in
        [(1, "22.50", ""), (2, "22.50", ""), (3, "0.00", "cap_day"), (75_700, "22.50", "")]
    {
        let mut ended = finished(seconds);
        let winner = ended.winner.as_mut().unwrap();
        winner.payout = Some(Payout::Share(share));
        winner.payout_caps = PayoutCaps { zone: zone.clone(), limits };
        ended.payout = Some(usd("22.50"));
        open(store, ringing(seconds)).await.unwrap();
        let sales = Won::by(&ended, Some(sale(seconds, &[])));
        let change = CallChange::of(ended.clone(), Vec::new(), sales);
        for _ in 0..2 {
            finish(store, change.clone()).await.unwrap();
        }
        let kept = store.call_fetch(ended.id).await.unwrap().unwrap();
        assert_eq!(kept.payout, Some(usd(payout)), "{seconds}");
        assert_eq!(kept.winner, ended.winner, "{seconds}");
        let postings = store.postings(ended.id).await.unwrap();
        let amount = |name| {
            let found = postings.iter().find(|posting| posting.kind.name() == name).unwrap();
            (found.amount, found.by.note.clone())
        };
        assert_eq!(amount("payout"), (usd(payout), note.to_owned()), "{seconds}");
        let margin = usd("45.00").checked_sub(usd(payout)).unwrap();
        assert_eq!(amount("margin").0, margin, "{seconds}");
    }
}

/// Returns the sale of the call that arrived at `seconds`, at its bridge ten seconds later.
pub(super) fn sale(seconds: u64, units: &[CapKey]) -> Sale {
    let (at, price) = (second(seconds + 10), usd("45.00"));
    Sale {
        hold: None,
        at,
        units: units.to_vec(),
        price,
        prepaid: false,
        marks: Vec::new(),
        converted_marks: Vec::new(),
        balance_low: None,
        limits: Vec::new(),
    }
}

pub(super) fn sold(record: CallRecord, sale: &Sale) -> CallChange {
    let sales = Won::by(&record, Some(sale.clone()));
    CallChange::of(record, Vec::new(), sales)
}

/// Returns the same call, too short to be billable.
fn unbilled(seconds: u64) -> CallRecord {
    let mut record = finished(seconds);
    record.talk = Duration::from_secs(3);
    record.billable = false;
    (record.revenue, record.payout) = (Some(usd("0.00")), Some(usd("0.00")));
    record
}

async fn units_and_money_are_counted_once(store: &dyn Store) {
    let (today, tomorrow) = ("2025-11-20", "2025-11-21");
    for (seconds, day) in [(100, today), (200, today), (300, tomorrow)] {
        let sale = sale(seconds, &["total", "concurrent", day].map(unit));
        open(store, ringing(seconds)).await.unwrap();
        for _ in 0..2 {
            update(store, sold(bridged(seconds), &sale)).await.unwrap();
        }
        finish(store, sold(finished(seconds), &sale)).await.unwrap();
    }
    for (since, days) in [(0, 2), (210, 2), (211, 1), (310, 1), (311, 0)] {
        let expected: Vec<CapCount> = [(today, 2), (tomorrow, 1), ("total", 3)]
            .into_iter()
            .skip(2 - days)
            .map(|(period, used)| {
                let micros = i64::try_from(used).unwrap() * 45_000_000;
                CapCount { key: unit(period), used, micros }
            })
            .collect();
        assert_eq!(store.cap_usage_since(second(since)).await, Ok(expected), "since {since}");
    }
}

/// With the usage of the same moment: a sale that is up, one that was charged, one that got its price
/// back, and one of an earlier version.
async fn the_sales_of_holds_are_found(store: &dyn Store) {
    let hold = |seconds: u64| HoldId::new(Now::at(second(seconds)), &mut Rng::seeded(seconds));
    let sale_of = |seconds: u64| Sale {
        hold: Some(hold(seconds)).filter(|_| seconds != 400),
        prepaid: true,
        ..sale(seconds, &[unit("total")])
    };
    for seconds in [100, 200, 300, 400] {
        update(store, sold(bridged(seconds), &sale_of(seconds))).await.unwrap();
    }
    finish(store, sold(finished(200), &sale_of(200))).await.unwrap();
    finish(store, sold(unbilled(300), &sale_of(300))).await.unwrap();
    let asked = [400, 300, 250, 200, 100].map(hold).to_vec();
    let recorded = store.recorded(second(0), asked).await.unwrap();
    let of = |seconds, is_settled| SoldHold { hold: hold(seconds), is_settled };
    let mut found = recorded.sold;
    found.sort_by_key(|sold| sold.hold);
    assert_eq!(found, [of(100, false), of(200, true), of(300, true)]);
    assert_eq!(Ok(recorded.counts), store.cap_usage_since(second(0)).await);
    assert_eq!(Ok(recorded.balances), store.balances().await);
    let none = store.recorded(second(0), Vec::new()).await.unwrap();
    assert_eq!(none.sold, []);
}

async fn an_unbilled_call_returns_its_price(store: &dyn Store) {
    // Finished normally, finished in one fact, and left open by a switch that crashed or was
    // killed.
    update(store, sold(bridged(1), &sale(1, &[unit("total")]))).await.unwrap();
    let usage = async || {
        let count = store.cap_usage_since(second(0)).await.unwrap().remove(0);
        (count.used, count.micros)
    };
    assert_eq!(usage().await, (1, 45_000_000));
    for _ in 0..2 {
        finish(store, sold(unbilled(1), &sale(1, &[unit("total")]))).await.unwrap();
        assert_eq!(usage().await, (1, 0), "the unit stays used");
    }
    finish(store, sold(unbilled(2), &sale(2, &[unit("total")]))).await.unwrap();
    assert_eq!(usage().await, (2, 0));
    for (seconds, alive) in [(3, 60), (4, 110)] {
        let sale = sale(seconds, &[unit("total")]);
        update(store, sold(bridged(seconds), &sale)).await.unwrap();
        beat(store, vec![bridged(seconds).id], second(seconds + alive)).await.unwrap();
    }
    assert_eq!(usage().await, (4, 90_000_000));
    store.calls_close_open(&node(), second(1_000)).await.unwrap();
    assert_eq!(usage().await, (4, 45_000_000), "one was connected longer than its buffer");
}

async fn levels_are_counted_apart(store: &dyn Store) {
    // A contract, a buyer and an offer may share a slug.
    let levels = [
        Level::Buyer("acme".parse().unwrap()),
        Level::Contract("acme".parse().unwrap()),
        Level::Offer("acme".parse().unwrap()),
    ];
    let periods = ["2025-11", "2025-11-20", "2025-11-20T05-0500", "2025-W47", "total"];
    let keys = levels.iter().flat_map(|level| {
        periods.map(|period| CapKey { level: level.clone(), period: period.parse().unwrap() })
    });
    let units: Vec<CapKey> = keys.collect();
    finish(store, sold(finished(1), &sale(1, &units))).await.unwrap();
    let count = |key| CapCount { key, used: 1, micros: 45_000_000 };
    let expected: Vec<_> = units.into_iter().map(count).collect();
    assert_eq!(store.cap_usage_since(second(0)).await, Ok(expected));
}

fn prepaid(seconds: u64) -> Sale {
    Sale { prepaid: true, ..sale(seconds, &[]) }
}

async fn balance(store: &dyn Store) -> Option<Money> {
    store.balances().await.unwrap().items.first().map(|balance| balance.balance)
}

async fn a_billable_call_is_charged_once(store: &dyn Store) {
    update(store, sold(bridged(1), &prepaid(1))).await.unwrap();
    assert_eq!(balance(store).await, None, "nothing is owed before the call ends");
    for _ in 0..2 {
        finish(store, sold(finished(1), &prepaid(1))).await.unwrap();
        assert_eq!(balance(store).await, Some(usd("-45.00")));
    }
    finish(store, sold(unbilled(2), &prepaid(2))).await.unwrap();
    finish(store, sold(finished(3), &sale(3, &[]))).await.unwrap();
    assert_eq!(balance(store).await, Some(usd("-45.00")), "not billable; not prepaid");
    for (seconds, alive) in [(4, 60), (5, 110)] {
        update(store, sold(bridged(seconds), &prepaid(seconds))).await.unwrap();
        beat(store, vec![bridged(seconds).id], second(seconds + alive)).await.unwrap();
    }
    store.calls_close_open(&node(), second(1_000)).await.unwrap();
    assert_eq!(balance(store).await, Some(usd("-90.00")));
    let entries = store.balance_history("acme".parse().unwrap(), None, 10).await.unwrap();
    let kinds: Vec<(EntryKind, String)> =
        entries.into_iter().map(|entry| (entry.kind, entry.reference)).collect();
    let charge = |seconds| (EntryKind::Charge, finished(seconds).id.to_string());
    assert_eq!(kinds, [charge(5), charge(1)]);
}

pub(super) fn credit(id: &str, amount: &str) -> Credit {
    Credit {
        id: id.parse().unwrap(),
        buyer: "acme".parse().unwrap(),
        amount: usd(amount),
        note: "invoice 7".to_owned(),
        by: by("ann", second(1)),
    }
}

async fn credits_are_entered_once(store: &dyn Store) {
    assert_eq!(store.balances().await, Ok(crate::store::Balances::default()));
    let Ok(Entered::Now(first)) = store.balance_credit(credit("a", "100.00")).await else {
        panic!("a new credit is entered");
    };
    assert_eq!((first.kind, first.amount, first.at), (EntryKind::Credit, usd("100.00"), second(1)));
    let later = Credit { by: by("bob", second(9)), ..credit("a", "100.00") };
    assert_eq!(store.balance_credit(later).await, Ok(Entered::Before(first.clone())));
    let blue = Credit { buyer: "blue".parse().unwrap(), ..credit("a", "100.00") };
    for other in [credit("a", "100.01"), blue] {
        assert_eq!(store.balance_credit(other).await, Ok(Entered::Other(first.clone())));
    }
    store.balance_credit(credit("b", "-0.5")).await.unwrap();
    finish(store, sold(finished(1), &prepaid(1))).await.unwrap();
    let balances = store.balances().await.unwrap();
    assert_eq!(balances.sequence, 3);
    let [acme] = balances.items.as_slice() else { panic!("{balances:?}") };
    assert_eq!((acme.balance, acme.credited), (usd("54.50"), usd("99.50")));
    assert_eq!((acme.charged, acme.returned), (usd("-45.00"), usd("0.00")));
}

async fn a_charge_is_returned_once(store: &dyn Store) {
    let back = |call: CallId| {
        let (note, by) = ("wrong number".to_owned(), by("ann", second(500)));
        store.balance_return(ReturnedCall { call, note, by })
    };
    finish(store, sold(finished(1), &prepaid(1))).await.unwrap();
    finish(store, sold(finished(2), &sale(2, &[]))).await.unwrap();
    assert_eq!(back(finished(2).id).await, Ok(None), "it was not charged");
    assert_eq!(back(ringing(9).id).await, Ok(None));
    let Ok(Some(Entered::Now(entry))) = back(finished(1).id).await else { panic!("a return") };
    assert_eq!((entry.kind, entry.amount), (EntryKind::Return, usd("45.00")));
    assert_eq!(entry.buyer.as_str(), "acme");
    assert_eq!(back(finished(1).id).await, Ok(Some(Entered::Before(entry))));
    assert_eq!(balance(store).await, Some(usd("0.00")));
}

async fn entries_are_listed_in_order(store: &dyn Store) {
    for n in 0..5 {
        let id = n.to_string();
        let buyer = if n == 3 { "blue" } else { "acme" }.parse().unwrap();
        store.balance_credit(Credit { buyer, ..credit(&id, "1.00") }).await.unwrap();
    }
    let references = |entries: Vec<crate::store::BalanceEntry>| -> Vec<String> {
        entries.into_iter().map(|entry| entry.reference).collect()
    };
    assert_eq!(references(store.balance_entries_after(2).await.unwrap()), ["2", "3", "4"]);
    assert_eq!(references(store.balance_entries_after(5).await.unwrap()), Vec::<String>::new());
    for (before, limit, expected) in
        [(None, 2, vec!["4", "2"]), (Some(3), 9, vec!["1", "0"]), (None, 0, vec![])]
    {
        let acme = "acme".parse().unwrap();
        assert_eq!(references(store.balance_history(acme, before, limit).await.unwrap()), expected);
    }
}

/// Returns the kinds and amounts of the postings for a call.
async fn posted(store: &dyn Store, seconds: u64) -> Vec<String> {
    let postings = store.postings(ringing(seconds).id).await.unwrap();
    let shown = |posting: &Posting| format!("{} {}", posting.kind.name(), posting.amount.amount());
    postings.iter().map(shown).collect()
}

async fn an_end_alone_is_complete(store: &dyn Store) {
    let sale = Sale { marks: vec![person("ann", 100)], ..prepaid(1) };
    let sale = Sale { units: vec![unit("total")], ..sale };
    for _ in 0..2 {
        finish(store, sold(finished(1), &sale)).await.unwrap();
        let count = store.cap_usage_since(second(0)).await.unwrap().remove(0);
        assert_eq!((count.used, count.micros), (1, 45_000_000));
        assert_eq!(store.marks_at(second(50)).await.unwrap().len(), 1);
        let expected = ["charge -45.00", "revenue 45.00", "payout 20.00", "margin 25.00"];
        assert_eq!(posted(store, 1).await, expected);
        assert_eq!(balance(store).await, Some(usd("-45.00")));
    }
    finish(store, sold(unbilled(2), &sale)).await.unwrap();
    assert_eq!(posted(store, 2).await, ["budget -45.00"]);
    finish(store, finished(3)).await.unwrap();
    assert_eq!(posted(store, 3).await, Vec::<String>::new(), "there was no sale");
}

/// A correction is a posting with its own cause. Adding it a second time changes nothing.
async fn a_sale_has_one_posting_of_a_kind_for_a_cause(store: &dyn Store) {
    let sale = Sale { units: vec![unit("total")], ..sale(1, &[]) };
    let live = sold(bridged(1), &sale);
    let posting = |cause: u64, micros: i64| Posting {
        sale: live.sales[0].attempt,
        kind: PostingKind::Budget,
        cause: ringing(cause).id.into(),
        amount: Money::from_micros(micros, Currency::USD),
        at: second(1),
        by: Author { who: "ann".to_owned(), note: String::new() },
    };
    let spent = async || store.cap_usage_since(second(0)).await.unwrap().remove(0).micros;
    for (postings, expected, count) in [
        (vec![], 45_000_000, 0),
        (vec![posting(1, -5_000_000)], 40_000_000, 1),
        (vec![posting(1, -5_000_000)], 40_000_000, 1),
        (vec![posting(1, -7_000_000)], 40_000_000, 1),
        (vec![posting(2, -1), posting(1, -1)], 39_999_999, 2),
    ] {
        update(store, CallChange { postings, ..live.clone() }).await.unwrap();
        assert_eq!((spent().await, posted(store, 1).await.len()), (expected, count));
    }
}

async fn the_given_postings_are_stored(store: &dyn Store) {
    let change = sold(finished(1), &prepaid(1));
    assert_eq!(change.postings.len(), 4);
    finish(store, change.clone()).await.unwrap();
    assert_eq!(store.postings(finished(1).id).await, Ok(change.postings.clone()));
    assert_eq!(store.postings(finished(2).id).await, Ok(vec![]));
    // The store adds the given postings, whatever the record contains.
    finish(store, CallChange { postings: vec![], ..sold(finished(2), &prepaid(2)) }).await.unwrap();
    assert_eq!(store.postings(finished(2).id).await, Ok(vec![]));
    let margin = change.postings.into_iter().find(|one| one.kind == PostingKind::Margin).unwrap();
    assert_eq!(store.balance_post(margin, by("ann", second(1))).await, Err(StoreError::WrongState));
}

async fn large_sums_do_not_stop_the_program(store: &dyn Store) {
    let most = Money::from_micros(i64::MAX, Currency::USD);
    store.balance_credit(Credit { amount: most, ..credit("a", "0") }).await.unwrap();
    let more = store.balance_credit(credit("b", "0.000001")).await;
    assert!(matches!(more, Err(StoreError::TooLarge(_))), "{more:?}");
    assert_eq!(balance(store).await, Some(most));
    // Earlier programs did not limit credits: their sum exceeds 64 bits here, the balance does not.
    let least = Money::from_micros(-i64::MAX, Currency::USD);
    store.balance_credit(Credit { amount: least, ..credit("c", "0") }).await.unwrap();
    store.balance_credit(Credit { amount: most, ..credit("d", "0") }).await.unwrap();
    store.balance_credit(Credit { amount: least, ..credit("e", "0") }).await.unwrap();
    store.balance_credit(Credit { amount: least, ..credit("f", "0") }).await.unwrap();
    let balances = store.balances().await.unwrap();
    assert_eq!((balances.items[0].balance, balances.sequence), (least, 5));
    let huge = Sale { price: most, ..sale(1, &[unit("total")]) };
    for call in [bridged(1), bridged(2)] {
        update(store, sold(call, &huge)).await.unwrap();
    }
    let counts = store.cap_usage_since(Wall::from_micros(0)).await.unwrap();
    assert_eq!((counts[0].used, counts[0].micros), (2, i64::MAX), "no sale is lost for its price");
}

fn person(name: &str, window: u64) -> Mark {
    let offer = Level::Offer("auto-quote".parse().unwrap());
    Mark::new(&offer, &[name], Duration::from_secs(window))
}

/// A billable call, one that is not, and one whose buyer reports a sale later.
async fn persons_who_convert_are_kept_since_they_do(store: &dyn Store) {
    let known = async || {
        let mut known: Vec<String> = Vec::new();
        for SoldMark { mark, at } in store.marks_at(second(60)).await.unwrap() {
            let names = ["ann", "bob", "cid"];
            let name = names.into_iter().find(|name| person(name, 1).key() == mark.key()).unwrap();
            known.push(format!("{name} {}", at.since(second(0)).as_secs()));
        }
        known.sort();
        known
    };
    for (seconds, name) in [(1, "ann"), (2, "bob"), (3, "cid")] {
        let converted_marks = vec![person(name, 1_000)];
        let sale = Sale { converted_marks, ..sale(seconds, &[unit("total")]) };
        update(store, sold(bridged(seconds), &sale)).await.unwrap();
        assert!(!known().await.iter().any(|known| known.starts_with(name)), "{name} talks");
        let mut record = if name == "ann" { finished(seconds) } else { unbilled(seconds) };
        if name == "cid" {
            record.winner.as_mut().unwrap().conversion.by = ConversionBy::Report;
        }
        finish(store, sold(record, &sale)).await.unwrap();
    }
    assert_eq!(known().await, ["ann 11"]);
    let report = BuyerReport { sold: true, revenue: None, disposition: None, reference: None };
    let cid = finished(3).attempts[0].id;
    let seen = store.cap_corrections_after(0).await.unwrap().last().map_or(0, |one| one.posting);
    store.sale_report(cid, report, second(50)).await.unwrap();
    assert_eq!(known().await, ["ann 11", "cid 13"]);
    let told = store.cap_corrections_after(seen).await.unwrap();
    let told: Vec<_> = told.iter().flat_map(|correction| &correction.sold).collect();
    assert_eq!(told, [&SoldMark { mark: person("cid", 1_000), at: second(13) }]);
}

async fn persons_are_kept_for_their_window(store: &dyn Store) {
    for (seconds, name, window) in [(1, "ann", 100), (2, "bob", 1_000), (50, "ann", 100)] {
        let marks = vec![person(name, window)];
        let sale = Sale { marks, ..sale(seconds, &[]) };
        update(store, sold(bridged(seconds), &sale)).await.unwrap();
        finish(store, sold(unbilled(seconds), &sale)).await.unwrap();
    }
    for (at, expected) in [
        (60, vec![("ann", 60), ("bob", 12)]),
        (159, vec![("ann", 60), ("bob", 12)]),
        (160, vec![("bob", 12)]),
        (1_012, vec![]),
    ] {
        let known: BTreeMap<String, Wall> = store
            .marks_at(second(at))
            .await
            .unwrap()
            .into_iter()
            .map(|SoldMark { mark, at }| (mark.key().to_string(), at))
            .collect();
        let expected: BTreeMap<String, Wall> = expected
            .into_iter()
            .map(|(name, at)| (person(name, 1).key().to_string(), second(at)))
            .collect();
        assert_eq!(known, expected, "at {at}");
    }
}

async fn earnings_are_listed_oldest_first(store: &dyn Store) {
    let mut missed = finished(3);
    let mut other = ringing(77).attempts.remove(0);
    (other.contract, other.outcome) = ("blue-tx".parse().unwrap(), Some(Outcome::NoAnswer));
    missed.attempts.insert(0, other);
    for (seconds, record) in [(2, finished(2)), (3, missed), (1, unbilled(1))] {
        finish(store, sold(record, &sale(seconds, &[]))).await.unwrap();
    }
    update(store, sold(bridged(4), &sale(4, &[]))).await.unwrap();
    let earned = async |contracts: &[&str], since: u64| -> Vec<(String, i64)> {
        let contracts: Vec<ContractId> = contracts.iter().map(|id| id.parse().unwrap()).collect();
        let earned = store.earned_since(contracts, second(since)).await.unwrap();
        earned.into_iter().map(|earned| (earned.contract.to_string(), earned.micros)).collect()
    };
    let (acme, blue) = ("acme-auto-ca", "blue-tx");
    let own = |name: &str, micros| (name.to_owned(), micros);
    let all = [own(acme, 0), own(acme, 45_000_000), own(blue, 0), own(acme, 45_000_000)];
    assert_eq!(earned(&[acme, blue], 0).await, all);
    assert_eq!(earned(&[blue], 0).await, [own(blue, 0)]);
    assert_eq!(earned(&[acme], 3).await, [own(acme, 45_000_000)]);
    assert_eq!(earned(&[], 0).await, []);
}
