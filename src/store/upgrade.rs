//! Tests that a migrated database of an older program has the same records and sums as before.
//! `tests/data/database/README.md` describes its content and how it was made.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::json;

use super::Database;
use super::Reports as _;
use super::Secret;
use super::Store;
use crate::base::Carrier;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Wall;
use crate::billing::Posting;
use crate::billing::PostingKind;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::Scope;
use crate::report::Question;
use crate::report::Topic;
use crate::report::Wanted;

const DATABASE: &[u8] = include_bytes!("../../tests/data/database/schema-4.db");
const SAID: &str = include_str!("../../tests/data/database/schema-4.json");

/// Time of the last call of the older program.
const LAST_CALL: &str = "2026-05-04T18:10:00Z";

fn migrated(home: &Path) -> Arc<Database> {
    let path = home.join("strowger.db");
    std::fs::write(&path, DATABASE).unwrap();
    Arc::new(Database::sqlite(&path).unwrap())
}

/// Adds the fields that the older program did not store: the ingress of a call, and why a restart
/// canceled an attempt.
fn add_new_fields(call: &mut Value) {
    let webhook = call["trunk"].as_str().unwrap().parse::<Carrier>().is_ok();
    call["ingress"] = if webhook { "webhook" } else { "trunk" }.into();
    if call["reason"] == "switch_restart" {
        for attempt in call["attempts"].as_array_mut().unwrap() {
            if attempt["outcome"] == "canceled" {
                attempt["canceled_because"] = "switch".into();
            }
        }
    }
}

/// Compares values of the older program with those of this program, name by name.
fn assert_same(mut older: Value, mut now: Value, when: &str) {
    let calls = |said: &mut Value| -> Vec<CallRecord> {
        serde_json::from_value(said["calls"].take()).unwrap()
    };
    for call in older["calls"].as_array_mut().unwrap() {
        add_new_fields(call);
    }
    assert_eq!(calls(&mut now), calls(&mut older), "calls {when}");
    for (name, expected) in older.as_object().unwrap() {
        assert_eq!(&now[name], expected, "{name} {when}");
    }
}

#[tokio::test]
async fn a_database_of_schema_4_keeps_its_content() {
    let home = tempfile::tempdir().unwrap();
    let store = migrated(home.path());
    let mut older: Value = serde_json::from_str(SAID).unwrap();
    assert_same(older["as_it_is"].take(), content(&*store).await, "after the migration");
    let last_call: Wall = LAST_CALL.parse().unwrap();
    store
        .calls_close_open(&"strowger-1".parse().unwrap(), last_call + Duration::from_secs(1_000))
        .await
        .unwrap();
    assert_same(older["after_a_start"].take(), content(&*store).await, "after a start");
}

/// Postings equal the amounts in the records, before and after the switch starts.
#[tokio::test]
async fn postings_equal_the_amounts_in_records() {
    let home = tempfile::tempdir().unwrap();
    let store = migrated(home.path());
    for start in [false, true] {
        if start {
            let last_call: Wall = LAST_CALL.parse().unwrap();
            store
                .calls_close_open(
                    &"strowger-1".parse().unwrap(),
                    last_call + Duration::from_secs(1_000),
                )
                .await
                .unwrap();
        }
        let (mut owed, mut posted, mut sales) = ([0, 0], [0, 0, 0], 0);
        for record in calls(&*store).await {
            let postings = (&*store as &dyn Store).postings(record.id).await.unwrap();
            let sum = |is: fn(&PostingKind) -> bool| -> i64 {
                let of = |posting: &&Posting| is(&posting.kind);
                postings.iter().filter(of).map(|posting| posting.amount.micros()).sum()
            };
            if record.state == CallState::Live || record.winner.is_none() {
                assert_eq!(postings, [], "{}", record.id);
                continue;
            }
            sales += 1;
            let micros = |money: Option<crate::base::Money>| money.map_or(0, |m| m.micros());
            owed[0] += micros(record.revenue);
            owed[1] += micros(record.payout);
            posted[0] += sum(|kind| matches!(kind, PostingKind::Revenue(_)));
            posted[1] += sum(|kind| matches!(kind, PostingKind::Payout(_)));
            posted[2] += sum(|kind| *kind == PostingKind::Margin);
            let back = -sum(|kind| *kind == PostingKind::Budget);
            let price = record.winner.as_ref().map_or(0, |winner| winner.price.micros());
            assert_eq!(back, if record.billable { 0 } else { price }, "{}", record.id);
        }
        assert!(sales > 8, "{sales} sales");
        assert_eq!(posted, [owed[0], owed[1], owed[0] - owed[1]], "start: {start}");
    }
}

