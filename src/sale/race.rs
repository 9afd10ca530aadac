//! The buyers of one decision, tried wave by wave.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::HoldId;
use crate::base::Skip;
use crate::book::Tier;
use crate::routing::Pick;

/// The picks of one decision, with the wave being tried.
#[derive(Debug)]
pub(super) struct Race {
    /// Picks that were not tried yet, in order.
    pub(super) picks: VecDeque<Pick>,
    /// Most simultaneous attempts of one wave.
    pub(super) width: usize,
    /// Number of buyers wanted.
    pub(super) wanted: u8,
    /// Number of buyers who have the inquiry.
    pub(super) won: u8,
    pub(super) ring_timeout: Duration,
    /// Current wave, from 1.
    pub(super) wave: u32,
    /// Current tier: a wave never spans two tiers.
    pub(super) tier: Tier,
    pub(super) holds: Holds,
    /// Attempts of the wave that is being formed.
    pub(super) forming: Vec<AttemptId>,
    /// Attempts of the wave whose buyers have yet to confirm their bids.
    pub(super) unconfirmed: BTreeSet<AttemptId>,
    /// Attempts that were canceled because another buyer accepted.
    pub(super) rivals: Vec<AttemptId>,
}

/// Answers to the holds of a decision's picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// No hold was answered yet.
    Unanswered,
    /// All holds were refused so far.
    Refused,
    /// A hold was granted, or the decision is not one that is repeated.
    Granted,
}

/// A pending hold request.
#[derive(Debug)]
pub(super) struct HoldRequest {
    pub(super) hold: HoldId,
    pub(super) pick: Pick,
}

impl Holds {
    /// Returns the state after one more answer.
    pub(super) fn after(self, result: Result<(), Skip>) -> Self {
        match (self, result) {
            (Holds::Granted, _) | (_, Ok(())) => Holds::Granted,
            (Holds::Unanswered | Holds::Refused, Err(_)) => Holds::Refused,
        }
    }
}

impl Race {
    /// Returns how many may be tried at once. The first of a wave wins a call; a shared lead is
    /// sold to all who accept, so no more buyers are asked than places remain.
    pub(super) fn together(&self) -> usize {
        match self.wanted {
            0 | 1 => self.width,
            shared => self.width.min(usize::from(shared.saturating_sub(self.won))),
        }
    }
}
