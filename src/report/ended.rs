//! What an ended call, and each posting for it, adds to the sums that reports are made of.
//!
//! Everything about a call counts in the quarter hour in which the call arrived: its postings too,
//! whenever they are made. A return therefore lowers the day that the sale had raised, and revenue
//! per call is right for every day.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::time::Duration;

use serde::Deserialize;

use super::About;
use super::AttemptGroup;
use super::CUBE;
use super::CallGroup;
use super::CubeGroup;
use super::Measure;
use super::Pair;
use super::Quarter;
use super::ReasonGroup;
use super::Sums;
use super::dimension::Dimension;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::Currency;
use crate::base::End;
use crate::base::FieldName;
use crate::base::FlowName;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::Skip;
use crate::base::SourceId;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::call::EndedBy;
use crate::call::Ingress;
use crate::lead::LeadRecord;
use crate::sale::AttemptRecord;
use crate::sale::AttemptTier;
use crate::sale::DecisionRecord;
use crate::sale::Winner;

/// A buyer who hangs up this shortly before the buffer may do so to avoid the price.
pub const EARLY: Duration = Duration::from_secs(10);
/// Most tags of a call that are counted: the first ones by name.
pub const TAGS_MAX: usize = 8;
/// Longest text of a tag that is counted, in bytes. A longer one is cut.
pub const TAG_BYTES_MAX: usize = 100;

/// Sums to add to those that are kept, by the quarter hour of the call's arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Additions {
    /// Of calls and postings, by pairs of dimensions.
    pub calls: BTreeMap<CallGroup, Sums>,
    /// Of the same, by all dimensions of the cube together.
    pub cube: BTreeMap<CubeGroup, Sums>,
    /// Of attempts.
    pub attempts: BTreeMap<AttemptGroup, Sums>,
    /// Of reasons.
    pub reasons: BTreeMap<ReasonGroup, Sums>,
}

/// How an offer that its own tiers did not sell was tried further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A contract of the tier `fallback`.
    Tier,
    /// Another offer.
    Offer,
    /// The offer's catch-all buyer.
    CatchAll,
}

/// What groups an ended call or lead, beside who bought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facets {
    /// Arrival of the call.
    pub at: Wall,
    /// Offer that it was last routed for.
    pub offer: OfferId,
    /// Its source.
    pub source: SourceId,
    /// Number that was dialled; `None` for a form lead.
    pub number: Option<Phone>,
    /// Trunk or webhook carrier; `None` for a form lead.
    pub ingress: Option<Ingress>,
    /// Flow that it entered first; `None` for a form lead.
    pub flow: Option<FlowName>,
    /// Why it ended.
    pub reason: Option<End>,
    /// Tags that the flow set.
    pub tags: BTreeMap<FieldName, String>,
}

/// Who bought, and by which contract.
#[derive(Debug, Clone, Copy)]
pub struct Taker<'a> {
    /// The buyer.
    pub buyer: &'a BuyerId,
    /// Its contract.
    pub contract: &'a ContractId,
}

/// Revenue postings of one sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Billed {
    /// Number of postings.
    pub postings: u64,
    /// Number of postings that are not zero.
    pub amounts: u64,
    /// Their sum, in micros.
    pub micros: i128,
}

/// An amount posted for a sale, as reports count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    /// Owed by the buyer; with the sale's revenue postings before it.
    Revenue(Billed),
    /// Owed to the source.
    Payout,
    /// The difference.
    Margin,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Way::Tier => "tier",
            Way::Offer => "offer",
            Way::CatchAll => "catch_all",
        }
    }
}

impl Facets {
    /// Returns the facets of a call.
    pub fn of(record: &CallRecord) -> Self {
        Self {
            at: record.started_at,
            offer: record.offer.clone(),
            source: record.source.clone(),
            number: Some(record.number.clone()),
            ingress: Some(record.ingress.clone()),
            flow: Some(record.flow.clone()),
            reason: record.reason,
            tags: record.tags.clone(),
        }
    }

    /// Returns the facets of a form lead.
    pub fn of_lead(record: &LeadRecord) -> Self {
        Self {
            at: record.received_at,
            offer: record.offer.clone(),
            source: record.source.clone(),
            number: None,
            ingress: None,
            flow: None,
            reason: record.reason,
            tags: BTreeMap::new(),
        }
    }

    /// Returns the call's groups by tag, as reports name them.
    pub fn tag_groups(&self) -> Vec<String> {
        self.tags.iter().take(TAGS_MAX).map(|(name, value)| tag(name, value)).collect()
    }

