//! Deciding, holding and settling for live traffic.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use arc_swap::ArcSwap;

use super::desk::Desk;
use super::desk::InForce;
use super::stakes::Stake;
use super::stakes::Stakes;
use super::turns::Turns;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::HoldId;
use crate::base::Money;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Wall;
use crate::billing::Lesson;
use crate::billing::lesson;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::quota::Quota;
use crate::routing;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Known;
use crate::routing::Moment;
use crate::routing::Performance;
use crate::routing::Performances;
use crate::routing::Pick;
use crate::routing::Sequence;
use crate::routing::Snapshot;
use crate::routing::Turn;
use crate::routing::Usage;
use crate::store::BalanceEntry;
use crate::store::EntryKind;

/// How long a hold lives without a heartbeat: what a node that died has taken comes back by then.
pub const HOLD_TTL: Duration = Duration::from_secs(60);
/// How often a call renews its holds: two heartbeats may be lost.
pub const RENEW_EVERY: Duration = Duration::from_secs(20);

/// The one door to a decision.
#[derive(Debug)]
pub struct Dispatch {
    book: ArcSwap<InForce>,
    quota: Box<dyn Quota>,
    turns: Turns,
    stakes: Stakes,
    performances: Mutex<Performances>,
    /// The last entry of the balances' ledger that was taken up.
    entries_seen: Mutex<u64>,
}

/// Usage as it is at this moment.
struct Live<'a> {
    quota: &'a dyn Quota,
    sequence: &'a Sequence,
    performances: &'a Mutex<Performances>,
    bids: &'a Bids,
    /// None for a roster that is not in force any more: then everybody is asked for.
    desk: Option<&'a Desk>,
}

impl Usage for Live<'_> {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.quota.full(ceiling, periods)
    }

    fn turn(&self, contract: &ContractId) -> Turn {
        self.sequence.turn(contract)
    }

    fn doubted(&self, word: usize) -> u64 {
        self.desk.map_or(u64::MAX, |desk| desk.doubted(word))
    }

    fn offer_doubted(&self) -> bool {
        self.desk.is_none_or(Desk::offer_doubted)
    }

    fn doubt(&self, word: usize, slots: u64, full: bool) {
        if let Some(desk) = self.desk {
            desk.doubt(word, slots, full);
        }
    }

    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        self.quota.sold(mark, now)
    }

    fn performance(&self, contract: &ContractId) -> Performance {
        locked(self.performances).of(contract)
    }

    fn bids(&self) -> &Bids {
        self.bids
    }
}

