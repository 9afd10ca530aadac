//! Budgets: caps in money.

use serde::Deserialize;
use serde::Serialize;

use crate::base::Money;

/// Maximum money that one contract, buyer or offer spends per window. A price counts when its unit
/// is held. The windows are those of the other caps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// Limit per clock hour.
    pub hour: Option<Money>,
    /// Limit per day.
    pub day: Option<Money>,
    /// Limit per week, from Monday.
    pub week: Option<Money>,
    /// Limit per calendar month.
    pub month: Option<Money>,
    /// Limit over all time.
    pub total: Option<Money>,
}

impl Budget {
    /// No limits.
    pub const NONE: Budget = Budget { hour: None, day: None, week: None, month: None, total: None };
}
