//! What was used, earned, paid in and given back.

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

/// What was used, earned, paid in and given back.
pub trait Ledger: Send + Sync {
    /// Every counter of caps from which a unit was taken since `since`, and every one over all
    /// time, each with all units and money that are used of it: the caps' counters after a restart.
    fn cap_usage_since(&self, since: Wall) -> Pending<'_, Vec<CapCount>>;

    /// Everybody who was sold and is still remembered at an instant.
    fn marks_at(&self, at: Wall) -> Pending<'_, Vec<SoldMark>>;

    /// What the attempts that were won or not answered earned, of some contracts, in calls that
    /// came at `since` or later and have ended: oldest first, the latest
    /// [`crate::store::EARNED_MAX`].
    fn earned_since(&self, contracts: Vec<ContractId>, since: Wall) -> Pending<'_, Vec<Earned>>;

    /// Everything that was posted for the sales of a call, in order.
    fn postings(&self, call: CallId) -> Pending<'_, Vec<Posting>>;

    /// Enters a credit into a buyer's balance, once.
    fn balance_credit(&self, credit: Credit) -> Pending<'_, Entered>;

    /// The last charge of a balance for a call; `None` for a call that was not charged to one.
    fn balance_charge(&self, call: CallId) -> Pending<'_, Option<BalanceEntry>>;

    /// Enters a posting into its buyer's balance, once.
    ///
    /// # Errors
    /// [`crate::store::StoreError::WrongState`] for a posting that is in no balance.
    fn balance_post(&self, posting: Posting, by: Mutation) -> Pending<'_, Entered>;

    /// Every balance, as of one moment.
    fn balances(&self) -> Pending<'_, Balances> {
        self.balances_of(Scope::All)
    }

    /// The balances within a scope, as of one moment; a source has none.
    fn balances_of(&self, scope: Scope) -> Pending<'_, Balances>;

    /// The entries of all balances after one, in their order; at most
    /// [`crate::store::ENTRIES_MAX`].
    fn balance_entries_after(&self, sequence: u64) -> Pending<'_, Vec<BalanceEntry>>;

    /// A buyer's entries before `before`, or all, newest first; at most `limit` and
    /// [`crate::store::ENTRIES_MAX`].
    fn balance_history(
        &self,
        buyer: BuyerId,
        before: Option<u64>,
        limit: usize,
    ) -> Pending<'_, Vec<BalanceEntry>>;
}
