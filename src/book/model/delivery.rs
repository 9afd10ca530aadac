//! How form leads of a contract are delivered to its buyer.

use std::time::Duration;

use crate::base::Method;
use crate::base::Money;
use crate::base::Percent;

use super::BodyFormat;
use super::CallerId;
use super::EmailAddress;
use super::LeadToken;
use super::Mark;
use super::ResponseRule;
use super::SentPath;
use super::Template;

/// How form leads are delivered to a buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// How, and when.
    pub way: DeliveryWay,
    /// Longest time for one attempt, from name resolution to the end of the answer: 1 s to 60 s.
    pub timeout: Duration,
    /// How the buyer is asked for a bid in an auction; `None` if it is not asked.
    pub ping: Option<Box<Ping>>,
    /// How the buyer is asked what became of the leads that it has; `None` if it is not asked.
    pub status: Option<Box<StatusAsk>>,
}

/// How a buyer is asked what became of a lead that it has, until that is final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusAsk {
    /// The request. Of the rule of its answers only the format, the reason, the price, and the
    /// reference count.
    pub ask: Exchange,
    /// Marks of a lead that the buyer sold to; at least one. Final.
    pub converted: Vec<Mark>,
    /// Marks of a lead whose person the buyer has reached.
    pub contacted: Vec<Mark>,
    /// Marks of a lead that the buyer will not sell to. Final.
    pub lost: Vec<Mark>,
    /// Marks of a lead that the buyer returns. Final.
    pub returned: Vec<Mark>,
    /// Time between two requests: 5 min to 1 d.
    pub interval: Duration,
    /// How long after its sale a lead is asked for: 1 d to 90 d.
    pub within: Duration,
}

impl StatusAsk {
    /// Time between two requests, if the contract sets none.
    pub const INTERVAL: Duration = Duration::from_secs(3_600);
    /// How long a lead is asked for, if the contract does not say.
    pub const WITHIN: Duration = Duration::from_secs(30 * 86_400);
}

/// How form leads are delivered to a buyer, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryWay {
    /// They are posted, and the buyer's answer says whether they are sold.
    Post(Box<Exchange>),
    /// They are sold first, and delivered afterwards.
    Later(Later),
}

/// How form leads are delivered after their sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Later {
    /// They are posted.
    Post(Box<Exchange>),
    /// They are mailed.
    Email(Box<LeadEmail>),
    /// They are appended to a sheet.
    Sheet(Box<LeadSheet>),
}

/// An e-mail with a form lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadEmail {
    /// Mailboxes that get it; at least one.
    pub to: Vec<EmailAddress>,
    /// Its subject.
    pub subject: Template<LeadToken>,
    /// Plain text; `None` is a list of all fields.
    pub text: Option<Template<LeadToken>>,
    /// The same as HTML; `None` without.
    pub html: Option<Template<LeadToken>>,
}

impl LeadEmail {
    /// The subject, if the book sets none.
    pub const SUBJECT: &str = "New lead for {offer}";
}

/// A sheet of Google Sheets to which form leads are appended, one row each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadSheet {
    /// Where the API is.
    pub url: Template<LeadToken>,
    /// Id of the spreadsheet.
    pub spreadsheet: String,
    /// Range whose table gets the rows: `Leads!A1`.
    pub range: String,
    /// The key of a service account, as Google's JSON document.
    pub account: Template<LeadToken>,
    /// Values of a row, from its first column; at least one.
    pub columns: Vec<Template<LeadToken>>,
}

impl LeadSheet {
    /// Where the API is, if the book does not say.
    pub const URL: &str = "https://sheets.googleapis.com";
    /// Range, if the book sets none: the table that begins in the first cell of the first sheet.
    pub const RANGE: &str = "A1";
}

impl Delivery {
    /// Time for a post, if the contract sets none.
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// Returns the request that posts a lead, before or after its sale; `None` if leads are not
    /// posted.
    pub fn posted(&self) -> Option<&Exchange> {
        match &self.way {
            DeliveryWay::Post(post) | DeliveryWay::Later(Later::Post(post)) => Some(&**post),
            DeliveryWay::Later(Later::Email(_) | Later::Sheet(_)) => None,
        }
    }

    /// Returns how leads are delivered after their sale; `None` if the buyer's answer decides the
    /// sale.
    pub const fn later(&self) -> Option<&Later> {
        match &self.way {
            DeliveryWay::Post(_) => None,
            DeliveryWay::Later(later) => Some(later),
        }
    }

    /// Returns all tokens of what is sent, pings and questions for the status included.
    pub fn tokens(&self) -> Vec<&LeadToken> {
        let status = self.status.iter().flat_map(|status| status.ask.tokens());
        self.tokens_of_leads().into_iter().chain(status).collect()
    }

    fn tokens_of_leads(&self) -> Vec<&LeadToken> {
        let ping = self.ping.iter().flat_map(|ping| ping.ask.tokens());
        match &self.way {
            DeliveryWay::Post(post) | DeliveryWay::Later(Later::Post(post)) => {
                post.tokens().chain(ping).collect()
            }
            DeliveryWay::Later(Later::Email(email)) => {
                let LeadEmail { to: _, subject, text, html } = &**email;
                let texts = [Some(subject), text.as_ref(), html.as_ref()];
                texts.into_iter().flatten().flat_map(Template::tokens).collect()
            }
            DeliveryWay::Later(Later::Sheet(sheet)) => {
                let LeadSheet { url, spreadsheet: _, range: _, account, columns } = &**sheet;
                [url, account].into_iter().chain(columns).flat_map(Template::tokens).collect()
            }
        }
    }
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
            Some(DeliveryAuth::OAuth(auth)) => {
                let OAuth { token_url, client_id, client_secret, scope: _, credentials: _ } = auth;
                vec![token_url, client_id, client_secret]
            }
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
    /// A token that the buyer's authorization server issues for client credentials (RFC 6749 §4.4).
    OAuth(OAuth),
}

/// Client credentials and where they are exchanged for a token (RFC 6749 §4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuth {
    /// The token endpoint.
    pub token_url: Template<LeadToken>,
    /// Id of the client.
    pub client_id: Template<LeadToken>,
    /// Secret of the client.
    pub client_secret: Template<LeadToken>,
    /// Requested scope; `None` is the server's own.
    pub scope: Option<String>,
    /// Where the credentials are sent.
    pub credentials: SentCredentials,
}

/// Where client credentials are sent (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SentCredentials {
    /// In the header `Authorization`, which every server takes.
    #[default]
    Header,
    /// In the body, which some servers want.
    Body,
}

impl SentCredentials {
    /// All places, by name.
    pub const ALL: &[(&str, SentCredentials)] =
        &[("header", SentCredentials::Header), ("body", SentCredentials::Body)];

    /// Returns the name of the place.
    pub const fn name(self) -> &'static str {
        match self {
            SentCredentials::Header => "header",
            SentCredentials::Body => "body",
        }
    }
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
