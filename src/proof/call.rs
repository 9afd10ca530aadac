//! One call: its record, its rows, and what they say about each other.

use super::Difference;
use super::Differences;
use super::Kind;
use super::Orphan;
use super::StoredCall;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::Ingress;

/// Checks the state of a call and its rows; [`super::money`] checks its money.
pub(super) fn check(call: &StoredCall, found: &mut Differences) {
    let record = &call.record;
    let subject = subject(record);
    if let Some(detail) = contradiction(record) {
        found.add(Kind::StateContradicts, subject.clone(), detail);
    }
    let carrier_calls = call.carrier_calls;
    match record.ingress {
        Ingress::Webhook(_) if carrier_calls.all == 0 => {
            found.add(Kind::RecordWithoutCall, subject.clone(), "no webhook call names it");
        }
        Ingress::Webhook(_) | Ingress::Trunk(_) => {}
    }
    if carrier_calls.all > 1 {
        let detail = format!("{} webhook calls name it", carrier_calls.all);
        found.add(Kind::RecordShared, subject.clone(), detail);
    }
    if record.state == CallState::Ended && carrier_calls.live > 0 {
        found.add(Kind::HoldAfterEnd, subject.clone(), "its webhook call goes on");
    }
    for sale in &call.sales {
        let won = |attempt: &&crate::sale::AttemptRecord| attempt.id == sale.id;
        match record.attempts.iter().find(won) {
            Some(attempt) if attempt.contract == sale.contract && attempt.buyer == sale.buyer => {}
            // A record without attempts, of an older program, gives its own id to the sale.
            None if sale.id.to_string() == record.id.to_string() => {}
            Some(_) | None => {
                let detail = format!("sale {} is no attempt of the call", sale.id);
                found.add(Kind::SaleWithoutAttempt, subject.clone(), detail);
            }
        }
    }
}

/// Returns how a record contradicts its state.
fn contradiction(record: &CallRecord) -> Option<&'static str> {
    match record.state {
        CallState::Live if record.ended_at.is_some() => Some("it is live and has an end"),
        CallState::Live if record.billable => Some("it is live and billed"),
        CallState::Ended if record.ended_at.is_none() => Some("it has ended and has no end"),
        CallState::Ended if record.reason.is_none() => Some("it has ended without a reason"),
        CallState::Ended if record.billable && record.winner.is_none() => {
            Some("it is billed and has no winner")
        }
        CallState::Live | CallState::Ended => None,
    }
}

/// Returns a call as a subject.
pub(super) fn subject(record: &CallRecord) -> String {
    format!("call {}", record.id)
}

/// Returns the difference of a row without its call or sale.
pub(super) fn orphan(row: Orphan) -> Difference {
    let (kind, subject, detail) = match row {
        Orphan::OfCall { table, id, call } => {
            let detail = format!("{table} {id} names it; it has no record");
            (Kind::CallWithoutRecord, format!("call {call}"), detail)
        }
        Orphan::OfSale { table, number, sale } => {
            let detail = format!("{table} {number} names it; it does not exist");
            (Kind::PostingWithoutSale, format!("sale {sale}"), detail)
        }
    };
    Difference { invariant: kind.invariant(), kind, subject, detail }
}
