//! Tests that a proof finds each kind of difference in a database that was changed by hand, and
//! none in one that the program wrote.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::Connection;

use super::CallChange;
use super::Credit;
use super::Database;
use super::Frozen;
use super::Ledger as _;
use super::Origin;
use super::ReturnedCall;
use super::Sale;
use super::Store as _;
use super::StoreError;
use super::Won;
use super::sample::bridged;
use super::sample::by;
use super::sample::finish;
use super::sample::finished;
use super::sample::open;
use super::sample::proven;
use super::sample::ringing;
use super::sample::second;
use super::sample::update;
use super::sample::usd;
use crate::base::Wall;
use crate::book::CapLimits;
use crate::book::PayoutCaps;
use crate::book::PayoutLimits;
use crate::call::CallRecord;
use crate::caps::CapKey;
use crate::caps::Level;
use crate::config::Location;
use crate::proof::Differences;
use crate::proof::Kind;
use crate::proof::LiveLimits;
use crate::proof::Proof;
use crate::proof::SipCalls;
use crate::store::Facts as _;

/// Four calls: a billed one of a prepaid buyer, one too short to be billed, one that was charged
/// and returned by hand, and a live one; and a ringing one without a sale.
pub(crate) async fn filled(path: &Path) {
    let store = Database::sqlite(path).unwrap();
    let id = "credit-1".parse().unwrap();
    let by_ann = by("ann", second(1));
    let (buyer, amount) = ("acme".parse().unwrap(), usd("500.00"));
    let credit = Credit { id, buyer, amount, note: String::new(), by: by_ann.clone() };
    store.balance_credit(credit).await.unwrap();
    for seconds in [100, 200, 300, 400, 500] {
        open(&store, ringing(seconds)).await.unwrap();
    }
    update(&store, sold(bridged(100), 100)).await.unwrap();
    let mut capped = finished(100);
    let limits = PayoutLimits { day: Some(9), ..PayoutLimits::NONE };
    let winner = capped.winner.as_mut().unwrap();
    winner.payout_caps = PayoutCaps { limits, ..PayoutCaps::NONE };
    finish(&store, sold(capped, 100)).await.unwrap();
    finish(&store, sold(unbilled(200), 200)).await.unwrap();
    finish(&store, sold(finished(300), 300)).await.unwrap();
    let (call, note) = (finished(300).id, "wrong number".to_owned());
    store.balance_return(ReturnedCall { call, note, by: by_ann }).await.unwrap().unwrap();
    update(&store, sold(bridged(400), 400)).await.unwrap();
}

fn unbilled(seconds: u64) -> CallRecord {
    let mut record = finished(seconds);
    record.talk = Duration::from_secs(3);
    record.billable = false;
    (record.revenue, record.payout) = (Some(usd("0.00")), Some(usd("0.00")));
    record
}

fn sold(record: CallRecord, seconds: u64) -> CallChange {
    let levels = [
        Level::Contract("acme-auto-ca".parse().unwrap()),
        Level::Buyer("acme".parse().unwrap()),
        Level::Offer("auto-quote".parse().unwrap()),
    ];
    let keys = levels.iter().flat_map(|level| {
        let period = |text: &str| text.parse().unwrap();
        ["2025-11-20", "total"].map(|text| CapKey { level: level.clone(), period: period(text) })
    });
    let (at, units, price) = (second(seconds + 10), keys.collect(), usd("45.00"));
    let taken = Sale {
        hold: None,
        at,
        units,
        price,
        prepaid: true,
        marks: Vec::new(),
        converted_marks: Vec::new(),
        balance_low: None,
        limits: Vec::new(),
    };
    let sales = Won::by(&record, Some(taken));
    CallChange::of(record, Vec::new(), sales)
}

fn kinds(found: &Differences) -> BTreeSet<Kind> {
    found.counts().keys().copied().collect()
}

