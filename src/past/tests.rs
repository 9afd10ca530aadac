//! Stored calls and decisions: replayed, and routed with other books.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::End;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Outcome as Attempted;
use crate::base::Rng;
use crate::base::Wall;
use crate::book;
use crate::book::Book;
use crate::book::Channel;
use crate::book::Conversion;
use crate::book::PayoutCaps;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::EndedBy;
use crate::caps::Settle;
use crate::dispatch::Dispatch;
use crate::dispatch::stored_decision;
use crate::quota::Quota;
use crate::routing::Decision;
use crate::routing::Hold;
use crate::routing::Inquiry;
use crate::routing::Snapshot;
use crate::routing::Trace;
use crate::sale::AttemptRecord;
use crate::sale::DecisionRecord;
use crate::sale::Winner;
use crate::store::Books as _;
use crate::store::CallChange;
use crate::store::Database;
use crate::store::Store;
use crate::store::sample::by;
use crate::store::sample::finish;

const BOOK: &str = r#"
[[source]]
id = "ads"
[[source]]
id = "radio"
[[buyer]]
id = "acme"
timezone = "America/New_York"
caps = { concurrent = 3, day = 40 }
[[buyer]]
id = "blue"
timezone = "America/Chicago"
[[buyer]]
id = "dune"
timezone = "America/Phoenix"
[[offer]]
id = "auto"
strategy = "weighted"
caps = { hour = 30 }
dq = { offer = "home" }
[[offer]]
id = "home"
strategy = "round_robin"
[[contract]]
id = "acme-auto"
buyer = "acme"
offer = "auto"
weight = 60
price = { amount = "40.00", currency = "USD" }
buffer = "60s"
destination = { sip = "sip:a@198.51.100.7" }
caps = { hour = 12 }
[[contract]]
id = "blue-auto"
buyer = "blue"
offer = "auto"
weight = 40
price = { amount = "30.00", currency = "USD" }
buffer = "30s"
destination = { sip = "sip:b@198.51.100.8" }
filters = { states = ["TX", "CA"], fields = [{ field = "age", min = 25 }] }
schedule = { weekly = { mon-fri = ["09:00-18:00"] }, holidays = "us-federal" }
[[contract]]
id = "dune-auto"
buyer = "dune"
offer = "auto"
tier = "overflow"
price = { amount = "20.00", currency = "USD" }
destination = { sip = "sip:d@198.51.100.9" }
filters = { sources = { deny = ["radio"] } }
[[contract]]
id = "acme-home"
buyer = "acme"
offer = "home"
price = { amount = "10.00", currency = "USD" }
destination = { sip = "sip:a@198.51.100.7" }
[[contract]]
id = "dune-home"
buyer = "dune"
offer = "home"
price = { amount = "11.00", currency = "USD" }
destination = { sip = "sip:d@198.51.100.9" }
"#;

fn parsed(text: &str) -> Arc<Book> {
    let (book, faults) = book::parse("b", text);
    Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}")))
}

fn start() -> Wall {
    "2026-01-14T15:00:00Z".parse().unwrap()
}

/// A switch without sockets: decides, holds, connects and records calls.
struct Exchange {
    store: Arc<dyn Store>,
    dispatch: Dispatch,
    rng: Rng,
    /// The original decisions.
    decided: Vec<(CallId, Vec<Decision>)>,
    up: Vec<(Wall, Hold)>,
    _home: tempfile::TempDir,
}

impl Exchange {
    async fn open(text: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = Arc::new(Database::sqlite(&home.path().join("s.db")).unwrap());
        let version = store.book_apply(text.to_owned(), by("ann", start())).await.unwrap();
        let snapshot = Snapshot::compile(parsed(text), version);
        let dispatch = Dispatch::new(snapshot, Quota::memory());
        let (decided, up) = (Vec::new(), Vec::new());
        Self { store, dispatch, rng: Rng::seeded(3), decided, up, _home: home }
    }

