//! Pauses of contracts.

use crate::base::ContractId;
use crate::base::Wall;
use crate::store::ChangedPauses;
use crate::store::Mutation;
use crate::store::NewPause;
use crate::store::Pause;
use crate::store::Pending;

/// Pauses of contracts. A pause that begins or ends early wakes the followers of [`crate::store::Changes`].
pub trait Pauses: Send + Sync {
    /// Stores a pause and its event. If the contract is paused at its begin, the stored pause is
    /// extended instead, so that a contract has one pause at a time.
    fn pause_begin(&self, pause: NewPause) -> Pending<'_, ()>;

    /// Ends the pause that a contract has at the time of the change, and returns it; `None` if the
    /// contract is not paused.
    fn pause_resume(&self, contract: ContractId, by: Mutation) -> Pending<'_, Option<Pause>>;

    /// Returns the pauses that last at an instant, oldest first, with the newest change of all.
    fn pauses_open(&self, at: Wall) -> Pending<'_, ChangedPauses>;

    /// Returns the pauses that changed after the change with this number, in the order of their
    /// last changes; at most [`crate::store::PAUSES_MAX`].
    fn pauses_changed_after(&self, sequence: u64) -> Pending<'_, ChangedPauses>;

    /// Returns pauses with numbers below `before` (`None`: all), newest first; at most `limit`, and
    /// at most [`crate::store::PAUSES_MAX`].
    fn pauses(&self, before: Option<u64>, limit: usize) -> Pending<'_, Vec<Pause>>;
}
