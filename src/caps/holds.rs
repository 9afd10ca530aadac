//! Holds by id, and in the order of their expiry.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::HashMap;
use std::collections::VecDeque;

use super::HoldState;
use super::hold::Open;
use super::scatter::Scatter;
use crate::base::HoldId;
use crate::base::Mono;

/// Number of closed holds that are remembered, so that a late second call gets the hold's state.
/// Older holds are unknown. At ten calls per second this covers half an hour; more would not stay
/// in a cache, and every reservation looks here.
pub(super) const CLOSED_KEPT: usize = 1 << 14;
/// Expiries of closed holds that are kept beyond twice the open ones before they are removed.
const STALE_KEPT: usize = 1 << 10;

/// Every open hold, and the latest closed ones. An open hold has exactly one expiry entry, at its
/// expiry or earlier. The entry of a closed hold is removed when its time comes, or when there are
/// too many.
#[derive(Debug, Default)]
pub(super) struct Holds {
    open: HashMap<HoldId, Open, Scatter>,
    expiries: BinaryHeap<Reverse<(Mono, HoldId)>>,
    closed: HashMap<HoldId, HoldState, Scatter>,
    order: VecDeque<HoldId>,
}

impl Holds {
    pub(super) fn open(&self, id: HoldId) -> Option<&Open> {
        self.open.get(&id)
    }

    pub(super) fn open_mut(&mut self, id: HoldId) -> Option<&mut Open> {
        self.open.get_mut(&id)
    }

    /// Returns the state of a closed hold.
    pub(super) fn closed(&self, id: HoldId) -> Option<HoldState> {
        self.closed.get(&id).copied()
    }

    /// Returns the number of open holds.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn insert(&mut self, id: HoldId, open: Open) {
        self.expiries.push(Reverse((open.expires, id)));
        self.open.insert(id, open);
    }

    /// Closes an open hold and returns its contents.
    pub(super) fn close(&mut self, id: HoldId, state: HoldState) -> Option<Open> {
        let open = self.open.remove(&id)?;
        if self.order.len() >= CLOSED_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.closed.remove(&oldest);
        }
        self.closed.insert(id, state);
        self.order.push_back(id);
        self.throw_out_stale();
        Some(open)
    }

    /// Returns the first hold whose time is up.
    pub(super) fn expired(&mut self, now: Mono) -> Option<HoldId> {
        while let Some(Reverse((at, id))) = self.expiries.peek().copied() {
            if at > now {
                return None;
            }
            match self.open.get(&id).map(|open| open.expires) {
                Some(expires) if expires > at => {
                    self.expiries.pop();
                    self.expiries.push(Reverse((expires, id)));
                }
                Some(_) => return Some(id),
                None => {
                    self.expiries.pop();
                }
            }
        }
        None
    }

    /// Returns the number of closed holds that are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.order.len()
    }

    fn throw_out_stale(&mut self) {
        while let Some(Reverse((_, id))) = self.expiries.peek().copied()
            && !self.open.contains_key(&id)
        {
            self.expiries.pop();
        }
        if self.expiries.len() > self.open.len() * 2 + STALE_KEPT {
            let Self { expiries, open, .. } = self;
            expiries.retain(|Reverse((_, id))| open.contains_key(id));
        }
    }
}
