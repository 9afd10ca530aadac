//! Tests that reports equal a plain fold over the calls, decisions and postings that are stored.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;
use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::DecisionId;
use crate::base::End;
use crate::base::Money;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Rng;
use crate::base::Wall;
use crate::billing::Author;
use crate::billing::Cause;
use crate::billing::Posting;
use crate::billing::PostingKind;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::EndedBy;
use crate::call::Scope;
use crate::report::Topic;
use crate::report::Wanted;
use crate::sale::AttemptRecord;
use crate::sale::AttemptTier;
use crate::sale::DecisionRecord;
use crate::sale::Winner;
use crate::store::CallChange;
use crate::store::Calls as _;
use crate::store::Database;
use crate::store::Fact;
use crate::store::Facts as _;
use crate::store::Ledger as _;
use crate::store::Origin;
use crate::store::Reports as _;
use crate::store::Sale;
use crate::store::Won;
use crate::store::sample::finished;
use crate::store::sql::rollup_build;

/// A little before the clocks go back in New York: the calls of three days have an hour twice.
const START: &str = "2026-10-31T00:00:00Z";
const HOURS: u64 = 72;
const ZONES: [&str; 4] = ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"];

/// Returns one of some things.
fn one<T: Clone>(of: &[T], rng: &mut Rng) -> T {
    of[usize::try_from(rng.below(of.len() as u64)).unwrap()].clone()
}

fn chance(percent: u64, rng: &mut Rng) -> bool {
    rng.below(100) < percent
}

/// A call as it is stored: its change, and its postings.
struct Made {
    change: CallChange,
}

fn record(rng: &mut Rng) -> CallRecord {
    let start: Wall = START.parse().unwrap();
    let at = start + Duration::from_millis(rng.below(HOURS * 3_600_000));
    // Some calls arrive exactly at the border of two quarter hours.
    let at = if chance(10, rng) { at.floor(Duration::from_secs(900)) } else { at };
    let now = Now::at(at);
    let mut record = finished(1);
    record.id = CallId::new(now, rng);
    record.started_at = at;
    record.offer = one(&["auto", "solar"], rng).parse().unwrap();
    record.source = one(&["ads", "mail"], rng).parse().unwrap();
    record.number = one(&["+18005550100", "+18005550101"], rng).parse().unwrap();
    record.ingress = one(&["carrier-a", "carrier-b"], rng).parse().unwrap();
    record.flow = one(&["menu", "direct"], rng).parse().unwrap();
    record.answered_at = chance(80, rng).then_some(at);
    for name in ["campaign", "plan", "a", "b", "c", "d", "e", "f", "g", "h"] {
        if chance(15, rng) {
            let value = one(&["x".to_owned(), "é".repeat(80), String::new()], rng);
            record.tags.insert(name.parse().unwrap(), value);
        }
    }
    record.talk = Duration::from_millis(rng.below(120_000));
    record.ended_by = Some(one(&[EndedBy::Caller, EndedBy::Buyer, EndedBy::Switch], rng));
    (record.winner, record.bridged_at) = (None, chance(20, rng).then_some(at));
    record.reason = Some(one(End::ALL, rng));
    (record.billable, record.revenue, record.payout) = (false, None, None);
    record.attempts = (0..rng.below(4)).map(|_| attempt(now, rng)).collect();
    record
}

fn attempt(now: Now, rng: &mut Rng) -> AttemptRecord {
    let buyer = one(&["acme", "blue", "core"], rng);
    let tiers: Vec<Option<AttemptTier>> =
        AttemptTier::ALL.map(Some).into_iter().chain([None]).collect();
    AttemptRecord {
        id: AttemptId::new(now, rng),
        contract: format!("{buyer}-{}", rng.below(2)).parse().unwrap(),
        buyer: buyer.parse().unwrap(),
        tier: one(&tiers, rng),
        wave: 1,
        outcome: Some(one(Outcome::ALL, rng)),
        canceled_because: None,
        sip_status: None,
        started_at: now.wall,
        ring_ms: rng.below(30_000),
        post_dial_delay_ms: chance(70, rng).then(|| rng.below(5_000)),
    }
}

