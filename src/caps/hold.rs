//! The life of a hold.

use smallvec::SmallVec;

use super::Full;
use super::Mark;
use crate::base::DecisionId;
use crate::base::Mono;
use crate::base::Skip;
use crate::base::Wall;

/// Where a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldState {
    /// Its units are taken; the attempt is under way.
    Held,
    /// Its units are spent; its call is up.
    Committed,
    /// Its units are spent; its call ended, or did not renew the hold within its time to live.
    Ended,
    /// Its units were given back.
    Released,
    /// It was not settled in time; its units were given back.
    Expired,
}

/// How a hold ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// The attempt won: its units are spent, its concurrent units stay taken until `End`.
    Commit,
    /// The attempt failed or lost: every unit comes back.
    Release,
    /// The winner's call is over: its concurrent units come back.
    End,
    /// As `End`, but the call is not billable: its price comes back as well. Its units stay
    /// spent.
    Unbilled,
    /// As `Release`, because the buyer did not answer: it counts towards the contract's rest.
    Unanswered,
}

/// What settling a hold did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a hold that was already settled may mean that a call is not counted"]
pub enum Settled {
    /// It was carried out now.
    Done,
    /// Nothing changed: the hold was already in this state.
    Already(HoldState),
    /// Nothing changed: there is no such hold, or it was settled long ago.
    Unknown,
}

/// Why no hold was made. Nothing is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A cap has no unit left.
    #[error(transparent)]
    Full(#[from] Full),
    /// The same person was sold within a duplicate window, or is being sold at this moment.
    #[error("the same person was sold at {at}")]
    Duplicate {
        /// When.
        at: Wall,
    },
    /// The id belongs to a hold that is already settled; every attempt needs its own.
    #[error("the hold is already settled: {0:?}")]
    Settled(HoldState),
    /// As many holds are open as the counters keep.
    #[error("too many holds are open")]
    TooMany,
}

impl Refused {
    /// The reason for passing the contract over. What is not a cap counts as no room for
    /// another call.
    pub fn skip(&self) -> Skip {
        match self {
            Refused::Full(full) => full.cap.skip(),
            Refused::Duplicate { .. } => Skip::Duplicate,
            Refused::Settled(_) | Refused::TooMany => Skip::CapConcurrent,
        }
    }
}

/// Which ceilings of a reservation have no room for another like it: a hint for whoever keeps
/// track of full caps, true at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room(u8);

impl Room {
    /// Every ceiling has room.
    pub const LEFT: Room = Room(0);

    /// Without room at one more place of the reservation's ceilings; of the first eight.
    #[must_use]
    pub const fn without(self, place: usize) -> Self {
        if place < 8 { Self(self.0 | 1 << place) } else { self }
    }

    /// Whether the ceiling at a place has no room left.
    pub const fn is_used_up(self, place: usize) -> bool {
        place < 8 && self.0 >> place & 1 == 1
    }

    /// Whether every ceiling has room left.
    pub const fn is_left(self) -> bool {
        self.0 == 0
    }
}

/// Accounts that one reservation usually touches: contract, buyer, offer.
pub(super) const LEVELS: usize = 3;

/// What a hold took from one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// The account's slot in the counters.
    pub(super) account: usize,
    /// The zone's slot in the counters.
    pub(super) zone: usize,
    /// The price, in micros.
    pub(super) price: i64,
    /// Whether the price came from a balance.
    pub(super) prepaid: bool,
}

/// An open hold: its units are taken, or its call is up.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) stage: Stage,
    pub(super) expires: Mono,
    /// When its units were taken: in the periods of this instant.
    pub(super) at: Wall,
    pub(super) taken: SmallVec<[Taken; LEVELS]>,
    /// Whom it sells, and by which decision.
    pub(super) marks: Box<[Mark]>,
    pub(super) by: Option<DecisionId>,
}

/// The two stages of an open hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Held,
    Committed,
}
