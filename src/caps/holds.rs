//! The table of holds: by id, and in the order in which they expire.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::HashMap;
use std::collections::VecDeque;

use super::State;
use super::hold::Open;
use super::scatter::Scatter;
use crate::base::HoldId;
use crate::base::Mono;

/// How many closed holds are remembered, so that a late second call is told what it was; older
/// ones are not known any more.
pub(super) const CLOSED_KEPT: usize = 1 << 16;
/// Expiries of closed holds that are kept beyond twice the open ones before they are thrown out.
const STALE_KEPT: usize = 1 << 10;

/// A hold, open or over.
#[derive(Debug)]
pub(super) enum Entry {
    Open(Open),
    Closed(State),
}

/// Every hold that is open, and the latest that were. An open hold has exactly one entry among
/// the expiries, at its expiry or earlier; a closed one may still have its own, which is thrown
/// out when its time comes, or with the others when they grow too many.
#[derive(Debug, Default)]
pub(super) struct Holds {
    table: HashMap<HoldId, Entry, Scatter>,
    expiries: BinaryHeap<Reverse<(Mono, HoldId)>>,
    closed: VecDeque<HoldId>,
    open: usize,
}

impl Holds {
    pub(super) fn get(&self, id: HoldId) -> Option<&Entry> {
        self.table.get(&id)
    }

    pub(super) fn open_mut(&mut self, id: HoldId) -> Option<&mut Open> {
        match self.table.get_mut(&id) {
            Some(Entry::Open(open)) => Some(open),
            Some(Entry::Closed(_)) | None => None,
        }
    }

    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.open
    }

    pub(super) fn insert(&mut self, id: HoldId, open: Open) {
        self.expiries.push(Reverse((open.expires, id)));
        self.table.insert(id, Entry::Open(open));
        self.open += 1;
    }

    /// Closes an open hold and hands over what it had.
    pub(super) fn close(&mut self, id: HoldId, state: State) -> Option<Open> {
        let entry = self.table.get_mut(&id)?;
        if let Entry::Closed(_) = entry {
            return None;
        }
        let Entry::Open(open) = std::mem::replace(entry, Entry::Closed(state)) else { return None };
        self.open -= 1;
        if self.closed.len() >= CLOSED_KEPT
            && let Some(oldest) = self.closed.pop_front()
        {
            self.table.remove(&oldest);
        }
        self.closed.push_back(id);
        self.throw_out_stale();
        Some(open)
    }

    /// The first hold whose time is up.
    pub(super) fn expired(&mut self, now: Mono) -> Option<HoldId> {
        while let Some(Reverse((at, id))) = self.expiries.peek().copied() {
            if at > now {
                return None;
            }
            match self.expires(id) {
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

    /// The earliest instant at which a hold may expire; a renewed one expires later.
    pub(super) fn deadline(&self) -> Option<Mono> {
        self.expiries.peek().map(|Reverse((at, _))| *at)
    }

    /// How many closed ones are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.closed.len()
    }

    fn expires(&self, id: HoldId) -> Option<Mono> {
        match self.table.get(&id) {
            Some(Entry::Open(open)) => Some(open.expires),
            Some(Entry::Closed(_)) | None => None,
        }
    }

    fn throw_out_stale(&mut self) {
        while let Some(Reverse((_, id))) = self.expiries.peek().copied()
            && self.expires(id).is_none()
        {
            self.expiries.pop();
        }
        if self.expiries.len() > self.open * 2 + STALE_KEPT {
            let Self { expiries, table, .. } = self;
            expiries.retain(|Reverse((_, id))| matches!(table.get(id), Some(Entry::Open(_))));
        }
    }
}
