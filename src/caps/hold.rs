//! The life of a hold.

use smallvec::SmallVec;

use super::Full;
use super::Periods;
use crate::base::Mono;
use crate::base::Skip;

/// Where a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Its units are taken; the attempt is under way.
    Held,
    /// Its units are spent; its call is up.
    Committed,
    /// Its units are spent; its call is over, or was not heard of for a whole time to live.
    Ended,
    /// Its units were given back.
    Released,
    /// Nobody settled it in time; its units were given back.
    Expired,
}

/// What settling a hold did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a hold that was already settled may mean that a call is not counted"]
pub enum Settled {
    /// It was carried out now.
    Done,
    /// Nothing changed: the hold was already in this state.
    Already(State),
    /// Nothing changed: there is no such hold, or it was settled long ago.
    Unknown,
}

/// Why no hold was made. Nothing is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A cap has no unit left.
    #[error(transparent)]
    Full(#[from] Full),
    /// The id belongs to a hold that is already settled; every attempt needs its own.
    #[error("the hold is already settled: {0:?}")]
    Settled(State),
    /// As many holds are open as the counters keep.
    #[error("too many holds are open")]
    TooMany,
}

impl Refused {
    /// The reason for passing the contract over. What is not a cap counts as no room for
    /// another call.
    pub fn skip(&self) -> Skip {
        match self {
            Refused::Full(full) => full.window.skip(),
            Refused::Settled(_) | Refused::TooMany => Skip::CapConcurrent,
        }
    }
}

/// Accounts that one reservation usually touches: contract, buyer, offer.
pub(super) const LEVELS: usize = 3;

/// An account's slot in the counters, and the periods in which its units were taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    pub(super) account: usize,
    pub(super) periods: Periods,
}

/// An open hold: its units are taken, or its call is up.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) stage: Stage,
    pub(super) expires: Mono,
    pub(super) taken: SmallVec<[Taken; LEVELS]>,
}

/// The two stages of an open hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Held,
    Committed,
}
