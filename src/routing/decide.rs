//! From verdicts to picks: tiers, strategy, waves.

use std::sync::Arc;
use std::time::Duration;

use crate::base::DecisionId;
use crate::base::Now;
use crate::base::Rng;
use crate::base::Skip;
use crate::book::Ring;
use crate::book::Strategy;
use crate::book::Tier;

use super::Decision;
use super::Detail;
use super::Disqualified;
use super::Inquiry;
use super::Known;
use super::Moment;
use super::PassedOver;
use super::Pick;
use super::Roster;
use super::Snapshot;
use super::Step;
use super::Terms;
use super::Turn;
use super::Usage;
use super::Verdict;
use super::index;
use super::plain;
use super::sequence;
use super::snapshot::LastResort;

/// Decides where an inquiry goes. Pure, without side effect: whoever acts on the decision also
/// advances the offer's sequence by its [`Step`]. Draws one number, the decision's seed.
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
    let mut decision = Decision {
        id: DecisionId::new(now, &mut Rng::seeded(seed)),
        offer: inquiry.offer.clone(),
        channel: inquiry.channel,
        source: inquiry.source.clone(),
        caller: inquiry.caller.clone(),
        book_version: snapshot.version(),
        ring: Ring::Sequential,
        ring_timeout: Duration::ZERO,
        picks: Vec::new(),
        passed_over: Vec::new(),
        dq: Disqualified::Reject,
        fields: known.fields.all(),
        at: now.wall,
        seed,
        step: Step::None,
    };
    let Some(roster) = snapshot.roster(&inquiry.offer) else { return decision };
    decision.ring = roster.ring;
    decision.ring_timeout = roster.ring_timeout;
    decision.dq = disqualified(&roster.last_resort);
    let moment = Moment::new(roster, now);
    let verdicts = if roster.needs_plain() {
        plain::evaluate(roster, &known, usage, &moment)
    } else {
        index::evaluate(roster, &known, usage, &moment)
    };
    Sorter { roster, usage, known, now, tier_with_capacity: None, decision: &mut decision }
        .sort(verdicts);
    decision
}

/// Sorts the contracts of a roster into picks and passed over.
struct Sorter<'a> {
    roster: &'a Roster,
    usage: &'a dyn Usage,
    known: Arc<Known>,
    now: Now,
    tier_with_capacity: Option<Tier>,
    decision: &'a mut Decision,
}

impl Sorter<'_> {
    /// The roster is sorted by tier, so that each tier's eligible contracts come in one run.
    fn sort(mut self, verdicts: Vec<Verdict>) {
        let roster = self.roster;
        let mut pool: Vec<&Terms> = Vec::new();
        let mut tier = Tier::Primary;
        for (terms, verdict) in roster.contracts.iter().zip(verdicts) {
            if terms.tier != tier {
                self.pick(tier, &mut pool);
                tier = terms.tier;
            }
            match (verdict.skip(), self.tier_with_capacity) {
                (Some(reason), _) => {
                    let detail = Detail::verdict(terms, &self.known, self.now, verdict);
                    self.pass_over(terms, reason, detail);
                }
                (None, Some(earlier)) if tier == Tier::Overflow => {
                    self.pass_over(terms, Skip::NotInTier, Detail::not_in_tier(earlier));
                }
                (None, _) => pool.push(terms),
            }
        }
        self.pick(tier, &mut pool);
    }

    fn pass_over(&mut self, terms: &Terms, reason: Skip, detail: Detail) {
        let contract = terms.contract.clone();
        self.decision.passed_over.push(PassedOver { contract, reason, detail });
    }

    /// Puts a tier's eligible contracts in order, behind those of earlier tiers.
    fn pick(&mut self, tier: Tier, pool: &mut Vec<&Terms>) {
        if pool.is_empty() {
            return;
        }
        let strategy = self.roster.strategy;
        sequence::order(strategy, pool, |contract| self.usage.turn(contract));
        let width = match self.roster.ring {
            Ring::Sequential => 1,
            Ring::Simultaneous { width } => usize::from(width).max(1),
        };
        if self.decision.picks.is_empty() {
            self.decision.step = first_step(strategy, pool, width);
        }
        let mut wave = self.decision.picks.last().map_or(0, |pick| pick.wave);
        for together in pool.chunks(width) {
            wave = wave.saturating_add(1);
            let pick = |terms: &&Terms| {
                let turn = match strategy {
                    Strategy::Priority | Strategy::HighestPrice => Turn::default(),
                    Strategy::Weighted | Strategy::RoundRobin => self.usage.turn(&terms.contract),
                };
                Pick { turn, ..picked(terms, wave) }
            };
            self.decision.picks.extend(together.iter().map(pick));
        }
        self.tier_with_capacity = self.tier_with_capacity.or(Some(tier));
        pool.clear();
    }
}

fn first_step(strategy: Strategy, pool: &[&Terms], width: usize) -> Step {
    sequence::step(strategy, pool, width.min(pool.len()))
}

fn picked(terms: &Terms, wave: u32) -> Pick {
    Pick {
        contract: terms.contract.clone(),
        buyer: terms.buyer.clone(),
        tier: terms.tier,
        wave,
        price: terms.price,
        buffer: terms.buffer,
        destination: terms.destination.clone(),
        caps: terms.ceilings.clone(),
        turn: Turn::default(),
        zone: terms.buyer_zone().clone(),
    }
}

fn disqualified(last_resort: &LastResort) -> Disqualified {
    match last_resort {
        LastResort::Reject => Disqualified::Reject,
        LastResort::Offer(offer) => Disqualified::Offer(offer.clone()),
        LastResort::Buyer(terms) => Disqualified::Buyer(Box::new(picked(terms, 1))),
        LastResort::Recording(name) => Disqualified::Recording(name.clone()),
    }
}

#[cfg(test)]
mod tests;
