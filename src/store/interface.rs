//! The one trait of every store.

use super::BalanceEntry;
use super::Balances;
use super::BookVersion;
use super::CallCursor;
use super::CallPage;
use super::CapCount;
use super::CarrierCall;
use super::CarrierJournal;
use super::CarrierStep;
use super::Credit;
use super::Earned;
use super::Edition;
use super::Entered;
use super::PastPage;
use super::Pending;
use super::ReturnedCall;
use super::Role;
use super::Sale;
use super::Secret;
use super::SoldMark;
use super::Written;
use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::Phone;
use crate::base::Wall;
use crate::call::CallRecord;
use crate::call::DecisionRecord;
use crate::library::FlowText;

/// What changed in a call: stored together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallChange {
    /// The whole record as it is now.
    pub record: CallRecord,
    /// Decisions made for the call; those stored before may be among them.
    pub decisions: Vec<DecisionRecord>,
    /// What its winner's hold has taken, once it was committed: the first change of a call that
    /// has any counts, later ones do not. It is settled when the call ends, also after a restart.
    pub sale: Option<Sale>,
}

impl From<CallRecord> for CallChange {
    fn from(record: CallRecord) -> Self {
        Self { record, decisions: Vec::new(), sale: None }
    }
}

/// Figures of a store since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Writes that were committed.
    pub writes: u64,
    /// Writes that failed.
    pub failures: u64,
    /// Transactions committed. Writes ÷ commits tells how many share one.
    pub commits: u64,
    /// Writes that had to wait for room in the queue.
    pub waits: u64,
}

/// A database. Writes are answered after their commit, and in the order in which they were asked
/// for; every one may be repeated without effect. Reads see every write that was answered.
pub trait Store: Send + Sync {
    /// A call has come: its record is durable when this is answered, so that the caller may be.
    /// A call that is known already stays as it is.
    fn call_open(&self, record: CallRecord) -> Pending<'_, ()>;

    /// A live call has changed in a way that a restart must know: it was bridged.
    /// A call that has ended stays as it is.
    fn call_update(&self, change: CallChange) -> Pending<'_, ()>;

    /// Calls are alive at `at`. Calls that are unknown or ended are passed over.
    fn call_beat(&self, ids: Vec<CallId>, at: Wall) -> Pending<'_, ()>;

    /// A call has ended: record, decisions and cap uses become durable together. A call that has
    /// ended before stays as it is; one that was never opened is stored all the same.
    fn call_finish(&self, change: CallChange) -> Pending<'_, ()>;

    /// At a start, before the first call: ends every call that a stopped switch left open where
    /// it was seen alive last, but not after `at`. Answers with their ids. Calls at webhook
    /// carriers live on: the carrier holds them. From then on the
    /// database belongs to this switch: to another one it answers [`super::StoreError::Claimed`].
    fn calls_close_open(&self, at: Wall) -> Pending<'_, Vec<CallId>>;

    /// Calls, newest first, from `cursor` on; at most `limit`, and at most
    /// [`super::PAGE_CALLS_MAX`].
    fn call_list(&self, cursor: Option<CallCursor>, limit: usize) -> Pending<'_, CallPage>;

    /// One call; `None` when it is not known.
    fn call_fetch(&self, id: CallId) -> Pending<'_, Option<CallRecord>>;

    /// When a caller called last, before the call `before`; `None` when never.
    fn call_last_of(&self, caller: Phone, before: CallId) -> Pending<'_, Option<Wall>>;

    /// A call's last decision; `None` when there is none.
    fn decision_fetch(&self, call: CallId) -> Pending<'_, Option<DecisionRecord>>;

    /// Every decision of a call, in the order in which they were made.
    fn decisions_fetch(&self, call: CallId) -> Pending<'_, Vec<DecisionRecord>>;

    /// Ended calls that came at `since` or later and were decided, oldest first, from `cursor` on;
    /// at most `limit`, and at most [`super::PAGE_CALLS_MAX`].
    fn calls_decided_since(
        &self,
        since: Wall,
        cursor: Option<CallCursor>,
        limit: usize,
    ) -> Pending<'_, PastPage>;

