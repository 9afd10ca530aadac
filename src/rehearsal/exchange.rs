//! Where simulated inquiries are sold: decisions of a book, turns, and what sales use up, in the
//! time of whoever simulates.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::HoldId;
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
use crate::routing;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Performance;
use crate::routing::Performances;
use crate::routing::Pick;
use crate::routing::Sequence;
use crate::routing::Snapshot;
use crate::routing::Turn;
use crate::routing::Unused;
use crate::routing::Usage;

/// How long a hold lives. Nobody sweeps here: it ends when its call does.
const HOLD_TTL: Duration = Duration::from_secs(60);

/// A book, compiled, whose turns it is, and what is used.
#[derive(Debug)]
pub struct Exchange {
    snapshot: Arc<Snapshot>,
    turns: BTreeMap<OfferId, Sequence>,
    used: Used,
}

/// What sales use up.
#[derive(Debug)]
enum Used {
    /// Nothing.
    Nothing,
    /// What they would use of caps, budgets and balances.
    Counted(Box<Counted>),
}

#[derive(Debug, Default)]
struct Counted {
    counters: Counters,
    performances: Performances,
    /// What is held.
    open: HashMap<HoldId, Pick>,
}

/// The world as a decision sees it.
struct Sight<'a> {
    used: &'a Used,
    sequence: &'a Sequence,
    bids: &'a Bids,
}

impl Usage for Sight<'_> {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        match self.used {
            Used::Nothing => Unused.full(ceiling, periods),
            Used::Counted(counted) => counted.counters.full(ceiling, periods),
        }
    }

    fn turn(&self, contract: &ContractId) -> Turn {
        self.sequence.turn(contract)
    }

    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        match self.used {
            Used::Nothing => None,
            Used::Counted(counted) => counted.counters.sold(mark, now),
        }
    }

    fn performance(&self, contract: &ContractId) -> Performance {
        match self.used {
            Used::Nothing => Performance::default(),
            Used::Counted(counted) => counted.performances.of(contract),
        }
    }

    fn bids(&self) -> &Bids {
        self.bids
    }
}

impl Exchange {
    /// Of a book by which nothing is ever used up, whatever is sold.
    pub fn unused(snapshot: Snapshot) -> Self {
        Self { snapshot: Arc::new(snapshot), turns: BTreeMap::new(), used: Used::Nothing }
    }

    /// Of a book whose caps, budgets and balances count from zero.
    pub fn counted(snapshot: Snapshot) -> Self {
        let used = Used::Counted(Box::default());
        Self { snapshot: Arc::new(snapshot), turns: BTreeMap::new(), used }
    }

    /// The book, compiled.
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// Adds to a prepaid buyer's balance, in micros.
    pub fn credit(&mut self, buyer: &BuyerId, micros: i64) {
        match &mut self.used {
            Used::Nothing => {}
            Used::Counted(counted) => {
                counted.counters.credit(&Level::Buyer(buyer.clone()), micros);
            }
        }
    }

    /// Decides, and takes the turn of whoever is first in line.
    pub fn decide(&mut self, inquiry: &Inquiry, bids: &Bids, now: Now, rng: &mut Rng) -> Decision {
        let sequence = self.turns.entry(inquiry.offer.clone()).or_default();
        let sight = Sight { used: &self.used, sequence, bids };
        let decision = routing::decide(&self.snapshot, inquiry, &sight, now, rng);
        sequence.advance(&decision);
        decision
    }

    /// Takes a unit of every cap that a pick touches; the error names what has none left.
    pub fn hold(&mut self, hold: HoldId, pick: &Pick, now: Now) -> Result<(), Refused> {
        let Used::Counted(counted) = &mut self.used else { return Ok(()) };
        counted.counters.reserve(hold, &pick.caps, pick.claim(), now, HOLD_TTL)?;
        counted.open.insert(hold, pick.clone());
        Ok(())
    }

    /// Ends a hold, or a part of it.
    pub fn settle(&mut self, hold: HoldId, how: Settle, now: Now) {
        match &mut self.used {
            Used::Nothing => {}
            Used::Counted(counted) => counted.settle(hold, how, now),
        }
    }
}

impl Counted {
    fn settle(&mut self, hold: HoldId, how: Settle, now: Now) {
        let settled = match how {
            Settle::Commit => self.counters.commit(hold),
            Settle::Release | Settle::Unanswered => self.counters.release(hold),
            Settle::End => self.counters.end(hold),
            Settle::Unbilled => self.counters.end_unbilled(hold),
        };
        let pick = match how {
            Settle::Commit => self.open.get(&hold).cloned(),
            Settle::Release | Settle::Unanswered | Settle::End | Settle::Unbilled => {
                self.open.remove(&hold)
            }
        };
        let (Some(pick), Settled::Done) = (pick, settled) else { return };
        match (how, pick.caps.first()) {
            (Settle::Commit, Some(own)) => self.counters.answered(own),
            (Settle::Commit, None) | (Settle::Release, _) => {}
            (Settle::Unanswered, own) => {
                own.into_iter().for_each(|own| self.counters.unanswered(own, now.wall));
                self.earn(&pick, 0);
            }
            (Settle::End, _) => self.earn(&pick, pick.price.micros()),
            (Settle::Unbilled, _) => self.earn(&pick, 0),
        }
    }

    /// What a call earned counts where the offer goes by it.
    fn earn(&mut self, pick: &Pick, micros: i64) {
        if pick.seat.as_ref().is_some_and(|seat| seat.roster.learns()) {
            self.performances.record(&pick.contract, micros);
        }
    }
}
