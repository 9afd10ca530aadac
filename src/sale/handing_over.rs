//! Hands over an inquiry that no buyer took: first to the offer's DQ destination (another offer, or
//! the catch-all buyer), then back to the channel.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Skip;
use crate::flow::NotRouted;
use crate::routing::Decision;
use crate::routing::Disqualified;
use crate::routing::Pick;

use super::Event;
use super::HandedTo;
use super::Machine;
use super::Output;
use super::Reach;
use super::race::Holds;
use super::state::SaleState;

/// What the last offer does with an inquiry that was not sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenUp {
    /// The inquiry is rejected.
    TurnedAway,
    /// The caller hears this recording.
    Recording(Arc<str>),
}

impl std::fmt::Display for GivenUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            GivenUp::TurnedAway => f.write_str("turned away"),
            GivenUp::Recording(name) => write!(f, "hears recording {name}"),
        }
    }
}

/// Where an unsold inquiry is sold next.
enum Handover {
    Offer(OfferId),
    Buyer(Box<Pick>, Duration),
}

impl<R: Reach> Machine<R> {
    /// Handles an inquiry that no pick took, or that had no picks.
    pub(super) fn on_not_taken(&mut self, now: Now, rng: &mut Rng) {
        match self.next_handover() {
            Some(Handover::Offer(next)) => {
                self.hand_on(HandedTo::Offer(next.clone()));
                if let Some(terms) = &mut self.terms {
                    terms.inquiry.offer = next;
                }
                self.decide_anew();
            }
            Some(Handover::Buyer(pick, ring_timeout)) => {
                self.hand_on(HandedTo::Buyer(pick.buyer.clone()));
                let picks = VecDeque::from([*pick]);
                self.race(picks, (1, 1), ring_timeout, Holds::Granted, now, rng);
            }
            None => {
                self.state = SaleState::Idle;
                let why = self.decisions.last().map_or(NotRouted::NoMatch, why_not_routed);
                self.push(Output::Unsold(why));
            }
        }
    }

    /// Returns what the last decision's offer does with an inquiry that no buyer took.
    pub fn given_up(&self) -> GivenUp {
        match self.decisions.last().map(Decision::dq) {
            Some(Disqualified::Recording(name)) => GivenUp::Recording(name),
            Some(Disqualified::Reject | Disqualified::Offer(_) | Disqualified::Buyer(_)) | None => {
                GivenUp::TurnedAway
            }
        }
    }

    /// Returns the last decision's DQ destination if it sells; each destination is used once.
    fn next_handover(&mut self) -> Option<Handover> {
        if self.handed_over_after == self.decisions.len() {
            return None;
        }
        let last = self.decisions.last()?;
        let handover = match last.dq() {
            Disqualified::Offer(next) => Handover::Offer(next),
            Disqualified::Buyer(pick) => Handover::Buyer(pick, last.ring_timeout),
            Disqualified::Reject | Disqualified::Recording(_) => return None,
        };
        self.handovers_left = self.handovers_left.checked_sub(1)?;
        self.handed_over_after = self.decisions.len();
        Some(handover)
    }

    fn hand_on(&mut self, to: HandedTo) {
        if let Some(offer) = self.offer().cloned() {
            self.report(Event::HandedOn { offer, to });
        }
    }
}

/// Returns why no buyer took the inquiry, as the branches of a flow distinguish it. Contracts
/// skipped for caps or hours passed every earlier filter, so they would have taken the call.
pub fn why_not_routed(decision: &Decision) -> NotRouted {
    let tried = decision.is_takeable().then_some(NotRouted::NoBuyer);
    let mut found = tried.into_iter().chain(obstacles(decision));
    let Some(first) = found.next() else { return NotRouted::NoMatch };
    if found.all(|other| other == first) { first } else { NotRouted::NoBuyer }
}

/// Returns the obstacles of the contracts that the filters let through.
pub(super) fn obstacles(decision: &Decision) -> impl Iterator<Item = NotRouted> {
    decision.reasons().flatten().filter_map(obstacle)
}

fn obstacle(reason: Skip) -> Option<NotRouted> {
    match reason {
        Skip::Closed | Skip::Holiday => Some(NotRouted::Closed),
        Skip::CapHour
        | Skip::CapDay
        | Skip::CapWeek
        | Skip::CapMonth
        | Skip::CapTotal
        | Skip::CapConcurrent
        | Skip::CapPaced
        | Skip::CapBudget
        | Skip::Paused
        | Skip::BuyerDown
        | Skip::BalanceLow
        | Skip::QuotaUnavailable => Some(NotRouted::Capped),
        Skip::NotInTier
        | Skip::BidLow
        | Skip::BidLate
        | Skip::BidDeclined
        | Skip::BidInvalid
        | Skip::BidFailed
        | Skip::Outranked => Some(NotRouted::NoBuyer),
        Skip::Disabled
        | Skip::Channel
        | Skip::GeoMismatch
        | Skip::SourceDenied
        | Skip::FieldMismatch
        | Skip::QualityFailed
        | Skip::RequiredMissing
        | Skip::ScoreLow
        | Skip::Duplicate
        | Skip::Suppressed => None,
    }
}
