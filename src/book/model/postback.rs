//! Postbacks: receivers of events.

use std::fmt;
use std::str::FromStr;

use crate::base::BuyerId;
use crate::base::Method;
use crate::base::OfferId;
use crate::base::PostbackId;
use crate::base::SourceId;
use crate::base::is_host;

use super::EventKind;
use super::EventValue;
use super::FieldRule;
use super::Spot;
use super::Template;
use super::Token;

/// A receiver of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Postback {
    /// Slug of the postback.
    pub id: PostbackId,
    /// Whose events it reports.
    pub of: Concern,
    /// Kinds of events that it reports; at least one.
    pub events: Vec<EventKind>,
    /// Tests of the caller's fields. They combine with AND.
    pub filter: Vec<FieldRule>,
    /// Where events are sent.
    pub receiver: Receiver,
    /// False: nothing is sent.
    pub enabled: bool,
}

/// Whose events a postback reports. It also decides what the receiver sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Concern {
    /// Events of a source. They show no price and no buyer.
    Source(SourceId),
    /// Events of a buyer. They show no payout and no source.
    Buyer(BuyerId),
    /// Events of an offer.
    Offer(OfferId),
    /// All events.
    All,
}

/// Where events are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receiver {
    /// An HTTP server.
    Http(Box<HttpReceiver>),
    /// Mailboxes; at least one.
    Email(Vec<EmailAddress>),
}

/// An HTTP server that receives events, and how it wants them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpReceiver {
    /// The URL. Scheme, host and port have no tokens.
    pub url: Template,
    /// The method.
    pub method: Method,
    /// Further headers: names in lower case, and values.
    pub headers: Vec<(String, Template)>,
    /// The body; `None` is the event as JSON, or no body for `GET`.
    pub body: Option<PostbackBody>,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostbackBody {
    /// The text.
    pub text: Template,
    /// Its format.
    pub format: BodyFormat,
}

/// Format of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodyFormat {
    /// JSON.
    #[default]
    Json,
    /// A form.
    Form,
    /// XML.
    Xml,
    /// Plain text.
    Text,
}

/// A mailbox: `name@host`. It has only characters that need no quotes (RFC 5321 §4.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmailAddress(String);

impl BodyFormat {
    /// All formats, by name.
    pub const ALL: &[(&str, BodyFormat)] = &[
        ("json", BodyFormat::Json),
        ("form", BodyFormat::Form),
        ("xml", BodyFormat::Xml),
        ("text", BodyFormat::Text),
    ];

    /// Returns the name of the format.
    pub const fn name(self) -> &'static str {
        match self {
            BodyFormat::Json => "json",
            BodyFormat::Form => "form",
            BodyFormat::Xml => "xml",
            BodyFormat::Text => "text",
        }
    }

    /// Returns where the tokens of such a body stand.
    pub const fn spot(self) -> Spot {
        match self {
            BodyFormat::Json => Spot::Json,
            BodyFormat::Form => Spot::Url,
            BodyFormat::Xml => Spot::Xml,
            BodyFormat::Text => Spot::Text,
        }
    }

    /// Returns the media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            BodyFormat::Json => "application/json",
            BodyFormat::Form => "application/x-www-form-urlencoded",
            BodyFormat::Xml => "application/xml",
            BodyFormat::Text => "text/plain; charset=utf-8",
        }
    }
}

impl Concern {
    /// Returns why a postback of this concern cannot report a kind of event; `None` if it can.
    pub fn refuses(&self, kind: EventKind) -> Option<&'static str> {
        match (self, kind) {
            (Concern::All, _) => None,
            (Concern::Offer(_), EventKind::BalanceLow) => Some("a balance belongs to a buyer"),
            (Concern::Offer(_) | Concern::Buyer(_), EventKind::TrunkDown | EventKind::TrunkUp) => {
                Some("a trunk belongs to no one: name neither source, buyer, nor offer")
            }
            (Concern::Offer(_), _) => None,
            (
                Concern::Buyer(_),
                EventKind::CallArrived | EventKind::CallAnswered | EventKind::CallMissed,
            ) => Some("a call belongs to a buyer only when it is connected"),
            (
                Concern::Buyer(_),
                EventKind::LeadReceived | EventKind::LeadRejected | EventKind::LeadParked,
            ) => Some("a lead belongs to a buyer only when it is sold"),
            (Concern::Buyer(_), _) => None,
            (Concern::Source(_), kind) if kind.has_record() => None,
            (Concern::Source(_), _) => Some("a source sees only its calls"),
        }
    }

    /// Returns whether the receiver may see the value of a token.
    pub fn shows(&self, token: &Token) -> bool {
        let Token::Of(value) = token else { return true };
        match self {
            Concern::All | Concern::Offer(_) => true,
            Concern::Source(_) => !matches!(
                value,
                EventValue::Revenue
                    | EventValue::Margin
                    | EventValue::Buyer
                    | EventValue::Contract
                    | EventValue::ConversionUrl
            ),
            Concern::Buyer(_) => {
                !matches!(value, EventValue::Payout | EventValue::Margin | EventValue::Source)
            }
        }
    }
}

impl EmailAddress {
    /// Returns the address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let atom = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&c);
        let good = text.split_once('@').is_some_and(|(name, host)| {
            let dots = !name.starts_with('.') && !name.ends_with('.') && !name.contains("..");
            (1..=64).contains(&name.len())
                && name.bytes().all(atom)
                && dots
                && host.contains('.')
                && !host.starts_with('[')
                && is_host(host)
        });
        let shown: String = text.chars().take(80).collect();
        let address = good.then(|| Self(text.to_owned()));
        address.ok_or_else(|| format!("`{shown}` is not an e-mail address, like ops@example.com"))
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::Vocabulary as _;

    #[test]
    fn mailboxes() {
        for (text, good) in [
            ("ops@example.com", true),
            ("o'neil+x@mail.example.com", true),
            ("ops@example", false),
            ("ops", false),
            ("@example.com", false),
            ("a..b@example.com", false),
            ("a@b@example.com", false),
            ("a b@example.com", false),
            ("a@example.com\r\nBcc: b@example.com", false),
            ("<a@example.com>", false),
            ("a@[192.0.2.1]", false),
        ] {
            assert_eq!(text.parse::<EmailAddress>().is_ok(), good, "{text}");
        }
    }

    #[test]
    fn no_party_sees_the_price_of_the_other() {
        let source = Concern::Source("s".parse().unwrap());
        let buyer = Concern::Buyer("b".parse().unwrap());
        for (name, of_source, of_buyer) in [
            ("revenue", false, true),
            ("payout", true, false),
            ("margin", false, false),
            ("buyer", false, true),
            ("contract", false, true),
            ("source", true, false),
            ("conversion_url", false, true),
            ("field.zip", true, true),
            ("tag.click_id", true, true),
        ] {
            let token = Token::parse(name).unwrap();
            assert_eq!(
                (source.shows(&token), buyer.shows(&token)),
                (of_source, of_buyer),
                "{name}"
            );
            assert!(Concern::All.shows(&token), "{name}");
        }
    }
}
