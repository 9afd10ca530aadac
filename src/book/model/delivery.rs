//! How form leads of a contract are delivered to its buyer.

use std::time::Duration;

use crate::base::Method;

use super::BodyFormat;
use super::LeadToken;
use super::ResponseRule;
use super::SentPath;
use super::Template;

/// How form leads are posted to a buyer, and what its answers mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The URL. Scheme, host and port have no tokens.
    pub post: Template<LeadToken>,
    /// The method. `GET` sends the fields in the query.
    pub method: Method,
    /// Further headers: names in lower case, and values.
    pub headers: Vec<(String, Template<LeadToken>)>,
    /// How the switch authenticates itself.
    pub auth: Option<DeliveryAuth>,
    /// What is sent.
    pub body: DeliveryBody,
    /// Longest time for the post, from name resolution to the end of the answer: 1 s to 60 s.
    pub timeout: Duration,
    /// What the answers mean.
    pub response: ResponseRule,
}

impl Delivery {
    /// Time for a post, if the contract sets none.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
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
            | DeliveryBody::Fields(format, _, _)
            | DeliveryBody::Text(format, _) => *format,
        }
    }
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
