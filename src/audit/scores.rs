//! Finds thresholds on the score that do not fit what buyers accept.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use super::Tried;
use crate::base::ContractId;
use crate::book::Contract;
use crate::book::Decimal;
use crate::book::FieldTest;
use crate::score::SCORE;

/// Least number of inquiries that a rate is made of. Of fewer, chance decides too much.
pub(super) const INQUIRIES_MIN: u64 = 50;
/// Points below or above a threshold that are compared with the rest.
const NEAR: u8 = 20;
/// Points of a band: rates are of whole bands.
pub(super) const BAND: u8 = 10;
/// Micros of one point.
const POINT: i64 = 1_000_000;

/// Finds contracts that take inquiries only from a score on, though others below it sell as well, and
/// contracts that take inquiries from a score on that are rarely accepted.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (offer, contracts) in evidence.offers() {
        for (contract, _) in &contracts {
            let Some(least) = threshold(contract) else { continue };
            let others = contracts.iter().filter(|(other, _)| other.id != contract.id);
            let others = others.map(|(other, _)| *other);
            found.extend(too_high(evidence, contract, least, others, offer.id.as_str()));
            found.extend(too_low(evidence, contract, least));
        }
    }
    found
}

/// Returns the score from which on a contract takes inquiries, in whole points.
fn threshold(contract: &Contract) -> Option<u8> {
    let rules = contract.filters.fields.iter().filter(|rule| rule.field.as_str() == SCORE);
    let tests = rules.flat_map(|rule| &rule.tests).filter_map(|test| match test {
        FieldTest::Min(min) => Some(*min),
        FieldTest::Max(_)
        | FieldTest::Equals(_)
        | FieldTest::OneOf(_)
        | FieldTest::Matches(_)
        | FieldTest::Present => None,
    });
    let least = tests.chain(contract.filters.min_score).max()?;
    let points = |least: Decimal| u8::try_from(least.micros() / POINT).ok();
    points(least).filter(|points| (1..=100).contains(points))
}

/// Compares what other contracts of the offer accept just below the threshold with what all accept
/// from it on.
fn too_high<'b>(
    evidence: &Evidence<'_>,
    contract: &Contract,
    least: u8,
    others: impl Iterator<Item = &'b Contract>,
    offer: &str,
) -> Option<Finding> {
    let from = least.saturating_sub(NEAR);
    let (mut below, mut above) = (Tried::default(), evidence.tried(&contract.id, least, 100));
    for other in others {
        below += evidence.tried(&other.id, from, least);
        above += evidence.tried(&other.id, least, 100);
    }
    let as_good = below.rate_is_at_least(above, 9, 10);
    (below.is_enough() && above.is_enough() && as_good).then(|| {
        let sentence = format!(
            "takes scores from {least} on; of {} with {from} to {least}, other contracts of \
             {offer} accepted {}, of {} from {least} on {} were",
            below.tried,
            below.percent(),
            above.tried,
            above.percent()
        );
        let remedy = format!("try a threshold of {from}: what it keeps out sells as well");
        finding(contract, sentence, remedy)
    })
}

/// Compares what the contract accepts just above its threshold with what it accepts beyond.
fn too_low(evidence: &Evidence<'_>, contract: &Contract, least: u8) -> Option<Finding> {
    let to = least.saturating_add(NEAR);
    let (near, beyond) =
        (evidence.tried(&contract.id, least, to), evidence.tried(&contract.id, to, 100));
    let as_good = near.rate_is_at_least(beyond, 1, 2);
    (near.is_enough() && beyond.is_enough() && !as_good).then(|| {
        let sentence = format!(
            "takes scores from {least} on; of {} with {least} to {to} it accepted {}, of {} from \
             {to} on {}",
            near.tried,
            near.percent(),
            beyond.tried,
            beyond.percent()
        );
        let remedy =
            format!("raise the threshold to {to}: the others may go to those who take them");
        finding(contract, sentence, remedy)
    })
}

fn finding(contract: &Contract, sentence: String, remedy: String) -> Finding {
    let subject = format!("contract {}", contract.id);
    Finding::new(Grade::Hint, Kind::ScoreThreshold, subject, sentence, remedy)
}

impl Evidence<'_> {
    /// Returns what a contract was tried with whose score is in the whole bands from `from` to below
    /// `to`; 100 includes itself.
    fn tried(&self, contract: &ContractId, from: u8, to: u8) -> Tried {
        let Some(bands) = self.scores.get(contract) else { return Tried::default() };
        let first = from.div_ceil(BAND);
        let last = if to >= 100 { u8::MAX } else { to / BAND };
        let within = bands.range(first..last).map(|(_, tried)| *tried);
        within.fold(Tried::default(), |mut sum, tried| {
            sum += tried;
            sum
        })
    }
}

impl Tried {
    fn is_enough(self) -> bool {
        self.tried >= INQUIRIES_MIN
    }

    /// Returns whether the rate of acceptance is at least this fraction of another one.
    fn rate_is_at_least(self, other: Tried, numerator: u64, denominator: u64) -> bool {
        let own = u128::from(self.taken) * u128::from(other.tried) * u128::from(denominator);
        own >= u128::from(other.taken) * u128::from(self.tried) * u128::from(numerator)
    }

    fn percent(self) -> String {
        format!("{} %", (self.taken * 100).checked_div(self.tried).unwrap_or_default())
    }
}
