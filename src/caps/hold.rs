//! The life of a hold.

use smallvec::SmallVec;

use super::Full;
use super::Mark;
use crate::base::DecisionId;
use crate::base::Mono;
use crate::base::Skip;
use crate::base::Wall;

/// State of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoldState {
    /// Units taken; the attempt is running.
    Held,
    /// Units spent; the call is up.
    Committed,
    /// Units spent; the call ended, or did not renew the hold in time.
    Ended,
    /// Units given back.
    Released,
    /// Not settled in time; units given back.
    Expired,
}

/// How a hold is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// The attempt won: the units are spent; the concurrent units stay taken until `End`.
    Commit,
    /// The attempt failed or lost: every unit is given back.
    Release,
    /// The winner's call ended: the concurrent units are given back.
    End,
    /// As `End` for a call that is not billable: the price is given back as well. The units stay
    /// spent.
    Unbilled,
    /// As `Release` because the buyer did not answer: counts towards the contract's rest.
    Unanswered,
}

impl Settle {
    /// Returns whether the answer to this settlement of a hold shows that the hold had been lost, so
    /// that it must be reserved again for the settlement to count. `is_committed` is what its owner
    /// knows. A release needs nothing: the units are free already.
    pub fn was_missed(self, is_committed: bool, settled: Settled) -> bool {
        let lapsed_to = |state| settled == Settled::Already(state) || settled == Settled::Unknown;
        match (is_committed, self) {
            (false, Settle::Commit) => lapsed_to(HoldState::Expired),
            (true, Settle::Unbilled) => lapsed_to(HoldState::Ended),
            (false, Settle::Release | Settle::Unanswered | Settle::End | Settle::Unbilled)
            | (true, Settle::Commit | Settle::Release | Settle::Unanswered | Settle::End) => false,
        }
    }
}

/// Result of settling a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a hold that was already settled may mean that a call is not counted"]
pub enum Settled {
    /// The hold was settled.
    Done,
    /// Nothing changed: the hold was already in this state.
    Already(HoldState),
    /// Nothing changed: no such hold, or it was settled long ago.
    Unknown,
}

/// Why a hold was refused. Nothing is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A cap has no unit left.
    #[error(transparent)]
    Full(#[from] Full),
    /// The same person was sold within a duplicate window, or another hold is selling them.
    #[error("the same person was sold at {at}")]
    Duplicate {
        /// Time of that sale or hold.
        at: Wall,
    },
    /// The id belongs to a settled hold; every attempt needs its own id.
    #[error("the hold is already settled: {0:?}")]
    Settled(HoldState),
    /// The maximum number of holds is open.
    #[error("too many holds are open")]
    TooMany,
    /// The counters cannot be reached, or are being rebuilt after they were lost.
    #[error("the counters cannot be reached")]
    Unavailable,
}

impl Refused {
    /// Returns the reason for skipping the contract. A refusal without a cap counts as a full
    /// concurrent cap.
    pub fn skip(&self) -> Skip {
        match self {
            Refused::Full(full) => full.cap.skip(),
            Refused::Duplicate { .. } => Skip::Duplicate,
            Refused::Settled(_) | Refused::TooMany => Skip::CapConcurrent,
            Refused::Unavailable => Skip::QuotaUnavailable,
        }
    }
}

/// Ceilings of a reservation without room for another one like it: a hint for trackers of full
/// caps, valid only at that moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Room(u8);

impl Room {
    /// Every ceiling has room.
    pub const LEFT: Room = Room(0);

    /// Marks one more ceiling as full, by its place among the first eight of the reservation.
    #[must_use]
    pub const fn without(self, place: usize) -> Self {
        if place < 8 { Self(self.0 | 1 << place) } else { self }
    }

    /// Returns whether the ceiling at a place is full.
    pub const fn is_used_up(self, place: usize) -> bool {
        place < 8 && self.0 >> place & 1 == 1
    }

    /// Returns whether every ceiling has room.
    pub const fn is_left(self) -> bool {
        self.0 == 0
    }
}

/// Accounts that one reservation usually touches: contract, buyer, offer.
pub(super) const LEVELS: usize = 3;

/// Units that a hold took from one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// Slot of the account in the counters.
    pub(super) account: usize,
    /// Slot of the zone in the counters.
    pub(super) zone: usize,
    /// Price in micros.
    pub(super) price: i64,
    /// Whether the price came from a balance.
    pub(super) prepaid: bool,
}

/// An open hold: its units are taken, or its call is up.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) stage: Stage,
    pub(super) expires: Mono,
    /// Instant at which the units were taken; they count in its periods.
    pub(super) at: Wall,
    pub(super) taken: SmallVec<[Taken; LEVELS]>,
    /// Marks of the persons sold, and the decision.
    pub(super) marks: Box<[Mark]>,
    pub(super) by: Option<DecisionId>,
}

/// The two stages of an open hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Held,
    Committed,
}
