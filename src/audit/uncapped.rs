//! Finds contracts without any limit.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use super::evidence::is_last_resort;
use super::reach::is_unlimited;

/// Finds contracts without limits: a runaway campaign sends their buyers all of its calls.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (contract, buyer) in evidence.live().filter(|(contract, _)| !is_last_resort(contract)) {
        let unlimited = is_unlimited(&contract.caps) && is_unlimited(&buyer.caps);
        if unlimited && !buyer.prepaid {
            let subject = format!("contract {}", contract.id);
            let sentence = format!("neither it nor its buyer {} has any cap", buyer.id);
            let remedy = "set `caps` to what the buyer has agreed to pay for";
            found.push(Finding::new(Grade::Warning, Kind::Uncapped, subject, sentence, remedy));
        }
    }
    found
}
