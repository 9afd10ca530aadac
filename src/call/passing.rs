//! Until webhook calls stand on `sale` too.

use crate::base::Outcome;
use crate::base::Skip;
use crate::book::Ring;
use crate::caps::Settle;
use crate::flow;

pub(crate) const HANDOVERS_MAX: u32 = 5;
pub(crate) const TAGS_MAX: usize = 32;
pub(crate) const FLOWS_MAX: u32 = 20;
pub(crate) const ATTEMPTS_MAX: u32 = 50;
pub(crate) const DECIDED_AGAIN_MAX: u32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Unanswered,
    Refused,
    Granted,
}

pub(crate) fn width_of(ringing: &flow::Ringing, ring: Ring) -> usize {
    let of_offer = match ring {
        Ring::Sequential => 1,
        Ring::Simultaneous { width } => width,
    };
    usize::from(ringing.width.unwrap_or(of_offer))
}

impl Holds {
    pub(crate) fn after(self, result: &Result<(), Skip>) -> Self {
        match (self, result) {
            (Holds::Granted, _) | (_, Ok(())) => Holds::Granted,
            (Holds::Unanswered | Holds::Refused, Err(_)) => Holds::Refused,
        }
    }
}

pub(crate) fn lost_by(outcome: Outcome) -> Settle {
    if outcome == Outcome::NoAnswer { Settle::Unanswered } else { Settle::Release }
}
