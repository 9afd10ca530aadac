//! Sources.

use super::CallPings;
use super::Entrance;
use super::OfferPayout;
use super::Payout;
use super::PayoutCaps;
use super::Rate;
use crate::base::OfferId;
use crate::base::SourceId;

/// A publisher or affiliate that originates traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Slug of the source.
    pub id: SourceId,
    /// Payout for each billable call or lead; none if absent.
    pub payout: Option<Payout>,
    /// Payouts for single offers, which take the place of `payout`.
    pub payouts: Vec<OfferPayout>,
    /// Where it sends form leads.
    pub intake: Vec<Entrance>,
    /// How many pings it may send; any number if absent.
    pub pings: Option<Rate>,
    /// How its pings for calls are answered.
    pub call_pings: CallPings,
    /// How many leads of one address of the Internet it may send; any number if absent.
    pub spam: Option<Rate>,
    /// How many are paid, and the source's time zone.
    pub payout_caps: PayoutCaps,
}

impl Source {
    /// Returns the payout for what is sold under an offer; `None` if it is not paid.
    pub fn payout_for(&self, offer: &OfferId) -> Option<&Payout> {
        let own = self.payouts.iter().find(|own| own.offer == *offer);
        own.map(|own| &own.payout).or(self.payout.as_ref())
    }

    /// Returns all payouts of the source.
    pub fn all_payouts(&self) -> impl Iterator<Item = &Payout> {
        self.payout.iter().chain(self.payouts.iter().map(|own| &own.payout))
    }
}
