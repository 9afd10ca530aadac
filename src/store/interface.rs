//! The operations of a store: one trait per noun.

mod activities;
mod announcements;
mod books;
mod calls;
mod changes;
mod conversions;
mod costs;
mod facts;
mod hang_ups;
mod ladders;
mod leads;
mod ledger;
mod nodes;
mod outbox;
mod pauses;
mod privacy;
mod reports;
mod returns;
mod scores;
mod statements;
mod suppressions;
mod tokens;
mod trunks;
mod webhooks;

pub use activities::Activities;
pub use announcements::Announcements;
pub use books::Books;
pub use calls::Calls;
pub use changes::Changes;
pub use conversions::Conversions;
pub use costs::Costs;
pub use facts::Facts;
pub use hang_ups::HangUps;
pub use ladders::Ladders;
pub use leads::Leads;
pub use ledger::Ledger;
pub use nodes::Nodes;
pub use outbox::Outbox;
pub use pauses::Pauses;
pub use privacy::Privacy;
pub use reports::Reports;
pub use returns::Returns;
pub use scores::Scores;
pub use statements::Statements;
pub use suppressions::Suppressions;
pub use tokens::Tokens;
pub use trunks::Trunks;
pub use webhooks::Webhooks;

use super::BalanceEntry;
use super::Entered;
use super::Fact;
use super::LeftOpen;
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

/// Counters of a store since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Writes that were committed.
    pub writes: u64,
    /// Writes that failed.
    pub failures: u64,
    /// Transactions committed. Writes ÷ commits is the average number of writes per transaction.
    pub commits: u64,
    /// Writes that waited because the queue was full.
    pub waits: u64,
}

/// A database. A write returns after its commit; writes commit in the order in which they were
/// requested. Repeating a write has no effect. Reads see all writes that have returned.
pub trait Store:
    Activities
    + Announcements
    + Books
    + Calls
    + Changes
    + Conversions
    + Costs
    + Facts
    + HangUps
    + Ladders
    + Leads
    + Ledger
    + Nodes
    + Outbox
    + Pauses
    + Privacy
    + Trunks
    + Reports
    + Returns
    + Scores
    + Statements
    + Suppressions
    + Tokens
    + Webhooks
{
    /// Returns the counters since the store was opened.
    fn figures(&self) -> Figures;

    /// Ends every call that `node` left open, at the time the call was last seen, but not after
    /// `at`. Returns their ids. The switch calls this at its start, before it takes the first call.
    ///
    /// # Errors
    /// Those of [`Calls::calls_left_open`] and [`Facts::apply`].
    fn calls_close_open(&self, node: &NodeName, at: Wall) -> Pending<'_, Vec<CallId>> {
        self.calls_end_open(node, at, LeftOpen::close)
    }

    /// Presumes that the live calls of a node which is gone ended when they were last seen, but not
    /// after `at`. What the node knows better corrects that. Returns their ids.
    ///
    /// # Errors
    /// Those of [`Calls::calls_left_open`] and [`Facts::apply`].
    fn calls_presume_ended(&self, node: &NodeName, at: Wall) -> Pending<'_, Vec<CallId>> {
        self.calls_end_open(node, at, LeftOpen::presume)
    }

    /// Ends the calls that a node left open by facts.
    ///
    /// # Errors
    /// Those of [`Calls::calls_left_open`] and [`Facts::apply`].
    fn calls_end_open(
        &self,
        node: &NodeName,
        at: Wall,
        end: fn(LeftOpen, Wall) -> Fact,
    ) -> Pending<'_, Vec<CallId>> {
        let left = self.calls_left_open(node);
        Pending::new(async move {
            let left = left.await?;
            let ids = left.iter().map(|left| left.record.id).collect();
            let ends = left.into_iter().map(|left| end(left, at)).collect();
            self.apply(Origin::Transaction, ends).await?;
            Ok(ids)
        })
    }

    /// Returns the price of a call to its buyer's balance, once. Returns `None` if the call was not
    /// charged to a balance.
    ///
    /// # Errors
    /// Those of [`Ledger::balance_post`]; [`StoreError::TooLarge`] if the charge cannot be negated.
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
