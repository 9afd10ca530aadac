//! One lead: its record, its rows, and what they say about each other.

use super::Differences;
use super::Kind;
use super::StoredLead;
use crate::base::AttemptId;
use crate::lead::LeadRecord;

/// Checks the state of a lead and its rows; [`super::money`] checks its money.
pub(super) fn check(lead: &StoredLead, found: &mut Differences) {
    let record = &lead.record;
    if let Some(detail) = contradiction(record) {
        found.add(Kind::StateContradicts, subject(record), detail);
    }
    for sale in &lead.sales {
        let won = |attempt: &&crate::sale::AttemptRecord| attempt.id == sale.id;
        let attempt = record.attempts.iter().find(won);
        let same = |attempt: &crate::sale::AttemptRecord| {
            attempt.contract == sale.contract && attempt.buyer == sale.buyer
        };
        if !attempt.is_some_and(same) {
            let detail = format!("sale {} is no attempt of the lead", sale.id);
            found.add(Kind::SaleWithoutAttempt, subject(record), detail);
        }
    }
    let has = |id: AttemptId| lead.sales.iter().any(|sale| sale.id == id);
    for sale in record.sales.iter().filter(|sale| !has(sale.id)) {
        let detail = format!("{} accepted", sale.winner.contract);
        found.add(Kind::SaleMissing, subject(record), detail);
    }
}

/// Returns how a record contradicts its state.
fn contradiction(record: &LeadRecord) -> Option<&'static str> {
    match (record.status.is_over(), record.ended_at) {
        (false, Some(_)) => Some("it is live and has an end"),
        (true, None) => Some("it has ended and has no end"),
        (false, None) if record.billable => Some("it is live and billed"),
        (true, Some(_)) if record.reason.is_none() => Some("it has ended without a reason"),
        (true, Some(_)) if record.billable && record.sales.is_empty() => {
            Some("it is billed and no buyer has it")
        }
        (false, None) | (true, Some(_)) => None,
    }
}

/// Returns a lead as a subject.
pub(super) fn subject(record: &LeadRecord) -> String {
    format!("lead {}", record.id)
}
