//! Leads: what is stored of them, and what is owed for them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::base::FieldName;
use crate::base::LeadId;
use crate::base::NodeName;
use crate::base::PingId;
use crate::base::Wall;
use crate::billing::PAYOUT_WINDOWS;
use crate::billing::Posting;
use crate::billing::Sold;
use crate::billing::full_of_payouts;
use crate::billing::payout_periods;
use crate::billing::settle;
use crate::billing::without_payout;
use crate::caps::Period;
use crate::lead::InFlight;
use crate::lead::LeadRecord;
use crate::lead::LeadSale;
use crate::lead::Refusal;
use crate::sale::DecisionRecord;

use super::IdempotencyKey;
use super::Sale;
use super::StoreError;
use super::Won;

/// Most leads per page. The store reduces a larger limit to this.
pub const PAGE_LEADS_MAX: usize = 200;

/// How long the key of a request that sent a lead is kept.
pub const LEAD_KEY_KEPT: Duration = Duration::from_secs(86_400);

/// A change of a lead, stored in one transaction. An ended lead does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadChange {
    /// The lead's complete record after the change.
    pub record: LeadRecord,
    /// Decisions of the lead; may include stored ones.
    pub decisions: Vec<DecisionRecord>,
    /// Sales of the lead so far, with what their holds took. Each counts once.
    pub sales: Vec<Won>,
    /// Posts that are not answered.
    pub in_flight: Vec<InFlight>,
}

/// A lead that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadOpening {
    /// What is stored of it first: of a lead that is not routed, with its end; of one that can be
    /// sold at once, with its first posts.
    pub first: LeadChange,
    /// The node.
    pub node: NodeName,
    /// The key of its request.
    pub key: Option<LeadKey>,
    /// Fields with consent certificates. A certificate that another person's lead or another
    /// source's has ends the lead.
    pub certificates: Vec<FieldName>,
    /// The ping that it is posted to. If another lead was, nothing changes. A lead that is refused
    /// leaves the ping to another one.
    pub ping: Option<PingId>,
}

impl LeadOpening {
    /// Creates the opening of a lead without a key, certificates, and a ping.
    pub fn of(record: LeadRecord, node: NodeName) -> Self {
        let first = LeadChange::of(record);
        Self { first, node, key: None, certificates: Vec::new(), ping: None }
    }

    /// Returns whether the store may refuse it for what is stored of others. Nothing may follow from
    /// it before it is stored.
    pub fn may_be_refused(&self) -> bool {
        self.key.is_some() || !self.certificates.is_empty() || self.ping.is_some()
    }
}

/// The key of a request that sent a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadKey {
    /// The client: the id of its token, or its source and offer.
    pub client: String,
    /// The key.
    pub key: IdempotencyKey,
    /// Digest of what the request asks for.
    pub digest: String,
    /// How long the key is kept; at least [`LEAD_KEY_KEPT`].
    pub kept: Duration,
}

/// The result of storing a lead that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeadOpened {
    /// It is stored.
    Now,
    /// It is stored and has ended, for this reason.
    Refused(Refusal),
    /// The same request sent this lead before, or it was posted to the ping; nothing changed.
    Before(LeadId),
    /// Another request used the key; nothing changed.
    OtherRequest,
}

/// A lead that an earlier run of the program left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLead {
    /// Its record.
    pub record: LeadRecord,
    /// Its decisions.
    pub decisions: Vec<DecisionRecord>,
    /// Its sales so far.
    pub sales: Vec<Won>,
    /// Posts that were not answered.
    pub in_flight: Vec<InFlight>,
}

/// Position in a list of leads: the next page continues after this lead, with older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadCursor(pub(crate) LeadId);

impl fmt::Display for LeadCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for LeadCursor {
    type Err = <LeadId as FromStr>::Err;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// One page of leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadPage {
    /// Leads of the page, newest first.
    pub items: Vec<LeadRecord>,
    /// Cursor of the next page; `None` on the last page.
    pub next: Option<LeadCursor>,
}

impl LeadChange {
    /// Creates the change of a record with nothing beside it.
    pub fn of(record: LeadRecord) -> Self {
        Self { record, decisions: Vec::new(), sales: Vec::new(), in_flight: Vec::new() }
    }

    /// Returns the postings for a sale of a lead that has ended, at `at`; `taken` is what its hold
    /// took, and `used` the number of payouts of the source in a period.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`]: an amount does not fit.
    pub(super) fn owed(
        &self,
        sale: &LeadSale,
        taken: Option<&Sale>,
        at: Wall,
        used: impl Fn(Period) -> u64,
    ) -> Result<Vec<Posting>, StoreError> {
        let sold = Sold {
            sale: sale.id,
            contract: sale.winner.contract.clone(),
            buyer: sale.winner.buyer.clone(),
            source: self.record.source.clone(),
            price: taken.map_or(sale.winner.price, |taken| taken.price),
            prepaid: taken.is_some_and(|taken| taken.prepaid),
            cause: self.record.id.into(),
            at,
        };
        let postings = settle(&sold, &sale.bill());
        let postings = postings.map_err(|error| StoreError::TooLarge(error.to_string()))?;
        let periods = Self::payout_periods(sale, at);
        let full = full_of_payouts(&sale.winner.payout_caps, periods, used);
        Ok(match full.filter(|_| postings.iter().any(Posting::pays)) {
            Some(full) => without_payout(postings, full),
            None => postings,
        })
    }

    /// Returns the periods in which the payout of a sale counts.
    pub(super) fn payout_periods(sale: &LeadSale, at: Wall) -> [Period; PAYOUT_WINDOWS] {
        payout_periods(&sale.winner.payout_caps, at)
    }
}
