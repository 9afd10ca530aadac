//! Changes by this program or another.

use std::path::PathBuf;

use crate::store::ChangeStream;
use crate::store::Pending;

/// Changes by this program or another. The store wakes followers, so they need not poll.
pub trait Changes: Send + Sync {
    /// Returns the version of the book; 0 before the first.
    fn book_version(&self) -> Pending<'_, u64>;

    /// Returns a stream of changes. Changes by this program arrive at once. Changes by others
    /// arrive when the database reports them, or after [`Changes::changes_look`].
    fn changes(&self) -> ChangeStream;

    /// Checks for changes by others, and wakes followers if there are any. Call it as often as
    /// needed: known changes wake no follower.
    fn changes_look(&self) -> Pending<'_, ()>;

    /// Returns the path of the control socket of the switch on this database. Other programs on the
    /// machine report their writes there. `None` for a database that reports them itself.
    fn switch_socket(&self) -> Option<PathBuf>;
}
