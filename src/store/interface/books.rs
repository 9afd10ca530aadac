//! Versions of the route book.

use crate::store::BookVersion;
use crate::store::Edition;
use crate::store::Mutation;
use crate::store::Pending;

/// Versions of the route book.
pub trait Books: Send + Sync {
    /// Makes a text the book, and answers with its version. The text that is the book already
    /// keeps its version.
    fn book_apply(&self, text: String, by: Mutation) -> Pending<'_, u64>;

    /// The same, unless the book is no longer the version `after` that the text was made from (0
    /// before the first): then it is `None`, nothing changes, and the mutation can be tried again.
    fn book_apply_after(&self, after: u64, text: String, by: Mutation) -> Pending<'_, Option<u64>>;

    /// The book; `None` before the first was applied.
    fn book_latest(&self) -> Pending<'_, Option<BookVersion>>;

    /// A version of the book; `None` when there is no such version.
    fn book_fetch(&self, version: u64) -> Pending<'_, Option<BookVersion>>;

    /// The versions before `before`, or all, newest first; at most `limit`, and at most
    /// [`crate::store::EDITIONS_MAX`].
    fn book_history(&self, before: Option<u64>, limit: usize) -> Pending<'_, Vec<Edition>>;
}
