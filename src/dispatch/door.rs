//! Makes decisions for live traffic, and restores the quota from the records.

use std::collections::BTreeSet;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;

use super::begun::Begun;
use super::bid_counts::BidCounts;
use super::desk::Desk;
use super::desk::InForce;
use super::overruns::Overruns;
use crate::base::BidResult;
use crate::base::BuyerId;
use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::Money;
use crate::base::Now;
use crate::base::OfferId;
use crate::base::Rng;
use crate::base::Wall;
use crate::billing::Cause;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::MarkKey;
use crate::caps::Periods;
use crate::caps::TrunkDays;
use crate::events::Events;
use crate::lead::OpenPings;
use crate::quota::Applied;
use crate::quota::Quota;
use crate::quota::View;
use crate::routing;
use crate::routing::Bids;
use crate::routing::Decision;
use crate::routing::Inquiry;
use crate::routing::Moment;
use crate::routing::Snapshot;
use crate::routing::Usage;
use crate::sale::BidRecord;
use crate::score::Scorer;
use crate::store::BalanceEntry;
use crate::store::CapCorrection;
use crate::store::CapCount;
use crate::store::EntryKind;
use crate::store::SoldMark;

/// The only way to a decision for live traffic.
#[derive(Debug)]
pub struct Dispatch {
    pub(super) book: ArcSwap<InForce>,
    pub(super) quota: Quota,
    pub(super) overruns: Overruns,
    /// Stream that reports full caps.
    pub(super) events: Events,
    /// Last applied entry of the balance ledger; locked while further entries are applied.
    entries_seen: Mutex<u64>,
    /// Last applied correction of counters; locked while further ones are applied.
    corrections_seen: Mutex<u64>,
    /// Last applied change of a pause; locked while further ones are applied.
    pub(super) pauses_seen: Mutex<u64>,
    pub(super) begun: Begun,
    pub(super) trunk_days: std::sync::Mutex<TrunkDays>,
    pub(super) scorer: ArcSwap<Scorer>,
    pub(super) bid_counts: BidCounts,
    /// Pings for calls whose bids wait for their calls.
    pub(super) open_pings: std::sync::Mutex<OpenPings>,
}