/// Copies the filled database and changes the copy with SQL that no program would run.
fn changed(filled: &Path, home: &Path, sql: &str) -> PathBuf {
    let path = home.join("changed.db");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(home.join(format!("changed.db{end}")));
    }
    std::fs::copy(filled, &path).unwrap();
    let db = Connection::open(&path).unwrap();
    let free = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
        DROP TRIGGER posting_is_final; DROP TRIGGER posting_stays;";
    db.execute_batch(&format!("{free}{}", sql.replace("{100}", &id(100)))).unwrap();
    path
}

fn id(seconds: u64) -> String {
    ringing(seconds).id.to_string()
}

/// A change, and the kinds of the differences that it makes, in the order of their names.
struct Corruption(&'static str, &'static str);

const TABLE: &[Corruption] = &[
    Corruption(
        "DELETE FROM inquiry WHERE id = '{100}'",
        "call_without_record ledger_differs payout_count_differs report_differs",
    ),
    Corruption(
        "UPDATE inquiry SET dials = '{' WHERE id = '{100}'",
        "ledger_differs report_differs row_unreadable",
    ),
    Corruption("UPDATE inquiry SET ended_at = NULL WHERE id = '{100}'", "state_contradicts"),
    Corruption(
        "UPDATE inquiry SET state = 'live', ended_at = NULL, billable = 0 WHERE id = '{100}'",
        "ledger_differs posted_while_live report_differs",
    ),
    Corruption(
        "INSERT INTO posting (sale, kind, cause, micros, currency, note, made_by, made_at)
         VALUES ('gone', 'budget', 'x:1', 1, 'USD', '', 'x', 1)",
        "posting_without_sale",
    ),
    Corruption(
        "DELETE FROM posting WHERE kind = 'margin' AND cause = '{100}'",
        "cause_unbalanced due_differs ledger_differs posting_missing",
    ),
    Corruption("DELETE FROM posting WHERE kind = 'credit'", "balance_differs posting_missing"),
    Corruption("UPDATE balance SET micros = micros + 1", "balance_differs"),
    Corruption("DELETE FROM balance", "balance_differs"),
    Corruption(
        "UPDATE posting SET party = 'apex' WHERE kind = 'revenue' AND cause = '{100}'",
        "ledger_differs party_differs",
    ),
    Corruption(
        "UPDATE posting SET currency = 'EUR' WHERE kind = 'charge' AND cause = '{100}'",
        "balance_differs currency_differs",
    ),
    Corruption(
        "UPDATE posting SET micros = micros + 1 WHERE kind = 'revenue' AND cause = '{100}'",
        "budget_differs cause_unbalanced charge_differs due_differs ledger_differs revenue_differs",
    ),
    Corruption(
        "UPDATE posting SET micros = micros + 1
         WHERE kind IN ('revenue', 'margin') AND cause = '{100}';
         UPDATE posting SET micros = micros - 1 WHERE kind = 'charge' AND cause = '{100}';
         UPDATE inquiry SET revenue_micros = revenue_micros + 1 WHERE id = '{100}'",
        "balance_differs budget_differs due_differs report_differs",
    ),
    Corruption(
        "UPDATE inquiry SET payout_micros = 1 WHERE id = '{100}'",
        "ledger_differs payout_differs report_differs",
    ),
    Corruption("UPDATE inquiry SET billable = 0 WHERE id = '{100}'", "billable_differs"),
    Corruption(
        "UPDATE posting SET micros = -1 WHERE kind = 'charge' AND cause = '{100}'",
        "balance_differs charge_differs due_differs",
    ),
    Corruption(
        "UPDATE sale SET contract = 'other' WHERE inquiry_id = '{100}'",
        "sale_without_attempt",
    ),
    Corruption(
        "UPDATE sale SET id = 'gone-' || id WHERE inquiry_id = '{100}'",
        "ledger_differs payout_count_differs posting_without_sale report_differs row_unreadable",
    ),
    Corruption(
        "DELETE FROM posting WHERE sale = (SELECT id FROM sale WHERE inquiry_id = '{100}');
         DELETE FROM sale WHERE inquiry_id = '{100}'",
        "balance_differs counter_differs counter_money_differs ledger_differs \
         payout_count_differs payout_differs posting_missing revenue_differs sale_missing",
    ),
    Corruption("UPDATE sale SET shown = 0 WHERE inquiry_id = '{100}'", "due_differs"),
    Corruption("UPDATE sale SET promised = 0 WHERE inquiry_id = '{100}'", "due_differs"),
    Corruption(
        "INSERT INTO ping (id, source, offer, at, test, record, call)
         VALUES ('p', 's', 'o', 0, 0, '{}', 'none')",
        "call_without_record",
    ),
    Corruption(
        "INSERT INTO sale_return (sale, contract, buyer, state, reason, note, asked_at, asked_by,
            decided_at)
         SELECT id, contract, buyer, 'accepted', '', '', 1, '', 1 FROM sale
         WHERE inquiry_id = '{100}'",
        "due_differs",
    ),
    Corruption("UPDATE cap_use SET used = used + 1 WHERE level = 'buyer'", "counter_differs"),
    Corruption(
        "DELETE FROM cap_use WHERE level = 'offer'",
        "counter_differs counter_money_differs",
    ),
    Corruption("UPDATE cap_use SET micros = 0 WHERE period = 'total'", "counter_money_differs"),
    Corruption(
        "UPDATE payout_use SET used = used + 1 WHERE period = 'total'",
        "payout_count_differs",
    ),
    Corruption(
        "UPDATE payout_use SET used = 9 WHERE period = '2025-11-20'",
        "payout_count_differs",
    ),
    Corruption("DELETE FROM payout_use", "payout_count_differs"),
    Corruption("UPDATE call_rollup SET calls = calls + 1 WHERE pair = 1", "report_differs"),
    Corruption("UPDATE call_rollup SET margin = 0 WHERE grain = 1", "report_differs"),
    Corruption("UPDATE call_rollup SET calls = calls + 1 WHERE grain = 2", "report_differs"),
    Corruption("UPDATE call_rollup SET calls = calls + 1 WHERE grain = 3", "report_differs"),
    Corruption("UPDATE cube_rollup SET payout = 1 WHERE grain = 1", "report_differs"),
    Corruption("DELETE FROM cube_rollup", "report_differs"),
    Corruption("DELETE FROM call_rollup", "report_differs"),
    Corruption(
        "UPDATE inquiry SET trunk = 'webhook:twilio' WHERE id = '{100}'",
        "record_without_call",
    ),
    Corruption(
        "INSERT INTO carrier_call (token, carrier, carrier_id, call_id, seed, flow, live, format)
         VALUES ('a', 'twilio', 'CA1', '{100}', '', '', 1, 1),
             ('b', 'twilio', 'CA2', '{100}', '', '', 0, 1)",
        "hold_after_end record_shared",
    ),
];

