//! Finds contracts without any filter by place.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use super::evidence::is_last_resort;
use super::reach::has_place;
use crate::book::UsState;

/// Finds contracts that take all states: licences, travel and time zones make most buyers local, so
/// that this is seldom intended.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let every = UsState::all().count();
    let mut found = Vec::new();
    for (contract, _) in evidence.live().filter(|(contract, _)| !is_last_resort(contract)) {
        let states = contract.filters.states.len();
        let sentence = if !has_place(&contract.filters) {
            "takes calls from every state".to_owned()
        } else if states + 6 >= every {
            format!("lists {states} states, nearly all there are")
        } else {
            continue;
        };
        let subject = format!("contract {}", contract.id);
        let remedy = "list the states or zips that the buyer serves in `filters`";
        found.push(Finding::new(Grade::Hint, Kind::OpenEverywhere, subject, sentence, remedy));
    }
    found
}
