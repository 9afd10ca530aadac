//! What is changed, by this program or another.

use std::path::PathBuf;

use crate::store::ChangeStream;
use crate::store::Pending;

/// What is changed, by this program or another. Whoever needs to know is woken; nobody asks again
/// and again.
pub trait Changes: Send + Sync {
    /// The book's version, 0 before the first.
    fn book_version(&self) -> Pending<'_, u64>;

    /// Follows what is changed. What this program writes comes at once; what others write, when
    /// the database reports it by itself or after [`Changes::changes_look`].
    fn changes(&self) -> ChangeStream;

    /// Looks for what others have changed, and wakes those who follow. It may be repeated as often
    /// as wanted: what is known already wakes nobody.
    fn changes_look(&self) -> Pending<'_, ()>;

    /// Where the switch that works on this database listens for programs on the same machine,
    /// which report there that they have written; `None` for a database that needs no such help.
    fn switch_socket(&self) -> Option<PathBuf>;
}
