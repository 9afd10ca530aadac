//! The values of tokens.

use crate::base::Money;
use crate::book::Concern;
use crate::book::EventValue;
use crate::book::Token;
use crate::call::CallRecord;
use crate::caps::Level;

use super::Event;
use super::Links;
use super::Subject;
use super::sentence::sentence;

/// Returns the value of a token; `None` if the event has none, or if its receiver may not see it.
pub(super) fn value(token: &Token, event: &Event, of: &Concern, links: &Links) -> Option<String> {
    if !of.shows(token) {
        return None;
    }
    let name = match token {
        Token::Of(value) => *value,
        Token::Field(name) => return record(event)?.fields.get(name).cloned(),
        Token::Tag(name) => return record(event)?.tags.get(name).cloned(),
    };
    let seconds = event.at.micros().div_euclid(1_000_000);
    match name {
        EventValue::EventId => Some(event.id.to_string()),
        EventValue::Event => Some(event.kind().name().to_owned()),
        EventValue::Time => Some(event.at.to_string()),
        EventValue::Timestamp => Some(seconds.to_string()),
        EventValue::Message => Some(sentence(event, of)),
        EventValue::ConversionUrl => Some(links.conversion(record(event)?.won()?.id)),
        EventValue::CallId
        | EventValue::Number
        | EventValue::Caller
        | EventValue::Offer
        | EventValue::Source
        | EventValue::Buyer
        | EventValue::Contract
        | EventValue::Reason
        | EventValue::EndedBy
        | EventValue::Billable
        | EventValue::TalkSeconds
        | EventValue::Revenue
        | EventValue::Payout
        | EventValue::Margin
        | EventValue::Currency
        | EventValue::StartedAt
        | EventValue::AnsweredAt
        | EventValue::ConnectedAt
        | EventValue::EndedAt => match record(event) {
            Some(record) => of_call(name, record, of),
            None => of_alert(name, &event.subject),
        },
    }
}

fn record(event: &Event) -> Option<&CallRecord> {
    match &event.subject {
        Subject::Call { record, .. } => Some(record),
        Subject::Cap { .. }
        | Subject::Balance { .. }
        | Subject::Paused { .. }
        | Subject::Unanswered { .. }
        | Subject::TrunkDown { .. }
        | Subject::TrunkUp { .. } => None,
    }
}

fn of_call(name: EventValue, call: &CallRecord, of: &Concern) -> Option<String> {
    let winner = call.winner.as_ref();
    match name {
        EventValue::CallId => Some(call.id.to_string()),
        EventValue::Number => Some(call.number.e164().to_owned()),
        EventValue::Caller => call.caller.as_ref().map(|caller| caller.e164().to_owned()),
        EventValue::Offer => Some(call.offer.to_string()),
        EventValue::Source => Some(call.source.to_string()),
        EventValue::Buyer => winner.map(|winner| winner.buyer.to_string()),
        EventValue::Contract => winner.map(|winner| winner.contract.to_string()),
        EventValue::Reason => call.reason.map(|reason| reason.code().to_owned()),
        EventValue::EndedBy => {
            let word = serde_json::to_value(call.ended_by?).ok()?;
            word.as_str().map(str::to_owned)
        }
        EventValue::Billable => Some(call.billable.to_string()),
        EventValue::TalkSeconds => Some(call.talk.as_secs_f64().to_string()),
        EventValue::Revenue => call.revenue.map(Money::amount),
        EventValue::Payout => call.payout.map(Money::amount),
        EventValue::Margin => margin(call).map(Money::amount),
        EventValue::Currency => currency(call, of),
        EventValue::StartedAt => Some(call.started_at.to_string()),
        EventValue::AnsweredAt => call.answered_at.map(|at| at.to_string()),
        EventValue::ConnectedAt => call.bridged_at.map(|at| at.to_string()),
        EventValue::EndedAt => call.ended_at.map(|at| at.to_string()),
        EventValue::EventId
        | EventValue::Event
        | EventValue::Time
        | EventValue::Timestamp
        | EventValue::Message
        | EventValue::ConversionUrl => None,
    }
}

/// Returns revenue less payout.
fn margin(call: &CallRecord) -> Option<Money> {
    let revenue = call.revenue?;
    call.payout.map_or(Some(revenue), |payout| revenue.checked_sub(payout))
}

/// Returns the currency of the amounts that the receiver may see.
fn currency(call: &CallRecord, of: &Concern) -> Option<String> {
    let amount = match of {
        Concern::Source(_) => call.payout,
        Concern::Buyer(_) => call.revenue,
        Concern::Offer(_) | Concern::All => call.revenue.or(call.payout),
    };
    amount.map(|amount| amount.currency().as_str().to_owned())
}

fn of_alert(name: EventValue, subject: &Subject) -> Option<String> {
    let (call, offer, contract, buyer) = match subject {
        Subject::Cap { level: Level::Contract(id), .. } => (None, None, Some(id), None),
        Subject::Cap { level: Level::Buyer(id), .. } => (None, None, None, Some(id)),
        Subject::Cap { level: Level::Offer(id), .. } => (None, Some(id), None, None),
        Subject::Balance { buyer, .. } => (None, None, None, Some(buyer)),
        Subject::Paused { contract, .. } => (None, None, Some(contract), None),
        Subject::Unanswered { call, offer, contract, buyer } => {
            (Some(call), Some(offer), Some(contract), Some(buyer))
        }
        Subject::Call { .. } | Subject::TrunkDown { .. } | Subject::TrunkUp { .. } => {
            (None, None, None, None)
        }
    };
    match name {
        EventValue::CallId => call.map(ToString::to_string),
        EventValue::Offer => offer.map(ToString::to_string),
        EventValue::Contract => contract.map(ToString::to_string),
        EventValue::Buyer => buyer.map(ToString::to_string),
        EventValue::EventId
        | EventValue::Event
        | EventValue::Time
        | EventValue::Timestamp
        | EventValue::Message
        | EventValue::ConversionUrl
        | EventValue::Number
        | EventValue::Caller
        | EventValue::Source
        | EventValue::Reason
        | EventValue::EndedBy
        | EventValue::Billable
        | EventValue::TalkSeconds
        | EventValue::Revenue
        | EventValue::Payout
        | EventValue::Margin
        | EventValue::Currency
        | EventValue::StartedAt
        | EventValue::AnsweredAt
        | EventValue::ConnectedAt
        | EventValue::EndedAt => None,
    }
}
