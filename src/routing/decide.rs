//! From verdicts to picks: tiers, strategy, waves.

use std::sync::Arc;

use crate::base::DecisionId;
use crate::base::Now;
use crate::base::Rng;
use crate::book::Strategy;
use crate::book::Tier;

use super::Decision;
use super::Inquiry;
use super::Known;
use super::Moment;
use super::Roster;
use super::Snapshot;
use super::Usage;
use super::index;
use super::sequence;

/// Decides where an inquiry goes. Pure, without side effect: whoever acts on the decision also
/// advances the offer's sequence by it. Draws one number, the decision's seed.
pub fn decide(
    snapshot: &Snapshot,
    inquiry: &Inquiry,
    usage: &dyn Usage,
    now: Now,
    rng: &mut Rng,
) -> Decision {
    replay(snapshot, inquiry, usage, now, rng.next_u64())
}

/// Decides with a stored decision's seed: with the same snapshot, inquiry, usage and instant, the
/// same decision.
pub fn replay(
    snapshot: &Snapshot,
    inquiry: &Inquiry,
    usage: &dyn Usage,
    now: Now,
    seed: u64,
) -> Decision {
    let known = Arc::new(Known::of(inquiry));
    let mut decision = Decision::nobody(inquiry.offer.clone(), known, now, seed);
    decision.book_version = snapshot.version();
    if let Some(roster) = snapshot.roster(&inquiry.offer) {
        let moment = Moment::new(roster, now);
        decide_again(&mut decision, roster, usage, &moment, seed);
    }
    decision
}

/// Decides by one offer's roster at a moment, into a decision whose offer, book version and
/// inquiry are in place. What it held before is forgotten, and its memory used again: nothing is
/// allocated when the one before was as large.
pub fn decide_again(
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
    decision.line.clear();
    decision.heard.clear();
    if roster.strategy != Strategy::Priority && roster.strategy != Strategy::HighestPrice {
        line_up(decision, roster, usage, seed);
    }
}

/// The first tier with an eligible contract, as far as it keeps overflow out.
fn capacity(decision: &Decision, roster: &Roster) -> Option<Tier> {
    let first = decision.found.eligible().find(|slot| !decision.is_outbid(*slot))?;
    let [primary, secondary, ..] = &roster.tiers;
    if primary.contains(&first) {
        Some(Tier::Primary)
    } else {
        secondary.contains(&first).then_some(Tier::Secondary)
    }
}

/// Takes out whose bid does not count, and notes what the others pay.
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

/// Puts every tier's eligible contracts in order.
fn line_up(decision: &mut Decision, roster: &Roster, usage: &dyn Usage, seed: u64) {
    let mut line = std::mem::take(&mut decision.line);
    line.extend(decision.ranked().filter_map(|slot| u32::try_from(slot).ok()));
    let mut heard = std::mem::take(&mut decision.heard);
    heard.listen(roster, &line, usage);
    let mut from = 0;
    for tier in &roster.tiers {
        let to = line.partition_point(|slot| usize::try_from(*slot).is_ok_and(|s| s < tier.end));
        if let Some(pool) = line.get_mut(from..to) {
            sequence::order(roster, pool, &heard, usage.bids(), seed);
        }
        from = to;
    }
    decision.line = line;
    decision.heard = heard;
}

#[cfg(test)]
mod tests;