    async fn apply(&mut self, text: &str) {
        let version = self.store.book_apply(text.to_owned(), by("ann", start())).await.unwrap();
        self.dispatch.load(Snapshot::compile(parsed(text), version));
    }

    fn inquiry(&mut self) -> Inquiry {
        let pick = |rng: &mut Rng, list: &[&str]| {
            list[usize::try_from(rng.below(list.len() as u64)).unwrap()].to_owned()
        };
        let mut fields = crate::base::Fields::default();
        for (name, values) in [
            ("zip", ["90210", "75001", "10001", ""]),
            ("age", ["20", "30", "old", "66"]),
            ("state", ["", "CA", "TX", "Texas"]),
        ] {
            if self.rng.chance(2, 3) {
                let value = pick(&mut self.rng, &values);
                fields.set(name.parse().unwrap(), &value, crate::base::Origin::Ivr);
            }
        }
        let caller = self.rng.chance(3, 4).then(|| "+13055550123".parse().unwrap());
        let source = pick(&mut self.rng, &["ads", "radio"]).parse().unwrap();
        let offer = "auto".parse().unwrap();
        Inquiry { offer, channel: Channel::Call, source: Some(source), caller, fields }
    }

    /// Places one call: the first pick with room wins it, unless the second does.
    async fn call(&mut self, at: Wall, connected: Duration) {
        let now = Now::at(at);
        for (_, mut hold) in self.up.extract_if(.., |(end, _)| *end <= at) {
            let _ = self.dispatch.settle(&mut hold, Settle::End, now).await;
        }
        let mut inquiry = self.inquiry();
        let snapshot = self.dispatch.snapshot();
        let mut decisions: Vec<Decision> = Vec::new();
        let mut record = record(now, &mut self.rng, snapshot.version(), &inquiry);
        loop {
            let decision = self.dispatch.decide(&snapshot, &inquiry, now, &mut self.rng).await;
            for pick in decision.picks() {
                let hold = HoldId::new(now, &mut self.rng);
                let Ok(mut hold) = self.dispatch.hold(&pick, hold, now).await else { continue };
                let busy = self.rng.chance(1, 8);
                record.attempts.push(attempt(now, &mut self.rng, &pick, busy));
                if busy {
                    let _ = self.dispatch.settle(&mut hold, Settle::Release, now).await;
                    continue;
                }
                let _ = self.dispatch.settle(&mut hold, Settle::Commit, now).await;
                self.up.push((at + connected, hold));
                win(&mut record, &pick, at, connected);
                break;
            }
            let next = match decision.dq() {
                crate::routing::Disqualified::Offer(next) => Some(next),
                _ => None,
            };
            decisions.push(decision);
            match next.filter(|_| record.winner.is_none()) {
                Some(next) => inquiry = inquiry.for_offer(next),
                None => break,
            }
        }
        record.decision_id = decisions.last().map(|decision| decision.id);
        let rows = decisions.iter().map(stored).collect();
        self.decided.push((record.id, decisions));
        let change = CallChange { decisions: rows, ..record.into() };
        finish(&*self.store, change).await.unwrap();
    }
}

fn stored(decision: &Decision) -> DecisionRecord {
    let document = serde_json::to_string(&Trace::of(decision)).unwrap();
    DecisionRecord { id: decision.id, at: decision.at, document }
}

