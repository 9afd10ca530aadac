//! Budgets: caps in money.

use serde::Deserialize;
use serde::Serialize;

use crate::base::Money;

/// The most money that one contract, buyer or offer spends per window. A price counts when its
/// unit is held. The windows are those of the other caps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// In a clock hour.
    pub hour: Option<Money>,
    /// In a day.
    pub day: Option<Money>,
    /// In a week, from Monday.
    pub week: Option<Money>,
    /// In a calendar month.
    pub month: Option<Money>,
    /// Over all time.
    pub total: Option<Money>,
}

impl Budget {
    /// No limits.
    pub const NONE: Budget = Budget { hour: None, day: None, week: None, month: None, total: None };
}
