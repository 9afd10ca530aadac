//! Accounts and what they may use.

use std::fmt;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::Serialize;

use super::Limits;
use super::Period;
use super::Periods;
use super::Window;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::OfferId;
use crate::base::Wall;

/// Whose units are counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One contract's.
    Contract(ContractId),
    /// All contracts of one buyer together.
    Buyer(BuyerId),
    /// All contracts of one offer together.
    Offer(OfferId),
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Level::Contract(id) => write!(f, "contract {id}"),
            Level::Buyer(id) => write!(f, "buyer {id}"),
            Level::Offer(id) => write!(f, "offer {id}"),
        }
    }
}

/// One counter: an account and a period. What a call record keeps of its winner's hold, so that
/// counters can be raised again after a restart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CapKey {
    /// The account.
    #[serde(flatten)]
    pub level: Level,
    /// The window and its span.
    pub period: Period,
}

/// What one account may use, and the zone in which its windows turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Ceiling {
    /// The account.
    pub level: Level,
    /// The buyer's zone; UTC for an offer.
    pub zone: TimeZone,
    /// The limits.
    pub limits: Limits,
}

impl Ceiling {
    /// The first window without a unit left, when `used` says how many of each are used.
    pub fn full(&self, used: impl Fn(Window) -> u64) -> Option<Full> {
        Window::ALL.into_iter().find_map(|window| {
            let limit = self.limits.of(window)?;
            let used = used(window);
            (used >= limit).then(|| Full { level: self.level.clone(), window, used, limit })
        })
    }

    /// The counters that a unit taken at `wall` and spent adds to: every window but
    /// [`Window::Concurrent`], which lasts only as long as the call. For the call record.
    pub fn spent_keys(&self, wall: Wall) -> impl Iterator<Item = CapKey> + use<> {
        let (level, periods) = (self.level.clone(), Periods::at(&self.zone, wall));
        Window::ALL
            .into_iter()
            .filter(|window| *window != Window::Concurrent)
            .map(move |window| CapKey { level: level.clone(), period: periods.of(window) })
    }
}

/// The exact cap that has no unit left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{level}: {} cap {used} of {limit} used", window.name())]
pub struct Full {
    /// Whose cap.
    pub level: Level,
    /// Which window.
    pub window: Window,
    /// Units used or held in it; may exceed the limit after the limit was lowered.
    pub used: u64,
    /// Units allowed.
    pub limit: u64,
}
