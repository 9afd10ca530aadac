//! Deciding, holding and settling for live traffic.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use super::turns::Turns;
use crate::base::ContractId;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Rng;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::quota::Quota;
use crate::routing;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::routing::Sequence;
use crate::routing::Snapshot;
use crate::routing::Turn;
use crate::routing::Usage;

/// How long a hold lives without a heartbeat: what a node that died has taken comes back by then.
pub const HOLD_TTL: Duration = Duration::from_secs(60);
/// How often a call renews its holds: two heartbeats may be lost.
pub const RENEW_EVERY: Duration = Duration::from_secs(20);

/// The one door to a decision.
#[derive(Debug)]
pub struct Dispatch {
    snapshot: ArcSwap<Snapshot>,
    quota: Box<dyn Quota>,
    turns: Turns,
}

/// Usage as it is at this moment.
struct Live<'a> {
    quota: &'a dyn Quota,
    sequence: &'a Sequence,
}

impl Usage for Live<'_> {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.quota.full(ceiling, periods)
    }

    fn turn(&self, contract: &ContractId) -> Turn {
        self.sequence.turn(contract)
    }
}

impl Dispatch {
    /// A door to a snapshot's offers.
    pub fn new(snapshot: Snapshot, quota: Box<dyn Quota>) -> Self {
        let snapshot = ArcSwap::from_pointee(snapshot);
        Self { snapshot, quota, turns: Turns::default() }
    }

    /// Puts a new version of the book in place. Calls that begin from now on decide by it; calls
    /// under way keep the snapshot that they took. Used units and turns carry over by id.
    pub fn load(&self, snapshot: Snapshot) {
        self.snapshot.store(Arc::new(snapshot));
    }

    /// The snapshot for a call that begins now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// How many contracts take the inquiry now, or might when more is known of it.
    pub fn pool(&self, snapshot: &Snapshot, inquiry: &Inquiry, now: Now) -> usize {
        // Turns put contracts in order, and take none away.
        let usage = Live { quota: self.quota.as_ref(), sequence: &Sequence::new() };
        routing::pool(snapshot, inquiry, &usage, now)
    }

    /// What would be decided now, with no side effect: nothing is held and no turn is used. Its
    /// seed is 0.
    pub fn preview(&self, snapshot: &Snapshot, inquiry: &Inquiry, now: Now) -> Decision {
        self.in_turn(snapshot, inquiry, |sequence| {
            let usage = Live { quota: self.quota.as_ref(), sequence };
            routing::replay(snapshot, inquiry, &usage, now, 0)
        })
    }

    /// Decides, and uses the turn of whoever is first in line; nobody else decides for the same
    /// offer in between.
    pub fn decide(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        now: Now,
        rng: &mut Rng,
    ) -> Decision {
        self.in_turn(snapshot, inquiry, |sequence| {
            let usage = Live { quota: self.quota.as_ref(), sequence };
            let decision = routing::decide(snapshot, inquiry, &usage, now, rng);
            sequence.advance(&decision.step);
            decision
        })
    }

    /// Works on the offer's sequence alone; offers without one do not wait for each other.
    fn in_turn<T>(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        work: impl FnOnce(&mut Sequence) -> T,
    ) -> T {
        match snapshot.roster(&inquiry.offer) {
            Some(roster) if roster.takes_turns() => self.turns.of(&inquiry.offer, work),
            Some(_) | None => work(&mut Sequence::new()),
        }
    }

    /// Takes a unit of every cap that a pick touches, before it is dialled. The error names the
    /// cap that is full: nothing is taken then, and the next pick is tried. The hold lives for
    /// [`HOLD_TTL`] unless it is renewed.
    pub fn hold(&self, pick: &Pick, id: HoldId, now: Now) -> Result<(), Refused> {
        self.quota.reserve(id, &pick.caps, now, HOLD_TTL)
    }

    /// Ends a hold, or its call. A second call changes nothing and says so.
    pub fn settle(&self, id: HoldId, how: Settle) -> Settled {
        match how {
            Settle::Commit => self.quota.commit(id),
            Settle::Release => self.quota.release(id),
            Settle::End => self.quota.end(id),
        }
    }

    /// The heartbeat of a call: its hold lives for another [`HOLD_TTL`].
    pub fn renew(&self, id: HoldId, now: Now) -> Settled {
        self.quota.renew(id, now, HOLD_TTL)
    }

    /// Gives back what nobody settled or renewed in time; to be called every second. Says how
    /// many holds there were.
    pub fn sweep(&self, now: Now) -> usize {
        self.quota.sweep(now)
    }

    /// Raises counters to what the call records say was spent; before calls are taken.
    pub fn raise(&self, spent: impl IntoIterator<Item = (CapKey, u64)>) {
        for (key, units) in spent {
            self.quota.raise(&key, units);
        }
    }

    /// How many holds are open: 0 when no call is up.
    pub fn live(&self) -> usize {
        self.quota.live()
    }
}

#[cfg(test)]
mod tests;
