//! The values of tokens.

use crate::base::Money;
use crate::book::Concern;
use crate::book::EventValue;
use crate::book::Token;
use crate::call::CallRecord;
use crate::caps::Level;
use crate::lead::LeadRecord;

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
        Token::Field(name) => {
            let fields = match lead(event) {
                Some(lead) => &lead.fields,
                None => &record(event)?.fields,
            };
            return fields.get(name).cloned();
        }
        Token::Tag(name) => return record(event)?.tags.get(name).cloned(),
    };
    let seconds = event.at.micros().div_euclid(1_000_000);
    match name {
        EventValue::EventId => Some(event.id.to_string()),
        EventValue::Event => Some(event.kind().name().to_owned()),
        EventValue::Time => Some(event.at.to_string()),
        EventValue::Timestamp => Some(seconds.to_string()),
        EventValue::Message => Some(sentence(event, of)),
        EventValue::ConversionUrl => match lead(event) {
            Some(lead) => Some(links.conversion(lead.sales.first()?.id)),
            None => Some(links.conversion(record(event)?.won()?.id)),
        },
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
        | EventValue::EndedAt => match (record(event), lead(event)) {
            (Some(record), _) => of_call(name, record, of),
            (None, Some(lead)) => of_lead(name, lead, of),
            (None, None) => of_alert(name, &event.subject),
        },
    }
}

fn record(event: &Event) -> Option<&CallRecord> {
    match &event.subject {
        Subject::Call { record, .. } => Some(record),
        Subject::Lead { .. }
        | Subject::Cap { .. }
        | Subject::Balance { .. }
        | Subject::Paused { .. }
        | Subject::Unanswered { .. }
        | Subject::TrunkDown { .. }
        | Subject::TrunkUp { .. } => None,
    }
}

fn lead(event: &Event) -> Option<&LeadRecord> {
    match &event.subject {
        Subject::Lead { record, .. } => Some(record),
        Subject::Call { .. }
        | Subject::Cap { .. }
        | Subject::Balance { .. }
        | Subject::Paused { .. }
        | Subject::Unanswered { .. }
        | Subject::TrunkDown { .. }
        | Subject::TrunkUp { .. } => None,
    }
}

/// Returns a value of a form lead; of a shared one, buyer and contract are the first.
fn of_lead(name: EventValue, lead: &LeadRecord, of: &Concern) -> Option<String> {
    let winner = lead.sales.first().map(|sale| &sale.winner);
    match name {
        EventValue::CallId => Some(lead.id.to_string()),
        EventValue::Caller => lead.phone().map(|phone| phone.e164().to_owned()),
        EventValue::Offer => Some(lead.offer.to_string()),
        EventValue::Source => Some(lead.source.to_string()),
        EventValue::Buyer => winner.map(|winner| winner.buyer.to_string()),
        EventValue::Contract => winner.map(|winner| winner.contract.to_string()),
        EventValue::Reason => lead.reason.map(|reason| reason.code().to_owned()),
        EventValue::Billable => Some(lead.billable.to_string()),
        EventValue::Revenue => lead.revenue.map(Money::amount),
        EventValue::Payout => lead.payout.map(Money::amount),
        EventValue::Margin => margin(lead.revenue, lead.payout).map(Money::amount),
        EventValue::Currency => currency(lead.revenue, lead.payout, of),
        EventValue::StartedAt => Some(lead.received_at.to_string()),
        EventValue::ConnectedAt => lead.sold_at.map(|at| at.to_string()),
        EventValue::EndedAt => lead.ended_at.map(|at| at.to_string()),
        EventValue::Number
        | EventValue::EndedBy
        | EventValue::TalkSeconds
        | EventValue::AnsweredAt
        | EventValue::EventId
        | EventValue::Event
        | EventValue::Time
        | EventValue::Timestamp
        | EventValue::Message
        | EventValue::ConversionUrl => None,
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
        EventValue::Margin => margin(call.revenue, call.payout).map(Money::amount),
        EventValue::Currency => currency(call.revenue, call.payout, of),
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
fn margin(revenue: Option<Money>, payout: Option<Money>) -> Option<Money> {
    let revenue = revenue?;
    payout.map_or(Some(revenue), |payout| revenue.checked_sub(payout))
}

/// Returns the currency of the amounts that the receiver may see.
fn currency(revenue: Option<Money>, payout: Option<Money>, of: &Concern) -> Option<String> {
    let amount = match of {
        Concern::Source(_) => payout,
        Concern::Buyer(_) => revenue,
        Concern::Offer(_) | Concern::All => revenue.or(payout),
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
        Subject::Call { .. }
        | Subject::Lead { .. }
        | Subject::TrunkDown { .. }
        | Subject::TrunkUp { .. } => (None, None, None, None),
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
