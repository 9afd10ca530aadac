//! How form leads of a contract are delivered to its buyer.

use std::time::Duration;

use crate::base::Method;
use crate::base::Money;
use crate::base::Percent;

use super::BodyFormat;
use super::CallerId;
use super::LeadToken;
use super::ResponseRule;
use super::SentPath;
use super::Template;

/// How form leads are posted to a buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The request that posts a lead.
    pub post: Exchange,
    /// Longest time for the post, from name resolution to the end of the answer: 1 s to 60 s.
    pub timeout: Duration,
    /// How the buyer is asked for a bid in an auction; `None` if it is not asked.
    pub ping: Option<Box<Ping>>,
}

impl Delivery {
    /// Time for a post, if the contract sets none.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
}

/// A request to a buyer, and what its answers mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The URL. Scheme, host and port have no tokens.
    pub url: Template<LeadToken>,
    /// The method. `GET` sends the fields in the query.
    pub method: Method,
    /// Further headers: names in lower case, and values.
    pub headers: Vec<(String, Template<LeadToken>)>,
    /// How the switch authenticates itself.
    pub auth: Option<DeliveryAuth>,
    /// What is sent.
    pub body: DeliveryBody,
    /// What the answers mean.
    pub response: ResponseRule,
}

impl Exchange {
    /// Returns all tokens of the request.
    pub fn tokens(&self) -> impl Iterator<Item = &LeadToken> {
        let auth: Vec<&Template<LeadToken>> = match &self.auth {
            Some(DeliveryAuth::Basic { username, password }) => vec![username, password],
            Some(DeliveryAuth::Bearer(token)) => vec![token],
            None => Vec::new(),
        };
        let body: Vec<&Template<LeadToken>> = match &self.body {
            DeliveryBody::All(_, _)
            | DeliveryBody::Partial(_, _)
            | DeliveryBody::Ringba(_, _, _) => Vec::new(),
            DeliveryBody::Fields(_, _, fields) => fields.iter().map(|field| &field.value).collect(),
            DeliveryBody::Text(_, text) => vec![text],
        };
        let headers = self.headers.iter().map(|(_, value)| value);
        [&self.url].into_iter().chain(headers).chain(auth).chain(body).flat_map(Template::tokens)
    }
}

/// How a buyer is asked for a bid: it gets the part of the lead that does not identify a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    /// The request.
    pub ask: Exchange,
    /// Highest bid that is taken; a higher one is a mistake. `None` for any.
    pub max: Option<Money>,
    /// Share of a bid that is compared with other bids and with the floor. The buyer pays the
    /// whole bid.
    pub counts: Percent,
}

/// How the switch authenticates itself to a buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryAuth {
    /// User name and password (RFC 7617).
    Basic {
        /// The user name.
        username: Template<LeadToken>,
        /// The password.
        password: Template<LeadToken>,
    },
    /// A token (RFC 6750).
    Bearer(Template<LeadToken>),
}

/// What is sent to a buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryBody {
    /// Every field that the lead came with, by its own name.
    All(BodyFormat, XmlRoot),
    /// Those of the fields that tell of no person, by their own names, and hashes of phone and
    /// e-mail where the contract recognizes duplicates by them.
    Partial(BodyFormat, XmlRoot),
    /// What Ringba's bidders take of a call: `zipcode`, `State`, `SubID` and others, and those of
    /// its further fields that tell of no person, by their own names.
    Ringba(BodyFormat, XmlRoot, RingbaBody),
    /// These values, under the buyer's names; at least one.
    Fields(BodyFormat, XmlRoot, Vec<SentField>),
    /// A text in a format.
    Text(BodyFormat, Template<LeadToken>),
}

impl DeliveryBody {
    /// Returns the format.
    pub const fn format(&self) -> BodyFormat {
        match self {
            DeliveryBody::All(format, _)
            | DeliveryBody::Partial(format, _)
            | DeliveryBody::Ringba(format, _, _)
            | DeliveryBody::Fields(format, _, _)
            | DeliveryBody::Text(format, _) => *format,
        }
    }
}

/// What a request in Ringba's dialect says of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingbaBody {
    /// Whether it names the caller.
    pub caller_id: CallerId,
    /// Whether a SIP address may be answered.
    pub sip: SipOk,
}

/// Whether a bid may name a SIP address instead of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SipOk {
    /// It may.
    Yes,
    /// No SIP address is allowed.
    No,
}

/// Name of the root of an XML body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlRoot(pub String);

impl Default for XmlRoot {
    fn default() -> Self {
        Self("lead".to_owned())
    }
}

/// A value and the name under which the buyer takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentField {
    /// The buyer's name.
    pub name: SentPath,
    /// The value.
    pub value: Template<LeadToken>,
    /// The buyer's words for values; a value without one counts as unknown. Empty: values are sent
    /// as they are.
    pub words: Vec<(String, String)>,
    /// What is sent if the value is empty or unknown; without it, nothing.
    pub default: Option<String>,
}
