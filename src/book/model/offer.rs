//! Offers.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::BuyerId;
use crate::base::OfferId;

use super::CapLimits;
use super::Duplicate;

/// A product and how its inquiries are distributed among its contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its slug.
    pub id: OfferId,
    /// The order of eligible contracts of one tier.
    pub strategy: Strategy,
    /// How many picks ring at once.
    pub ring: Ring,
    /// How long one attempt, or one wave of attempts, may ring: 1 s to 3 min.
    pub ring_timeout: Duration,
    /// Caps over all contracts of the offer together. Their windows start in UTC, because an offer
    /// has buyers in many time zones.
    pub caps: CapLimits,
    /// Which inquiries were already sold to any buyer.
    pub duplicate: Option<Duplicate>,
    /// Number of buyers that one form lead is sold to: 1 (exclusive) to 10. Calls go to one buyer.
    pub share: u8,
    /// What happens to inquiries without an eligible contract.
    pub dq: Dq,
}

/// The order of eligible contracts of one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// By priority; the lowest number first.
    Priority,
    /// By weight: shares over a rolling window.
    Weighted,
    /// In turn: each gets one before the cycle restarts.
    RoundRobin,
    /// By price; the highest first.
    HighestPrice,
    /// By expected revenue: what recent calls earned, with a bonus for new contracts.
    Performance,
    /// By bid; the highest first. A contract without a bid bids its price.
    Auction,
}

/// How many picks ring at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// One after the other.
    Sequential,
    /// In waves; the first accepted answer wins.
    Simultaneous {
        /// Picks in one wave: 2 to 10.
        width: u8,
    },
}

/// What happens to an inquiry without an eligible contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dq {
    /// It is rejected.
    Reject,
    /// It is routed again, as an inquiry for another offer. Never returns to an offer that was
    /// already tried.
    Offer(OfferId),
    /// It goes to a catch-all buyer, by any of the buyer's contracts.
    Buyer(BuyerId),
    /// The caller hears the recording with this name, as in `<Play>` of a flow.
    Recording(String),
}
