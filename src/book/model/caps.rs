//! The limits of caps. The rooms `caps` and `quota` count usage.

use serde::Deserialize;
use serde::Serialize;

use super::Budget;

/// The limits of one contract, buyer or offer. `None` is unlimited, 0 allows none. Windows begin
/// at the start of the hour, day, week (Monday) or month: in the buyer's time zone, for an offer in
/// UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CapLimits {
    /// Limit per clock hour.
    pub hour: Option<u64>,
    /// Limit per day.
    pub day: Option<u64>,
    /// Limit per week, from Monday.
    pub week: Option<u64>,
    /// Limit per calendar month.
    pub month: Option<u64>,
    /// Limit over all time.
    pub total: Option<u64>,
    /// Limit at the same time (concurrency).
    pub concurrent: Option<u64>,
    /// Limits in money, per window.
    pub budget: Budget,
    /// Distribution of a day's units; `Asap` if `day` has no limit.
    pub pacing: Pacing,
}

/// Distribution of a day's units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pacing {
    /// As inquiries arrive.
    #[default]
    Asap,
    /// Evenly over the open hours of the day: those of the schedule for a contract, the whole day
    /// for a buyer or an offer.
    Even,
}

impl CapLimits {
    /// No limits.
    pub const NONE: CapLimits = CapLimits {
        hour: None,
        day: None,
        week: None,
        month: None,
        total: None,
        concurrent: None,
        budget: Budget::NONE,
        pacing: Pacing::Asap,
    };
}
