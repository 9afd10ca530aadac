//! Tests that facts applied together change what they change one by one.

use std::collections::BTreeSet;
use std::time::Duration;

use super::apply;
use crate::base::BuyerReport;
use crate::base::CallId;
use crate::base::Reported;
use crate::base::Rng;
use crate::base::Wall;
use crate::book::PayoutCaps;
use crate::book::PayoutLimits;
use crate::call::CallRecord;
use crate::caps::CapKey;
use crate::caps::Level;
use crate::caps::Mark;
use crate::report::Additions;
use crate::store::CallChange;
use crate::store::CapLimit;
use crate::store::Fact;
use crate::store::Sale;
use crate::store::Won;
use crate::store::sample::bridged;
use crate::store::sample::carried;
use crate::store::sample::decision;
use crate::store::sample::ended_leg;
use crate::store::sample::finished;
use crate::store::sample::node;
use crate::store::sample::recorded;
use crate::store::sample::ringing;
use crate::store::sample::second;
use crate::store::sample::usd;
use crate::store::sql::call;
use crate::store::sql::engine::Db;
use crate::store::sql::engine::Value;
use crate::store::sql::engine::params;
use crate::store::sql::migrate::migrate;
use crate::store::sql::report_of_sale;
use crate::store::sql::rollup;

const SEEDS: u64 = 60;
const CALLS: u64 = 5;

fn sale(seconds: u64, rng: &mut Rng) -> Sale {
    let key = |period: &str| CapKey {
        level: Level::Buyer("acme".parse().unwrap()),
        period: period.parse().unwrap(),
    };
    let mark =
        Mark::of("00000000000000000000000000000007".parse().unwrap(), Duration::from_secs(3_600));
    Sale {
        hold: None,
        at: second(seconds + 10),
        units: vec![key("2025-11-20"), key("total"), key("concurrent")],
        price: usd("45.00"),
        prepaid: rng.below(2) == 0,
        marks: if rng.below(2) == 0 { vec![mark] } else { Vec::new() },
        converted_marks: Vec::new(),
        balance_low: Some(usd("100.00")),
        limits: vec![CapLimit { key: key("2025-11-20"), units: 2 }],
    }
}

/// Returns a change of a call whose source may be paid twice a day.
fn change(mut record: CallRecord, sale: &Sale, decisions: u64) -> Box<CallChange> {
    if let Some(winner) = &mut record.winner {
        let limits = PayoutLimits { day: Some(2), ..PayoutLimits::default() };
        winner.payout_caps = PayoutCaps { limits, ..PayoutCaps::default() };
    }
    let sales = Won::by(&record, Some(sale.clone()));
    Box::new(CallChange::of(record, (0..decisions).map(decision).collect(), sales))
}

/// Returns a fact of a call, or another than the call is ready for.
fn fact(call: u64, rng: &mut Rng) -> Fact {
    let seconds = call * 100;
    let record = ringing(seconds);
    let own_sale = sale(seconds, &mut Rng::seeded(call));
    let decisions = vec![decision(seconds), decision(seconds + 1)];
    match rng.below(9) {
        0 | 1 => Fact::Opened { record: Box::new(record), node: node() },
        2 => Fact::Decided { call: record.id, decisions },
        3 => Fact::Attempted { call: record.id, attempts: bridged(seconds).attempts, decisions },
        4 => Fact::Bridged(change(bridged(seconds), &own_sale, 0)),
        5 => Fact::Carried { call: record.id, legs: vec![carried(seconds)] },
        6 => {
            Fact::Carried { call: record.id, legs: vec![ended_leg(seconds), carried(seconds + 1)] }
        }
        7 => {
            let at = second(seconds + rng.below(200));
            Fact::Beat { at, calls: vec![record.id, ringing(0).id, ringing(100).id] }
        }
        _ if rng.below(2) == 0 => Fact::Ended(change(finished(seconds), &own_sale, 1)),
        _ => Fact::Ended(change(recorded(seconds), &own_sale, 2)),
    }
}

fn fresh() -> Db {
    let db = Db::in_memory();
    migrate(&db, "test").unwrap();
    db
}

/// Applies facts in parts of some size.
fn in_parts(db: &Db, facts: &[Fact], size: usize) {
    for part in facts.chunks(size) {
        let mut counted = Additions::default();
        apply(db, &part.iter().collect::<Vec<_>>(), &mut counted).unwrap();
        rollup::add(db, &counted).unwrap();
    }
}

/// The buyer reports the sales that are stored so far.
fn report(db: &Db, at: Wall) {
    let mut statement = db.prepare_cached("SELECT id FROM sale ORDER BY id").unwrap();
    let sales = statement.query_all(params![], |row| row.get::<_, String>(0)).unwrap();
    for sale in sales {
        let report = BuyerReport {
            sold: true,
            revenue: Some(usd("70.00")),
            disposition: None,
            reference: None,
        };
        report_of_sale::insert(db, sale.parse().unwrap(), &Reported { report, at }).unwrap();
    }
}

/// Returns the rows of all tables. Events of different kinds may have other numbers.
fn rows(db: &Db) -> BTreeSet<String> {
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut statement = db.prepare_cached(tables).unwrap();
    let tables = statement.query_all(params![], |row| row.get::<_, String>(0)).unwrap();
    let mut found = BTreeSet::new();
    for table in tables {
        let Db::Sqlite(connection) = db else { panic!("not SQLite") };
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values =
                (0..columns.len()).filter(|place| columns[*place] != "sequence").map(|place| {
                    format!("{}={:?}", columns[place], row.get::<_, Value>(place).unwrap())
                });
            found.insert(format!("{table}: {}", values.collect::<Vec<_>>().join(" ")));
        }
    }
    found
}

