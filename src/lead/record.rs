//! The record of a lead.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::base::AttemptId;
use crate::base::ContractId;
use crate::base::DecisionId;
use crate::base::End;
use crate::base::FieldName;
use crate::base::Fields;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::OfferId;
use crate::base::Origin;
use crate::base::Phone;
use crate::base::Reported;
use crate::base::Returned;
use crate::base::SourceId;
use crate::base::Wall;
use crate::billing::Bill;
use crate::book::Channel;
use crate::book::ConversionBy;
use crate::routing::Inquiry;
use crate::sale::AttemptRecord;
use crate::sale::Winner;
use crate::sale::end_bids;
use crate::sale::ping_id;
use crate::score::Scored;
use crate::score::set_earlier;
use crate::score::set_score;

use super::AfterStep;
use super::LeadStatus;
use super::Pinged;
use super::STEPS_MAX;
use super::Step;
use super::What;
use crate::sale::BidRecord;

/// A lead as it comes in.
#[derive(Debug, Clone)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// Requested offer.
    pub offer: OfferId,
    /// Source that sent it.
    pub source: SourceId,
    /// Its fields.
    pub fields: Fields,
    /// Names that the offer does not have, as they were sent: kept, and not kept.
    pub unknown: UnknownNames,
    /// When it came in.
    pub at: Wall,
    /// Version of the book that it is sold by.
    pub book_version: u64,
    /// Its score.
    pub scored: Scored,
    /// Inquiries of the same phone number within [`crate::score::WINDOW`] before; `None` without a
    /// number.
    pub earlier: Option<u64>,
    /// Its ping, if it was posted to one.
    pub ping: Option<Pinged>,
}

/// Names of a lead that its offer does not have, as they were sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnknownNames {
    /// Those whose values are kept.
    pub kept: Vec<String>,
    /// Those whose values are not kept, because they cannot be names of fields.
    pub ignored: Vec<String>,
}

/// Record of one lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadRecord {
    /// Id of the lead.
    pub id: LeadId,
    /// Where it stands.
    pub status: LeadStatus,
    /// Offer that it was last routed for.
    pub offer: OfferId,
    /// Source that sent it.
    pub source: SourceId,
    /// Version of the book that it is sold by.
    pub book_version: u64,
    /// Its fields, by name.
    pub fields: BTreeMap<FieldName, String>,
    /// When it came in.
    pub received_at: Wall,
    /// When it was sold last; `None` before.
    pub sold_at: Option<Wall>,
    /// When it ended; `None` while it is live.
    pub ended_at: Option<Wall>,
    /// Why it ended; `None` while it is live.
    pub reason: Option<End>,
    /// Bidders that were asked for a bid, in order: at most [`BIDS_MAX`](crate::sale::BIDS_MAX).
    #[serde(default)]
    pub bids: Vec<BidRecord>,
    /// Posts to buyers, in order.
    pub attempts: Vec<AttemptRecord>,
    /// Buyers who have it, in the order in which they accepted.
    pub sales: Vec<LeadSale>,
    /// Its time line: at most [`STEPS_MAX`].
    pub steps: Vec<Step>,
    /// The last decision.
    pub decision_id: Option<DecisionId>,
    /// Whether a sale of it is billable.
    pub billable: bool,
    /// What the buyers owe; `None` if nobody has it.
    pub revenue: Option<Money>,
    /// What the source is owed; `None` if it is not paid.
    pub payout: Option<Money>,
    /// The latest report of a buyer.
    #[serde(default)]
    pub conversion: Option<Reported>,
    /// The latest return.
    #[serde(default)]
    pub returned: Option<Returned>,
    /// What happened after its end, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<AfterStep>,
}

/// A buyer who has the lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadSale {
    /// The post that was accepted: the id of the sale.
    pub id: AttemptId,
    /// Who has it, on which terms.
    #[serde(flatten)]
    pub winner: Winner,
}

impl LeadSale {
    /// Returns the bill of the sale. A lead that was accepted is billable, unless the buyer reports
    /// which ones are.
    pub fn bill(&self) -> Bill {
        let billable = match self.winner.conversion.by {
            ConversionBy::Time { .. } | ConversionBy::Key { .. } => true,
            ConversionBy::Report | ConversionBy::Repeated { .. } => false,
        };
        Bill::of(self.winner.price, self.winner.payout.as_ref(), billable)
    }
}

