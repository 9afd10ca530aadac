//! Tokens of templates: `{call_id}`, `{field.zip}`.

use std::fmt;

use crate::base::FieldName;

use super::Vocabulary;

/// A value of an event that a template shows. Prints as it is written, without braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A value with a fixed name.
    Of(EventValue),
    /// A field of the caller: `field.zip`.
    Field(FieldName),
    /// A tag that the flow set: `tag.click_id`.
    Tag(FieldName),
}

macro_rules! values {
    ($($(#[$doc:meta])* $name:ident = $text:literal)*) => {
        /// A value of an event with a fixed name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum EventValue {
            $($(#[$doc])* $name,)*
        }

        impl EventValue {
            /// All values.
            pub const ALL: &[EventValue] = &[$(EventValue::$name),*];

            /// Returns the name in templates.
            pub const fn name(self) -> &'static str {
                match self {
                    $(EventValue::$name => $text,)*
                }
            }
        }
    };
}

values! {
    /// Id of the event.
    EventId = "event_id"
    /// Kind of the event.
    Event = "event"
    /// Time of the event (RFC 3339).
    Time = "time"
    /// Time of the event, in seconds since 1970.
    Timestamp = "timestamp"
    /// One sentence that says what happened.
    Message = "message"
    /// Id of the call.
    CallId = "call_id"
    /// Number that was dialled.
    Number = "number"
    /// Caller's number.
    Caller = "caller"
    /// The offer.
    Offer = "offer"
    /// The source.
    Source = "source"
    /// The buyer.
    Buyer = "buyer"
    /// The contract.
    Contract = "contract"
    /// The reason for the end of the call.
    Reason = "reason"
    /// The party that ended the call.
    EndedBy = "ended_by"
    /// Whether the call is billable.
    Billable = "billable"
    /// Connected time, in seconds.
    TalkSeconds = "talk_seconds"
    /// Amount that the buyer owes.
    Revenue = "revenue"
    /// Amount that the source is owed.
    Payout = "payout"
    /// Revenue less payout.
    Margin = "margin"
    /// Currency of the amounts.
    Currency = "currency"
    /// Arrival of the call.
    StartedAt = "started_at"
    /// Time when the switch answered the caller.
    AnsweredAt = "answered_at"
    /// Time when caller and buyer were connected.
    ConnectedAt = "connected_at"
    /// End of the call.
    EndedAt = "ended_at"
    /// URL at which the buyer of a sale reports it; secret.
    ConversionUrl = "conversion_url"
}

impl Vocabulary for Token {
    fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("field.") {
            return name.parse().ok().map(Token::Field);
        }
        if let Some(name) = text.strip_prefix("tag.") {
            return name.parse().ok().map(Token::Tag);
        }
        EventValue::ALL.iter().find(|value| value.name() == text).copied().map(Token::Of)
    }

    fn hint(unknown: &str) -> String {
        format!("for what the caller or the flow said: {{field.{unknown}}}, {{tag.{unknown}}}")
    }

    fn is_bare(&self) -> bool {
        match self {
            Token::Field(_) | Token::Tag(_) => false,
            Token::Of(value) => match value {
                EventValue::Timestamp
                | EventValue::Billable
                | EventValue::TalkSeconds
                | EventValue::Revenue
                | EventValue::Payout
                | EventValue::Margin => true,
                EventValue::EventId
                | EventValue::Event
                | EventValue::Time
                | EventValue::Message
                | EventValue::CallId
                | EventValue::Number
                | EventValue::Caller
                | EventValue::Offer
                | EventValue::Source
                | EventValue::Buyer
                | EventValue::Contract
                | EventValue::Reason
                | EventValue::EndedBy
                | EventValue::Currency
                | EventValue::StartedAt
                | EventValue::AnsweredAt
                | EventValue::ConnectedAt
                | EventValue::EndedAt
                | EventValue::ConversionUrl => false,
            },
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Of(value) => f.write_str(value.name()),
            Token::Field(name) => write!(f, "field.{name}"),
            Token::Tag(name) => write!(f, "tag.{name}"),
        }
    }
}
