//! Versions of the route book.

use crate::store::BookVersion;
use crate::store::Edition;
use crate::store::Mutation;
use crate::store::Pending;

/// Versions of the route book.
pub trait Books: Send + Sync {
    /// Applies a text as the book and returns its version. A text equal to the live book keeps the
    /// live version.
    fn book_apply(&self, text: String, by: Mutation) -> Pending<'_, u64>;

    /// Applies a text like [`Books::book_apply`], but only if the live version is still `after`, on
    /// which the text is based (0 before the first). Otherwise changes nothing and returns `None`;
    /// the mutation can be retried.
    fn book_apply_after(&self, after: u64, text: String, by: Mutation) -> Pending<'_, Option<u64>>;

    /// Returns the live book; `None` before the first was applied.
    fn book_latest(&self) -> Pending<'_, Option<BookVersion>>;

    /// Returns a version of the book; `None` if there is no such version.
    fn book_fetch(&self, version: u64) -> Pending<'_, Option<BookVersion>>;

    /// Returns the versions below `before` (`None`: all), newest first; at most `limit`, and at
    /// most [`crate::store::EDITIONS_MAX`].
    fn book_history(&self, before: Option<u64>, limit: usize) -> Pending<'_, Vec<Edition>>;
}