    /// Makes a text the book, and answers with its version. The text that is the book already
    /// keeps its version.
    fn book_apply(&self, text: String, who: String, at: Wall) -> Pending<'_, u64>;

    /// The book; `None` before the first was applied.
    fn book_latest(&self) -> Pending<'_, Option<BookVersion>>;

    /// A version of the book; `None` when there is no such version.
    fn book_fetch(&self, version: u64) -> Pending<'_, Option<BookVersion>>;

    /// The versions before `before`, or all, newest first; at most `limit`, and at most
    /// [`super::EDITIONS_MAX`].
    fn book_history(&self, before: Option<u64>, limit: usize) -> Pending<'_, Vec<Edition>>;

    /// The book's version, 0 before the first: cheap enough to be asked forty times a second.
    fn book_version(&self) -> Pending<'_, u64>;

    /// A new token of a role, from 32 random bytes. Its secret is told here and never again.
    fn token_create(&self, role: Role, entropy: [u8; 32], at: Wall) -> Pending<'_, Secret>;

    /// The role of a token; `None` when it is not one of ours.
    fn token_check<'a>(&'a self, presented: &str) -> Pending<'a, Option<Role>>;

    /// Every counter of caps from which a unit was taken since `since`, and every one over all
    /// time, each with all units and money that are used of it: the caps' counters after a restart.
    fn cap_usage_since(&self, since: Wall) -> Pending<'_, Vec<CapCount>>;

    /// A call has come at a webhook carrier: the call, its record and its first step become
    /// durable together. When the carrier has told of this call before, nothing is stored.
    fn carrier_call_open(
        &self,
        call: CarrierCall,
        record: CallRecord,
        step: CarrierStep,
    ) -> Pending<'_, Written>;

    /// A request of a webhook carrier was answered.
    fn carrier_call_step(&self, step: CarrierStep) -> Pending<'_, Written>;

    /// A call at a webhook carrier, by its token.
    fn carrier_call_fetch(&self, token: &str) -> Pending<'_, Option<CarrierJournal>>;

    /// The same by the carrier's own name of the call.
    fn carrier_call_find(&self, carrier: &str, id: &str) -> Pending<'_, Option<CarrierJournal>>;

    /// The tokens of calls at webhook carriers that have not ended.
    fn carrier_calls_live(&self) -> Pending<'_, Vec<String>>;

    /// The text of a flow that such a call is in.
    fn flow_text(&self, hash: &str) -> Pending<'_, Option<FlowText>>;

    /// Everybody who was sold and is still remembered at an instant.
    fn marks_at(&self, at: Wall) -> Pending<'_, Vec<SoldMark>>;

    /// What the attempts that were won or not answered earned, of some contracts, in calls that
    /// came at `since` or later and have ended: oldest first, the latest [`super::EARNED_MAX`].
    fn earned_since(&self, contracts: Vec<ContractId>, since: Wall) -> Pending<'_, Vec<Earned>>;

    /// Enters a credit into a buyer's balance, once.
    fn balance_credit(&self, credit: Credit) -> Pending<'_, Entered>;

    /// Gives the price of a call back to its buyer's balance, once; `None` for a call that was
    /// not charged to one.
    fn balance_return(&self, returned: ReturnedCall) -> Pending<'_, Option<Entered>>;

    /// Every balance, as of one moment.
    fn balances(&self) -> Pending<'_, Balances>;

    /// The entries of all balances after one, in their order; at most [`super::ENTRIES_MAX`].
    fn balance_entries_after(&self, sequence: u64) -> Pending<'_, Vec<BalanceEntry>>;

    /// A buyer's entries before `before`, or all, newest first; at most `limit` and
    /// [`super::ENTRIES_MAX`].
    fn balance_history(
        &self,
        buyer: BuyerId,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<BalanceEntry>>;

    /// Figures since the store was opened.
    fn figures(&self) -> Figures;
}
