//! Finds later tiers with a higher price than an earlier one.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use crate::book::Contract;
use crate::book::Tier;

/// Finds higher prices in later tiers: tiers are tried in order, so the better price is tried last.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (offer, contracts) in evidence.offers() {
        let best = |tier: Tier| -> Option<&Contract> {
            let of = contracts.iter().filter(|(contract, _)| contract.tier == tier);
            of.map(|(contract, _)| *contract).max_by_key(|contract| contract.price.micros())
        };
        let tiers: Vec<&Contract> = Tier::ALL.iter().filter_map(|tier| best(*tier)).collect();
        for pair in tiers.windows(2) {
            let [earlier, later] = pair else { continue };
            if later.price.micros() > earlier.price.micros() {
                let sentence = format!(
                    "{} pays {} in tier {}, more than anyone in tier {} ({} at most, {})",
                    later.id, later.price, later.tier, earlier.tier, earlier.price, earlier.id
                );
                let remedy = format!("move {} to an earlier tier, or lower its price", later.id);
                let subject = format!("offer {}", offer.id);
                found.push(Finding::new(Grade::Hint, Kind::TierPrices, subject, sentence, remedy));
            }
        }
    }
    found
}
