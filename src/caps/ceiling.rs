//! Accounts and their limits.

use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher as _;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;

use super::Cap;
use super::Full;
use super::Limits;
use super::Period;
use super::Periods;
use super::Window;
use super::level::Level;
use super::pace;
use crate::base::Wall;
use crate::base::Week;
use crate::book::AutoPause;
use crate::book::PauseCause;

/// Key of one counter: account and period. A call record stores the keys of its winner's hold, so
/// that counters can be raised again after a restart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CapKey {
    /// The account.
    #[serde(flatten)]
    pub level: Level,
    /// The window and its current span.
    pub period: Period,
}

/// Limits of one account, and the zone in which its windows turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Ceiling {
    /// The account.
    pub level: Level,
    /// The buyer's zone; UTC for an offer.
    pub zone: TimeZone,
    /// The limits.
    pub limits: Limits,
    /// Price of one unit, in micros: the contract's price.
    pub price: i64,
    /// Hours over which the day's units are spread.
    pub pace: Option<Arc<Week>>,
    /// Balance that is reported as low, in micros; `None`: the price. Prepaid buyers only.
    pub balance_low: Option<i64>,
    /// Rule by which the account rests; contracts only. One without any rule can still rest while
    /// the buyer's server is down.
    pub rest: Option<AutoPause>,
    account: u64,
    clock: u64,
}

/// Usage of an account in the periods of one instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing<'a> {
    pub(super) units: &'a [u64; Window::COUNT],
    pub(super) spent: &'a [i64; Window::COUNT],
    pub(super) balance: i64,
    pub(super) rests: Option<(Wall, PauseCause)>,
}

impl Ceiling {
    /// Creates a ceiling without price, pace or rest rule.
    pub fn new(level: Level, zone: TimeZone, limits: Limits) -> Self {
        let (account, clock) = (scattered(&level), scattered(&zone.iana_name()));
        Self {
            level,
            zone,
            limits,
            price: 0,
            pace: None,
            balance_low: None,
            rest: None,
            account,
            clock,
        }
    }

    /// Returns the ceiling with another price, in micros.
    #[must_use]
    pub fn priced(mut self, price: i64) -> Self {
        self.price = price;
        self
    }

    /// Returns the hash of the account, computed once when the book is compiled and not for every
    /// hold.
    pub(super) fn account(&self) -> u64 {
        self.account
    }

    /// Returns the hash of the zone.
    pub(super) fn clock(&self) -> u64 {
        self.clock
    }

    /// Returns whether the ceiling never refuses.
    pub fn is_unlimited(&self) -> bool {
        self.limits.is_unlimited() && self.rest.is_none()
    }

    /// Returns the first full cap of an unused account: a limit of 0, a budget below the price, or
    /// an empty balance.
    pub fn full_at_rest(&self, periods: &Periods) -> Option<Full> {
        let nothing = Standing {
            units: &[0; Window::COUNT],
            spent: &[0; Window::COUNT],
            balance: 0,
            rests: None,
        };
        self.full(nothing, periods)
    }

    /// Returns the first full cap.
    pub(super) fn full(&self, standing: Standing<'_>, periods: &Periods) -> Option<Full> {
        let cap = self.short(standing, periods)?;
        Some(Full { level: self.level.clone(), cap })
    }

    /// Returns the first full cap without its account.
    pub(super) fn short(&self, standing: Standing<'_>, periods: &Periods) -> Option<Cap> {
        let Standing { units, spent, balance, rests } = standing;
        if let Some(window) = self.limits.used_up(units) {
            let limit = self.limits.of(window).unwrap_or(u64::MAX);
            return Some(Cap::Units { window, used: units[window.index()], limit });
        }
        if let Some(due) = self.due(periods) {
            let used = units[Window::Day.index()];
            if used >= due {
                return Some(Cap::Pace { used, due });
            }
        }
        if self.limits.counts_money() {
            let price = self.price;
            if let Some(window) = self.limits.overspent(spent, price) {
                let limit = self.limits.budget(window).unwrap_or(i64::MAX);
                let spent = spent[window.index()];
                return Some(Cap::Budget { window, spent, limit, price });
            }
            if self.limits.is_prepaid() && balance < price {
                return Some(Cap::Balance { left: balance, price });
            }
        }
        let (until, because) = rests?;
        let rests = self.rest.is_some() && periods.wall() < until;
        rests.then_some(Cap::Rest { until, because })
    }

    /// Returns the units of the day that are due at this minute; `None` for an account without
    /// pace, and outside its hours: the hours refuse the call then.
    pub fn due(&self, periods: &Periods) -> Option<u64> {
        let week = self.pace.as_ref().filter(|week| pace::is_open(week, periods))?;
        Some(pace::due(week, periods, self.limits.of(Window::Day).unwrap_or(u64::MAX)))
    }

    /// Returns the counters that a unit taken at `wall` and spent adds to: every window except
    /// [`Window::Concurrent`], which lasts only as long as the call. For the call record.
    pub fn spent_keys(&self, wall: Wall) -> impl Iterator<Item = CapKey> + use<> {
        let (level, periods) = (self.level.clone(), Periods::at(&self.zone, wall));
        Window::ALL
            .into_iter()
            .filter(|window| *window != Window::Concurrent)
            .map(move |window| CapKey { level: level.clone(), period: periods.of(window) })
    }
}

/// Returns a hash that is equal for equal values in every process.
pub(super) fn scattered(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
