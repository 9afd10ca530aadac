//! What every store does, cut by noun.

mod activities;
mod books;
mod calls;
mod changes;
mod facts;
mod ledger;
mod tokens;
mod webhooks;

pub use activities::Activities;
pub use books::Books;
pub use calls::Calls;
pub use changes::Changes;
pub use facts::Facts;
pub use ledger::Ledger;
pub use tokens::Tokens;
pub use webhooks::Webhooks;

use super::BalanceEntry;
use super::Entered;
use super::Origin;
use super::Pending;
use super::ReturnedCall;
use super::StoreError;
use crate::base::CallId;
use crate::base::NodeName;
use crate::base::Wall;
use crate::billing::Author;
use crate::billing::Charged;
use crate::billing::give_back;

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
pub trait Store: Activities + Books + Calls + Changes + Facts + Ledger + Tokens + Webhooks {
    /// Figures since the store was opened.
    fn figures(&self) -> Figures;

    /// At a start, before the first call: ends every call that `node` left open where it was seen
    /// alive last, but not after `at`. Answers with their ids.
    ///
    /// # Errors
    /// As [`Calls::calls_left_open`] and [`Facts::apply`].
    fn calls_close_open(&self, node: &NodeName, at: Wall) -> Pending<'_, Vec<CallId>> {
        let left = self.calls_left_open(node);
        Pending::new(async move {
            let left = left.await?;
            let ids = left.iter().map(|left| left.record.id).collect();
            let ends = left.into_iter().map(|left| left.close(at)).collect();
            self.apply(Origin::Transaction, ends).await?;
            Ok(ids)
        })
    }

    /// Gives the price of a call back to its buyer's balance, once; `None` for a call that was
    /// not charged to one.
    ///
    /// # Errors
    /// As [`Ledger::balance_post`]; [`StoreError::TooLarge`] for a charge that has no opposite.
    fn balance_return(&self, returned: ReturnedCall) -> Pending<'_, Option<Entered>> {
        Pending::new(async move {
            let Some(charge) = self.balance_charge(returned.call).await? else { return Ok(None) };
            let Some(sale) = charge.sale else { return Ok(None) };
            let ReturnedCall { call, note, by: mutation } = returned;
            let BalanceEntry { buyer, amount, .. } = charge;
            let (at, by) = (mutation.at, Author { who: mutation.who(), note });
            let back = give_back(Charged { sale, buyer, amount, cause: call.into(), at, by });
            let back = back.map_err(|error| StoreError::TooLarge(error.to_string()))?;
            self.balance_post(back, mutation).await.map(Some)
        })
    }
}