    /// Returns the values of the call's groups in a pair: one, or one per tag.
    fn values(&self, pair: Pair, taker: Option<Taker<'_>>) -> Vec<[String; 2]> {
        if pair == Pair::TagOffer {
            let tags = self.tag_groups().into_iter();
            return tags.map(|tag| [tag, self.offer.to_string()]).collect();
        }
        let mut values = pair.dimensions().iter().map(|one| self.value(*one, taker));
        vec![[values.next().unwrap_or_default(), values.next().unwrap_or_default()]]
    }

    /// Returns the value of a dimension; empty for none.
    fn value(&self, dimension: Dimension, taker: Option<Taker<'_>>) -> String {
        match dimension {
            Dimension::Offer => self.offer.to_string(),
            Dimension::Buyer => shown(taker.map(|taker| taker.buyer)),
            Dimension::Source => self.source.to_string(),
            Dimension::Number => shown(self.number.as_ref().map(Phone::e164)),
            Dimension::Contract => shown(taker.map(|taker| taker.contract)),
            Dimension::Trunk => shown(self.ingress.as_ref()),
            Dimension::Flow => shown(self.flow.as_ref()),
            Dimension::Reason => shown(self.reason.map(End::code)),
            Dimension::Tag | Dimension::Tier | Dimension::Kind => String::new(),
        }
    }
}

