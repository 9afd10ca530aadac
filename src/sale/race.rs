//! The buyers of one decision, tried wave by wave.

use std::collections::VecDeque;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::HoldId;
use crate::base::Skip;
use crate::book::Tier;
use crate::routing::Pick;

/// Picks being tried.
#[derive(Debug)]
pub(super) struct Race {
    /// The picks that have not been tried, in order.
    pub(super) picks: VecDeque<Pick>,
    /// Attempts of one wave that may be made at once.
    pub(super) width: usize,
    /// To how many it is sold.
    pub(super) wanted: u8,
    /// To how many it was.
    pub(super) won: u8,
    pub(super) ring_timeout: Duration,
    /// The wave that is put together or tried, from 1.
    pub(super) wave: u32,
    /// The tier that is tried: a wave never spans two.
    pub(super) tier: Tier,
    pub(super) holds: Holds,
    /// The attempts of the wave that is put together.
    pub(super) forming: Vec<AttemptId>,
}

/// How the holds on a decision's picks went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// None was answered yet.
    Unanswered,
    /// All were refused so far.
    Refused,
    /// One was granted, or they are not of a decision that would be made again.
    Granted,
}

/// A hold whose answer is awaited.
#[derive(Debug)]
pub(super) struct HoldRequest {
    pub(super) hold: HoldId,
    pub(super) pick: Pick,
}

impl Holds {
    /// After one more answer.
    pub(super) fn after(self, result: Result<(), Skip>) -> Self {
        match (self, result) {
            (Holds::Granted, _) | (_, Ok(())) => Holds::Granted,
            (Holds::Unanswered | Holds::Refused, Err(_)) => Holds::Refused,
        }
    }
}

impl Race {
    /// How many may be tried at once. A call is won by the first of a wave; a shared lead is sold
    /// to everybody who accepts, so that no more are asked than it is still for sale to.
    pub(super) fn together(&self) -> usize {
        match self.wanted {
            0 | 1 => self.width,
            shared => self.width.min(usize::from(shared.saturating_sub(self.won))),
        }
    }
}