#[tokio::test]
async fn each_kind_of_difference_is_found_and_named() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("strowger.db");
    filled(&path).await;
    let sound = proven(&path, LiveLimits::none(), None);
    assert_eq!(sound.listed(), [], "what the program wrote");
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for Corruption(sql, expected) in TABLE {
        let path = changed(&path, home.path(), sql);
        let found = proven(&path, LiveLimits::none(), None);
        let codes: BTreeSet<String> = kinds(&found).into_iter().map(Kind::code).collect();
        let names: Vec<&str> = codes.iter().map(String::as_str).collect();
        if names.join(" ") != *expected {
            wrong.push(format!(
                "{sql}: {}, not {expected}: {:#?}",
                names.join(" "),
                found.listed()
            ));
        }
        seen.extend(codes);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let elsewhere = [
        Kind::EndNotApplied,
        Kind::FactsMissing,
        Kind::FactUnreadable,
        Kind::CapExceeded,
        Kind::BudgetExceeded,
        Kind::ConcurrencyExceeded,
        Kind::CallNotSeen,
    ];
    let elsewhere: BTreeSet<String> = elsewhere.map(Kind::code).into();
    let all: BTreeSet<String> = Kind::ALL.map(Kind::code).into();
    let untested: Vec<&String> =
        all.difference(&seen).filter(|k| !elsewhere.contains(*k)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

/// Four sales count on the day; the hold of the last one was taken at second 410.
#[tokio::test]
async fn sales_above_a_limit_are_found_if_it_was_live() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("strowger.db");
    filled(&path).await;
    let limits = |caps: CapLimits, since: u64| {
        let account = Level::Buyer("acme".parse().unwrap());
        LiveLimits { accounts: BTreeMap::from([(account, caps)]), since: second(since) }
    };
    let day = |day| CapLimits { day: Some(day), ..CapLimits::NONE };
    let concurrent = CapLimits { concurrent: Some(0), ..CapLimits::NONE };
    let mut budget = CapLimits::NONE;
    // Two billed sales and a live one: 135.00.
    budget.budget.total = Some(usd("134.99"));
    for (caps, since, expected) in [
        (day(4), 0, None),
        (day(3), 0, Some(Kind::CapExceeded)),
        (day(3), 410, Some(Kind::CapExceeded)),
        (day(3), 411, None),
        (concurrent, 0, Some(Kind::ConcurrencyExceeded)),
        (concurrent, 411, None),
        (budget, 0, Some(Kind::BudgetExceeded)),
    ] {
        let found = proven(&path, limits(caps, since), None);
        let expected: BTreeSet<Kind> = expected.into_iter().collect();
        assert_eq!(kinds(&found), expected, "{caps:?} since {since}: {:#?}", found.listed());
    }
}

/// Two calls are live; their last heartbeats were their bridge and their arrival.
#[tokio::test]
async fn calls_that_a_running_switch_forgot_are_found() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("strowger.db");
    filled(&path).await;
    for (now, expected) in [(475, 0), (476, 1), (600, 2)] {
        let found = proven(&path, LiveLimits::none(), Some(second(now)));
        let unseen = found.counts().get(&Kind::CallNotSeen).copied().unwrap_or_default();
        assert_eq!(unseen, expected, "at {now}: {:#?}", found.listed());
    }
}