#[test]
fn together_is_as_one_by_one() {
    let mut ended = 0;
    for seed in 0..SEEDS {
        let mut rng = Rng::seeded(seed);
        let facts: Vec<Fact> = (0..40).map(|_| fact(rng.below(CALLS), &mut rng)).collect();
        ended += facts.iter().filter(|fact| fact.is_end()).count();
        let (early, late) = facts.split_at(20);
        let size = [2, 7, 40][usize::try_from(rng.below(3)).unwrap()];
        let both = [1, size].map(|size| {
            let db = fresh();
            in_parts(&db, early, size);
            report(&db, second(1_000));
            in_parts(&db, late, size);
            rows(&db)
        });
        let [one_by_one, together] = both;
        let missing: Vec<_> = one_by_one.difference(&together).collect();
        let more: Vec<_> = together.difference(&one_by_one).collect();
        assert!(missing.is_empty() && more.is_empty(), "seed {seed}: {missing:#?} {more:#?}");
    }
    assert!(ended > 100);
}

/// Rows of the same sense: what is summed is compared as a sum, and what counts nothing is left out.
fn sums(db: &Db) -> BTreeSet<String> {
    const SUMMED: &[&str] = &[
        "SELECT 'posting', sale, kind, party, currency, sum(micros) FROM posting
         GROUP BY sale, kind, party, currency HAVING sum(micros) <> 0",
        "SELECT 'balance', buyer, currency, micros FROM balance",
        "SELECT 'cap_use', period, level, subject, used, micros, taken_at FROM cap_use",
        // A payout counts when it is posted.
        "SELECT 'payout_use', source, used FROM payout_use WHERE period = 'total'",
        "SELECT 'inquiry', id, state, presumed, answered_at, bridged_at, ended_at, ended_by, reason,
             winner_contract, talk_ms, billable, revenue_micros, payout_micros, decision_id
         FROM inquiry",
        "SELECT 'attempt', id, outcome, ring_ms, canceled_because FROM attempt",
        "SELECT 'sale', id, shown, promised FROM sale",
        // A call that is presumed to have ended may have been missed, as far as is known.
        "SELECT 'event', kind, call FROM event WHERE kind <> 'call.missed'",
        "SELECT 'call_rollup', pair, grain, quarter, first, second, currency, calls, connected,
             billable, returned, ended_early, talk_ms, revenue, payout, margin FROM call_rollup
         WHERE calls <> 0 OR billable <> 0 OR talk_ms <> 0 OR revenue <> 0 OR payout <> 0",
        "SELECT 'attempt_rollup', grain, quarter, tier, offer, buyer, contract, attempts
         FROM attempt_rollup WHERE attempts <> 0",
        "SELECT 'reason_rollup', about, grain, quarter, reason, offer, party, calls, sold
         FROM reason_rollup WHERE calls <> 0 OR sold <> 0",
    ];
    let Db::Sqlite(connection) = db else { panic!("not SQLite") };
    let mut found = BTreeSet::new();
    for sql in SUMMED {
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let value = |place| format!("{:?}", row.get::<_, Value>(place).unwrap());
            found.insert((0..columns).map(value).collect::<Vec<_>>().join(" "));
        }
    }
    found
}

/// Presumes that a call ended when it was last seen, as another node does.
fn presume(db: &Db, call: CallId) {
    let Some(left) = call::left_open_one(db, call).unwrap() else { return };
    in_parts(db, &[left.presume(second(10_000))], 1);
}

/// Calls that end are in the end what they would be if nobody had presumed anything.
#[test]
fn what_a_node_knows_corrects_what_was_presumed() {
    let (mut presumed, mut billed) = (0, 0);
    for seed in 0..SEEDS {
        let mut rng = Rng::seeded(seed);
        let facts: Vec<Fact> = (0..20).map(|_| fact(rng.below(CALLS), &mut rng)).collect();
        let without_caps = |mut fact: Fact| {
            if let Fact::Bridged(change) | Fact::Ended(change) = &mut fact
                && let Some(winner) = &mut change.record.winner
            {
                winner.payout_caps = PayoutCaps::default();
            }
            fact
        };
        let facts: Vec<Fact> = facts.into_iter().map(without_caps).collect();
        let ends = (0..CALLS).map(|call| {
            let sale = sale(call * 100, &mut Rng::seeded(call));
            without_caps(Fact::Ended(change(finished(call * 100), &sale, 1)))
        });
        let ends: Vec<Fact> = ends.collect();
        let (plain, corrected) = (fresh(), fresh());
        for (number, part) in facts.chunks(4).enumerate() {
            in_parts(&plain, part, 4);
            in_parts(&corrected, part, 4);
            if number == 2 {
                report(&plain, second(1_000));
                report(&corrected, second(1_000));
            }
            presume(&corrected, ringing(rng.below(CALLS) * 100).id);
            let count = "SELECT count(*) FROM inquiry WHERE presumed = 1";
            presumed += corrected.query_row(count, params![], |row| row.get::<_, i64>(0)).unwrap();
            let count = "SELECT count(*) FROM posting WHERE cause LIKE 'end:%'";
            billed += corrected.query_row(count, params![], |row| row.get::<_, i64>(0)).unwrap();
        }
        for db in [&plain, &corrected] {
            in_parts(db, &ends, 2);
            in_parts(db, &ends, 5);
        }
        let (plain, corrected) = (sums(&plain), sums(&corrected));
        let missing: Vec<_> = plain.difference(&corrected).collect();
        let more: Vec<_> = corrected.difference(&plain).collect();
        assert!(missing.is_empty() && more.is_empty(), "seed {seed}: {missing:#?} {more:#?}");
    }
    assert!(presumed > 20 && billed > 20, "{presumed} presumed, {billed} corrected");
}
