//! What is used at this moment, as the decision may ask for it.

use super::Bids;
use super::Performance;
use super::Turn;
use crate::base::ContractId;
use crate::base::Wall;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Mark;
use crate::caps::Periods;

/// What the decision knows of the world besides book and inquiry: hints, as they may be outdated
/// by the time they are acted on. The hold is the truth.
pub trait Usage {
    /// The first cap of a ceiling without room in these periods.
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full>;

    /// Which of 64 contracts of the roster, from the 64 × `word`th in rank order, may have used
    /// up units of their own or of their buyer's. Only these are read.
    fn doubted(&self, _word: usize) -> u64 {
        u64::MAX
    }

    /// Whether the offer may have used up units.
    fn offer_doubted(&self) -> bool {
        true
    }

    /// Doubted contracts of the `word`th 64 are about to be asked for (`false`), or were found
    /// full (`true`).
    fn doubt(&self, _word: usize, _slots: u64, _full: bool) {}

    /// When a mark was sold within its window.
    fn sold(&self, _mark: Mark, _now: Wall) -> Option<Wall> {
        None
    }

    /// The bids of an auction.
    fn bids(&self) -> &Bids {
        Bids::NONE
    }
}

/// What puts the picks of an offer in order that takes turns or goes by what calls earn.
pub trait Standing {
    /// A contract's turn in its offer's sequence.
    fn turn(&self, _contract: &ContractId) -> Turn {
        Turn::default()
    }

    /// What a contract's recent calls earned.
    fn performance(&self, _contract: &ContractId) -> Performance {
        Performance::default()
    }
}

/// All that a decision asks for besides book and inquiry, where it is at hand at once.
pub trait World: Usage + Standing {}

impl<W: Usage + Standing> World for W {}

/// A world in which nothing is used: explanations of a drafted book.
#[derive(Debug, Clone, Copy)]
pub struct Unused;

impl Usage for Unused {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        // There are no balances here: an empty one would show nothing about the book.
        if ceiling.limits.is_prepaid() {
            let mut ceiling = ceiling.clone();
            ceiling.limits = ceiling.limits.with_balance(false);
            return ceiling.full_at_rest(periods);
        }
        ceiling.full_at_rest(periods)
    }
}

impl Standing for Unused {}