/// Returns an ended call, sold to no buyer, to one, or to two.
fn made(rng: &mut Rng) -> Made {
    let mut record = record(rng);
    let mut sales = Vec::new();
    for attempt in record.attempts.iter_mut().filter(|one| one.outcome == Some(Outcome::Won)) {
        let currency = one(&["USD", "USD", "EUR"], rng).parse().unwrap();
        let price = Money::from_micros(i64::try_from(rng.below(3)).unwrap() * 10_000_000, currency);
        record.winner = Some(Winner {
            contract: attempt.contract.clone(),
            buyer: attempt.buyer.clone(),
            price,
            buffer: Duration::from_secs(rng.below(120)),
            payout: None,
            payout_from_seconds: None,
            payout_caps: Default::default(),
            conversion: Default::default(),
            returns: None,
        });
        record.bridged_at = Some(record.started_at);
        let taken = Sale {
            hold: None,
            at: record.started_at,
            units: Vec::new(),
            price,
            prepaid: false,
            marks: Vec::new(),
            converted_marks: Vec::new(),
            balance_low: None,
            limits: Vec::new(),
        };
        let (contract, buyer) = (attempt.contract.clone(), attempt.buyer.clone());
        sales.push(Won { attempt: attempt.id, contract, buyer, taken });
    }
    let billed = |won: &&Won| won.taken.at.micros() % 3 != 0;
    let of_sale = |won: &Won| posted(won, record.id.into(), won.taken.price.micros(), 4_000_000);
    let postings = sales.iter().filter(billed).flat_map(of_sale).collect();
    let decisions = (0..rng.below(4)).map(|_| decision(&record, rng)).collect();
    Made { change: CallChange { record, decisions, sales, postings } }
}

/// Returns the postings of one cause.
fn posted(won: &Won, cause: Cause, revenue: i64, payout: i64) -> Vec<Posting> {
    let Won { attempt, buyer, taken, .. } = won;
    let source = "ads".parse().unwrap();
    [
        (PostingKind::Revenue(buyer.clone()), revenue),
        (PostingKind::Payout(source), payout),
        (PostingKind::Margin, revenue - payout),
        (PostingKind::Budget, -1),
    ]
    .map(|(kind, micros)| Posting {
        sale: *attempt,
        kind,
        cause: cause.clone(),
        amount: Money::from_micros(micros, taken.price.currency()),
        at: taken.at,
        by: Author { who: "call".to_owned(), note: String::new() },
    })
    .into()
}

fn decision(record: &CallRecord, rng: &mut Rng) -> DecisionRecord {
    let id = DecisionId::new(Now::at(record.started_at), rng);
    let offer = one(&["auto", "solar", record.offer.as_str()], rng);
    let mut passed: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for _ in 0..rng.below(4) {
        let reason = one(&["geo_mismatch", "duplicate", "cap_day"], rng);
        passed.entry(reason).or_default().insert(format!("acme-{}", rng.below(2)));
    }
    let document = serde_json::json!({ "id": id, "offer": offer, "passed": passed }).to_string();
    DecisionRecord { id, at: record.started_at, document }
}

