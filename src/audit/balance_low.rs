//! Finds prepaid buyers with a low balance.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use crate::base::Money;

/// Minimum number of calls that a balance must cover.
const CALLS_MIN: i64 = 10;

/// Finds low balances: a prepaid buyer with an empty balance gets no calls, and nothing else
/// reports that.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let Some(balances) = &evidence.balances else { return Vec::new() };
    let mut found = Vec::new();
    for buyer in evidence.book.buyers.iter().filter(|buyer| buyer.prepaid && buyer.enabled) {
        let own = evidence.live().filter(|(contract, _)| contract.buyer == buyer.id);
        let Some(dearest) =
            own.map(|(contract, _)| contract.price).max_by_key(|price| price.micros())
        else {
            continue;
        };
        let left = balances.get(&buyer.id).copied().unwrap_or(0);
        if left >= dearest.micros().saturating_mul(CALLS_MIN) {
            continue;
        }
        let grade = if left < dearest.micros() { Grade::Warning } else { Grade::Hint };
        let left = Money::from_micros(left, dearest.currency());
        let subject = format!("buyer {}", buyer.id);
        let sentence =
            format!("pays in advance, and has {left} left; a call costs up to {dearest}");
        let remedy = format!("enter what it paid: strowger balance credit {} AMOUNT", buyer.id);
        found.push(Finding::new(grade, Kind::BalanceLow, subject, sentence, remedy));
    }
    found
}
