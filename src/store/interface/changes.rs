//! Changes by this program or another.

use std::path::PathBuf;

use crate::store::ChangeStream;
use crate::store::Pending;

/// Changes by this program or another. The store wakes its followers, so they need not poll.
pub trait Changes: Send + Sync {
    /// Returns the version of the live book; 0 before the first.
    fn book_version(&self) -> Pending<'_, u64>;

    /// Returns a stream of changes. Changes by this program arrive at once. Changes by other
    /// programs arrive when the database reports them, or after [`Changes::changes_look`].
    fn changes(&self) -> ChangeStream;

    /// Checks for changes by other programs, and wakes the followers if there are any. May be
    /// called at any rate: known changes wake no follower.
    fn changes_look(&self) -> Pending<'_, ()>;

    /// Returns the path of the control socket of the switch on this database, where other programs
    /// on the machine report their writes. `None` for a database that reports them itself.
    fn switch_socket(&self) -> Option<PathBuf>;
}
