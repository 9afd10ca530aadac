//! Whose turn it is: weighted shares and round robin.
//!
//! Weighted keeps, for each contract, how much of a call it is owed. With every decision each
//! contract of the pool is owed its share more, and the one that is first in line a whole call
//! less, so that what is owed always sums to zero. First in line is the contract that would
//! otherwise be the soonest to fall behind by a whole call, among those that are owed enough
//! (R. Tijdeman, "The chairman assignment problem", Discrete Mathematics 32, 1980): with a steady
//! pool of k contracts nobody is ever further than 1 − 1/(2k−2) calls from its share.
//! A contract that does not qualify is owed nothing for it, and catches nothing up later.
//!
//! Round robin puts first whoever was first the longest ago: between two turns of one contract,
//! every other that qualified for the second has had one.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::base::ContractId;
use crate::book::Strategy;

use super::Terms;

/// One call, in the unit in which contracts are owed.
const CALL: i64 = 1 << 32;
/// The most that a contract is owed or owes: what is older than this many calls is forgotten.
const OWED_MAX: i64 = 4 * CALL;

/// Where one contract stands in its offer's sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// How much of a call it is owed, in parts of 2³²; below zero when it is ahead.
    pub owed: i64,
    /// The number of its latest turn; 0 before the first.
    pub latest: u64,
}

/// What a decision does to its offer's sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The strategy keeps no sequence, or nobody was picked.
    None,
    /// Shares among a pool.
    Weighted {
        /// Every contract that could have been first, with its weight.
        pool: Vec<(ContractId, u32)>,
        /// Those that were: one, or a whole wave.
        served: Vec<ContractId>,
    },
    /// One after the other.
    RoundRobin {
        /// Who was first: one, or a whole wave.
        served: Vec<ContractId>,
    },
}

/// The turns of one offer's contracts: the fold of its decisions' steps.
#[derive(Debug, Clone, Default)]
pub struct Sequence {
    turns: HashMap<ContractId, Turn>,
    latest: u64,
}

impl Sequence {
    /// A sequence in which nobody has had a turn.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where a contract stands.
    pub fn turn(&self, contract: &ContractId) -> Turn {
        self.turns.get(contract).copied().unwrap_or_default()
    }

    /// Carries out a decision's step. Contracts never asked for again stay as they are: there are
    /// no more than the book ever had.
    pub fn advance(&mut self, step: &Step) {
        match step {
            Step::None => {}
            Step::Weighted { pool, served } => self.share(pool, served),
            Step::RoundRobin { served } => {
                for contract in served {
                    self.latest += 1;
                    self.turns.entry(contract.clone()).or_default().latest = self.latest;
                }
            }
        }
    }

    fn share(&mut self, pool: &[(ContractId, u32)], served: &[ContractId]) {
        let calls = i64::try_from(served.len()).unwrap_or(1);
        let weights: Vec<u32> = pool.iter().map(|(_, weight)| *weight).collect();
        let mut given = 0;
        for ((contract, _), share) in pool.iter().zip(shares(&weights)) {
            let share = share * calls;
            given += share;
            self.owe(contract, share);
        }
        for contract in served {
            // Shares are rounded down; taking away what was given keeps the sum at zero.
            self.owe(contract, -(given / calls.max(1)));
        }
    }

    fn owe(&mut self, contract: &ContractId, more: i64) {
        let turn = self.turns.entry(contract.clone()).or_default();
        turn.owed = turn.owed.saturating_add(more).clamp(-OWED_MAX, OWED_MAX);
    }
}

/// The part of a call that each weight is worth; equal parts when all weights are zero.
fn shares(weights: &[u32]) -> impl Iterator<Item = i64> {
    let sum: i64 = weights.iter().map(|weight| i64::from(*weight)).sum();
    let count = i64::try_from(weights.len()).unwrap_or(1).max(1);
    weights.iter().map(move |weight| match sum {
        0 => CALL / count,
        // Below 2³² × 2³²: the product needs more than 64 bits.
        sum => {
            let share = i128::from(CALL) * i128::from(*weight) / i128::from(sum);
            i64::try_from(share).unwrap_or(0)
        }
    })
}

/// Puts one tier's eligible contracts, given in rank order, in the order in which they are tried.
pub(super) fn order(strategy: Strategy, pool: &mut [&Terms], turn: impl Fn(&ContractId) -> Turn) {
    match strategy {
        Strategy::Priority | Strategy::HighestPrice => {}
        Strategy::RoundRobin => pool.sort_by_cached_key(|terms| turn(&terms.contract).latest),
        Strategy::Weighted => {
            let weights: Vec<u32> = pool.iter().map(|terms| terms.weight).collect();
            let claims = pool.iter().zip(shares(&weights)).map(|(terms, share)| Claim {
                share,
                owed: turn(&terms.contract).owed + share,
                pool: i64::try_from(weights.len()).unwrap_or(i64::MAX),
            });
            let mut claims: Vec<(Claim, &Terms)> = claims.zip(pool.iter().copied()).collect();
            claims.sort_by(|(a, _), (b, _)| a.compare(b));
            for (place, (_, terms)) in pool.iter_mut().zip(claims) {
                *place = terms;
            }
        }
    }
}

/// A contract's claim to be first in line, its share of the present call included.
#[derive(Debug, Clone, Copy)]
struct Claim {
    share: i64,
    owed: i64,
    pool: i64,
}

impl Claim {
    /// Twice the others: the denominator of Tijdeman's bound.
    fn bound(self) -> i128 {
        i128::from(self.pool) * 2 - 2
    }

    fn is_owed_enough(self) -> bool {
        self.share > 0 && i128::from(self.owed) * self.bound() >= i128::from(CALL)
    }

    /// Calls from now until the contract would be too far behind, times `share` and `bound`.
    fn slack(self) -> i128 {
        i128::from(CALL) * (self.bound() - 1) - i128::from(self.owed) * self.bound()
    }

    /// Less is earlier: those owed enough by the time that is left, then the others by what they
    /// are owed, and last those without a share.
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

/// What a decision that puts `served` first among `pool` does to the sequence.
pub(super) fn step(strategy: Strategy, pool: &[&Terms], served: usize) -> Step {
    let first = || pool.iter().take(served).map(|terms| terms.contract.clone()).collect();
    match strategy {
        _ if pool.is_empty() => Step::None,
        Strategy::Priority | Strategy::HighestPrice => Step::None,
        Strategy::RoundRobin => Step::RoundRobin { served: first() },
        Strategy::Weighted => Step::Weighted {
            pool: pool.iter().map(|terms| (terms.contract.clone(), terms.weight)).collect(),
            served: first(),
        },
    }
}
