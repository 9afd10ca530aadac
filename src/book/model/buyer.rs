//! Buyers.

use jiff::tz::TimeZone;

use crate::base::BuyerId;
use crate::base::Money;

use super::CapLimits;

/// A buyer: pays for calls and leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// Slug of the buyer.
    pub id: BuyerId,
    /// Time zone of the buyer's cap windows and of the hours of the buyer's contracts.
    pub timezone: TimeZone,
    /// Caps over all contracts of the buyer together.
    pub caps: CapLimits,
    /// Whether the buyer is prepaid: each hold takes the price from the buyer's balance.
    pub prepaid: bool,
    /// Balance below which [`EventKind::BalanceLow`](super::EventKind::BalanceLow) is reported;
    /// `None`: below the price of a call.
    pub balance_low: Option<Money>,
    /// Whether the buyer's contracts are considered.
    pub enabled: bool,
}
