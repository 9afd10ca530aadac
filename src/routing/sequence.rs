//! Turns of contracts: weighted shares and round robin.
//!
//! Weighted stores, for each contract, how much of a call it is owed. Every decision adds its share
//! to each contract of the pool, and takes a whole call from the one that is first in line, so that
//! the amounts owed always sum to zero. First in line is the contract that would otherwise be the
//! soonest to fall behind by a whole call, among those that are owed enough (R. Tijdeman, "The
//! chairman assignment problem", Discrete Mathematics 32, 1980): with a steady pool of k contracts,
//! none is ever further than 1 − 1/(2k−2) calls from its share. A contract that does not qualify is
//! owed nothing for that decision, and does not catch up later.
//!
//! Round robin puts first the contract whose last turn is the oldest: between two turns of one
//! contract, every other that qualified for the second has had one.

use std::cmp::Ordering;
use std::cmp::Reverse;
use std::collections::HashMap;

use smallvec::SmallVec;

use crate::base::ContractId;
use crate::book::Strategy;

use super::Bids;
use super::Decision;
use super::Roster;
use super::Standing;
use super::order_inputs::OrderInputs;
use super::turn::Turn;

/// One call, in the unit of what contracts are owed.
const CALL: i64 = 1 << 32;
/// Maximum that a contract is owed or owes: 4 calls; the excess is dropped.
const OWED_MAX: i64 = 4 * CALL;

/// The turns of one offer's contracts: the sum of its decisions' steps.
#[derive(Debug, Clone, Default)]
pub struct Sequence {
    turns: HashMap<ContractId, Turn>,
    latest: u64,
}

impl Sequence {
    /// Returns a sequence in which no contract has had a turn.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a sequence from the turns that contracts have had.
    pub fn of(turns: impl IntoIterator<Item = (ContractId, Turn)>) -> Self {
        let turns: HashMap<ContractId, Turn> = turns.into_iter().collect();
        let latest = turns.values().map(|turn| turn.latest).max().unwrap_or(0);
        Self { turns, latest }
    }

    /// Returns the turns of the contracts that a decision could have changed.
    pub fn turns_of<'a>(
        &'a self,
        decision: &'a Decision,
    ) -> impl Iterator<Item = (&'a ContractId, Turn)> {
        let (pool, _) = decision.in_line();
        let terms = pool.iter().filter_map(|slot| decision.roster()?.at(*slot));
        terms.map(|terms| (&terms.contract, self.turn(&terms.contract)))
    }

    /// Orders a decision's picks by their turns, and uses the turns of the first wave.
    pub fn take(&mut self, decision: &mut Decision) {
        decision.line_up(self);
        self.advance(decision);
    }

    /// Uses the turns of a decision's first wave. Contracts that are never decided on again stay:
    /// there are no more than the book ever had.
    pub fn advance(&mut self, decision: &Decision) {
        let Some(roster) = decision.roster() else { return };
        let (pool, served) = decision.in_line();
        match roster.strategy {
            Strategy::Weighted => self.share(roster, pool, served),
            Strategy::RoundRobin => {
                for terms in pool.iter().take(served).filter_map(|slot| roster.at(*slot)) {
                    self.latest += 1;
                    let latest = self.latest;
                    self.change(&terms.contract, |turn| turn.latest = latest);
                }
            }
            Strategy::Priority
            | Strategy::HighestPrice
            | Strategy::Performance
            | Strategy::Auction => {}
        }
    }

    /// Credits shares to the pool, and charges its first `served` contracts. Every contract of the
    /// pool could have been first.
    fn share(&mut self, roster: &Roster, pool: &[u32], served: usize) {
        let calls = i64::try_from(served).unwrap_or(1);
        let mut given = 0;
        let parts = Parts::of(roster, pool);
        for terms in pool.iter().filter_map(|slot| roster.at(*slot)) {
            let share = parts.share(terms.weight) * calls;
            given += share;
            self.owe(&terms.contract, share);
        }
        for terms in pool.iter().take(served).filter_map(|slot| roster.at(*slot)) {
            // Shares are rounded down; subtracting what was credited keeps the sum at zero.
            self.owe(&terms.contract, -(given / calls.max(1)));
        }
    }

    fn owe(&mut self, contract: &ContractId, more: i64) {
        self.change(contract, |turn| {
            turn.owed = turn.owed.saturating_add(more).clamp(-OWED_MAX, OWED_MAX);
        });
    }

    fn change(&mut self, contract: &ContractId, change: impl FnOnce(&mut Turn)) {
        match self.turns.get_mut(contract) {
            Some(turn) => change(turn),
            None => change(self.turns.entry(contract.clone()).or_default()),
        }
    }
}

impl Standing for Sequence {
    fn turn(&self, contract: &ContractId) -> Turn {
        self.turns.get(contract).copied().unwrap_or_default()
    }
}