/// Stores calls as a busy switch would: openings, updates and ends in batches, some of them twice,
/// and corrections of postings in any order.
async fn store(store: &Database, calls: &[Made], rng: &mut Rng) {
    let mut facts = Vec::new();
    for Made { change } in calls {
        let mut live = change.record.clone();
        live.state = CallState::Live;
        (live.ended_at, live.winner) = (None, None);
        if chance(60, rng) {
            let record = Box::new(live.clone());
            facts.push(Fact::Opened { record, node: "n".parse().unwrap() });
        }
        if chance(30, rng) {
            // A posting before the end counts when the call ends.
            let change = CallChange { record: live, ..change.clone() };
            facts.push(Fact::Bridged(Box::new(change)));
        }
        if chance(95, rng) {
            let times = 1 + rng.below(2);
            facts.extend((0..times).map(|_| Fact::Ended(Box::new(change.clone()))));
        }
    }
    while !facts.is_empty() {
        let size = usize::try_from(rng.below(12) + 1).unwrap().min(facts.len());
        let batch = facts.drain(..size).collect();
        store.apply(Origin::Transaction, batch).await.unwrap();
    }
    let sold: Vec<&Won> = calls.iter().flat_map(|made| &made.change.sales).collect();
    for won in sold {
        for _ in 0..rng.below(3) {
            let cause = CallId::new(Now::at(won.taken.at), rng);
            let price = won.taken.price.micros();
            let revenue = one(&[-price, price, 0, 7_000_000], rng);
            for posting in posted(won, cause.into(), revenue, -4_000_000) {
                // The correction may arrive twice.
                for _ in 0..1 + rng.below(2) {
                    let posting = posting.clone();
                    let known = won.attempt;
                    let save = move |db: &Db| {
                        let sql = "SELECT EXISTS (SELECT 1 FROM sale WHERE id = $1)";
                        let known: bool =
                            db.query_row(sql, [known.to_string()], |row| row.get(0))?;
                        if known {
                            crate::store::sql::posting::save(db, &posting)?;
                        }
                        Ok(())
                    };
                    store.writer.write(save).await.unwrap();
                }
            }
        }
    }
}

/// Everything that is stored about an ended call.
struct Stored {
    record: CallRecord,
    decisions: Vec<DecisionRecord>,
    postings: Vec<Posting>,
    sales: Vec<Won>,
}

impl Stored {
    fn is_missed(&self) -> bool {
        self.record.bridged_at.is_none()
    }

    fn is_duplicate(&self) -> bool {
        self.decisions.iter().any(|decision| decision.document.contains("\"duplicate\""))
    }

    fn is_ended_early(&self) -> bool {
        let talk = self.record.talk.as_millis();
        let left = |winner: &Winner| winner.buffer.as_millis().checked_sub(talk);
        let left = self.record.winner.as_ref().and_then(left);
        self.record.ended_by == Some(EndedBy::Buyer)
            && left.is_some_and(|left| (1..=10_000).contains(&left))
    }
}

async fn stored(store: &Database, calls: &[Made]) -> Vec<Stored> {
    let mut found = Vec::new();
    let query = CallQuery { state: Some(CallState::Ended), ..CallQuery::default() };
    let page = store.call_list(query, None, 200).await.unwrap();
    assert_eq!(page.next, None);
    for record in page.items {
        let decisions = store.decisions_fetch(record.id).await.unwrap();
        let postings = store.postings(record.id).await.unwrap();
        let made = calls.iter().find(|made| made.change.record.id == record.id).unwrap();
        let sales = made.change.sales.clone();
        found.push(Stored { record, decisions, postings, sales });
    }
    found
}

/// What is asked.
#[derive(Debug, Clone)]
struct Asked {
    topic: Topic,
    who: Scope,
    unit: Option<&'static str>,
    by: Vec<Dimension>,
    zone: &'static str,
    from: Wall,
    until: Wall,
}

impl Asked {
    fn random(rng: &mut Rng) -> Self {
        let start: Wall = START.parse().unwrap();
        let quarter = Duration::from_secs(900);
        let from = start + quarter * u32::try_from(rng.below(100)).unwrap();
        let until = from + quarter * u32::try_from(1 + rng.below(HOURS * 4)).unwrap();
        // Long enough for whole fortnights, with days and quarter hours around them.
        let days = Duration::from_secs(86_400) * u32::try_from(rng.below(30)).unwrap();
        let (from, until) = match rng.below(3) {
            0 => (from - days, until),
            1 => (from, until + days),
            _ => (from, until),
        };
        let topic = one(&Topic::ALL, rng);
        let scopes = [
            Scope::All,
            Scope::Buyer("acme".parse().unwrap()),
            Scope::Source("ads".parse().unwrap()),
        ];
        let who = if topic == Topic::Fallbacks { Scope::All } else { one(&scopes, rng) };
        let mut by: Vec<Dimension> = Vec::new();
        for _ in 0..rng.below(4) {
            let dimension = one(topic.dimensions(&who), rng);
            if !by.contains(&dimension) {
                by.push(dimension);
            }
        }
        let unit = one(&[None, Some("day"), Some("hour")], rng);
        Self { topic, who, unit, by, zone: one(&ZONES, rng), from, until }
    }

