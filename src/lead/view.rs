//! A lead as its reader may see it.
//!
//! A buyer and a source each see their own leads with their own side of the price, and nothing
//! that would reveal another buyer, source or contract.

use std::collections::BTreeMap;

use serde::Serialize;

use super::AfterStep;
use super::LeadRecord;
use super::LeadSale;
use super::LeadStatus;
use super::Step;
use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::DecisionId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Outcome;
use crate::base::Reported;
use crate::base::Returned;
use crate::base::SourceId;
use crate::base::Wall;
use crate::call::Scope;
use crate::sale::AttemptRecord;
use crate::sale::AttemptTier;
use crate::sale::BidRecord;

/// A lead as far as its reader may see it. Its JSON is that of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LeadView {
    /// The whole record.
    Whole(Box<WholeLead>),
    /// The view of a buyer who has it.
    Buyer(Box<BuyerLead>),
    /// The view of its source.
    Source(Box<SourceLead>),
}

/// Part of a lead that everybody sees who sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "channel", rename = "form")]
pub struct LeadCore {
    /// Id of the lead.
    pub id: LeadId,
    /// Where it stands.
    pub status: LeadStatus,
    /// Offer that it was last routed for.
    pub offer: OfferId,
    /// Its fields, by name.
    pub fields: BTreeMap<FieldName, String>,
    /// When it came in.
    pub received_at: Wall,
    /// When it ended.
    pub ended_at: Option<Wall>,
    /// Time from its arrival to its end, in milliseconds.
    pub total_ms: Option<u64>,
    /// Why it ended.
    pub reason: Option<End>,
    /// Whether a sale of it is billable.
    pub billable: bool,
}

/// The whole record of a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WholeLead {
    /// Part that everybody sees.
    #[serde(flatten)]
    pub core: LeadCore,
    /// Source that sent it.
    pub source: SourceId,
    /// Version of the book that it was sold by.
    pub book_version: u64,
    /// Bidders that were asked for a bid, in order.
    pub bids: Vec<BidRecord>,
    /// Posts to buyers, in order.
    pub attempts: Vec<LeadAttempt>,
    /// Buyers who have it.
    pub sales: Vec<LeadSale>,
    /// What the buyers owe.
    pub revenue: Option<Money>,
    /// What the source is owed.
    pub payout: Option<Money>,
    /// The latest report of a buyer.
    pub conversion: Option<Reported>,
    /// The latest return.
    pub returned: Option<Returned>,
    /// The last decision.
    pub decision_id: Option<DecisionId>,
    /// Its time line.
    pub steps: Vec<TimeLineStep>,
}

/// A step of a time line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum TimeLineStep {
    /// A step to its end.
    Sale(Step),
    /// A step after its end.
    After(AfterStep),
}

/// A post to a buyer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeadAttempt {
    /// Id of the attempt.
    pub id: AttemptId,
    /// Contract that was tried.
    pub contract: ContractId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// Tier of the contract.
    pub tier: Option<AttemptTier>,
    /// How it ended; `None` while the answer is awaited or unknown.
    pub outcome: Option<Outcome>,
    /// HTTP status of the answer.
    pub http_status: Option<u16>,
    /// When it was posted.
    pub started_at: Wall,
    /// Time to the answer, in milliseconds.
    pub answer_ms: u64,
}

/// A buyer's view of a lead that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyerLead {
    /// Part that everybody sees.
    #[serde(flatten)]
    pub core: LeadCore,
    /// The post that the buyer accepted.
    pub sale: AttemptId,
    /// Its contract.
    pub contract: ContractId,
    /// Price of a billable lead.
    pub price: Money,
}

/// A source's view of a lead that it sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceLead {
    /// Part that everybody sees.
    #[serde(flatten)]
    pub core: LeadCore,
    /// The source.
    pub source: SourceId,
    /// What the source is owed.
    pub payout: Option<Money>,
}

impl LeadAttempt {
    fn of(row: &AttemptRecord) -> Self {
        Self {
            id: row.id,
            contract: row.contract.clone(),
            buyer: row.buyer.clone(),
            tier: row.tier,
            outcome: row.outcome,
            http_status: row.sip_status,
            started_at: row.started_at,
            answer_ms: row.ring_ms,
        }
    }
}

impl LeadRecord {
    /// Returns the part of the lead that `scope` may see, or `None` if the lead is outside the
    /// scope.
    pub fn seen_by(self, scope: &Scope) -> Option<LeadView> {
        match scope {
            Scope::All => Some(LeadView::Whole(Box::new(self.whole()))),
            Scope::Buyer(buyer) => self.of_buyer(buyer).map(Box::new).map(LeadView::Buyer),
            Scope::Source(source) => self.of_source(source).map(Box::new).map(LeadView::Source),
        }
    }

    fn whole(self) -> WholeLead {
        WholeLead {
            core: self.core(),
            source: self.source,
            book_version: self.book_version,
            bids: self.bids,
            attempts: self.attempts.iter().map(LeadAttempt::of).collect(),
            sales: self.sales,
            revenue: self.revenue,
            payout: self.payout,
            conversion: self.conversion,
            returned: self.returned,
            decision_id: self.decision_id,
            steps: self
                .steps
                .into_iter()
                .map(TimeLineStep::Sale)
                .chain(self.after.into_iter().map(TimeLineStep::After))
                .collect(),
        }
    }

    fn of_buyer(&self, buyer: &BuyerId) -> Option<BuyerLead> {
        let sale = self.sales.iter().find(|sale| sale.winner.buyer == *buyer)?;
        Some(BuyerLead {
            core: self.core(),
            sale: sale.id,
            contract: sale.winner.contract.clone(),
            price: sale.winner.price,
        })
    }

    fn of_source(&self, source: &SourceId) -> Option<SourceLead> {
        let own = self.source == *source;
        let payout = self.payout;
        own.then(|| SourceLead { core: self.core(), source: source.clone(), payout })
    }

    fn core(&self) -> LeadCore {
        let total = self.ended_at.map(|ended| ended.since(self.received_at).as_millis());
        LeadCore {
            id: self.id,
            status: self.status,
            offer: self.offer.clone(),
            fields: self.fields.clone(),
            received_at: self.received_at,
            ended_at: self.ended_at,
            total_ms: total.map(|millis| u64::try_from(millis).unwrap_or(u64::MAX)),
            reason: self.reason,
            billable: self.billable,
        }
    }
}
