//! What a past call or lead was, as far as a backtest needs it.

use std::time::Duration;

use super::Sold;
use crate::base::End;
use crate::base::Money;
use crate::base::Outcome as Attempted;
use crate::billing::Bill;
use crate::billing::bill;
use crate::book::Channel;
use crate::book::ConversionBy;
use crate::book::Payout;
use crate::call::CallRecord;
use crate::lead::LeadRecord;
use crate::routing::Pick;
use crate::sale::AttemptRecord;
use crate::sale::BidRecord;
use crate::store::PastInquiry;

/// A past call or lead.
pub(super) struct Known {
    pub(super) channel: Channel,
    /// Who had it, with what was owed.
    pub(super) then: Vec<Sold>,
    pub(super) bids: Vec<BidRecord>,
    attempts: Vec<AttemptRecord>,
    /// Whether the caller hung up before a buyer was found.
    pub(super) was_abandoned: bool,
    /// How long it rang and was connected, if it is a call that was bridged.
    bridged: Option<Bridged>,
    /// Whether a sale of it was billable.
    was_billable: bool,
}

/// Times of a call that was bridged.
struct Bridged {
    ring: Duration,
    talk: Duration,
}

/// What a sale of a past inquiry would have brought.
pub(super) struct Worth {
    pub(super) bill: Bill,
    /// How long its buyer would have been busy; zero for a lead.
    pub(super) busy: Duration,
    /// Whether the bill is assumed, because nothing is known of such a sale.
    pub(super) is_assumed: bool,
}

impl Known {
    /// Returns what is known of a past inquiry; `None` for a test lead.
    pub(super) fn of(inquiry: &PastInquiry) -> Option<Self> {
        match inquiry {
            PastInquiry::Call(call) => Some(Self::of_call(call)),
            PastInquiry::Lead(lead) => (!lead.is_test()).then(|| Self::of_lead(lead)),
        }
    }

    fn of_call(call: &CallRecord) -> Self {
        let sold = call.winner.as_ref().map(|winner| Sold {
            buyer: winner.buyer.clone(),
            contract: winner.contract.clone(),
            revenue: call.revenue.unwrap_or(Money::zero(winner.price.currency())),
            payout: call.payout,
        });
        let won = call.attempts.iter().find(|attempt| attempt.outcome == Some(Attempted::Won));
        let ring = Duration::from_millis(won.map_or(0, |attempt| attempt.ring_ms));
        let is_left = matches!(call.reason, Some(End::Abandoned | End::CallerUnconfirmed));
        Self {
            channel: Channel::Call,
            then: sold.into_iter().collect(),
            bids: call.bids.clone(),
            attempts: call.attempts.clone(),
            was_abandoned: is_left && call.winner.is_none(),
            bridged: call.bridged_at.map(|_| Bridged { ring, talk: call.talk }),
            was_billable: call.billable,
        }
    }

    fn of_lead(lead: &LeadRecord) -> Self {
        let is_only = lead.sales.len() == 1;
        let sold = lead.sales.iter().map(|sale| {
            let bill = sale.bill();
            // The record's amounts are corrected after the sale; those of several are one sum.
            let corrected = |own: Option<Money>| own.filter(|_| is_only);
            Sold {
                buyer: sale.winner.buyer.clone(),
                contract: sale.winner.contract.clone(),
                revenue: corrected(lead.revenue).unwrap_or(bill.revenue),
                payout: corrected(lead.payout).or(bill.payout),
            }
        });
        Self {
            channel: Channel::Form,
            then: sold.collect(),
            bids: lead.bids.clone(),
            attempts: lead.attempts.clone(),
            was_abandoned: false,
            bridged: None,
            was_billable: lead.billable,
        }
    }

    /// Returns whether the pick would not take the inquiry, judged by its contract's last attempt,
    /// or else those of the buyer's other contracts. Attempts that were only late, or canceled,
    /// might have taken it.
    pub(super) fn refuses(&self, pick: &Pick) -> bool {
        let own = self.attempts.iter().rfind(|attempt| attempt.contract == pick.contract);
        let mut buyers = self.attempts.iter().filter(|attempt| attempt.buyer == pick.buyer);
        match own {
            Some(own) => turned_down(own),
            None => buyers.clone().count() > 0 && buyers.all(turned_down),
        }
    }

    /// Returns what a sale to a pick would have brought.
    pub(super) fn worth(&self, pick: &Pick, payout: Option<&Payout>) -> Worth {
        let nothing = Bill::of(pick.price, payout, false);
        let repeated = match pick.rules.conversion.by {
            ConversionBy::Repeated { .. } => Some(nothing),
            ConversionBy::Time { .. } | ConversionBy::Key { .. } | ConversionBy::Report => None,
        };
        let bill = |talk| repeated.unwrap_or_else(|| bill(pick.price, pick.buffer, payout, talk));
        match (self.channel, &self.bridged) {
            (Channel::Call, Some(Bridged { ring, talk })) => {
                Worth { bill: bill(Some(*talk)), busy: *ring + *talk, is_assumed: false }
            }
            (Channel::Call, None) => {
                Worth { bill: bill(Some(pick.buffer)), busy: pick.buffer, is_assumed: true }
            }
            (Channel::Form, _) => {
                let had_it = self.then.iter().any(|sold| sold.contract == pick.contract);
                let billable = match pick.rules.conversion.by {
                    ConversionBy::Report => self.was_billable || !had_it,
                    ConversionBy::Time { .. } | ConversionBy::Key { .. } => true,
                    ConversionBy::Repeated { .. } => false,
                };
                let bill = Bill::of(pick.price, payout, billable);
                Worth { bill, busy: Duration::ZERO, is_assumed: !had_it }
            }
        }
    }
}

fn turned_down(attempt: &AttemptRecord) -> bool {
    match attempt.outcome {
        Some(
            Attempted::Busy
            | Attempted::NoAnswer
            | Attempted::Declined
            | Attempted::Failed
            | Attempted::NoCommonCodec
            | Attempted::Unreachable
            | Attempted::Barred
            | Attempted::TrunkLimit
            | Attempted::Loop
            | Attempted::NotAccepted
            | Attempted::Gone
            | Attempted::Machine,
        ) => true,
        Some(Attempted::Won | Attempted::LostRace | Attempted::Canceled) | None => false,
    }
}