/// The part of a call for each unit of weight in a pool; equal parts when all weights are zero.
#[derive(Debug, Clone, Copy)]
struct Parts {
    sum: i64,
    count: i64,
}

impl Parts {
    fn of(roster: &Roster, pool: &[u32]) -> Self {
        let weights = pool.iter().filter_map(|slot| roster.at(*slot));
        Self {
            sum: weights.map(|terms| i64::from(terms.weight)).sum(),
            count: i64::try_from(pool.len()).unwrap_or(1).max(1),
        }
    }

    fn share(self, weight: u32) -> i64 {
        match self.sum {
            0 => CALL / self.count,
            // Below 2³² × 2³²: the product exceeds 64 bits.
            sum => {
                let share = i128::from(CALL) * i128::from(weight) / i128::from(sum);
                i64::try_from(share).unwrap_or(0)
            }
        }
    }
}

/// Puts one tier's eligible contracts, which are in rank order, in the order in which they are
/// tried. Equal contracts stay in rank order.
pub(super) fn order(
    roster: &Roster,
    pool: &mut [u32],
    heard: &OrderInputs,
    bids: &Bids,
    seed: u64,
) {
    match roster.strategy {
        Strategy::Priority | Strategy::HighestPrice => {}
        Strategy::RoundRobin => sort_by(pool, |slot| heard.turn(slot).latest),
        Strategy::Weighted => {
            let parts = Parts::of(roster, pool);
            sort_by(pool, |slot| {
                let (share, owed) = roster
                    .at(slot)
                    .map_or((0, 0), |terms| (parts.share(terms.weight), heard.turn(slot).owed));
                Claim { share, owed: owed + share, pool: parts.count }
            });
        }
        Strategy::Performance => {
            let performance =
                |slot: u32| roster.at(slot).map(|terms| (heard.performance(slot), terms.price));
            let all =
                pool.iter().filter_map(|slot| performance(*slot)).map(|(p, _)| p.calls()).sum();
            sort_by(pool, |slot| {
                let lot = seed.rotate_left(slot % 64) ^ u64::from(slot).wrapping_mul(LOT);
                Reverse(
                    performance(slot).map_or(0, |(performance, price)| {
                        performance.score(price.micros(), all, lot)
                    }),
                )
            });
        }
        Strategy::Auction => sort_by(pool, |slot| {
            let standing =
                roster.at(slot).and_then(|terms| bids.standing(&terms.contract, terms.price).ok());
            (
                Reverse(standing.map_or(0, |standing| standing.counts.micros())),
                standing.map(|standing| standing.received_at),
            )
        }),
    }
}

/// Multiplier that spreads the seed's bits over the contracts.
const LOT: u64 = 0x9E37_79B9_7F4A_7C15;
/// Size of a pool that is sorted without allocation.
const POOL: usize = 32;

/// Sorts by a key that is computed once, equal keys by rank, without the allocation of a stable
/// sort.
fn sort_by<K: Ord>(pool: &mut [u32], key: impl Fn(u32) -> K) {
    let mut keyed: SmallVec<[(K, u32); POOL]> =
        pool.iter().map(|slot| (key(*slot), *slot)).collect();
    keyed.sort_unstable();
    for (place, (_, slot)) in pool.iter_mut().zip(keyed) {
        *place = slot;
    }
}

/// A contract's claim to be first in line, including its share of the present call.
#[derive(Debug, Clone, Copy)]
struct Claim {
    share: i64,
    owed: i64,
    pool: i64,
}

impl Claim {
    /// Returns twice the number of other contracts: the denominator of Tijdeman's bound.
    fn bound(self) -> i128 {
        i128::from(self.pool) * 2 - 2
    }

    fn is_owed_enough(self) -> bool {
        self.share > 0 && i128::from(self.owed) * self.bound() >= i128::from(CALL)
    }

    /// Returns the calls left until the contract is too far behind, times `share` and `bound`.
    fn slack(self) -> i128 {
        i128::from(CALL) * (self.bound() - 1) - i128::from(self.owed) * self.bound()
    }

    /// Compares claims; less is earlier: contracts that are owed enough by the time left, then the
    /// others by what they are owed, and last those without a share.
    fn compare(&self, other: &Claim) -> Ordering {
        match (self.is_owed_enough(), other.is_owed_enough()) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => {
                let (mine, theirs) = (i128::from(self.share), i128::from(other.share));
                (self.slack() * theirs).cmp(&(other.slack() * mine))
            }
            (false, false) => {
                let idle = (self.share == 0).cmp(&(other.share == 0));
                idle.then(other.owed.cmp(&self.owed))
            }
        }
    }
}

impl Ord for Claim {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compare(other)
    }
}

impl PartialOrd for Claim {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Claim {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Claim {}