/// What older programs wrote has no difference once it is migrated, and a proof does not migrate.
#[tokio::test]
async fn a_database_of_schema_4_has_no_difference() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("strowger.db");
    std::fs::write(&path, include_bytes!("../../tests/data/database/schema-4.db")).unwrap();
    let refused = Frozen::open(&Location::Sqlite(path.clone())).unwrap_err();
    assert!(matches!(refused, StoreError::Older { found: 4, .. }), "{refused}");
    let store = Database::sqlite(&path).unwrap();
    let last_call: Wall = "2026-05-04T18:10:00Z".parse().unwrap();
    let node = "strowger-1".parse().unwrap();
    assert_eq!(proven(&path, LiveLimits::none(), None).listed(), []);
    store.calls_close_open(&node, last_call + Duration::from_secs(1_000)).await.unwrap();
    assert_eq!(proven(&path, LiveLimits::none(), None).listed(), []);
}

/// The snapshot is that of its opening.
#[tokio::test]
async fn what_is_written_meanwhile_is_not_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("strowger.db");
    filled(&path).await;
    let store = Database::sqlite(&path).unwrap();
    let frozen = Frozen::open(&Location::Sqlite(path.clone())).unwrap();
    let change = sold(finished(400), 400);
    store.apply(Origin::Transaction, vec![super::Fact::Ended(Box::new(change))]).await.unwrap();
    let mut proof = Proof::new(LiveLimits::none(), None, SipCalls::default());
    frozen.prove(&mut proof).unwrap();
    let (found, seen) = proof.finish();
    assert_eq!((found.total(), seen.live), (0, 2));
}
