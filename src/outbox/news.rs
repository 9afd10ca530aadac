//! The events that a change of a call's record makes.

use crate::base::Outcome;
use crate::call::CallRecord;
use crate::lead::LeadRecord;
use crate::lead::LeadStatus;

use super::CallNews;
use super::Event;
use super::LeadNews;
use super::Subject;

/// What was known of a call before a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Whether the switch had answered the caller.
    pub is_answered: bool,
    /// Whether caller and buyer had been connected.
    pub is_connected: bool,
}

/// Returns the events of a change of a call, in order of time. `before` is `None` for a call that
/// was unknown. The call had not ended before.
pub fn news(before: Option<Before>, record: &CallRecord) -> Vec<Event> {
    let was = before.unwrap_or(Before { is_answered: false, is_connected: false });
    let arrived = before.is_none().then_some(record.started_at);
    let answered = record.answered_at.filter(|_| !was.is_answered);
    let connected = record.bridged_at.filter(|_| !was.is_connected);
    let ended = record.ended_at;
    let of_call = [
        (CallNews::Arrived, arrived),
        (CallNews::Answered, answered),
        (CallNews::Connected, connected),
        (CallNews::Completed, ended),
        (CallNews::Converted, ended.filter(|_| record.billable)),
        (CallNews::Missed, ended.filter(|_| record.is_missed())),
        (CallNews::RecordingReady, ended.filter(|_| !record.recordings.is_empty())),
    ];
    let of_call = of_call
        .into_iter()
        .filter_map(|(news, at)| Some(Event::of_call(news, record.clone(), at?)));
    of_call.chain(unanswered(record)).collect()
}

/// Returns the event of a change of a lead; `None` if its status tells nobody anything new.
pub fn lead_news(before: Option<LeadStatus>, record: &LeadRecord) -> Option<Event> {
    if record.is_test() || before == Some(record.status) {
        return None;
    }
    let (news, at) = match record.status {
        LeadStatus::Received if before.is_none() => (LeadNews::Received, record.received_at),
        LeadStatus::Sold => (LeadNews::Sold, record.ended_at?),
        LeadStatus::Rejected => (LeadNews::Rejected, record.ended_at?),
        LeadStatus::Parked => (LeadNews::Parked, record.steps.last()?.at),
        LeadStatus::Received | LeadStatus::Delivering | LeadStatus::Unknown => return None,
    };
    Some(Event::of_lead(news, record.clone(), at))
}

/// Returns one event for each buyer's leg that nobody answered, once the call has ended.
fn unanswered(record: &CallRecord) -> impl Iterator<Item = Event> {
    let ended = record.ended_at;
    record.attempts.iter().filter_map(move |attempt| {
        let at = ended.filter(|_| attempt.outcome == Some(Outcome::NoAnswer))?;
        let subject = Subject::Unanswered {
            call: record.id,
            offer: record.offer.clone(),
            contract: attempt.contract.clone(),
            buyer: attempt.buyer.clone(),
        };
        Some(Event::new(subject, &attempt.id.to_string(), at))
    })
}