fn record(now: Now, rng: &mut Rng, book_version: u64, inquiry: &Inquiry) -> CallRecord {
    CallRecord {
        id: CallId::new(now, rng),
        state: CallState::Ended,
        number: "+18005550100".parse().unwrap(),
        caller: inquiry.caller.clone(),
        ingress: "carrier".parse().unwrap(),
        offer: inquiry.offer.clone(),
        source: inquiry.source.clone().unwrap(),
        flow: "auto".parse().unwrap(),
        book_version,
        suppressed_by: None,
        ping: None,
        fields: BTreeMap::new(),
        started_at: now.wall,
        answered_at: Some(now.wall),
        bridged_at: None,
        ended_at: Some(now.wall),
        ended_by: Some(EndedBy::Switch),
        reason: Some(End::NoContract),
        hangup_reason: None,
        sip_status: None,
        bids: Vec::new(),
        attempts: Vec::new(),
        recordings: Vec::new(),
        dials: Vec::new(),
        transferred_to: None,
        tags: BTreeMap::new(),
        media: None,
        winner: None,
        talk: Duration::ZERO,
        gate: Duration::ZERO,
        keyed_at: None,
        conversion: None,
        returned: None,
        billable: false,
        revenue: None,
        payout: None,
        decision_id: None,
    }
}

fn attempt(now: Now, rng: &mut Rng, pick: &crate::routing::Pick, busy: bool) -> AttemptRecord {
    AttemptRecord {
        tier: None,
        canceled_because: None,
        id: AttemptId::new(now, rng),
        contract: pick.contract.clone(),
        buyer: pick.buyer.clone(),
        wave: pick.wave,
        outcome: Some(if busy { Attempted::Busy } else { Attempted::Won }),
        sip_status: None,
        started_at: now.wall,
        ring_ms: 0,
        post_dial_delay_ms: None,
    }
}

fn win(record: &mut CallRecord, pick: &crate::routing::Pick, at: Wall, connected: Duration) {
    let bill = crate::billing::bill(pick.price, pick.buffer, None, Some(connected));
    record.winner = Some(Winner {
        contract: pick.contract.clone(),
        buyer: pick.buyer.clone(),
        price: pick.price,
        buffer: pick.buffer,
        payout: None,
        payout_from_seconds: None,
        payout_caps: PayoutCaps::NONE,
        conversion: Conversion::default(),
        returns: None,
    });
    (record.bridged_at, record.ended_at) = (Some(at), Some(at + connected));
    (record.reason, record.talk) = (Some(End::Bridged), connected);
    (record.billable, record.revenue) = (bill.billable, Some(bill.revenue));
}

/// Places calls half a minute apart.
async fn traffic(exchange: &mut Exchange, calls: u64, from: Wall) {
    for n in 0..calls {
        let connected = Duration::from_secs(10 + exchange.rng.below(240));
        exchange.call(from + Duration::from_secs(n * 30), connected).await;
    }
}

/// All decisions of all calls, under both versions of the book, with caps, turns, hours and
/// hand-overs.
#[tokio::test]
async fn stored_decisions_replay_bit_for_bit() {
    let mut exchange = Exchange::open(BOOK).await;
    traffic(&mut exchange, 300, start()).await;
    let other = BOOK.replace("weight = 60", "weight = 10").replace("\"TX\", \"CA\"", "\"TX\"");
    exchange.apply(&other).await;
    // In the evening, after the first opening hours.
    traffic(&mut exchange, 300, start() + Duration::from_secs(8 * 3_600)).await;
    let live = exchange.dispatch.snapshot();
    assert_eq!(live.version(), 2);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let (mut decisions, mut handed_over, mut turns, mut bytes) = (0, 0, 0, 0);
    for (call, decided) in &exchange.decided {
        let rows = exchange.store.decisions_fetch(*call).await.unwrap();
        assert_eq!(rows.len(), decided.len());
        handed_over += usize::from(decided.len() > 1);
        for decision in decided {
            let row = rows.iter().find(|row| row.id == decision.id).unwrap();
            let again = stored_decision(exchange.store.as_ref(), &live, row).await.unwrap();
            let mut expected = serde_json::to_value(decision).unwrap();
            expected["replayed"] = true.into();
            assert_eq!(again, expected, "{}", row.document);
            decisions += 1;
            bytes += row.document.len();
            turns += usize::from(row.document.contains("turns"));
            for passed in decision.passed_over() {
                *reasons.entry(passed.reason.to_string()).or_default() += 1;
            }
        }
    }
    println!("{decisions} decisions of {} bytes each: {reasons:?}", bytes / decisions);
    assert!(
        decisions >= 600 && handed_over > 10 && turns > 100,
        "{decisions} {handed_over} {turns}"
    );
    for reason in ["geo_mismatch", "field_mismatch", "source_denied", "not_in_tier", "closed"] {
        assert!(reasons.contains_key(reason), "{reason}: {reasons:?}");
    }
    let caps: usize =
        reasons.iter().filter(|(code, _)| code.starts_with("cap_")).map(|(_, n)| n).sum();
    assert!(caps > 20, "{reasons:?}");
}

