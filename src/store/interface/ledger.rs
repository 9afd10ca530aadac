//! The ledger: usage, earnings, credits, charges and returns.

use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::Wall;
use crate::billing::Posting;
use crate::call::Scope;
use crate::store::BalanceEntry;
use crate::store::Balances;
use crate::store::CapCount;
use crate::store::Credit;
use crate::store::Earned;
use crate::store::Entered;
use crate::store::Mutation;
use crate::store::Pending;
use crate::store::SoldMark;

/// The ledger: usage, earnings, credits, charges and returns.
pub trait Ledger: Send + Sync {
    /// Returns every cap counter that was used since `since`, and every one over all time, each
    /// with all units and money used. They restore the counters after a restart.
    fn cap_usage_since(&self, since: Wall) -> Pending<'_, Vec<CapCount>>;

    /// Returns the persons sold whose duplicate window has not ended at an instant.
    fn marks_at(&self, at: Wall) -> Pending<'_, Vec<SoldMark>>;

    /// Returns what won and unanswered attempts of some contracts earned, in ended calls that
    /// arrived at `since` or later: the latest [`crate::store::EARNED_MAX`], oldest first.
    fn earned_since(&self, contracts: Vec<ContractId>, since: Wall) -> Pending<'_, Vec<Earned>>;

    /// Returns all postings for the sales of a call, in order.
    fn postings(&self, call: CallId) -> Pending<'_, Vec<Posting>>;

    /// Adds a credit to a buyer's balance, once.
    fn balance_credit(&self, credit: Credit) -> Pending<'_, Entered>;

    /// Returns the last charge to a balance for a call; `None` if it was not charged to one.
    fn balance_charge(&self, call: CallId) -> Pending<'_, Option<BalanceEntry>>;

    /// Adds a posting to its buyer's balance, once.
    ///
    /// # Errors
    /// [`crate::store::StoreError::WrongState`] for a posting that does not change a balance.
    fn balance_post(&self, posting: Posting, by: Mutation) -> Pending<'_, Entered>;

    /// Returns all balances at one instant.
    fn balances(&self) -> Pending<'_, Balances> {
        self.balances_of(Scope::All)
    }

    /// Returns the balances within a scope at one instant; a source has none.
    fn balances_of(&self, scope: Scope) -> Pending<'_, Balances>;

    /// Returns the entries of all balances after the given one, in order; at most
    /// [`crate::store::ENTRIES_MAX`].
    fn balance_entries_after(&self, sequence: u64) -> Pending<'_, Vec<BalanceEntry>>;

    /// Returns a buyer's entries before `before`, or all, newest first; at most `limit` and
    /// [`crate::store::ENTRIES_MAX`].
    fn balance_history(
        &self,
        buyer: BuyerId,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<BalanceEntry>>;
}