/// Poisoned figures are used all the same: they are estimates.
fn locked(performances: &Mutex<Performances>) -> MutexGuard<'_, Performances> {
    performances.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Dispatch {
    /// A door to a snapshot's offers.
    pub fn new(snapshot: Snapshot, quota: Box<dyn Quota>) -> Self {
        Self {
            book: ArcSwap::from_pointee(InForce::new(snapshot, None)),
            quota,
            turns: Turns::default(),
            stakes: Stakes::default(),
            performances: Mutex::default(),
            entries_seen: Mutex::default(),
        }
    }

    /// Puts a new version of the book in place. Calls that begin from now on decide by it; calls
    /// under way keep the snapshot that they took. Used units and turns carry over by id.
    pub fn load(&self, snapshot: Snapshot) {
        let earlier = self.book.load();
        self.book.store(Arc::new(InForce::new(snapshot, Some(&earlier))));
    }

    /// The snapshot for a call that begins now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.book.load().snapshot.clone()
    }

    /// How many contracts take the inquiry now, or might when more is known of it.
    pub fn pool(&self, snapshot: &Snapshot, inquiry: &Inquiry, now: Now) -> usize {
        // Turns put contracts in order, and take none away.
        let sequence = Sequence::new();
        let usage = self.usage(&sequence, Bids::NONE, None);
        routing::pool(snapshot, inquiry, &usage, now)
    }

    /// Which fields that are not known yet may still change who takes the inquiry, for these
    /// offers; `None` when any may.
    pub fn needed(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        offers: &[OfferId],
    ) -> Option<BTreeSet<FieldName>> {
        routing::needed(snapshot, inquiry, offers)
    }

    /// What would be decided now, with no side effect: nothing is held and no turn is used. Its
    /// seed is 0.
    pub fn preview(&self, snapshot: &Snapshot, inquiry: &Inquiry, now: Now) -> Decision {
        let known = Arc::new(Known::of(inquiry));
        let mut decision = Decision::nobody(inquiry.offer.clone(), known, now, 0);
        self.in_turn(snapshot, &mut decision, Bids::NONE, now, 0, |_, _| {});
        decision
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
        self.auction(snapshot, inquiry, Bids::NONE, now, rng)
    }

    /// As [`Dispatch::decide`], among the bids that came in for the inquiry.
    pub fn auction(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        bids: &Bids,
        now: Now,
        rng: &mut Rng,
    ) -> Decision {
        let known = Arc::new(Known::of(inquiry));
        let seed = rng.next_u64();
        let mut decision = Decision::nobody(inquiry.offer.clone(), known, now, seed);
        self.in_turn(snapshot, &mut decision, bids, now, seed, Sequence::advance);
        decision
    }

    /// Decides anew into a decision whose offer and inquiry are in place, and whose memory is
    /// used again.
    pub fn decide_again(
        &self,
        snapshot: &Snapshot,
        decision: &mut Decision,
        now: Now,
        rng: &mut Rng,
    ) {
        let seed = rng.next_u64();
        self.in_turn(snapshot, decision, Bids::NONE, now, seed, Sequence::advance);
    }

    fn usage<'a>(
        &'a self,
        sequence: &'a Sequence,
        bids: &'a Bids,
        desk: Option<&'a Desk>,
    ) -> Live<'a> {
        let (quota, performances) = (self.quota.as_ref(), &self.performances);
        Live { quota, sequence, performances, bids, desk }
    }

    /// Decides while nobody else works on the offer's sequence; offers without one do not wait
    /// for each other.
    fn in_turn(
        &self,
        snapshot: &Snapshot,
        decision: &mut Decision,
        bids: &Bids,
        now: Now,
        seed: u64,
        after: impl FnOnce(&mut Sequence, &Decision),
    ) {
        decision.book_version = snapshot.version();
        let place = snapshot.place(&decision.offer);
        let Some((place, roster)) = place.and_then(|p| Some((p, snapshot.rosters().get(p)?)))
        else {
            return;
        };
        let book = self.book.load();
        let desk = book.desk(place, roster);
        let minute = desk.map(|desk| desk.minute(now));
        let moment = match &minute {
            Some(minute) => Moment::within(minute, roster, now),
            None => Moment::new(roster, now),
        };
        let work = |sequence: &mut Sequence| {
            let usage = self.usage(sequence, bids, desk);
            routing::decide_again(decision, roster, &usage, &moment, seed);
            after(sequence, decision);
        };
        if roster.takes_turns() {
            let offer = roster.offer().clone();
            self.turns.of(&offer, work);
        } else {
            work(&mut Sequence::new());
        }
    }

    /// Takes a unit of every cap that a pick touches, before it is dialled. The error names the
    /// cap that is full: nothing is taken then, and the next pick is tried. The hold lives for
    /// [`HOLD_TTL`] unless it is renewed.
    pub fn hold(&self, pick: &Pick, id: HoldId, now: Now) -> Result<(), Refused> {
        match self.quota.reserve(id, &pick.caps, pick.claim(), now, HOLD_TTL) {
            Ok(room) => {
                if !room.is_left() {
                    let book = self.book.load();
                    let used_up = pick.caps.iter().enumerate();
                    let used_up = used_up.filter(|(place, _)| room.is_used_up(*place));
                    used_up.for_each(|(_, ceiling)| book.doubt(pick, &ceiling.level));
                }
                if let Some(stake) = Stake::of(pick, now) {
                    self.stakes.add(id, stake);
                }
                Ok(())
            }
            Err(refused) => {
                if let Refused::Full(full) = &refused {
                    self.book.load().doubt(pick, &full.level);
                }
                Err(refused)
            }
        }
    }

    /// Ends a hold, or its call. A second call changes nothing and says so.
    pub fn settle(&self, id: HoldId, how: Settle, now: Now) -> Settled {
        let settled = match how {
            Settle::Commit => self.quota.commit(id),
            Settle::Release | Settle::Unanswered => self.quota.release(id),
            Settle::End => self.quota.end(id),
            Settle::Unbilled => self.quota.end_unbilled(id),
        };
        if settled == Settled::Done {
            self.learn(id, how, now);
        }
        settled
    }

    /// What follows from the end of a hold for later decisions.
    fn learn(&self, id: HoldId, how: Settle, now: Now) {
        let stake = match how {
            Settle::Commit => self.stakes.commit(id),
            Settle::Release | Settle::Unanswered | Settle::End | Settle::Unbilled => {
                self.stakes.take(id)
            }
        };
        let Some(stake) = stake else { return };
        let Lesson { answered, earned } = lesson(how, stake.price, stake.committed);
        match (stake.caps.first(), answered) {
            (Some(own), Some(true)) => self.quota.answered(own),
            (Some(own), Some(false)) => self.quota.unanswered(own, now.wall),
            (Some(_), None) | (None, _) => {}
        }
        if let Some(micros) = earned {
            self.earn(&stake, micros);
        }
    }

    fn earn(&self, stake: &Stake, micros: i64) {
        if stake.learns {
            locked(&self.performances).record(&stake.contract, micros);
        }
    }

    /// Adds a call of the records to what a contract is expected to earn, in micros; in their
    /// order.
    pub fn remember_earned(&self, contract: &ContractId, micros: i64) {
        locked(&self.performances).record(contract, micros);
    }

    /// Remembers a person who was sold, as the records have it; before calls are taken.
    pub fn remember_sold(&self, mark: Mark, at: Wall) {
        self.quota.remember(mark, at);
    }

    /// The last entry of the balances' ledger that was taken up.
    pub fn entries_seen(&self) -> u64 {
        *self.entries_seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The balances in memory have every entry of the ledger up to this one.
    pub(super) fn entered(&self, sequence: u64) {
        *self.entries_seen.lock().unwrap_or_else(PoisonError::into_inner) = sequence;
    }

    /// Takes up the entries of the ledger that were not yet: a run of them without a gap, from
    /// one that was seen or the next. Charges are passed over: holds have taken their price.
    pub(super) fn enter(&self, entries: &[BalanceEntry]) {
        let mut seen = self.entries_seen.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries.iter().filter(|entry| entry.sequence > *seen) {
            match entry.kind {
                EntryKind::Credit | EntryKind::Return => self.credit(&entry.buyer, entry.amount),
                EntryKind::Charge => {}
            }
        }
        *seen = entries.last().map_or(*seen, |last| last.sequence.max(*seen));
    }

    /// Adds an amount to a prepaid buyer's balance; below zero it takes away.
    pub fn credit(&self, buyer: &BuyerId, amount: Money) {
        self.quota.credit(&Level::Buyer(buyer.clone()), amount.micros());
    }

    /// What is left of a prepaid buyer's balance, in micros, without what is held.
    pub fn balance(&self, buyer: &BuyerId) -> i64 {
        self.quota.balance(&Level::Buyer(buyer.clone()))
    }

    /// The heartbeat of a call: its hold lives for another [`HOLD_TTL`].
    pub fn renew(&self, id: HoldId, now: Now) -> Settled {
        self.stakes.renew(id, now);
        self.quota.renew(id, now, HOLD_TTL)
    }

    /// Gives back what nobody settled or renewed in time; to be called every second. Says how
    /// many holds there were.
    pub fn sweep(&self, now: Now) -> usize {
        self.stakes.sweep(now, HOLD_TTL);
        self.quota.sweep(now)
    }

    /// Raises counters to what the call records say was spent: units, and micros of money; before
    /// calls are taken.
    pub fn raise(&self, spent: impl IntoIterator<Item = (CapKey, u64, i64)>) {
        for (key, units, micros) in spent {
            self.quota.raise(&key, units, micros);
        }
        self.book.load().doubt_everybody();
    }

    /// How many holds are open: 0 when no call is up.
    pub fn live(&self) -> usize {
        self.quota.live()
    }
}

#[cfg(test)]
mod tests;