    fn question(&self) -> Option<Question> {
        let by: Vec<&str> =
            self.unit.into_iter().chain(self.by.iter().map(|one| one.name())).collect();
        let (by, since, until) = (by.join(","), self.from.to_string(), self.until.to_string());
        let wanted = Wanted {
            group_by: Some(&by),
            since: Some(&since),
            until: Some(&until),
            zone: Some(self.zone),
            currency: None,
        };
        Question::new(self.topic, self.who.clone(), wanted, self.until, Currency::USD).ok()
    }

    fn time(&self, at: Wall) -> Option<String> {
        let local = at.timestamp().to_zoned(TimeZone::get(self.zone).unwrap());
        let format = if self.unit? == "day" { "%Y-%m-%d" } else { "%Y-%m-%dT%H%z" };
        Some(local.strftime(format).to_string())
    }
}

/// The rows of a report: their groups, as far as there are any, and their sums.
#[derive(Debug, Default)]
struct Fold(BTreeMap<Vec<Option<String>>, Sums>);

impl Fold {
    fn add(
        &mut self,
        asked: &Asked,
        call: &Stored,
        values: &[(Dimension, String)],
        sums: &[(Measure, i128)],
    ) {
        let time = asked.unit.map(|_| asked.time(call.record.started_at));
        let value = |wanted: &Dimension| {
            let found = values.iter().find(|(dimension, _)| dimension == wanted).unwrap();
            Some(found.1.clone()).filter(|value| !value.is_empty())
        };
        let group = time.into_iter().chain(asked.by.iter().map(value)).collect();
        let row = self.0.entry(group).or_default();
        for (measure, value) in sums {
            row.add(*measure, *value);
        }
    }

    /// Folds over all calls, in plain terms.
    fn over(asked: &Asked, parts: &[Part], calls: &[Stored]) -> Self {
        let mut fold = Self::default();
        for call in calls {
            let at = call.record.started_at;
            if at < asked.from || at >= asked.until {
                continue;
            }
            for part in parts {
                match part.from {
                    From::Calls(_) | From::Cube => fold.call(asked, call),
                    From::Attempts => fold.attempts(asked, call),
                    From::Reasons([About::Fallback]) => fold.fallback(asked, call),
                    From::Reasons(_) => fold.reasons(asked, call),
                }
            }
        }
        fold
    }

    fn call(&mut self, asked: &Asked, call: &Stored) {
        let record = &call.record;
        let mine = |buyer: &str| match &asked.who {
            Scope::All => true,
            Scope::Buyer(own) => own.as_str() == buyer,
            Scope::Source(own) => *own == record.source,
        };
        let winner = record.winner.as_ref();
        let (missed, duplicate, early) =
            (call.is_missed(), call.is_duplicate(), call.is_ended_early());
        let of = |yes: bool| i128::from(yes);
        let counts = [
            (Measure::Calls, 1),
            (Measure::Answered, of(record.answered_at.is_some())),
            (Measure::Connected, of(winner.is_some())),
            (Measure::Transferred, of(winner.is_none() && !missed)),
            (Measure::Missed, of(missed)),
            (Measure::Duplicates, of(duplicate)),
            (Measure::EndedEarly, of(early)),
            (Measure::TalkMs, i128::try_from(record.talk.as_millis()).unwrap()),
        ];
        let buyer = winner.map_or("", |winner| winner.buyer.as_str());
        let contract = winner.map_or("", |winner| winner.contract.as_str());
        if mine(buyer) {
            self.tagged(asked, call, buyer, contract, &counts);
        }
        for won in call.sales.iter().filter(|won| mine(won.buyer.as_str())) {
            let of_sale = || call.postings.iter().filter(|posting| posting.sale == won.attempt);
            let revenue: Vec<i64> = of_sale()
                .filter(|posting| matches!(posting.kind, PostingKind::Revenue(_)))
                .map(|posting| posting.amount.micros())
                .collect();
            let owed: i64 = revenue.iter().sum();
            let free = !revenue.is_empty() && revenue.iter().all(|micros| *micros == 0);
            let dollars = |kind: &str| -> i128 {
                let counted = of_sale().filter(|posting| {
                    posting.kind.name() == kind && posting.amount.currency() == Currency::USD
                });
                counted.map(|posting| i128::from(posting.amount.micros())).sum()
            };
            let amounts = [
                (Measure::Billable, of(owed != 0 || free)),
                (Measure::Returned, of(owed == 0 && !free && !revenue.is_empty())),
                (Measure::Revenue, dollars("revenue")),
                (Measure::Payout, dollars("payout")),
                (Measure::Margin, dollars("margin")),
            ];
            if of_sale().next().is_some() {
                let (buyer, contract) = (won.buyer.as_str(), won.contract.as_str());
                self.tagged(asked, call, buyer, contract, &amounts);
            }
        }
    }

