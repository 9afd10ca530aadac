//! What is used at this moment, as the decision may ask for it.

use super::Turn;
use crate::base::ContractId;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Periods;

/// What the decision knows of the world besides book and inquiry: hints, as they may be outdated
/// by the time they are acted on. The hold is the truth.
pub trait Usage {
    /// The first window of a ceiling that has no unit left in these periods.
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full>;

    /// A contract's turn in its offer's sequence.
    fn turn(&self, contract: &ContractId) -> Turn;
}

/// A world in which nothing is used: explanations of a drafted book.
#[derive(Debug, Clone, Copy)]
pub struct Unused;

impl Usage for Unused {
    fn full(&self, ceiling: &Ceiling, _: &Periods) -> Option<Full> {
        ceiling.full(|_| 0)
    }

    fn turn(&self, _: &ContractId) -> Turn {
        Turn::default()
    }
}
