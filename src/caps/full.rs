//! What stands in the way of a hold.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use super::Level;
use super::Window;
use crate::base::Currency;
use crate::base::Money;
use crate::base::Skip;
use crate::base::Wall;

/// The exact cap that has no room.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{level}: {cap}")]
pub struct Full {
    /// Whose cap.
    pub level: Level,
    /// Which one, and how it stands.
    pub cap: Cap,
}

/// A cap without room. Amounts are in micros of the book's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// A window's units.
    Units {
        /// Which window.
        window: Window,
        /// Units used or held in it; may exceed the limit after the limit was lowered.
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
    /// A window's money.
    Budget {
        /// Which window.
        window: Window,
        /// Money spent or held in it.
        spent: i64,
        /// Money allowed.
        limit: i64,
        /// What one more would cost.
        price: i64,
    },
    /// The balance of a buyer who pays in advance.
    Balance {
        /// What is left.
        left: i64,
        /// What one more would cost.
        price: i64,
    },
    /// It rests after calls that the buyer did not answer.
    Rest {
        /// Until when.
        until: Wall,
    },
}

impl Cap {
    /// The words for people: `day`, `day budget`, `balance`.
    pub fn name(self) -> String {
        match self {
            Cap::Units { window, .. } => window.name().to_owned(),
            Cap::Pace { .. } => "pace".to_owned(),
            Cap::Budget { window, .. } => format!("{} budget", window.name()),
            Cap::Balance { .. } => "balance".to_owned(),
            Cap::Rest { .. } => "rest".to_owned(),
        }
    }

    /// What one more would cost, of a cap in money.
    pub(crate) const fn price(self) -> Option<i64> {
        match self {
            Cap::Budget { price, .. } | Cap::Balance { price, .. } => Some(price),
            Cap::Units { .. } | Cap::Pace { .. } | Cap::Rest { .. } => None,
        }
    }

    /// Why a contract is passed over for it.
    pub const fn skip(self) -> Skip {
        match self {
            Cap::Units { window, .. } => window.skip(),
            Cap::Pace { .. } => Skip::CapPaced,
            Cap::Budget { .. } => Skip::CapBudget,
            Cap::Balance { .. } => Skip::BalanceLow,
            Cap::Rest { .. } => Skip::Paused,
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
            Cap::Rest { until } => write!(f, "rests until {until} after unanswered calls"),
        }
    }
}