    fn tagged(
        &mut self,
        asked: &Asked,
        call: &Stored,
        buyer: &str,
        contract: &str,
        sums: &[(Measure, i128)],
    ) {
        let record = &call.record;
        let mut values = vec![
            (Dimension::Offer, record.offer.to_string()),
            (Dimension::Buyer, buyer.to_owned()),
            (Dimension::Source, record.source.to_string()),
            (Dimension::Number, record.number.e164().to_owned()),
            (Dimension::Contract, contract.to_owned()),
            (Dimension::Trunk, record.ingress.to_string()),
            (Dimension::Flow, record.flow.to_string()),
            (Dimension::Reason, record.reason.map_or(String::new(), |one| one.code().to_owned())),
        ];
        if !asked.by.contains(&Dimension::Tag) {
            return self.add(asked, call, &values, sums);
        }
        for (name, value) in record.tags.iter().take(8) {
            let mut text = format!("{name}={value}");
            while text.len() > 100 {
                text.pop();
            }
            values.push((Dimension::Tag, text));
            self.add(asked, call, &values, sums);
            values.pop();
        }
    }

    fn attempts(&mut self, asked: &Asked, call: &Stored) {
        for attempt in &call.record.attempts {
            if matches!(&asked.who, Scope::Buyer(own) if *own != attempt.buyer) {
                continue;
            }
            let answered = matches!(
                attempt.outcome,
                Some(
                    Outcome::Won
                        | Outcome::LostRace
                        | Outcome::Gone
                        | Outcome::NotAccepted
                        | Outcome::Machine
                )
            );
            let mut sums = vec![
                (Measure::Attempts, 1),
                (Measure::AttemptsWon, i128::from(attempt.outcome == Some(Outcome::Won))),
                (Measure::AttemptsAnswered, i128::from(answered)),
            ];
            if answered {
                let took = i128::from(attempt.ring_ms);
                sums.extend([(Measure::AnswerMs, took), (Measure::AnswerMaxMs, took)]);
            }
            if let Some(delay) = attempt.post_dial_delay_ms.map(i128::from) {
                let rang =
                    [(Measure::Rings, 1), (Measure::DelayMs, delay), (Measure::DelayMaxMs, delay)];
                sums.extend(rang);
            }
            let tier = attempt.tier.map_or("", AttemptTier::name).to_owned();
            let values = [
                (Dimension::Tier, tier),
                (Dimension::Offer, call.record.offer.to_string()),
                (Dimension::Buyer, attempt.buyer.to_string()),
                (Dimension::Contract, attempt.contract.to_string()),
            ];
            self.add(asked, call, &values, &sums);
        }
    }

