//! Storing facts about inquiries.

use crate::base::JournalId;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::Pending;

/// Facts about inquiries: the only way to change an inquiry.
pub trait Facts: Send + Sync {
    /// Applies facts in order, in one transaction. For a journal, skips facts that were applied
    /// before, and stores the number of the last fact.
    ///
    /// # Errors
    /// [`crate::store::StoreError::WrongState`] for a fact that opens or bridges an ended record,
    /// or that ends a live one.
    fn apply(&self, origin: Origin, facts: Vec<Fact>) -> Pending<'_, ()>;

    /// Returns the number of the last applied fact of a journal; 0 before the first.
    fn applied(&self, journal: JournalId) -> Pending<'_, u64>;
}
