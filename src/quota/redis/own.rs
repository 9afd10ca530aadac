//! This node's open holds: what to renew, to repeat, and to bring back after a loss.

use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use smallvec::SmallVec;

use super::wire;
use crate::base::HoldId;
use crate::base::Mono;
use crate::base::Wall;
use crate::caps::HOLDS_MAX;
use crate::caps::HoldState;
use crate::caps::Mark;
use crate::caps::Settle;
use crate::caps::Settled;

/// An open hold of this node.
#[derive(Debug, Clone)]
pub(super) struct OwnHold {
    /// The hold as Redis keeps it, not committed.
    pub(super) stored: Vec<u8>,
    /// Persons that it sells.
    pub(super) marks: Box<[Mark]>,
    /// Time of the reservation.
    pub(super) at: Wall,
    /// When it expires unless it is renewed, by this node's clock.
    pub(super) expires: Mono,
    /// Whether Redis knows that it is committed.
    pub(super) is_committed: bool,
    /// Whether Redis was asked to commit it.
    is_committing: bool,
    /// Settlements that Redis did not confirm, in order.
    waiting: SmallVec<[Settle; 2]>,
}

/// Most settlements of one hold that wait: a commitment, an end, and one that was repeated.
const WAITING_MAX: usize = 3;

impl OwnHold {
    /// Describes a hold that was just reserved.
    pub(super) fn new(stored: Vec<u8>, marks: &[Mark], at: Wall, expires: Mono) -> Self {
        Self {
            stored,
            marks: marks.into(),
            at,
            expires,
            is_committed: false,
            is_committing: false,
            waiting: SmallVec::new(),
        }
    }

    /// Returns whether it is sold, confirmed or not.
    fn is_sold(&self) -> bool {
        self.is_committed || self.is_committing || self.waiting.contains(&Settle::Commit)
    }

    /// Returns whether nothing is taken any more once Redis knows.
    fn is_released(&self) -> bool {
        let releases = |how: &Settle| matches!(how, Settle::Release | Settle::Unanswered);
        self.waiting.iter().any(releases) && !self.is_sold()
    }

    fn live(&self, id: HoldId) -> LiveHold {
        let stored = self.stored.clone();
        let stage = if self.is_sold() { wire::Stage::Committed } else { wire::Stage::Held };
        let stored = wire::staged(stored, stage);
        LiveHold { id: id.to_string(), stored }
    }

    /// Returns the state that another settlement of the hold finds.
    fn would_be(&self, how: Settle) -> Settled {
        let over = self.waiting.iter().find(|how| **how != Settle::Commit);
        match (over, how) {
            (Some(_), _) if self.is_sold() => Settled::Already(HoldState::Ended),
            (Some(_), _) => Settled::Already(HoldState::Released),
            (None, Settle::Commit | Settle::Release | Settle::Unanswered)
                if self.is_committed || self.waiting.contains(&Settle::Commit) =>
            {
                Settled::Already(HoldState::Committed)
            }
            (None, _) => Settled::Done,
        }
    }
}

/// The hold of a live call, as its node contributes it to counters that are rebuilt.
#[derive(Debug, Clone)]
pub(super) struct LiveHold {
    /// Its id.
    pub(super) id: String,
    /// The hold as Redis keeps it.
    pub(super) stored: Vec<u8>,
}

/// Sold holds that have ended and are remembered: their sales may not be recorded yet when the counters
/// are rebuilt.
const ENDED_MAX: usize = 8_192;

/// The open holds of this node: at most [`HOLDS_MAX`]. One that Redis is asked for is among them
/// before it answers: counters that are rebuilt meanwhile rather have too much than too little.
#[derive(Debug, Default)]
pub(super) struct Own {
    holds: HashMap<HoldId, OwnHold>,
    /// The holds whose settlements wait. Every operation looks for them, so they are not searched for.
    waiting: HashSet<HoldId>,
    /// The latest sold holds that have ended, oldest first: at most [`ENDED_MAX`].
    ended: VecDeque<LiveHold>,
}

impl Own {
    pub(super) fn len(&self) -> usize {
        self.holds.len()
    }

    /// Returns whether another hold has room.
    pub(super) fn has_room(&self) -> bool {
        self.holds.len() < HOLDS_MAX
    }

    pub(super) fn get(&self, id: HoldId) -> Option<&OwnHold> {
        self.holds.get(&id)
    }