    fn reasons(&mut self, asked: &Asked, call: &Stored) {
        let record = &call.record;
        // Kind, reason, offer, and whom it concerns.
        let mut found: BTreeSet<(&str, String, String, (Dimension, String))> = BTreeSet::new();
        let offer = record.offer.to_string();
        if let Some(reason) = record.reason {
            let party = (Dimension::Source, record.source.to_string());
            found.insert(("call", reason.code().to_owned(), offer.clone(), party));
        }
        for attempt in &record.attempts {
            let outcome = attempt.outcome.unwrap();
            if outcome != Outcome::Won {
                let party = (Dimension::Buyer, attempt.buyer.to_string());
                found.insert(("attempt", outcome.code().to_owned(), offer.clone(), party));
            }
        }
        for decision in &call.decisions {
            let document: serde_json::Value = serde_json::from_str(&decision.document).unwrap();
            for (reason, contracts) in document["passed"].as_object().unwrap() {
                for contract in contracts.as_array().unwrap() {
                    let party = (Dimension::Contract, contract.as_str().unwrap().to_owned());
                    let offer = document["offer"].as_str().unwrap().to_owned();
                    found.insert(("contract", reason.clone(), offer, party));
                }
            }
        }
        for (kind, reason, offer, (dimension, party)) in found {
            let seen = match &asked.who {
                Scope::All => true,
                Scope::Buyer(own) => dimension == Dimension::Buyer && party == own.as_str(),
                Scope::Source(own) => dimension == Dimension::Source && party == own.as_str(),
            };
            let parties = [Dimension::Source, Dimension::Buyer, Dimension::Contract];
            let about_other = asked.by.iter().any(|one| parties.contains(one) && *one != dimension);
            if !seen || about_other {
                continue;
            }
            let values = [
                (Dimension::Kind, kind.to_owned()),
                (Dimension::Reason, reason),
                (Dimension::Offer, offer),
                (dimension, party),
            ];
            let sold = i128::from(record.winner.is_some());
            self.add(asked, call, &values, &[(Measure::Calls, 1), (Measure::Sold, sold)]);
        }
    }

    fn fallback(&mut self, asked: &Asked, call: &Stored) {
        let record = &call.record;
        let offers: Vec<String> = call
            .decisions
            .iter()
            .map(|decision| {
                let document: serde_json::Value = serde_json::from_str(&decision.document).unwrap();
                document["offer"].as_str().unwrap().to_owned()
            })
            .collect();
        let (Some(first), Some(last)) = (offers.first(), offers.last()) else { return };
        let by_contract = |attempt: &&AttemptRecord| {
            record.winner.as_ref().is_some_and(|winner| winner.contract == attempt.contract)
        };
        let won = |attempt: &&AttemptRecord| {
            by_contract(attempt) && attempt.outcome == Some(Outcome::Won)
        };
        let attempts = || record.attempts.iter().rev();
        let decisive = attempts().find(won).or_else(|| attempts().find(by_contract));
        let tier = decisive.or(record.attempts.last()).and_then(|attempt| attempt.tier);
        let way = match tier {
            Some(AttemptTier::CatchAll) => "catch_all",
            _ if first != last => "offer",
            Some(AttemptTier::Fallback) => "tier",
            _ => return,
        };
        let values = [(Dimension::Reason, way.to_owned()), (Dimension::Offer, first.clone())];
        let sold = i128::from(record.winner.is_some());
        self.add(asked, call, &values, &[(Measure::Calls, 1), (Measure::Sold, sold)]);
    }
}

/// Compares a report with the fold, cell by cell.
fn assert_equal(asked: &Asked, report: &Report, fold: &Fold) {
    let rows: BTreeMap<Vec<Option<String>>, _> = report
        .rows
        .iter()
        .map(|row| (row.group.iter().map(|(_, value)| value.clone()).collect(), &row.cells))
        .collect();
    let groups: Vec<_> = rows.keys().collect();
    assert_eq!(groups, fold.0.keys().collect::<Vec<_>>(), "{asked:?}");
    let mut total = Sums::default();
    for (group, sums) in &fold.0 {
        total.absorb(sums);
        for (column, cell) in rows[group] {
            let expected = column.cell(sums, Currency::USD);
            assert_eq!(*cell, expected, "{} of {group:?}: {asked:?}", column.name());
        }
    }
    for (column, cell) in &report.total.cells {
        assert_eq!(*cell, column.cell(&total, Currency::USD), "{}: {asked:?}", column.name());
    }
}

