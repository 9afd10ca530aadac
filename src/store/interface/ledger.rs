//! The ledger: usage, earnings, credits, charges and returns.

use crate::base::BuyerId;
use crate::base::CallId;
use crate::base::ContractId;
use crate::base::HoldId;
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
use crate::store::Recorded;
use crate::store::SoldMark;

/// The ledger: usage, earnings, credits, charges and returns.
pub trait Ledger: Send + Sync {
    /// Returns the units and money used on every cap counter that was used at `since` or later, and
    /// on every all-time counter. A switch restores its counters from them after a restart.
    fn cap_usage_since(&self, since: Wall) -> Pending<'_, Vec<CapCount>>;

    /// Returns the usage as [`Ledger::cap_usage_since`] does, the balances, and which of these holds
    /// it has the sales of, at one moment. An attempt may begin as late as
    /// [`crate::store::GRANTED_WITHIN`] after its hold.
    fn recorded(&self, since: Wall, holds: Vec<HoldId>) -> Pending<'_, Recorded>;

    /// Returns the persons sold whose duplicate window is still open at `at`.
    fn marks_at(&self, at: Wall) -> Pending<'_, Vec<SoldMark>>;

    /// Returns the earnings of the contracts' won and unanswered attempts, in ended calls that
    /// arrived at `since` or later: the latest [`crate::store::EARNED_MAX`], oldest first.
    fn earned_since(&self, contracts: Vec<ContractId>, since: Wall) -> Pending<'_, Vec<Earned>>;

    /// Returns all postings for the sales of a call, in order.
    fn postings(&self, call: CallId) -> Pending<'_, Vec<Posting>>;

    /// Adds a credit to a buyer's balance, once.
    fn balance_credit(&self, credit: Credit) -> Pending<'_, Entered>;

    /// Returns the last charge for a call; `None` if the call was not charged to a balance.
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

    /// Returns the balances within a scope at one instant. A source has no balances.
    fn balances_of(&self, scope: Scope) -> Pending<'_, Balances>;

    /// Returns the entries of all balances with numbers above `sequence`, in order; at most
    /// [`crate::store::ENTRIES_MAX`].
    fn balance_entries_after(&self, sequence: u64) -> Pending<'_, Vec<BalanceEntry>>;

    /// Returns a buyer's entries with numbers below `before` (`None`: all), newest first; at most
    /// `limit`, and at most [`crate::store::ENTRIES_MAX`].
    fn balance_history(
        &self,
        buyer: BuyerId,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<BalanceEntry>>;
}
