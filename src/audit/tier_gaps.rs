//! Finds a tier without the tier before it.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use crate::book::Tier;

/// Finds the tiers left when an earlier tier's last contract was switched off.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (offer, contracts) in evidence.offers() {
        let has = |tier: Tier| contracts.iter().any(|(contract, _)| contract.tier == tier);
        let (primary, secondary) = (has(Tier::Primary), has(Tier::Secondary));
        let sentence = if !primary && secondary {
            "has a secondary tier and no primary"
        } else if !primary && has(Tier::Overflow) {
            "has an overflow tier and nothing that could overflow into it"
        } else if !primary && has(Tier::Fallback) {
            "has its fallback and nothing else"
        } else if primary && !secondary && has(Tier::Overflow) {
            "goes from primary straight to overflow"
        } else {
            continue;
        };
        let grade = if primary { Grade::Hint } else { Grade::Warning };
        let subject = format!("offer {}", offer.id);
        let remedy = "check whether a contract was switched off by mistake";
        found.push(Finding::new(grade, Kind::TierGaps, subject, sentence, remedy));
    }
    found
}
