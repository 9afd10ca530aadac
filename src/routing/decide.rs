//! Turns verdicts into picks: tiers, strategy, waves.

use std::sync::Arc;

use crate::base::DecisionId;
use crate::base::Now;
use crate::base::Rng;
use crate::book::Strategy;
use crate::book::Tier;

use super::Bids;
use super::Decision;
use super::Inquiry;
use super::Known;
use super::Moment;
use super::Roster;
use super::Snapshot;
use super::Standing;
use super::Unused;
use super::Usage;
use super::World;
use super::index;
use super::sequence;

/// Decides which contracts may take an inquiry. Has no side effects: the caller of this function
/// must also advance the offer's sequence. Draws one number, the decision's seed.
pub fn decide(
    snapshot: &Snapshot,
    inquiry: &Inquiry,
    world: &dyn World,
    now: Now,
    rng: &mut Rng,
) -> Decision {
    replay(snapshot, inquiry, world, now, rng.next_u64())
}

/// Repeats a decision from its stored seed. The same snapshot, inquiry, world and instant give the
/// same decision.
pub fn replay(
    snapshot: &Snapshot,
    inquiry: &Inquiry,
    world: &dyn World,
    now: Now,
    seed: u64,
) -> Decision {
    let known = Arc::new(Known::of(inquiry));
    let mut decision = Decision::without_picks(inquiry.offer.clone(), known, now, seed);
    decision.book_version = snapshot.version();
    if let Some(roster) = snapshot.roster(&inquiry.offer) {
        let moment = Moment::new(roster, now);
        sift(&mut decision, roster, world, &moment, seed);
        if decision.awaits_turn() {
            decision.line_up(world);
        }
    }
    decision
}

/// Evaluates one offer's roster at a moment, into a decision whose offer, book version and inquiry
/// are set. The picks are in order, unless the decision [awaits a turn](Decision::awaits_turn):
/// then the owner of the turns orders them. The decision's old content is dropped and its memory
/// reused, so that only a larger decision allocates.
pub fn sift(
    decision: &mut Decision,
    roster: &Arc<Roster>,
    usage: &dyn Usage,
    moment: &Moment<'_>,
    seed: u64,
) {
    let now = moment.now();
    decision.id = DecisionId::of_seed(now, seed);
    decision.seed = seed;
    decision.now = now;
    decision.at = now.wall;
    decision.ring = roster.ring;
    decision.ring_timeout = roster.ring_timeout;
    if decision.roster.as_ref().is_none_or(|old| !Arc::ptr_eq(old, roster)) {
        decision.roster = Some(roster.clone());
    }
    index::sweep(roster, &decision.known, usage, moment, &mut decision.found);
    decision.bids_out.clear();
    decision.bid_prices.clear();
    decision.bids = None;
    if roster.strategy == Strategy::Auction {
        open_bids(decision, roster, usage);
    }
    decision.capacity = capacity(decision, roster);
    decision.repeats.clear();
    if roster.notes_repeats() {
        let mut repeats = std::mem::take(&mut decision.repeats);
        repeats.find(roster, decision.ranked(), &decision.known, usage, moment);
        decision.repeats = repeats;
    }
    decision.line.clear();
    decision.heard.clear();
    match roster.strategy {
        Strategy::Priority | Strategy::HighestPrice => {}
        Strategy::Auction => decision.line_up(&Unused),
        Strategy::Weighted | Strategy::RoundRobin | Strategy::Performance => {}
    }
}

/// Returns the first tier with an eligible contract, if that tier keeps overflow out.
fn capacity(decision: &Decision, roster: &Roster) -> Option<Tier> {
    let first = decision.found.eligible().find(|slot| !decision.is_outbid(*slot))?;
    let [primary, secondary, ..] = &roster.tiers;
    if primary.contains(&first) {
        Some(Tier::Primary)
    } else {
        secondary.contains(&first).then_some(Tier::Secondary)
    }
}

/// Removes the contracts whose bid does not count, and records what the others pay.
fn open_bids(decision: &mut Decision, roster: &Roster, usage: &dyn Usage) {
    let bids = usage.bids();
    decision.bids = (!bids.is_none()).then(|| Box::new(bids.clone()));
    for slot in decision.found.eligible() {
        let (Some(terms), Ok(place)) = (roster.contracts.get(slot), u32::try_from(slot)) else {
            continue;
        };
        match usage.bids().standing(&terms.contract, terms.price) {
            Ok(standing) => decision.bid_prices.push((place, standing.price)),
            Err(skip) => decision.bids_out.push((place, skip)),
        }
    }
}

impl Decision {
    /// Returns whether the order of the picks depends on turns or on earnings, so that
    /// [`Decision::line_up`] must follow.
    pub fn awaits_turn(&self) -> bool {
        self.takes_turns() || self.roster.as_ref().is_some_and(|roster| roster.learns())
    }

    /// Returns whether the order depends on turns.
    pub fn takes_turns(&self) -> bool {
        self.roster.as_ref().is_some_and(|roster| roster.takes_turns())
    }

    /// Puts every tier's eligible contracts in order. Call it again when the standing changes.
    pub fn line_up(&mut self, standing: &dyn Standing) {
        let Some(roster) = self.roster.clone() else { return };
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        line.extend(self.ranked().filter_map(|slot| u32::try_from(slot).ok()));
        let mut heard = std::mem::take(&mut self.heard);
        heard.listen(&roster, &line, standing);
        let bids = self.bids.as_deref().unwrap_or(Bids::NONE);
        let mut from = 0;
        for tier in &roster.tiers {
            let to =
                line.partition_point(|slot| usize::try_from(*slot).is_ok_and(|s| s < tier.end));
            if let Some(pool) = line.get_mut(from..to) {
                sequence::order(&roster, pool, &heard, bids, self.seed);
            }
            from = to;
        }
        self.line = line;
        self.heard = heard;
    }
}

#[cfg(test)]
mod tests;
