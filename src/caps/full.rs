//! The caps that refuse a hold.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use super::Level;
use super::Window;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Skip;
use crate::base::Wall;
use crate::book::PauseCause;

/// The cap that is full, with its account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{level}: {cap}")]
pub struct Full {
    /// Account of the cap.
    pub level: Level,
    /// The cap and its usage.
    pub cap: Cap,
}

/// A full cap. Amounts are in micros of the book's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// The units of a window.
    Units {
        /// The window.
        window: Window,
        /// Units used or held; may exceed a limit that was lowered.
        used: u64,
        /// Units allowed.
        limit: u64,
    },
    /// The day's units that are due at this time.
    Pace {
        /// Units used or held today.
        used: u64,
        /// Units due at this time.
        due: u64,
    },
    /// The budget of a window.
    Budget {
        /// The window.
        window: Window,
        /// Micros spent or held.
        spent: i64,
        /// Micros allowed.
        limit: i64,
        /// Price of one more unit.
        price: i64,
    },
    /// The balance of a buyer who pays in advance.
    Balance {
        /// Balance that is left.
        left: i64,
        /// Price of one more unit.
        price: i64,
    },
    /// The contract rests after unanswered calls or returns, or while its buyer's server is
    /// down.
    Rest {
        /// End of the rest.
        until: Wall,
        /// Why; decisions of older programs know only unanswered calls.
        #[serde(default)]
        because: PauseCause,
    },
}

impl Cap {
    /// Returns the name for people: `day`, `day budget`, `balance`.
    pub fn name(self) -> String {
        match self {
            Cap::Units { window, .. } => window.name().to_owned(),
            Cap::Pace { .. } => "pace".to_owned(),
            Cap::Budget { window, .. } => format!("{} budget", window.name()),
            Cap::Balance { .. } => "balance".to_owned(),
            Cap::Rest { .. } => "rest".to_owned(),
        }
    }

    /// Returns the price of one more unit, for a cap in money.
    pub(crate) const fn price(self) -> Option<i64> {
        match self {
            Cap::Budget { price, .. } | Cap::Balance { price, .. } => Some(price),
            Cap::Units { .. } | Cap::Pace { .. } | Cap::Rest { .. } => None,
        }
    }

    /// Returns the reason for skipping a contract with this full cap.
    pub const fn skip(self) -> Skip {
        match self {
            Cap::Units { window, .. } => window.skip(),
            Cap::Pace { .. } => Skip::CapPaced,
            Cap::Budget { .. } => Skip::CapBudget,
            Cap::Balance { .. } => Skip::BalanceLow,
            Cap::Rest { because: PauseCause::Down, .. } => Skip::BuyerDown,
            Cap::Rest { because: PauseCause::Unanswered | PauseCause::Returns, .. } => Skip::Paused,
        }
    }
}

/// `day cap 100 of 100 used`
impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The currency is left out: a book has only one.
        let amount = |micros| Money::from_micros(micros, Currency::USD).amount();
        match *self {
            Cap::Units { window, used, limit } => {
                write!(f, "{} cap {used} of {limit} used", window.name())
            }
            Cap::Pace { used, due } => write!(f, "{used} used today, {due} due so far"),
            Cap::Budget { window, spent, limit, price } => write!(
                f,
                "{} budget {} of {} spent, the price is {}",
                window.name(),
                amount(spent),
                amount(limit),
                amount(price)
            ),
            Cap::Balance { left, price } => {
                write!(f, "balance {} is below the price {}", amount(left), amount(price))
            }
            Cap::Rest { until, because } => {
                write!(f, "rests until {until} {}", because.words())
            }
        }
    }
}