impl LeadRecord {
    /// Creates the record of a lead that came in.
    pub fn of(lead: &Lead) -> Self {
        let fields = lead.fields.iter();
        let UnknownNames { kept, ignored } = lead.unknown.clone();
        let (at, scored) = (lead.at, lead.scored.clone());
        let names = What::UnknownNames { kept, ignored };
        let names = Some(names).filter(|_| lead.unknown != UnknownNames::default());
        let ping = lead.ping.as_ref().map(|ping| What::Pinged { ping: ping.id });
        let scored = What::Scored { scored, earlier: lead.earlier };
        let steps = [Some(What::Received), ping, names, Some(scored)];
        let steps = steps.into_iter().flatten().map(|what| Step { at, what }).collect();
        Self {
            id: lead.id,
            status: LeadStatus::Received,
            offer: lead.offer.clone(),
            source: lead.source.clone(),
            book_version: lead.book_version,
            fields: fields.map(|(name, field)| (name.clone(), field.value.clone())).collect(),
            received_at: lead.at,
            sold_at: None,
            ended_at: None,
            reason: None,
            bids: lead.ping.as_ref().map(|ping| ping.bids.clone()).unwrap_or_default(),
            attempts: Vec::new(),
            sales: Vec::new(),
            steps,
            decision_id: None,
            billable: false,
            revenue: None,
            payout: None,
            conversion: None,
            returned: None,
            after: Vec::new(),
        }
    }

    /// Returns the lead's phone number, if it has one.
    pub fn phone(&self) -> Option<Phone> {
        self.fields.get("phone").and_then(|text| text.trim().parse().ok())
    }

    /// Returns the buyer's id of a contract's bid that counts, or won.
    pub fn ping_id(&self, contract: &ContractId) -> Option<&str> {
        ping_id(&self.bids, contract)
    }

    /// Returns what the router is asked for the lead.
    pub fn inquiry(&self) -> Inquiry {
        let mut fields = Fields::default();
        for (name, value) in &self.fields {
            // A record has no more fields than an inquiry may have.
            let _fits = fields.set_whole(name.clone(), value, Origin::Form);
        }
        // A source can set neither.
        if let Some((scored, earlier)) = self.scored() {
            set_score(&mut fields, scored.score);
            if let Some(earlier) = earlier {
                set_earlier(&mut fields, earlier);
            }
        }
        Inquiry {
            offer: self.offer.clone(),
            channel: Channel::Form,
            source: Some(self.source.clone()),
            caller: None,
            fields,
        }
    }

    /// Returns the score that it got when it came in, and the number of earlier inquiries; `None`
    /// for a lead of an earlier program.
    pub fn scored(&self) -> Option<(&Scored, Option<u64>)> {
        for step in &self.steps {
            if let What::Scored { scored, earlier } = &step.what {
                return Some((scored, *earlier));
            }
        }
        None
    }

    /// Removes what may tell of a person.
    pub fn forget_person(&mut self) {
        self.fields.clear();
        for bid in &mut self.bids {
            bid.forget_person();
        }
        for step in &mut self.steps {
            match &mut step.what {
                What::Accepted { reference, .. } => *reference = None,
                What::Lost { reason, .. } => *reason = None,
                What::Unknown { reason, .. } => reason.clear(),
                What::UnknownNames { kept, ignored } => {
                    kept.clear();
                    ignored.clear();
                }
                What::Received
                | What::Pinged { .. }
                | What::Invalid { .. }
                | What::Suppressed { .. }
                | What::CertificateReused { .. }
                | What::Rehearsed { .. }
                | What::Scored { .. }
                | What::Asked { .. }
                | What::Bids { .. }
                | What::Routed { .. }
                | What::CapFull { .. }
                | What::HandedOn { .. }
                | What::Posted { .. }
                | What::Settled { .. }
                | What::Parked { .. }
                | What::Resumed
                | What::Ended { .. } => {}
            }
        }
        for step in &mut self.after {
            step.what.forget_person();
        }
    }

    /// Adds a step; left out if the lead has too many, unless it is the end.
    pub(super) fn note(&mut self, what: What, at: Wall) {
        if self.steps.len() < STEPS_MAX {
            return self.steps.push(Step { at, what });
        }
        if matches!(what, What::Ended { .. })
            && let Some(last) = self.steps.last_mut()
        {
            *last = Step { at, what };
        }
    }

    /// Ends the lead.
    pub(super) fn end(&mut self, status: LeadStatus, reason: End, at: Wall) {
        self.status = status;
        (self.reason, self.ended_at) = (Some(reason), Some(at));
        self.note(What::Ended { reason }, at);
        let is_sold = !self.sales.is_empty();
        end_bids(&mut self.bids, is_sold, at);
        for sale in &self.sales {
            let bill = sale.bill();
            self.billable |= bill.billable;
            self.revenue = sum(self.revenue, Some(bill.revenue));
            self.payout = sum(self.payout, bill.payout);
        }
    }
}

/// Returns the sum of two amounts; the first if they cannot be added.
fn sum(one: Option<Money>, other: Option<Money>) -> Option<Money> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.checked_add(other).unwrap_or(one)),
        (None, only) | (only, None) => only,
    }
}
