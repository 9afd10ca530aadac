//! Offers.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::BuyerId;
use crate::base::Money;
use crate::base::OfferId;

use super::CapLimits;
use super::Duplicate;
use super::FormField;

/// A product and how its inquiries are distributed among its contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Slug of the offer.
    pub id: OfferId,
    /// Order of eligible contracts within a tier.
    pub strategy: Strategy,
    /// How bids are taken; of effect in an auction only.
    pub auction: AuctionRules,
    /// Number of picks that ring at once.
    pub ring: Ring,
    /// Ring time of one attempt, or of one wave of attempts: 1 s to 3 min.
    pub ring_timeout: Duration,
    /// Caps over all contracts of the offer together. Their windows start in UTC, because an offer
    /// has buyers in many time zones.
    pub caps: CapLimits,
    /// Rules on inquiries that were already sold to any buyer; each of them alone finds one.
    pub duplicate: Vec<Duplicate>,
    /// Number of buyers that one form lead is sold to: 1 (exclusive) to 10. Calls go to one buyer.
    pub share: u8,
    /// Whether a SIP call is billable although one of the two was never heard. Calls of webhook
    /// carriers are, because the switch does not receive their media.
    pub bill_silent: bool,
    /// Fields of its form leads, in the order in which sources see them.
    pub fields: Vec<FormField>,
    /// Whether the answer to a source names the buyer who has its form lead.
    pub show_buyer: bool,
    /// Handling of inquiries without an eligible contract.
    pub dq: Dq,
}

/// Order of eligible contracts within a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// By priority; the lowest number first.
    Priority,
    /// By weight: shares over a rolling window.
    Weighted,
    /// In turn: each contract gets one inquiry before the cycle restarts.
    RoundRobin,
    /// By price; the highest first.
    HighestPrice,
    /// By expected revenue: the earnings of recent calls, with a bonus for new contracts.
    Performance,
    /// By bid; the highest first. A contract without a bid bids its price.
    Auction,
}

/// How bids are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuctionRules {
    /// How long bids are awaited: 50 ms to 2 s.
    pub window: Duration,
    /// Lowest bid that is accepted; `None` for any.
    pub floor: Option<Money>,
}

impl AuctionRules {
    /// Time for bids, if the offer sets none.
    pub const WINDOW: Duration = Duration::from_millis(500);
}

impl Default for AuctionRules {
    fn default() -> Self {
        Self { window: Self::WINDOW, floor: None }
    }
}

/// Number of picks that ring at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// One after the other.
    Sequential,
    /// In waves; the first accepted answer wins.
    Simultaneous {
        /// Number of picks in one wave: 2 to 10.
        width: u8,
    },
}

/// Handling of an inquiry without an eligible contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dq {
    /// Reject the inquiry.
    Reject,
    /// Route the inquiry again, for another offer. Never returns to an offer that was already
    /// tried.
    Offer(OfferId),
    /// Send the inquiry to a catch-all buyer, by any of the buyer's contracts.
    Buyer(BuyerId),
    /// Play the recording with this name to the caller, like `<Play>` of a flow.
    Recording(String),
}
