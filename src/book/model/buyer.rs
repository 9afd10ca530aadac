//! Buyers.

use jiff::tz::TimeZone;

use crate::base::BuyerId;

use super::CapLimits;

/// Who pays for calls and leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buyer {
    /// Its slug.
    pub id: BuyerId,
    /// In which the buyer's caps turn and its contracts' hours are written.
    pub timezone: TimeZone,
    /// Caps over all of the buyer's contracts together.
    pub caps: CapLimits,
    /// Whether it pays in advance: each hold takes the price from its balance.
    pub prepaid: bool,
    /// Whether any of its contracts is considered.
    pub enabled: bool,
}
