//! Buyers.

use jiff::tz::TimeZone;

use crate::base::BuyerId;

use super::CapLimits;

/// A buyer: pays for calls and leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// Its slug.
    pub id: BuyerId,
    /// The time zone of the buyer's cap windows and of the hours of its contracts.
    pub timezone: TimeZone,
    /// Caps over all contracts of the buyer together.
    pub caps: CapLimits,
    /// Whether it is prepaid: each hold takes the price from its balance.
    pub prepaid: bool,
    /// Whether its contracts are considered.
    pub enabled: bool,
}
