//! Caps as limits; using them up is another room's matter.

use serde::Deserialize;
use serde::Serialize;

use super::Budget;

/// The most that one contract, buyer or offer takes. `None` is unlimited, 0 is nothing at all.
/// Windows turn at the start of the hour, day, week (Monday) or month: in the buyer's zone, those
/// of an offer in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CapLimits {
    /// In a clock hour.
    pub hour: Option<u64>,
    /// In a day.
    pub day: Option<u64>,
    /// In a week, from Monday.
    pub week: Option<u64>,
    /// In a calendar month.
    pub month: Option<u64>,
    /// Over all time.
    pub total: Option<u64>,
    /// Under way at the same moment.
    pub concurrent: Option<u64>,
    /// Money, by window.
    pub budget: Budget,
    /// How the day's units are spread over the day; always without it when `day` has no limit.
    pub pacing: Pacing,
}

/// How a day's units are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pacing {
    /// As they come.
    #[default]
    Asap,
    /// Evenly over the open hours of the day: of a contract its schedule's, of a buyer or an
    /// offer the whole day.
    Even,
}

impl CapLimits {
    /// No limit of any kind.
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
