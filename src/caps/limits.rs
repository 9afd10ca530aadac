//! The limits on an account's windows.

use super::Window;
use crate::base::Money;
use crate::book::CapLimits;

/// Limits of an account in each window: units and money. Unset limits are unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    units: [u64; Window::COUNT],
    money: [i64; Window::COUNT],
    prepaid: bool,
}

/// Means no limit: no counter reaches this value.
const ANY_UNITS: u64 = u64::MAX;
const ANY_MONEY: i64 = i64::MAX;

impl Default for Limits {
    fn default() -> Self {
        Self::NONE
    }
}

impl Limits {
    /// No limits.
    pub const NONE: Limits = Limits {
        units: [ANY_UNITS; Window::COUNT],
        money: [ANY_MONEY; Window::COUNT],
        prepaid: false,
    };

    /// Returns the limits with `units` on a window; 0 closes it.
    #[must_use]
    pub const fn with(mut self, window: Window, units: u64) -> Self {
        self.units[window.index()] = units;
        self
    }

    /// Returns the limits with a budget on a window, in micros. [`Window::Concurrent`] counts no
    /// money.
    #[must_use]
    pub const fn with_budget(mut self, window: Window, micros: i64) -> Self {
        self.money[window.index()] = micros;
        self
    }

    /// Returns the limits with a balance that pays for each hold.
    #[must_use]
    pub const fn with_balance(mut self, prepaid: bool) -> Self {
        self.prepaid = prepaid;
        self
    }

    /// Returns the limit of a window, in units.
    pub fn of(&self, window: Window) -> Option<u64> {
        Some(self.units[window.index()]).filter(|limit| *limit != ANY_UNITS)
    }

    /// Returns the budget of a window, in micros.
    pub fn budget(&self, window: Window) -> Option<i64> {
        Some(self.money[window.index()]).filter(|limit| *limit != ANY_MONEY)
    }

    /// Returns whether a balance pays for holds.
    pub const fn is_prepaid(&self) -> bool {
        self.prepaid
    }

    /// Returns whether money is limited, so that the answer depends on a contract's price.
    pub fn counts_money(&self) -> bool {
        self.prepaid || self.money.iter().any(|limit| *limit != ANY_MONEY)
    }

    /// Returns whether nothing is limited.
    pub fn is_unlimited(&self) -> bool {
        *self == Self::NONE
    }

    /// Returns the first window with no units left.
    pub(super) fn used_up(&self, used: &[u64; Window::COUNT]) -> Option<Window> {
        // Without a branch per window: most counters are far from their limits.
        let mut short = false;
        for (used, limit) in used.iter().zip(&self.units) {
            short |= used >= limit;
        }
        if !short {
            return None;
        }
        Window::ALL.into_iter().find(|window| used[window.index()] >= self.units[window.index()])
    }

    /// Returns the first window whose budget does not cover another `price`.
    pub(super) fn overspent(&self, spent: &[i64; Window::COUNT], price: i64) -> Option<Window> {
        Window::ALL.into_iter().find(|window| {
            let limit = self.money[window.index()];
            limit != ANY_MONEY && spent[window.index()].saturating_add(price) > limit
        })
    }
}

impl From<&CapLimits> for Limits {
    fn from(caps: &CapLimits) -> Self {
        let CapLimits { hour, day, week, month, total, concurrent, budget, pacing: _ } = *caps;
        let units = |limit: Option<u64>| limit.unwrap_or(ANY_UNITS);
        let money = |limit: Option<Money>| limit.map_or(ANY_MONEY, Money::micros);
        Self {
            units: [hour, day, week, month, total, concurrent].map(units),
            money: [budget.hour, budget.day, budget.week, budget.month, budget.total, None]
                .map(money),
            prepaid: false,
        }
    }
}
