//! Finds hours without holidays.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;

/// Finds hours without holidays: an office with hours is also closed on holidays, and calls on
/// Thanksgiving ring unanswered.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (contract, _) in evidence.live() {
        let Some(schedule) = &contract.schedule else { continue };
        if schedule.holidays.is_none() && schedule.closed.is_empty() {
            let subject = format!("contract {}", contract.id);
            let sentence = "has hours, and is open on every holiday";
            let remedy = "add `holidays = \"us-federal\"` to its schedule, or dates to `closed`";
            found.push(Finding::new(Grade::Hint, Kind::NoHolidays, subject, sentence, remedy));
        }
    }
    found
}
