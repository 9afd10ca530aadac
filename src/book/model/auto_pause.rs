//! Automatic pauses of contracts.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::base::Percent;
use crate::base::seconds;

/// Largest number of unanswered calls in a rule.
pub const UNANSWERED_MAX: u8 = 100;
/// Largest number of sales from which a share of returns counts.
pub const RETURNED_SALES_MAX: u32 = 1_000_000;

/// When a contract is paused by itself; at least one of the two rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AutoPause {
    /// After unanswered calls.
    pub unanswered: Option<Unanswered>,
    /// After returned sales.
    pub returns: Option<TooManyReturns>,
}

/// Pauses a contract after consecutive unanswered calls, so that callers do not wait for an
/// unattended phone. An answered call resets the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unanswered {
    /// Number of unanswered calls: 1 to [`UNANSWERED_MAX`].
    pub calls: u8,
    /// Time within which they occur: 1 min to 24 h.
    pub window: Duration,
    /// Length of the pause: 1 min to 24 h.
    pub pause: Duration,
}

/// Pauses a contract whose buyer returns too many sales, until the operator has found out why.
/// Open and accepted returns count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TooManyReturns {
    /// Share of the sales from which the contract is paused; above 0 %.
    pub share: Percent,
    /// Least number of sales for which the share counts: 1 to [`RETURNED_SALES_MAX`].
    pub sales: u32,
    /// Time in which both are counted: 1 min to 400 days.
    #[serde(rename = "window_seconds", with = "seconds")]
    pub window: Duration,
    /// Length of the pause: 1 min to 400 days.
    #[serde(rename = "pause_seconds", with = "seconds")]
    pub pause: Duration,
}

/// Why a contract is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseCause {
    /// Its buyer did not answer several calls in a row.
    #[default]
    Unanswered,
    /// Its buyer returned too large a share of its sales.
    Returns,
    /// Its buyer's server did not answer several posts in a row. Such a pause is not stored: it ends
    /// when a probe is answered, or with the program.
    Down,
}

impl PauseCause {
    /// Every cause of a pause that is stored.
    pub const ALL: &'static [PauseCause] = &[PauseCause::Unanswered, PauseCause::Returns];

    /// Returns the cause's name.
    pub const fn name(self) -> &'static str {
        match self {
            PauseCause::Unanswered => "unanswered",
            PauseCause::Returns => "returns",
            PauseCause::Down => "down",
        }
    }

    /// Returns the cause in words, behind the pause: `after unanswered calls`.
    pub const fn words(self) -> &'static str {
        match self {
            PauseCause::Unanswered => "after unanswered calls",
            PauseCause::Returns => "after too many returns",
            PauseCause::Down => "because the buyer's server does not answer",
        }
    }
}
