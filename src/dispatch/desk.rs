//! Caches for each live offer what a decision would otherwise compute again: the minute, and the
//! contracts that may be full.

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

/// Cache of one offer. A contract that is not in doubt has room; one in doubt may be full.
#[derive(Debug)]
pub(super) struct Desk {
    roster: Arc<Roster>,
    doubts: Vec<AtomicU64>,
    offer: AtomicBool,
    minute: ArcSwap<Minute>,
}

impl Desk {
    /// Creates a desk with every contract in doubt, as the counters may have any value.
    fn new(roster: &Arc<Roster>, wall: Wall) -> Self {
        let words = roster.len().div_ceil(BITS);
        Self {
            roster: roster.clone(),
            doubts: (0..words).map(|_| AtomicU64::new(u64::MAX)).collect(),
            offer: AtomicBool::new(true),
            minute: ArcSwap::from_pointee(Minute::of(roster, wall)),
        }
    }

    /// Returns the minute of an instant, computed on first use.
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

    /// Marks contracts of the `word`th 64 as in doubt, or clears the mark.
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

/// The live book: its snapshot, a desk for each roster, and the places of each buyer's contracts.
#[derive(Debug)]
pub(super) struct InForce {
    pub(super) snapshot: Arc<Snapshot>,
    desks: Vec<Arc<Desk>>,
    seats: HashMap<BuyerId, Vec<(usize, usize)>>,
}

impl InForce {
    /// Creates the desks of a snapshot; unchanged rosters keep their desks.
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

    /// Marks every contract of an account as in doubt, because the account may have used its caps
    /// up. `seat` is that of the contract.
    pub(super) fn doubt(&self, seat: Option<&Seat>, level: &Level) {
        match level {
            Level::Contract(contract) => {
                let Some(seat) = seat else { return };
                let place = self.snapshot.place(seat.roster.offer());
                let Some(desk) = place.and_then(|place| self.desks.get(place)) else { return };
                // The seat of a live call may be in an older roster.
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

    /// Marks every contract as in doubt.
    pub(super) fn doubt_everybody(&self) {
        self.desks.iter().for_each(|desk| desk.doubt_all());
    }
}
