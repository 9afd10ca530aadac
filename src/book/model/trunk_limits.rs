//! Limits on what is dialed through a trunk on one day.

use crate::base::DialPrefix;
use crate::base::Money;

/// Limits of one day, in the trunk's time zone. What is reached refuses further calls of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayLimits {
    /// Most calls that are dialed.
    pub calls: Option<u64>,
    /// Connected minutes from which no call is dialed.
    pub minutes: Option<u64>,
    /// Cost from which no call is dialed, by the rates.
    pub cost: Option<Money>,
}

/// What applies to the numbers with a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkPrefix {
    /// The prefix, with `+`.
    pub prefix: DialPrefix,
    /// Cost of a connected minute; `None`: the rate of a shorter prefix, or the trunk's.
    pub rate: Option<Money>,
    /// Limits on all numbers with the prefix together.
    pub day: DayLimits,
}

impl DayLimits {
    /// No limits.
    pub const NONE: DayLimits = DayLimits { calls: None, minutes: None, cost: None };
}
