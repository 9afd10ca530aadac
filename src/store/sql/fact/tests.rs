//! Tests that facts applied together change what they change one by one.

use std::collections::BTreeSet;
use std::time::Duration;

use super::apply;
use crate::base::BuyerReport;
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
        at: second(seconds + 10),
        units: vec![key("2025-11-20"), key("total"), key("concurrent")],
        price: usd("45.00"),
        prepaid: rng.below(2) == 0,
        marks: if rng.below(2) == 0 { vec![mark] } else { Vec::new() },
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
