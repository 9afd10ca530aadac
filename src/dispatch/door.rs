//! Decides for live traffic, and restores the quota from the records.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;

use super::desk::Desk;
use super::desk::InForce;
use super::overruns::Overruns;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::Money;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Wall;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;
use crate::events::Events;
use crate::quota::Quota;
use crate::quota::View;
use crate::routing;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Known;
use crate::routing::Moment;
use crate::routing::Snapshot;
use crate::routing::Usage;
use crate::store::BalanceEntry;
use crate::store::CapCount;
use crate::store::EntryKind;

/// The one door to a decision.
#[derive(Debug)]
pub struct Dispatch {
    pub(super) book: ArcSwap<InForce>,
    pub(super) quota: Quota,
    pub(super) overruns: Overruns,
    /// Where it is reported that a cap is full.
    pub(super) events: Events,
    /// The last entry of the balances' ledger that was taken up; locked while more are.
    entries_seen: Mutex<u64>,
}

/// Usage as this node sees it at this moment.
struct Live<'a> {
    view: &'a dyn View,
    bids: &'a Bids,
    /// `None` for a roster that is not live any more: then all contracts are read.
    desk: Option<&'a Desk>,
}

impl Usage for Live<'_> {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.view.full(ceiling, periods)
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
        self.view.sold(mark, now)
    }

    fn bids(&self) -> &Bids {
        self.bids
    }
}

impl Dispatch {
    /// A door to a snapshot's offers.
    pub fn new(snapshot: Snapshot, quota: Quota) -> Self {
        Self {
            book: ArcSwap::from_pointee(InForce::new(snapshot, None)),
            quota,
            overruns: Overruns::default(),
            events: Events::default(),
            entries_seen: Mutex::default(),
        }
    }

    /// Reports caps that become full to these events.
    #[must_use]
    pub fn reporting(mut self, events: Events) -> Self {
        self.events = events;
        self
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
        let usage = self.usage(Bids::NONE, None);
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
    pub async fn preview(&self, snapshot: &Snapshot, inquiry: &Inquiry, now: Now) -> Decision {
        let known = Arc::new(Known::of(inquiry));
        let mut decision = Decision::without_picks(inquiry.offer.clone(), known, now, 0);
        self.sift(snapshot, &mut decision, Bids::NONE, now, 0);
        if decision.awaits_turn() {
            self.quota.rotation.look(&mut decision).await;
        }
        decision
    }

    /// Decides, and uses the turn of the first contract in line; no other call decides for the same
    /// offer in between.
    pub async fn decide(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        now: Now,
        rng: &mut Rng,
    ) -> Decision {
        self.auction(snapshot, inquiry, Bids::NONE, now, rng).await
    }

    /// As [`Dispatch::decide`], among the bids that came in for the inquiry.
    pub async fn auction(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        bids: &Bids,
        now: Now,
        rng: &mut Rng,
    ) -> Decision {
        let known = Arc::new(Known::of(inquiry));
        let seed = rng.next_u64();
        let mut decision = Decision::without_picks(inquiry.offer.clone(), known, now, seed);
        self.sift(snapshot, &mut decision, bids, now, seed);
        self.take_turn(&mut decision).await;
        decision
    }

    /// Decides anew into a decision whose offer and inquiry are in place, and whose memory is
    /// used again.
    pub async fn decide_again(
        &self,
        snapshot: &Snapshot,
        decision: &mut Decision,
        now: Now,
        rng: &mut Rng,
    ) {
        let seed = rng.next_u64();
        self.sift(snapshot, decision, Bids::NONE, now, seed);
        self.take_turn(decision).await;
    }

    async fn take_turn(&self, decision: &mut Decision) {
        if decision.awaits_turn() {
            self.quota.rotation.take(decision).await;
        }
    }

    fn usage<'a>(&'a self, bids: &'a Bids, desk: Option<&'a Desk>) -> Live<'a> {
        Live { view: self.quota.view.as_ref(), bids, desk }
    }

    /// Finds who may take the inquiry; the order may await a turn.
    fn sift(&self, snapshot: &Snapshot, decision: &mut Decision, bids: &Bids, now: Now, seed: u64) {
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
        routing::sift(decision, roster, &self.usage(bids, desk), &moment, seed);
    }

    /// Adds a call of the records to what a contract is expected to earn, in micros; in their
    /// order.
    pub async fn remember_earned(&self, contract: &ContractId, micros: i64) {
        self.quota.rotation.earned(contract, micros).await;
    }

    /// Remembers a person who was sold, as the records have it; before calls are taken.
    pub async fn remember_sold(&self, mark: Mark, at: Wall) {
        self.quota.holds.remember(mark, at).await;
    }

    /// The last entry of the balances' ledger that was taken up.
    pub async fn entries_seen(&self) -> u64 {
        *self.entries_seen.lock().await
    }

    /// The balances in memory have every entry of the ledger up to this one.
    pub(super) async fn entered(&self, sequence: u64) {
        *self.entries_seen.lock().await = sequence;
    }

    /// Takes up the entries of the ledger that were not yet: a run of them without a gap, from
    /// one that was seen or the next. Charges are passed over: holds have taken their price.
    pub(super) async fn enter(&self, entries: &[BalanceEntry]) {
        let mut seen = self.entries_seen.lock().await;
        for entry in entries.iter().filter(|entry| entry.sequence > *seen) {
            match entry.kind {
                EntryKind::Credit | EntryKind::Return => {
                    self.credit(&entry.buyer, entry.amount).await;
                }
                EntryKind::Charge => {}
            }
        }
        *seen = entries.last().map_or(*seen, |last| last.sequence.max(*seen));
    }

    /// Adds an amount to a prepaid buyer's balance; below zero it takes away.
    pub async fn credit(&self, buyer: &BuyerId, amount: Money) {
        self.quota.holds.credit(&Level::Buyer(buyer.clone()), amount.micros()).await;
    }

    /// What is left of a prepaid buyer's balance, in micros, without what is held; as this node
    /// sees it.
    pub fn balance(&self, buyer: &BuyerId) -> i64 {
        self.quota.view.balance(&Level::Buyer(buyer.clone()))
    }

    /// Raises counters to what the call records say was spent: units, and micros of money; before
    /// calls are taken.
    pub async fn raise(&self, spent: &[CapCount]) {
        for CapCount { key, used, micros } in spent {
            self.quota.holds.raise(key, *used, *micros).await;
        }
        self.book.load().doubt_everybody();
    }

    /// How many holds are open: 0 when no call is up.
    pub fn live(&self) -> usize {
        self.quota.view.live()
    }
}

#[cfg(test)]
mod tests;
