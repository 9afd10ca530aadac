//! What is kept for each live offer, so that a decision need not compute it again: the minute
//! and the contracts that may be full.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;

use crate::base::BuyerId;
use crate::base::Now;
use crate::base::Wall;
use crate::caps::Level;
use crate::routing::Minute;
use crate::routing::Roster;
use crate::routing::Seat;
use crate::routing::Snapshot;

/// Contracts in one word of doubts.
const BITS: usize = 64;

/// One offer's desk. A contract that is not in doubt has room; one that is may have.
#[derive(Debug)]
pub(super) struct Desk {
    roster: Arc<Roster>,
    doubts: Vec<AtomicU64>,
    offer: AtomicBool,
    minute: ArcSwap<Minute>,
}

impl Desk {
    /// Everybody is in doubt: counters may stand anywhere.
    fn new(roster: &Arc<Roster>, wall: Wall) -> Self {
        let words = roster.len().div_ceil(BITS);
        Self {
            roster: roster.clone(),
            doubts: (0..words).map(|_| AtomicU64::new(u64::MAX)).collect(),
            offer: AtomicBool::new(true),
            minute: ArcSwap::from_pointee(Minute::of(roster, wall)),
        }
    }

    /// Returns the minute of an instant, and computes it at its first use.
    pub(super) fn minute(&self, now: Now) -> arc_swap::Guard<Arc<Minute>> {
        let minute = self.minute.load();
        if minute.includes(now.wall) {
            return minute;
        }
        self.minute.store(Arc::new(Minute::of(&self.roster, now.wall)));
        self.minute.load()
    }

    pub(super) fn doubted(&self, word: usize) -> u64 {
        self.doubts.get(word).map_or(u64::MAX, |word| word.load(Ordering::Acquire))
    }

    pub(super) fn offer_doubted(&self) -> bool {
        self.offer.load(Ordering::Acquire)
    }

    /// Contracts of the `word`th 64 are in doubt, or no longer.
    pub(super) fn doubt(&self, word: usize, slots: u64, full: bool) {
        let Some(doubts) = self.doubts.get(word) else { return };
        if full {
            doubts.fetch_or(slots, Ordering::AcqRel);
        } else {
            doubts.fetch_and(!slots, Ordering::AcqRel);
        }
    }

    fn doubt_one(&self, slot: usize) {
        self.doubt(slot / BITS, 1 << (slot % BITS), true);
    }

    fn doubt_all(&self) {
        self.doubts.iter().for_each(|word| word.store(u64::MAX, Ordering::Release));
        self.offer.store(true, Ordering::Release);
    }
}

/// The live book: its snapshot, a desk for each roster, and where each buyer's contracts are.
#[derive(Debug)]
pub(super) struct InForce {
    pub(super) snapshot: Arc<Snapshot>,
    desks: Vec<Arc<Desk>>,
    seats: HashMap<BuyerId, Vec<(usize, usize)>>,
}

impl InForce {
    /// Desks of rosters that were taken over stay as they are.
    pub(super) fn new(snapshot: Snapshot, earlier: Option<&InForce>) -> Self {
        let mut seats: HashMap<BuyerId, Vec<(usize, usize)>> = HashMap::new();
        let mut desks = Vec::new();
        for (place, roster) in snapshot.rosters().iter().enumerate() {
            for (slot, (_, buyer)) in roster.parties().enumerate() {
                seats.entry(buyer.clone()).or_default().push((place, slot));
            }
            let kept = earlier.and_then(|earlier| earlier.desk_of(roster));
            let start = Wall::from_micros(0);
            desks.push(kept.unwrap_or_else(|| Arc::new(Desk::new(roster, start))));
        }
        Self { snapshot: Arc::new(snapshot), desks, seats }
    }

    fn desk_of(&self, roster: &Arc<Roster>) -> Option<Arc<Desk>> {
        self.desks.iter().find(|desk| Arc::ptr_eq(&desk.roster, roster)).cloned()
    }

    /// Returns the desk of a roster, or `None` for a roster that is not live any more.
    pub(super) fn desk(&self, place: usize, roster: &Arc<Roster>) -> Option<&Desk> {
        let desk = self.desks.get(place)?;
        Arc::ptr_eq(&desk.roster, roster).then_some(desk)
    }

    /// An account of the contract in a seat may have used its caps up: everybody whom that touches
    /// is in doubt.
    pub(super) fn doubt(&self, seat: Option<&Seat>, level: &Level) {
        match level {
            Level::Contract(contract) => {
                let Some(seat) = seat else { return };
                let place = self.snapshot.place(seat.roster.offer());
                let Some(desk) = place.and_then(|place| self.desks.get(place)) else { return };
                // A call under way may have its seat in an older roster.
                let slot = if Arc::ptr_eq(&desk.roster, &seat.roster) {
                    usize::try_from(seat.slot).ok()
                } else {
                    desk.roster.parties().position(|(own, _)| own == contract)
                };
                slot.into_iter().for_each(|slot| desk.doubt_one(slot));
            }
            Level::Buyer(buyer) => {
                for (place, slot) in self.seats.get(buyer).into_iter().flatten() {
                    if let Some(desk) = self.desks.get(*place) {
                        desk.doubt_one(*slot);
                    }
                }
            }
            Level::Offer(offer) => {
                if let Some(desk) = self.snapshot.place(offer).and_then(|p| self.desks.get(p)) {
                    desk.doubt_all();
                }
            }
        }
    }

    /// Drops all cached counters.
    pub(super) fn doubt_everybody(&self) {
        self.desks.iter().for_each(|desk| desk.doubt_all());
    }
}
