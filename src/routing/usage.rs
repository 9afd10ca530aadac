//! The current usage that a decision may read.

use super::Bids;
use super::Performance;
use super::Turn;
use crate::base::ContractId;
use crate::base::Wall;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Mark;
use crate::caps::Periods;

/// The usage that a decision reads besides book and inquiry. These are hints, as they may be
/// outdated when the switch acts on them; the hold decides.
pub trait Usage {
    /// Returns the first cap of a ceiling without room in these periods.
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full>;

    /// Returns which of the 64 contracts of a roster from the 64 × `word`th in rank order may have
    /// used up units of their own or of their buyer. Only these are read.
    fn doubted(&self, _word: usize) -> u64 {
        u64::MAX
    }

    /// Returns whether the offer may have used up units.
    fn offer_doubted(&self) -> bool {
        true
    }

    /// Reports doubted contracts of the `word`th 64 that are about to be read (`false`), or were
    /// found full (`true`).
    fn doubt(&self, _word: usize, _slots: u64, _full: bool) {}

    /// Returns when a mark was sold within its window.
    fn sold(&self, _mark: Mark, _now: Wall) -> Option<Wall> {
        None
    }

    /// Returns the bids of an auction.
    fn bids(&self) -> &Bids {
        Bids::NONE
    }
}

/// The turns and earnings that order the picks of an offer.
pub trait Standing {
    /// Returns a contract's turn in its offer's sequence.
    fn turn(&self, _contract: &ContractId) -> Turn {
        Turn::default()
    }

    /// Returns the earnings of a contract's recent calls.
    fn performance(&self, _contract: &ContractId) -> Performance {
        Performance::default()
    }
}

/// All that a decision reads besides book and inquiry, where one value has both.
pub trait World: Usage + Standing {}

impl<W: Usage + Standing> World for W {}

/// A world in which nothing is used, for explanations of a draft book.
#[derive(Debug, Clone, Copy)]
pub struct Unused;

impl Usage for Unused {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        // There are no balances here: an empty one would say nothing about the book.
        if ceiling.limits.is_prepaid() {
            let mut ceiling = ceiling.clone();
            ceiling.limits = ceiling.limits.with_balance(false);
            return ceiling.full_at_rest(periods);
        }
        ceiling.full_at_rest(periods)
    }
}

impl Standing for Unused {}
