//! Facts about inquiries: how they are stored.

use crate::base::JournalId;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::Pending;

/// Stores facts about inquiries. There is no other way to change them.
pub trait Facts: Send + Sync {
    /// Applies facts in order, in one transaction. For a journal, it also stores the number of the
    /// last fact, and skips facts that were applied before.
    ///
    /// # Errors
    /// [`crate::store::StoreError::WrongState`] for a fact that opens or bridges an ended record,
    /// or that ends a live one.
    fn apply(&self, origin: Origin, facts: Vec<Fact>) -> Pending<'_, ()>;

    /// Returns the number of the last applied fact of a journal; 0 before the first.
    fn applied(&self, journal: JournalId) -> Pending<'_, u64>;
}
