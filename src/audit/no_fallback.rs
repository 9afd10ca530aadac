//! Finds offers with no option after their last contract.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use super::evidence::is_last_resort;
use super::reach::always_eligible;
use crate::book::Channel;
use crate::book::Dq;

/// Finds offers that reject what no contract takes: such an inquiry was paid for.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (offer, contracts) in evidence.offers() {
        let behind = contracts.iter().any(|(contract, buyer)| {
            is_last_resort(contract) || always_eligible(contract, buyer, offer, Channel::Call)
        });
        if offer.dq == Dq::Reject && !behind {
            let subject = format!("offer {}", offer.id);
            let sentence = "whoever fits no contract is turned away";
            let remedy = "add a contract with `tier = \"fallback\"`, or say in `dq` what happens";
            found.push(Finding::new(Grade::Warning, Kind::NoFallback, subject, sentence, remedy));
        }
    }
    found
}