/// Returns every row of the tables of sums, as text.
fn kept(path: &Path) -> Vec<String> {
    let db = rusqlite::Connection::open(path).unwrap();
    let mut found = Vec::new();
    for sql in [
        "SELECT * FROM call_rollup",
        "SELECT * FROM attempt_rollup",
        "SELECT * FROM reason_rollup",
        "SELECT * FROM cube_rollup",
    ] {
        let mut statement = db.prepare_cached(sql).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<String> =
                (0..columns).map(|at| format!("{:?}", row.get_ref(at).unwrap())).collect();
            found.push(cells.join(" "));
        }
    }
    found
}

/// Compares the tables of sums with their rows before.
fn assert_kept(path: &Path, before: &[String]) {
    let after = kept(path);
    let only = |some: &[String], others: &[String]| -> Vec<String> {
        some.iter().filter(|row| !others.contains(row)).cloned().collect()
    };
    assert_eq!(only(&after, before), only(before, &after));
    assert_eq!(after.len(), before.len());
}

/// Marks calls as programs did before there was a cube.
fn mark(db: &Db, calls: &[Stored]) {
    let sql = "UPDATE inquiry SET missed = $1, ended_early = $2, duplicate = $3 WHERE id = $4";
    for call in calls {
        let id = call.record.id.to_string();
        let marks = crate::store::sql::engine::params![
            call.is_missed(),
            call.is_ended_early(),
            call.is_duplicate(),
            id
        ];
        assert_eq!(db.execute(sql, marks).ok(), Some(1));
    }
}

async fn reports_equal_a_fold(seed: u64) {
    let mut rng = Rng::seeded(seed);
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("strowger.db");
    let database = Database::sqlite(&path).unwrap();
    let calls: Vec<Made> = (0..40).map(|_| made(&mut rng)).collect();
    store(&database, &calls, &mut rng).await;
    let stored = stored(&database, &calls).await;
    let mut answered = 0;
    for _ in 0..60 {
        let asked = Asked::random(&mut rng);
        let Some(question) = asked.question() else { continue };
        answered += 1;
        let fold = Fold::over(&asked, &question.parts(), &stored);
        let report = database.report(question).await.unwrap().unwrap();
        assert_equal(&asked, &report, &fold);
    }
    assert!(answered > 15, "{answered} questions were answered");
    drop(database);
    // Sums that are built from the calls equal those that were kept.
    let before = kept(&path);
    let db = Db::file(&path);
    db.execute_batch(
        "DELETE FROM call_rollup; DELETE FROM attempt_rollup; DELETE FROM reason_rollup;
         DELETE FROM cube_rollup;
         INSERT INTO rollup_build VALUES ('');",
    )
    .unwrap();
    for calls in [1, 7, 2] {
        assert_eq!(rollup_build::step(&db, calls), Ok(true));
    }
    rollup_build::build(&db).unwrap();
    rollup_build::build(&db).unwrap();
    assert_kept(&path, &before);
    // So do the sums of fortnights that an older database gets from its days.
    db.execute_batch(
        "DELETE FROM call_rollup WHERE grain = 2; DELETE FROM attempt_rollup WHERE grain = 2;
         DELETE FROM reason_rollup WHERE grain = 2;",
    )
    .unwrap();
    db.execute_batch(include_str!("../../../../migrations/sqlite/0019-fortnights.sql")).unwrap();
    assert_kept(&path, &before);
    // And the cube and the hours that it gets from its calls and quarter hours. The calls of older
    // schemas have marks.
    mark(&db, &stored);
    db.execute_batch("DELETE FROM call_rollup WHERE grain = 3; DROP TABLE cube_rollup;").unwrap();
    db.execute_batch(include_str!("../../../../migrations/sqlite/0026-cube.sql")).unwrap();
    drop(db);
    assert_kept(&path, &before);
}

proptest! {
    #![proptest_config(Config { cases: 24, ..Config::default() })]
    #[test]
    fn reports_equal_a_fold_over_the_rows(seed: u64) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(reports_equal_a_fold(seed));
    }
}