/// Reports count the calls of the older program, and those that a start closes.
#[tokio::test]
async fn a_database_of_schema_4_gets_its_reports() {
    let home = tempfile::tempdir().unwrap();
    let store = migrated(home.path());
    let last_call: Wall = LAST_CALL.parse().unwrap();
    let report = async || {
        let wanted = Wanted { group_by: Some("buyer"), since: Some("365d"), ..Wanted::default() };
        let now = last_call + Duration::from_secs(86_400);
        let asked = Question::new(Topic::Pnl, Scope::All, wanted, now, Currency::USD).unwrap();
        let report = store.report(asked).await.unwrap().unwrap();
        serde_json::to_value(&report.total).unwrap()
    };
    for start in [false, true] {
        if start {
            let at = last_call + Duration::from_secs(1_000);
            store.calls_close_open(&"strowger-1".parse().unwrap(), at).await.unwrap();
        }
        let ended: Vec<CallRecord> = calls(&*store)
            .await
            .into_iter()
            .filter(|record| record.state == CallState::Ended)
            .collect();
        let total = report().await;
        let owed: i64 = ended.iter().filter_map(|one| one.revenue).map(|one| one.micros()).sum();
        assert_eq!(total["calls"], ended.len());
        assert_eq!(total["billable"], ended.iter().filter(|one| one.billable).count());
        assert_eq!(total["revenue"]["amount"], Money::from_micros(owed, Currency::USD).amount());
        assert!(ended.len() > 8 && owed > 0, "{total}");
    }
}

async fn calls(store: &dyn Store) -> Vec<CallRecord> {
    let (mut calls, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.call_list(CallQuery::default(), cursor, 7).await.unwrap();
        calls.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return calls;
        }
    }
}

/// Returns the whole content of a store.
async fn content(store: &dyn Store) -> Value {
    let epoch = Wall::from_micros(0);
    let calls = calls(store).await;
    let mut decisions = Vec::new();
    for call in &calls {
        for made in store.decisions_fetch(call.id).await.unwrap() {
            decisions.push(json!([call.id, made.id, made.at, made.document]));
        }
        let last = store.decision_fetch(call.id).await.unwrap();
        decisions.push(json!([call.id, last.map(|made| made.id)]));
    }
    let caps = store.cap_usage_since(epoch).await.unwrap();
    let caps: Vec<_> = caps.iter().map(|cap| json!([cap.key, cap.used, cap.micros])).collect();
    let marks = store.marks_at("2026-05-04T18:00:00Z".parse().unwrap()).await.unwrap();
    let marks: Vec<_> = marks.iter().map(|sold| json!([sold.mark, sold.at])).collect();
    let contracts = ["paying", "bounded", "choosy"].map(|id| id.parse().unwrap()).to_vec();
    let earned = store.earned_since(contracts, epoch).await.unwrap();
    let earned: Vec<_> =
        earned.iter().map(|one| json!([one.contract.as_str(), one.micros])).collect();
    let balances = store.balances().await.unwrap();
    let entries = store.balance_entries_after(0).await.unwrap();
    let mut books = Vec::new();
    for edition in store.book_history(None, 10).await.unwrap() {
        let text = store.book_fetch(edition.version).await.unwrap().unwrap().text;
        books.push(json!([edition, text]));
    }
    let mut tokens = Vec::new();
    for n in [7, 1, 2, 3, 4] {
        let found = store.token_check(Secret::new([n; 32]).reveal(), epoch).await.unwrap();
        tokens.push(json!([n, found.map(|token| format!("{:?}", token.role))]));
    }
    let webhooks = store.carrier_calls_live(&"strowger-1".parse().unwrap()).await.unwrap();
    json!({
        "journals": journals(store, &webhooks).await, "webhooks": webhooks,
        "calls": calls, "decisions": decisions, "caps": caps, "marks": marks, "earned": earned,
        "balances": balances.items, "sequence": balances.sequence, "entries": entries,
        "books": books, "tokens": tokens,
    })
}

async fn journals(store: &dyn Store, tokens: &[String]) -> Vec<Value> {
    let mut journals = Vec::new();
    for token in tokens {
        let journal = store.carrier_call_fetch(token).await.unwrap().unwrap();
        let (call, lines) = (&journal.call, journal.lines.iter());
        let lines: Vec<_> =
            lines.map(|line| json!([line.place, line.callback, line.line, line.answer])).collect();
        let flow = store.flow_text(&call.flow).await.unwrap().unwrap();
        journals.push(json!([
            call.token,
            call.carrier,
            call.carrier_id,
            call.account,
            call.call,
            call.seed,
            flow.file,
            flow.text,
            lines
        ]));
    }
    journals
}
