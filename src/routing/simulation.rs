//! Runs a book in simulated time, with its own counters and turns.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::Bids;
use super::Decision;
use super::Hold;
use super::Inquiry;
use super::Performances;
use super::Pick;
use super::Reached;
use super::Sequence;
use super::Snapshot;
use super::Turn;
use super::Unused;
use super::Usage;
use super::decide;
use super::hold::HOLD_TTL;
use super::pool;
use super::replay;
use super::usage::Standing;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Wall;
use crate::caps::Ceiling;
use crate::caps::Counters;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::routing::Performance;

/// Decides, holds and settles like `dispatch` does for live traffic, but at once: for rehearsals,
/// backtests and simulations. Its counters are not shared.
#[derive(Debug)]
pub struct Simulation {
    snapshot: Arc<Snapshot>,
    used: Used,
    counters: Counters,
    sequences: HashMap<OfferId, Sequence>,
    performances: Performances,
    holds: HashMap<HoldId, Hold>,
}

/// Whether sales use units up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Used {
    /// Units, budgets and balances, as for live traffic.
    Counted,
    /// Nothing, whatever is sold.
    Nothing,
}

/// Counters and turns of one offer.
struct Seen<'a> {
    used: Used,
    counters: &'a Counters,
    sequence: Option<&'a Sequence>,
    performances: &'a Performances,
    bids: &'a Bids,
}

impl Usage for Seen<'_> {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        match self.used {
            Used::Counted => self.counters.full(ceiling, periods),
            Used::Nothing => Unused.full(ceiling, periods),
        }
    }

    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        self.counters.sold(mark, now)
    }

    fn bids(&self) -> &Bids {
        self.bids
    }
}

impl Standing for Seen<'_> {
    fn turn(&self, contract: &ContractId) -> Turn {
        self.sequence.map_or_else(Turn::default, |sequence| sequence.turn(contract))
    }

    fn performance(&self, contract: &ContractId) -> Performance {
        self.performances.of(contract)
    }
}

impl Simulation {
    /// Creates a simulation without sales.
    pub fn new(snapshot: Snapshot) -> Self {
        Self::using(Used::Counted, snapshot)
    }

    /// Creates a simulation in which sales use nothing up, but turns are taken.
    pub fn unused(snapshot: Snapshot) -> Self {
        Self::using(Used::Nothing, snapshot)
    }

    fn using(used: Used, snapshot: Snapshot) -> Self {
        Self {
            snapshot: Arc::new(snapshot),
            used,
            counters: Counters::new(),
            sequences: HashMap::new(),
            performances: Performances::default(),
            holds: HashMap::new(),
        }
    }

    /// Returns the compiled book.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    fn seen<'a>(&'a self, offer: &OfferId, bids: &'a Bids) -> Seen<'a> {
        Seen {
            used: self.used,
            counters: &self.counters,
            sequence: self.sequences.get(offer),
            performances: &self.performances,
            bids,
        }
    }

    /// Returns how many contracts take the inquiry now, or might when more is known.
    pub fn pool(&self, inquiry: &Inquiry, now: Now) -> usize {
        pool(&self.snapshot, inquiry, &self.seen(&inquiry.offer, Bids::NONE), now)
    }

    /// Decides, and uses the turn of the contract that is first in line.
    pub fn decide(&mut self, inquiry: &Inquiry, now: Now, rng: &mut Rng) -> Decision {
        self.auction(inquiry, Bids::NONE, now, rng)
    }

    /// Returns the decision that would be made now without bids, without side effects. Its seed is 0.
    pub fn preview(&self, inquiry: &Inquiry, now: Now) -> Decision {
        replay(&self.snapshot, inquiry, &self.seen(&inquiry.offer, Bids::NONE), now, 0)
    }

    /// Decides like [`Simulation::decide`], among the bids on the inquiry.
    pub fn auction(&mut self, inquiry: &Inquiry, bids: &Bids, now: Now, rng: &mut Rng) -> Decision {
        let seen = self.seen(&inquiry.offer, bids);
        let decision = decide(&self.snapshot, inquiry, &seen, now, rng);
        if decision.takes_turns() {
            self.sequences.entry(inquiry.offer.clone()).or_default().advance(&decision);
        }
        decision
    }

    /// Takes a unit of every cap of a pick. The error names the cap that is full.
    pub fn hold(&mut self, pick: &Pick, id: HoldId, now: Now) -> Result<(), Refused> {
        if self.used == Used::Nothing {
            return Ok(());
        }
        self.counters.reserve(id, &pick.caps, pick.claim(), now, HOLD_TTL)?;
        self.holds.insert(id, Hold::of(pick, id, now.wall));
        Ok(())
    }

    /// Settles a hold, or ends its call. A second settlement changes nothing and returns so.
    pub fn settle(&mut self, id: HoldId, how: Settle, now: Now) -> Settled {
        if self.used == Used::Nothing {
            return Settled::Done;
        }
        let Entry::Occupied(mut hold) = self.holds.entry(id) else {
            return self.counters.settle(id, how);
        };
        let asked = hold.get().asked(how);
        let settled = asked.map_or(Settled::Done, |asked| self.counters.settle(id, asked));
        let lesson = hold.get_mut().settled(how);
        match lesson.rest {
            Some((own, Reached::Answered)) => self.counters.answered(own),
            Some((own, Reached::Unanswered)) => {
                self.counters.unanswered(own, now.wall);
            }
            None => {}
        }
        if let Some(micros) = lesson.earned {
            self.performances.record(lesson.contract, micros);
        }
        lesson.sold.iter().for_each(|mark| self.counters.remember(*mark, lesson.sold_at));
        if hold.get().is_over() {
            hold.remove();
        }
        settled
    }

    /// Renews a call's hold for another [`HOLD_TTL`].
    pub fn renew(&mut self, id: HoldId, now: Now) -> Settled {
        self.counters.renew(id, now, HOLD_TTL)
    }

    /// Closes the holds that were not settled or renewed in time, and returns their number.
    pub fn sweep(&mut self, now: Now) -> usize {
        self.counters.sweep(now)
    }

    /// Adds an amount to a prepaid buyer's balance; a negative amount reduces it.
    pub fn credit(&mut self, buyer: &BuyerId, amount: Money) {
        self.counters.credit(&Level::Buyer(buyer.clone()), amount.micros());
    }

    /// Returns the number of open holds: 0 without calls.
    pub fn live(&self) -> usize {
        self.counters.live()
    }
}