/// Returns a value as a group's text; empty for none.
fn shown(value: Option<impl ToString>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// Returns a tag as a group's text: `name=value`, at most [`TAG_BYTES_MAX`] long.
fn tag(name: &FieldName, value: &str) -> String {
    let mut text = format!("{name}={value}");
    let end = (0..=TAG_BYTES_MAX).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.truncate(end);
    text
}

impl Billed {
    /// Adds a posting.
    #[must_use]
    pub fn with(self, micros: i64) -> Self {
        Self {
            postings: self.postings + 1,
            amounts: self.amounts + u64::from(micros != 0),
            micros: self.micros + i128::from(micros),
        }
    }

    /// Returns whether the sale is billed: its revenue stands, or its price is zero.
    pub const fn is_billable(self) -> bool {
        self.micros != 0 || (self.postings > 0 && self.amounts == 0)
    }

    /// Returns whether revenue was posted and taken back entirely.
    pub const fn is_returned(self) -> bool {
        self.micros == 0 && self.amounts > 0
    }
}

impl<'a> Taker<'a> {
    /// Returns the buyer and contract of a winner.
    pub fn of(winner: &'a Winner) -> Self {
        Self { buyer: &winner.buyer, contract: &winner.contract }
    }
}

impl Additions {
    /// Adds everything that others add.
    pub fn absorb(&mut self, others: Additions) {
        let Additions { calls, cube, attempts, reasons } = others;
        absorb(&mut self.calls, calls);
        absorb(&mut self.cube, cube);
        absorb(&mut self.attempts, attempts);
        absorb(&mut self.reasons, reasons);
    }

    /// Returns what takes these sums back. Greatest values stay.
    #[must_use]
    pub fn negated(self) -> Additions {
        let Additions { calls, cube, attempts, reasons } = self;
        Additions {
            calls: negated(calls),
            cube: negated(cube),
            attempts: negated(attempts),
            reasons: negated(reasons),
        }
    }

    /// Adds a call that has ended. Its postings are added by [`Additions::post`].
    pub fn end(&mut self, record: &CallRecord, decisions: &[DecisionRecord]) {
        let passed = Passed::over(decisions);
        let winner = record.winner.as_ref();
        let missed = record.is_missed();
        let mut sums = Sums::default();
        sums.add(Measure::Calls, 1);
        sums.add(Measure::Answered, i64::from(record.answered_at.is_some()));
        sums.add(Measure::Connected, i64::from(winner.is_some()));
        sums.add(Measure::Transferred, i64::from(winner.is_none() && !missed));
        sums.add(Measure::Missed, i64::from(missed));
        sums.add(Measure::Duplicates, i64::from(passed.is_duplicate()));
        sums.add(Measure::EndedEarly, i64::from(is_ended_early(record)));
        sums.add(Measure::TalkMs, i64::try_from(record.talk.as_millis()).unwrap_or(i64::MAX));
        let currency = winner.map(|winner| winner.price.currency());
        self.call(&Facets::of(record), winner.map(Taker::of), currency, &sums);
        self.attempts(record);
        let won = record.won();
        self.reasons(
            &Ended {
                about: About::Call,
                at: record.started_at,
                offer: &record.offer,
                source: &record.source,
                reason: record.reason,
                attempts: &record.attempts,
                won,
                sold: winner.is_some(),
            },
            &passed,
        );
    }

    /// Adds a form lead that has ended. Its postings are added by [`Additions::post`]. How its
    /// buyers answered is no part of the sums of attempts, which tell how phones are answered.
    pub fn end_lead(&mut self, record: &LeadRecord, decisions: &[DecisionRecord]) {
        if record.is_test() {
            return;
        }
        let passed = Passed::over(decisions);
        let mut sums = Sums::default();
        sums.add(Measure::Leads, 1);
        sums.add(Measure::Duplicates, i64::from(passed.is_duplicate()));
        let sold = |row: &&AttemptRecord| row.outcome == Some(Outcome::Won);
        self.reasons(
            &Ended {
                about: About::Lead,
                at: record.received_at,
                offer: &record.offer,
                source: &record.source,
                reason: record.reason,
                attempts: &record.attempts,
                won: record.attempts.iter().find(sold),
                sold: !record.sales.is_empty(),
            },
            &passed,
        );
        let winner = record.sales.first().map(|sale| &sale.winner);
        let currency = winner.map(|winner| winner.price.currency());
        self.call(&Facets::of_lead(record), winner.map(Taker::of), currency, &sums);
    }

    /// Adds a posting of a sale to an ended call's groups.
    pub fn post(&mut self, facets: &Facets, taker: Taker<'_>, posted: Posted, amount: Money) {
        let mut sums = Sums::default();
        match posted {
            Posted::Payout => sums.add(Measure::Payout, amount.micros()),
            Posted::Margin => sums.add(Measure::Margin, amount.micros()),
            Posted::Revenue(before) => {
                let after = before.with(amount.micros());
                let change = |after: bool, before: bool| i64::from(after) - i64::from(before);
                let billable = change(after.is_billable(), before.is_billable());
                let returned = change(after.is_returned(), before.is_returned());
                sums.add(Measure::Revenue, amount.micros());
                sums.add(Measure::Billable, billable);
                sums.add(Measure::Returned, returned);
            }
        }
        self.call(facets, Some(taker), Some(amount.currency()), &sums);
    }

    fn call(
        &mut self,
        facets: &Facets,
        taker: Option<Taker<'_>>,
        currency: Option<Currency>,
        sums: &Sums,
    ) {
        let at = Quarter::of(facets.at);
        let currency = currency.map_or(String::new(), |one| one.as_str().to_owned());
        for pair in Pair::ALL {
            for values in facets.values(pair, taker) {
                let group = CallGroup { pair, at, values, currency: currency.clone() };
                self.calls.entry(group).or_default().absorb(sums);
            }
        }
        let values = CUBE.map(|dimension| facets.value(dimension, taker));
        self.cube.entry(CubeGroup { at, values, currency }).or_default().absorb(sums);
    }

    fn attempts(&mut self, record: &CallRecord) {
        let at = Quarter::of(record.started_at);
        for attempt in &record.attempts {
            let group = AttemptGroup {
                at,
                tier: attempt.tier.map_or("", AttemptTier::name).to_owned(),
                offer: record.offer.to_string(),
                buyer: attempt.buyer.to_string(),
                contract: attempt.contract.to_string(),
            };
            self.attempts.entry(group).or_default().absorb(&of_attempt(attempt));
        }
    }

    fn reasons(&mut self, ended: &Ended<'_>, passed: &Passed) {
        let at = Quarter::of(ended.at);
        let offer = ended.offer.to_string();
        let mut groups = BTreeSet::new();
        let mut group = |about, reason: &str, offer: &str, party: &str| {
            let [reason, offer, party] = [reason, offer, party].map(str::to_owned);
            groups.insert(ReasonGroup { at, about, reason, offer, party });
        };
        if let Some(reason) = ended.reason {
            group(ended.about, reason.code(), &offer, ended.source.as_str());
        }
        for attempt in ended.attempts {
            if let Some(outcome) = attempt.outcome.filter(|outcome| *outcome != Outcome::Won) {
                group(About::Attempt, outcome.code(), &offer, attempt.buyer.as_str());
            }
        }
        for PassedOver { reason, contract, offer } in &passed.contracts {
            group(About::Contract, reason, offer, contract);
        }
        if let Some((way, first)) = fallback(ended, passed) {
            group(About::Fallback, way.name(), first, "");
        }
        let mut sums = Sums::default();
        sums.add(Measure::Calls, 1);
        sums.add(Measure::Sold, i64::from(ended.sold));
        for group in groups {
            self.reasons.entry(group).or_default().absorb(&sums);
        }
    }
}

fn negated<G: Ord>(sums: BTreeMap<G, Sums>) -> BTreeMap<G, Sums> {
    sums.into_iter().map(|(group, sums)| (group, sums.negated())).collect()
}

fn absorb<G: Ord>(sums: &mut BTreeMap<G, Sums>, others: BTreeMap<G, Sums>) {
    for (group, other) in others {
        sums.entry(group).or_default().absorb(&other);
    }
}

/// Returns whether the buyer hung up at most [`EARLY`] before the buffer.
fn is_ended_early(record: &CallRecord) -> bool {
    let buffer = record.winner.as_ref().map(|winner| winner.buffer);
    record.ended_by == Some(EndedBy::Buyer)
        && buffer.is_some_and(|buffer| record.talk < buffer && buffer - record.talk <= EARLY)
}

fn of_attempt(attempt: &AttemptRecord) -> Sums {
    let mut sums = Sums::default();
    sums.add(Measure::Attempts, 1);
    sums.add(Measure::AttemptsWon, i64::from(attempt.outcome == Some(Outcome::Won)));
    if let Some(delay) = attempt.post_dial_delay_ms {
        sums.add(Measure::Rings, 1);
        sums.add(Measure::DelayMs, delay);
        sums.add(Measure::DelayMaxMs, delay);
    }
    if attempt.outcome.is_some_and(is_answer) {
        sums.add(Measure::AttemptsAnswered, 1);
        sums.add(Measure::AnswerMs, attempt.ring_ms);
        sums.add(Measure::AnswerMaxMs, attempt.ring_ms);
    }
    sums
}

const fn is_answer(outcome: Outcome) -> bool {
    match outcome {
        Outcome::Won
        | Outcome::LostRace
        | Outcome::Gone
        | Outcome::NotAccepted
        | Outcome::Machine => true,
        Outcome::Busy
        | Outcome::NoAnswer
        | Outcome::Declined
        | Outcome::Failed
        | Outcome::NoCommonCodec
        | Outcome::Unreachable
        | Outcome::Barred
        | Outcome::TrunkLimit
        | Outcome::Loop
        | Outcome::Canceled => false,
    }
}

/// Returns the fallback that an inquiry used, and the offer that needed it. One that was sold used
/// the fallback that sold it, another the last one.
fn fallback<'a>(ended: &Ended<'_>, passed: &'a Passed) -> Option<(Way, &'a str)> {
    let (first, last) = (passed.offers.first()?, passed.offers.last()?);
    let attempt = ended.won.or(ended.attempts.last());
    let way = match attempt.and_then(|attempt| attempt.tier) {
        Some(AttemptTier::CatchAll) => Way::CatchAll,
        Some(_) | None if first != last => Way::Offer,
        Some(AttemptTier::Fallback) => Way::Tier,
        Some(AttemptTier::Primary | AttemptTier::Secondary | AttemptTier::Overflow) | None => {
            return None;
        }
    };
    Some((way, first))
}