    /// Adds a hold unless it is there; returns whether it is new.
    pub(super) fn insert(&mut self, id: HoldId, hold: OwnHold) -> bool {
        match self.holds.entry(id) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(hold);
                true
            }
        }
    }

    pub(super) fn remove(&mut self, id: HoldId) -> Option<OwnHold> {
        self.waiting.remove(&id);
        self.holds.remove(&id)
    }

    /// Removes a hold whose end Redis has confirmed, and remembers it if it was sold.
    pub(super) fn end(&mut self, id: HoldId, how: Settle) -> Option<OwnHold> {
        let hold = self.remove(id)?;
        let ended = match how {
            Settle::End => wire::Stage::Ended,
            Settle::Unbilled => wire::Stage::Unbilled,
            Settle::Commit | Settle::Release | Settle::Unanswered => return Some(hold),
        };
        if hold.is_sold() {
            if self.ended.len() == ENDED_MAX {
                self.ended.pop_front();
            }
            let stored = wire::staged(hold.stored.clone(), ended);
            self.ended.push_back(LiveHold { id: id.to_string(), stored });
        }
        Some(hold)
    }

    /// Notes that Redis is asked to commit a hold.
    pub(super) fn committing(&mut self, id: HoldId) {
        if let Some(hold) = self.holds.get_mut(&id) {
            hold.is_committing = true;
        }
    }

    pub(super) fn commit(&mut self, id: HoldId) {
        if let Some(hold) = self.holds.get_mut(&id) {
            hold.is_committed = true;
        }
    }

    /// Notes that a hold lasts longer; returns whether it is one of this node's.
    pub(super) fn renew(&mut self, id: HoldId, expires: Mono) -> bool {
        let Some(hold) = self.holds.get_mut(&id) else { return false };
        hold.expires = hold.expires.max(expires);
        true
    }

    /// Returns whether settlements of a hold wait, so that another one must wait, too.
    pub(super) fn waits(&self, id: HoldId) -> bool {
        self.holds.get(&id).is_some_and(|hold| !hold.waiting.is_empty())
    }

    /// Keeps a settlement until Redis confirms it. Returns the state that it will find.
    pub(super) fn settle_later(&mut self, id: HoldId, how: Settle) -> Settled {
        let Some(hold) = self.holds.get_mut(&id) else { return Settled::Unknown };
        let settled = hold.would_be(how);
        if settled == Settled::Done && hold.waiting.len() < WAITING_MAX {
            hold.waiting.push(how);
            self.waiting.insert(id);
        }
        settled
    }

    /// Returns whether a settlement waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Returns the holds whose settlements wait.
    pub(super) fn waiting(&self) -> Vec<HoldId> {
        self.waiting.iter().copied().collect()
    }

    /// Returns the first settlement that waits, and its hold.
    pub(super) fn first(&self, id: HoldId) -> Option<(OwnHold, Settle)> {
        let hold = self.holds.get(&id)?;
        Some((hold.clone(), *hold.waiting.first()?))
    }

    /// Removes the first settlement that waited, which Redis has confirmed, and the hold if that
    /// was its end. Returns a hold that has ended.
    pub(super) fn confirmed(&mut self, id: HoldId) -> Option<OwnHold> {
        let hold = self.holds.get_mut(&id)?;
        if hold.waiting.is_empty() {
            return None;
        }
        let confirmed = hold.waiting.remove(0);
        if hold.waiting.is_empty() {
            self.waiting.remove(&id);
        }
        match confirmed {
            Settle::Commit => {
                hold.is_committed = true;
                None
            }
            Settle::Release | Settle::Unanswered | Settle::End | Settle::Unbilled => {
                self.end(id, confirmed)
            }
        }
    }

    /// Returns the holds of live calls, and those of calls whose ends may not be recorded yet.
    pub(super) fn live(&self) -> Vec<LiveHold> {
        let live = self.holds.iter().filter(|(_, hold)| !hold.is_released());
        let live = live.map(|(id, hold)| hold.live(*id));
        live.chain(self.ended.iter().cloned()).collect()
    }

    /// Removes holds that were not renewed in time, and returns them. Those with a settlement that
    /// waits are kept until Redis has confirmed it.
    pub(super) fn expire(&mut self, now: Mono) -> Vec<OwnHold> {
        let gone = |hold: &OwnHold| hold.expires <= now && hold.waiting.is_empty();
        let ids: Vec<HoldId> =
            self.holds.iter().filter(|(_, hold)| gone(hold)).map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| self.holds.remove(&id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Now;
    use crate::base::Rng;

    /// Of calls that were sold; the oldest are forgotten first.
    #[test]
    fn the_latest_ends_are_remembered() {
        let (mut own, mut rng) = (Own::default(), Rng::seeded(1));
        let mut ids = Vec::new();
        for _ in 0..ENDED_MAX + 2 {
            let id = HoldId::new(Now::default(), &mut rng);
            let stored = vec![b'H'];
            own.insert(id, OwnHold::new(stored, &[], Wall::from_micros(0), Mono::default()));
            own.commit(id);
            assert!(own.end(id, Settle::End).is_some());
            ids.push(id.to_string());
        }
        let failed = HoldId::new(Now::default(), &mut rng);
        let stored = vec![b'H'];
        own.insert(failed, OwnHold::new(stored, &[], Wall::from_micros(0), Mono::default()));
        assert!(own.end(failed, Settle::Release).is_some());
        let kept: Vec<String> = own.live().into_iter().map(|hold| hold.id).collect();
        assert_eq!(kept, ids[2..]);
        assert_eq!(own.len(), 0);
    }
}