/// Usage as this node sees it now.
struct Live<'a> {
    view: &'a dyn View,
    bids: &'a Bids,
    /// `None` for a roster that is not live any more: then the counters of all contracts are read.
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
    /// Creates the dispatch for a snapshot.
    pub fn new(snapshot: Snapshot, quota: Quota) -> Self {
        Self {
            book: ArcSwap::from_pointee(InForce::new(snapshot, None)),
            quota,
            overruns: Overruns::default(),
            events: Events::default(),
            entries_seen: Mutex::default(),
            corrections_seen: Mutex::default(),
            pauses_seen: Mutex::default(),
            begun: Begun::default(),
            trunk_days: std::sync::Mutex::default(),
            scorer: ArcSwap::default(),
            bid_counts: BidCounts::default(),
            open_pings: std::sync::Mutex::default(),
        }
    }

    /// Reports caps that become full to `events`.
    #[must_use]
    pub fn reporting(mut self, events: Events) -> Self {
        self.events = events;
        self
    }

    /// Replaces the live book. New calls decide by it; live calls keep the snapshot they took. Used
    /// units and turns carry over by id.
    pub fn load(&self, snapshot: Snapshot) {
        let earlier = self.book.load();
        self.book.store(Arc::new(InForce::new(snapshot, Some(&earlier))));
    }

    /// Returns the snapshot for a new call.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.book.load().snapshot.clone()
    }

    /// Returns how many contracts take the inquiry now, or might when more fields are known.
    pub fn pool(&self, snapshot: &Snapshot, inquiry: &Inquiry, now: Now) -> usize {
        let usage = self.usage(Bids::NONE, None);
        routing::pool(snapshot, inquiry, &usage, now)
    }

    /// Returns the unknown fields that may still change which contracts take the inquiry, for these
    /// offers; `None` if any field may.
    pub fn needed(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        offers: &[OfferId],
    ) -> Option<BTreeSet<FieldName>> {
        routing::needed(snapshot, inquiry, offers)
    }

    /// Returns the decision that would be made now, without side effects: it takes no hold and uses
    /// no turn. Its seed is 0.
    pub async fn preview(&self, snapshot: &Snapshot, inquiry: &Inquiry, now: Now) -> Decision {
        self.preview_bids(snapshot, inquiry, Bids::NONE, now).await
    }

    /// Returns the decision like [`Dispatch::preview`], with the bids for the inquiry.
    pub async fn preview_bids(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        bids: &Bids,
        now: Now,
    ) -> Decision {
        let known = Arc::new(self.known(snapshot, inquiry, now));
        let mut decision = Decision::without_picks(inquiry.offer.clone(), known, now, 0);
        self.sift(snapshot, &mut decision, bids, now, 0);
        if decision.awaits_turn() {
            self.quota.rotation.look(&mut decision).await;
        }
        decision
    }

    /// Decides, and uses the turn of the first contract; no other call decides for the same offer
    /// in between.
    pub async fn decide(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        now: Now,
        rng: &mut Rng,
    ) -> Decision {
        self.auction(snapshot, inquiry, Bids::NONE, now, rng).await
    }

    /// Decides like [`Dispatch::decide`], with the bids for the inquiry.
    pub async fn auction(
        &self,
        snapshot: &Snapshot,
        inquiry: &Inquiry,
        bids: &Bids,
        now: Now,
        rng: &mut Rng,
    ) -> Decision {
        let known = Arc::new(self.known(snapshot, inquiry, now));
        let seed = rng.next_u64();
        let mut decision = Decision::without_picks(inquiry.offer.clone(), known, now, seed);
        self.sift(snapshot, &mut decision, bids, now, seed);
        self.take_turn(&mut decision).await;
        decision
    }

    /// Decides again into an existing decision, with its offer and inquiry, and reuses its memory.
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

    /// Finds the contracts that may take the inquiry; their order may await a turn.
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

    /// Adds a recorded call to the expected earnings of a contract, in micros; calls come in the
    /// order of the records.
    pub fn remember_earned(&self, contract: &ContractId, micros: i64) {
        self.quota.rotation.recall_earned(contract, micros);
    }

    /// Remembers the persons of recorded sales, before calls are taken.
    pub async fn remember_sold(&self, sold: &[SoldMark]) {
        self.quota.holds.remember_all(sold).await;
    }

    /// Forgets persons who were sold, here and at other nodes.
    pub async fn forget_sold(&self, sold: &[MarkKey]) {
        self.quota.holds.forget_sold(sold).await;
    }

    /// Returns the quota.
    pub fn quota(&self) -> &Quota {
        &self.quota
    }

    /// Returns the last applied entry of the balance ledger.
    pub async fn entries_seen(&self) -> u64 {
        *self.entries_seen.lock().await
    }

    /// Returns the last applied correction of counters.
    pub async fn corrections_seen(&self) -> u64 {
        *self.corrections_seen.lock().await
    }

    /// Notes what the counters include of the ledger: what follows is still to be applied.
    pub(super) async fn applied(&self, applied: Applied) {
        *self.entries_seen.lock().await = applied.entries;
        *self.corrections_seen.lock().await = applied.postings;
    }

    /// Reads all counters again before the next decision.
    pub(super) fn doubt_everybody(&self) {
        self.book.load().doubt_everybody();
    }

    /// Applies new corrections of counters, in order.
    pub(super) async fn correct(&self, corrections: &[CapCorrection]) {
        let mut seen = self.corrections_seen.lock().await;
        let new = |correction: &&CapCorrection| correction.posting > *seen;
        for CapCorrection { posting, units, used, micros, sold } in corrections.iter().filter(new) {
            self.quota.holds.correct(*posting, units, *used, *micros).await;
            if !sold.is_empty() {
                self.remember_sold(sold).await;
            }
        }
        *seen = corrections.last().map_or(*seen, |last| last.posting.max(*seen));
        if !corrections.is_empty() {
            self.book.load().doubt_everybody();
        }
    }

    /// Applies new entries of the ledger. They must have no gap, and start with an applied entry or
    /// the next. Charges at the end of a call are skipped: holds have already taken their price.
    pub(super) async fn enter(&self, entries: &[BalanceEntry]) {
        let mut seen = self.entries_seen.lock().await;
        let currency = self.snapshot().book().currency();
        let counts =
            |entry: &&BalanceEntry| entry.sequence > *seen && entry.amount.currency() == currency;
        for entry in entries.iter().filter(counts) {
            match entry.kind {
                EntryKind::Credit | EntryKind::Return => self.apply(entry).await,
                EntryKind::Charge if Cause::is_correction(&entry.reference) => {
                    self.apply(entry).await;
                }
                EntryKind::Charge => {}
            }
        }
        *seen = entries.last().map_or(*seen, |last| last.sequence.max(*seen));
    }

    async fn apply(&self, entry: &BalanceEntry) {
        let (level, micros) = (Level::Buyer(entry.buyer.clone()), entry.amount.micros());
        self.quota.holds.credit(Some(entry.sequence), &level, micros).await;
    }

    /// Adds a recorded amount to a prepaid buyer's balance, before calls are taken; a negative
    /// amount subtracts.
    pub async fn credit(&self, buyer: &BuyerId, amount: Money) {
        self.quota.holds.credit(None, &Level::Buyer(buyer.clone()), amount.micros()).await;
    }

    /// Returns the rest of a prepaid buyer's balance, in micros, after open holds, as this node
    /// sees it.
    pub fn balance(&self, buyer: &BuyerId) -> i64 {
        self.quota.view.balance(&Level::Buyer(buyer.clone()))
    }

    /// Raises counters to the recorded usage, in units and micros, before calls are taken.
    pub async fn raise(&self, spent: &[CapCount]) {
        self.quota.holds.raise_all(spent).await;
        self.book.load().doubt_everybody();
    }

    /// Counts the bids on an inquiry that has ended.
    pub fn count_bids(&self, bids: &[BidRecord]) {
        self.bid_counts.add(bids);
    }

    /// Returns the bids on inquiries that have ended since the start, by result, in the order of
    /// [`BidResult::ALL`].
    pub fn bid_counts(&self) -> [u64; BidResult::ALL.len()] {
        self.bid_counts.all()
    }

    /// Returns the number of open holds: 0 when no call is up.
    pub fn live(&self) -> usize {
        self.quota.view.live()
    }
}

#[cfg(test)]
pub(super) mod tests;
