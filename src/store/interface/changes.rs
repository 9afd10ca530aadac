//! What tells that something has changed.

use crate::store::Pending;

/// What tells that something has changed.
pub trait Changes: Send + Sync {
    /// The book's version, 0 before the first: cheap enough to be asked forty times a second.
    fn book_version(&self) -> Pending<'_, u64>;
}
