//! The one way in for what happens to inquiries.

use crate::base::JournalId;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::Pending;

/// The one way in for what happens to inquiries.
pub trait Facts: Send + Sync {
    /// Applies facts in their order, together or not at all. Of a journal, the number of the last
    /// is stored with them, and those that were applied before are passed over.
    ///
    /// # Errors
    /// [`crate::store::StoreError::WrongState`] for an ended record that is opened or bridged, and
    /// a live one that has ended.
    fn apply(&self, origin: Origin, facts: Vec<Fact>) -> Pending<'_, ()>;

    /// The number of the last fact of a journal that was applied; 0 before the first.
    fn applied(&self, journal: JournalId) -> Pending<'_, u64>;
}
