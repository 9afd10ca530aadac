//! Returns of sales.

use crate::base::ContractId;
use crate::base::Wall;
use crate::store::AskedReturn;
use crate::store::DecidedReturn;
use crate::store::DecisionOutcome;
use crate::store::Pending;
use crate::store::ReturnId;
use crate::store::ReturnOutcome;
use crate::store::ReturnQuery;
use crate::store::SaleReturn;

/// Returns of sales. A sale has at most one return.
pub trait Returns: Send + Sync {
    /// Asks for the return of a call's sale, by the rules of its contract. A second request gets the
    /// first one's return.
    fn return_ask(&self, asked: AskedReturn) -> Pending<'_, ReturnOutcome>;

    /// Accepts or refuses a return. An accepted return corrects the ledger in the same transaction.
    fn return_decide(&self, decided: DecidedReturn) -> Pending<'_, DecisionOutcome>;

    /// Returns matching returns with numbers below `before`, newest first; at most `limit`, and at
    /// most [`crate::store::RETURNS_MAX`].
    fn returns(
        &self,
        query: ReturnQuery,
        before: Option<ReturnId>,
        limit: usize,
    ) -> Pending<'_, Vec<SaleReturn>>;

    /// Accepts some open returns whose time has come at `at`, the oldest first. Returns when to call
    /// it again; `None` if no open return is accepted by itself.
    fn returns_accept_due(&self, at: Wall) -> Pending<'_, Option<Wall>>;

    /// Returns how many sales of a contract that were asked back at `since` or later have a return
    /// that is open or accepted.
    fn returns_of_contract(&self, contract: ContractId, since: Wall) -> Pending<'_, u64>;
}