/// The stored decision is shown even if a changed book would decide otherwise.
#[tokio::test]
async fn a_replay_that_differs_is_not_passed_off_as_the_decision() {
    let mut exchange = Exchange::open(BOOK).await;
    traffic(&mut exchange, 1, start()).await;
    let (call, decided) = exchange.decided.remove(0);
    let row = exchange.store.decision_fetch(call).await.unwrap().unwrap();
    let other = BOOK.replace("acme-auto\"", "renamed\"");
    let lying = Arc::new(Snapshot::compile(parsed(&other), 1));
    let again = stored_decision(exchange.store.as_ref(), &lying, &row).await.unwrap();
    assert_eq!(again["replayed"], false);
    let names = |list: &serde_json::Value| -> Vec<String> {
        let list = list.as_array().unwrap();
        let mut names: Vec<String> =
            list.iter().map(|entry| entry["contract"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let last = serde_json::to_value(decided.last().unwrap()).unwrap();
    assert_eq!(names(&again["picks"]), names(&last["picks"]));
    assert_eq!(names(&again["passed_over"]), names(&last["passed_over"]));
}

#[tokio::test]
async fn the_book_that_was_in_force_sells_what_was_sold() {
    let plain = BOOK.replace("strategy = \"weighted\"\n", "");
    let plain = plain.replace("strategy = \"round_robin\"\n", "");
    let mut exchange = Exchange::open(&plain).await;
    traffic(&mut exchange, 400, start()).await;
    let report = backtest(exchange.store.as_ref(), parsed(&plain), start()).await.unwrap();
    assert_eq!(report.calls.routed, 400);
    assert_eq!(
        (report.calls.sold_now, report.calls.revenue_now),
        (report.calls.sold_then, report.calls.revenue_then)
    );
    for (buyer, tally) in &report.buyers {
        assert_eq!((tally.gained, tally.lost), (0, 0), "{buyer}: {tally:?}");
    }
    assert!(report.caps_hit.contains_key("contract acme-auto hour"), "{:?}", report.caps_hit);
}

#[tokio::test]
async fn a_drafted_book_gains_and_loses_and_says_so_twice_alike() {
    let mut exchange = Exchange::open(BOOK).await;
    traffic(&mut exchange, 300, start()).await;
    let store = exchange.store.as_ref();
    let draft = BOOK.replace("caps = { concurrent = 3, day = 40 }", "enabled = false");
    let draft = draft.replace("\"30.00\"", "\"35.00\"");
    let report = backtest(store, parsed(&draft), start()).await.unwrap();
    let again = backtest(store, parsed(&draft), start()).await.unwrap();
    assert_eq!(again, report);
    let (json, twice) = (serde_json::to_string(&report), serde_json::to_string(&again));
    assert_eq!((json.unwrap(), report.table()), (twice.unwrap(), again.table()));
    let acme = report.buyers[&"acme".parse().unwrap()];
    assert!(acme.sold_then > 20 && acme.sold_now == 0, "{acme:?}");
    assert_eq!((acme.lost, acme.revenue_now.micros()), (acme.sold_then, 0));
    let dune = report.buyers[&"dune".parse().unwrap()];
    assert!(dune.gained > 0 && dune.sold_now > dune.sold_then, "{dune:?}");
    let sum = |of: fn(&BuyerTally) -> i64| report.buyers.values().map(of).sum::<i64>();
    assert_eq!(sum(|tally| tally.revenue_then.micros()), report.calls.revenue_then.micros());
    assert_eq!(sum(|tally| tally.revenue_now.micros()), report.calls.revenue_now.micros());
    let calls = |of: fn(&BuyerTally) -> u64| report.buyers.values().map(of).sum::<u64>();
    assert_eq!(calls(|tally| tally.sold_now), report.calls.sold_now);
    assert_eq!(calls(|tally| tally.sold_then), report.calls.sold_then);

    let later = start() + Duration::from_secs(150 * 30);
    let half = backtest(store, parsed(&draft), later).await.unwrap();
    assert_eq!(half.calls.routed, 150);
    let without = BOOK.replace("\"auto\"", "\"car\"");
    let none = backtest(store, parsed(&without), start()).await.unwrap();
    assert_eq!((none.no_offer, none.calls.sold_now), (300, 0));
    let empty = backtest(store, Arc::new(Book::default()), start()).await.unwrap();
    assert_eq!((empty.calls.routed, empty.calls.sold_now), (300, 0));
}

/// Caps of a draft apply: hourly and concurrent.
#[tokio::test]
async fn simulated_caps_hold() {
    let mut exchange = Exchange::open(BOOK).await;
    traffic(&mut exchange, 240, start()).await;
    let draft = BOOK.replace("caps = { concurrent = 3, day = 40 }", "caps = { day = 7 }");
    let report = backtest(exchange.store.as_ref(), parsed(&draft), start()).await.unwrap();
    let acme = report.buyers[&"acme".parse().unwrap()];
    assert_eq!(acme.sold_now, 7);
    assert!(report.caps_hit["buyer acme day"] > 100, "{:?}", report.caps_hit);
    let prepaid = draft.replace("caps = { day = 7 }", "prepaid = true\ncaps = { day = 7 }");
    let paid = backtest(exchange.store.as_ref(), parsed(&prepaid), start()).await.unwrap();
    assert_eq!(paid, report, "a drafted book is tried, not a purse");
    let draft = BOOK.replace("caps = { concurrent = 3, day = 40 }", "caps = { concurrent = 0 }");
    let report = backtest(exchange.store.as_ref(), parsed(&draft), start()).await.unwrap();
    assert_eq!(report.buyers[&"acme".parse().unwrap()].sold_now, 0);
}

#[tokio::test]
async fn since_when_a_list_of_zips_is_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let store = Database::sqlite(&home.path().join("s.db")).unwrap();
    let text = |zips: &str, price: u32| {
        format!(
            "[[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n[[offer]]\nid = \"o\"\n[[contract]]\n\
             id = \"c\"\nbuyer = \"b\"\noffer = \"o\"\n\
             price = {{ amount = \"{price}\", currency = \"USD\" }}\n\
             destination = {{ sip = \"sip:a@198.51.100.7\" }}\nfilters = {{ zips = [{zips}] }}\n"
        )
    };
    let day = |n: u64| start() + Duration::from_secs(n * 86_400);
    let apply = async |zips: &str, price, n| {
        let text = text(zips, price);
        store.book_apply(text.clone(), by("ann", day(n))).await.unwrap();
        let book = parsed(&text);
        let past = past(&store, &book, day(200)).await.unwrap();
        past.evidence(&book, day(200)).zips_since.get(&"c".parse().unwrap()).copied()
    };
    for (zips, price, n, since) in [
        ("\"90210\"", 1, 1, Some(1)),
        ("\"90210\"", 2, 2, Some(1)),
        ("\"90210\", \"90211\"", 2, 3, Some(3)),
        ("\"90210\"", 2, 4, Some(4)),
        ("\"90210\"", 5, 5, Some(4)),
        ("", 5, 6, None),
    ] {
        assert_eq!(apply(zips, price, n).await, since.map(day), "{zips} {price}");
    }
}
