//! Finds lists of zips without a recent change.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;

/// Maximum age of a list, in days.
const DAYS_MAX: u64 = 60;
const SECONDS_A_DAY: u64 = 86_400;

/// Finds old lists: buyers open and close offices, so the operator should ask the buyer about a
/// list older than two months.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (contract, _) in evidence.live().filter(|(contract, _)| !contract.filters.zips.is_empty()) {
        let Some(since) = evidence.zips_since.get(&contract.id) else { continue };
        let days = evidence.now.since(*since).as_secs() / SECONDS_A_DAY;
        if days > DAYS_MAX {
            let count = contract.filters.zips.len();
            let sentence = format!("its list of {count} zips has not changed for {days} days");
            let subject = format!("contract {}", contract.id);
            let remedy = format!("ask buyer {} whether it still holds", contract.buyer);
            found.push(Finding::new(Grade::Warning, Kind::StaleZips, subject, sentence, remedy));
        }
    }
    found
}
