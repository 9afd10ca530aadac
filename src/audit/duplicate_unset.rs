//! Finds offers that may sell the same person repeatedly.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;

/// Finds offers without a duplicate window: buyers dispute a second call of one caller, and a
/// window on the offer sells each caller once.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (offer, contracts) in evidence.offers() {
        let without = contracts.iter().find(|(contract, _)| contract.duplicate.is_empty());
        let Some((first, _)) = without.filter(|_| offer.duplicate.is_empty()) else { continue };
        let subject = format!("offer {}", offer.id);
        let sentence = format!("the same caller is sold again and again: to {}, for one", first.id);
        let remedy = "set `duplicate = { fields = [\"phone\"], window = \"30d\" }`";
        found.push(Finding::new(Grade::Hint, Kind::DuplicateUnset, subject, sentence, remedy));
    }
    found
}
