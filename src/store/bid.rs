//! Lists of bids.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::base::BidResult;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::InquiryId;
use crate::base::LeadId;
use crate::base::OfferId;
use crate::base::PingId;
use crate::base::Wall;
use crate::sale::BidRecord;

/// Most bids per page. The store reduces a larger limit to this.
pub const PAGE_BIDS_MAX: usize = 1_000;

/// Filters for bids. A filter that is `None` matches every bid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BidQuery {
    /// Earliest request, inclusive.
    pub since: Option<Wall>,
    /// Latest request, exclusive.
    pub until: Option<Wall>,
    /// The offer that was auctioned.
    pub offer: Option<OfferId>,
    /// The contract that was asked.
    pub contract: Option<ContractId>,
    /// Its buyer.
    pub buyer: Option<BuyerId>,
    /// What became of it.
    pub result: Option<BidResult>,
}

/// A call or a form lead. Its JSON has the key `call` or `lead`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOrLead {
    /// A call.
    Call(CallId),
    /// A form lead.
    Lead(LeadId),
}

impl From<CallOrLead> for InquiryId {
    fn from(of: CallOrLead) -> Self {
        match of {
            CallOrLead::Call(call) => call.into(),
            CallOrLead::Lead(lead) => lead.into(),
        }
    }
}

impl fmt::Display for CallOrLead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        InquiryId::from(*self).fmt(f)
    }
}

/// What a bid is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BidOn {
    /// A call.
    Call(CallId),
    /// A form lead.
    Lead(LeadId),
    /// A ping that no lead was posted to, and no call came for.
    Ping(PingId),
}

impl fmt::Display for BidOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BidOn::Call(call) => call.fmt(f),
            BidOn::Lead(lead) => lead.fmt(f),
            BidOn::Ping(ping) => ping.fmt(f),
        }
    }
}

/// A bid on a call, a lead, or a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBid {
    /// The call, lead, or ping.
    pub on: BidOn,
    /// Place among the bidders that were asked for it.
    pub ordinal: u64,
    /// The bid.
    pub bid: BidRecord,
}

/// Position in a list of bids: the next page continues after this bid, with earlier ones. As text:
/// time, id of the call, lead, or ping, and place with colons between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BidCursor {
    pub(crate) asked_at: Wall,
    pub(crate) id: String,
    pub(crate) ordinal: u64,
}

impl BidCursor {
    /// Returns the position of a bid.
    pub fn of(stored: &StoredBid) -> Self {
        let StoredBid { on, ordinal, bid } = stored;
        Self { asked_at: bid.asked_at, id: on.to_string(), ordinal: *ordinal }
    }
}

impl fmt::Display for BidCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.asked_at.micros(), self.id, self.ordinal)
    }
}

impl FromStr for BidCursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let read = (|| {
            let asked_at = Wall::from_micros(parts.next()?.parse().ok()?);
            // All ids are written alike.
            let id: InquiryId = parts.next()?.parse().ok()?;
            let (id, ordinal) = (id.to_string(), parts.next()?.parse().ok()?);
            parts.next().is_none().then_some(Self { asked_at, id, ordinal })
        })();
        read.ok_or_else(|| "not a position in a list of bids".to_owned())
    }
}

/// One page of bids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BidPage {
    /// Bids of the page, latest first.
    pub items: Vec<StoredBid>,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<BidCursor>,
}