/// What the end of a call or a lead has for the reasons.
struct Ended<'a> {
    about: About,
    at: Wall,
    offer: &'a OfferId,
    source: &'a SourceId,
    reason: Option<End>,
    attempts: &'a [AttemptRecord],
    /// The attempt that won.
    won: Option<&'a AttemptRecord>,
    sold: bool,
}

/// What the stored decisions of a call or a lead show.
#[derive(Debug, Default)]
struct Passed {
    /// Offers, in the order of the decisions.
    offers: Vec<String>,
    /// Contracts that were passed over.
    contracts: BTreeSet<PassedOver>,
}

/// A contract that a decision passed over.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PassedOver {
    reason: String,
    contract: String,
    offer: String,
}

/// The parts of a stored decision that reports read.
#[derive(Deserialize)]
struct Document {
    offer: String,
    #[serde(default)]
    passed: BTreeMap<String, Vec<String>>,
}

impl Passed {
    /// Reads stored decisions. A document that cannot be read counts nothing.
    fn over(decisions: &[DecisionRecord]) -> Self {
        let mut found = Self::default();
        for decision in decisions {
            let Ok(document) = serde_json::from_str::<Document>(&decision.document) else {
                continue;
            };
            for (reason, contracts) in document.passed {
                for contract in contracts {
                    let (reason, offer) = (reason.clone(), document.offer.clone());
                    found.contracts.insert(PassedOver { reason, contract, offer });
                }
            }
            found.offers.push(document.offer);
        }
        found
    }

    fn is_duplicate(&self) -> bool {
        self.contracts.iter().any(|over| over.reason == Skip::Duplicate.code())
    }
}

#[cfg(test)]
mod tests;
