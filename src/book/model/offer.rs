//! Offers.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::BuyerId;
use crate::base::OfferId;

use super::CapLimits;
use super::Duplicate;

/// What is sold, and how it is distributed among its contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its slug.
    pub id: OfferId,
    /// How eligible contracts of one tier are put in order.
    pub strategy: Strategy,
    /// How many are rung at once.
    pub ring: Ring,
    /// How long one attempt, or one wave of attempts, may ring: 1 s to 3 min.
    pub ring_timeout: Duration,
    /// Caps over all of the offer's contracts together; their windows turn in UTC, as an offer
    /// has buyers in many zones.
    pub caps: CapLimits,
    /// Which inquiries were already sold, to whomever.
    pub duplicate: Option<Duplicate>,
    /// To how many buyers one form lead is sold: 1 is exclusive, up to 10. Calls go to one.
    pub share: u8,
    /// What happens when no contract fits.
    pub dq: Dq,
}

/// How eligible contracts of one tier are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// By their priority; the lowest number first.
    Priority,
    /// By shares: weights honoured over a rolling window.
    Weighted,
    /// Each gets one before the cycle restarts.
    RoundRobin,
    /// By their price; the highest first.
    HighestPrice,
    /// By expected revenue: what their recent calls earned, and something for being new.
    Performance,
    /// By their bids; the highest first. A contract that sends none bids its price.
    Auction,
}

/// How many of the picks are rung at once.
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

/// What happens to an inquiry that no contract of the offer can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dq {
    /// It is turned away.
    Reject,
    /// It is routed again, as an inquiry for another offer. Never leads back to an offer that
    /// was already tried.
    Offer(OfferId),
    /// It goes to a catch-all buyer, by any contract of theirs.
    Buyer(BuyerId),
    /// The caller hears a recording; this is its name, as in a flow's `<Play>`.
    Recording(String),
}
