//! Turns, earnings and rests of contracts.

use super::QuotaAnswer;
use crate::base::ContractId;
use crate::base::Wall;
use crate::book::PauseCause;
use crate::caps::Ceiling;
use crate::caps::Level;
use crate::routing::Decision;

/// What decisions and calls leave for later decisions. A decision and its trace keep the turns and
/// earnings that ordered it, so that it can be replayed.
pub trait Rotation: Send + Sync + std::fmt::Debug {
    /// Orders the picks of a decision that [awaits a turn](Decision::awaits_turn) and uses the
    /// turns of its first wave; no other decision takes a turn of the offer in between.
    fn take<'a>(&'a self, decision: &'a mut Decision) -> QuotaAnswer<'a, ()>;

    /// Orders the picks without using a turn.
    fn look<'a>(&'a self, decision: &'a mut Decision) -> QuotaAnswer<'a, ()>;

    /// Adds a call to a contract's earnings: micros, 0 if the call was not billable or not
    /// answered.
    fn earned<'a>(&'a self, contract: &'a ContractId, micros: i64) -> QuotaAnswer<'a, ()>;

    /// Adds a recorded call to a contract's earnings, before calls are taken: other nodes have read
    /// the same records.
    fn recall_earned(&self, contract: &ContractId, micros: i64);

    /// Records that the buyer answered a contract's call: the count towards its rest restarts.
    fn answered<'a>(&'a self, ceiling: &'a Ceiling) -> QuotaAnswer<'a, ()>;

    /// Records that the buyer did not answer a contract's call. Returns the end of the rest that
    /// the contract begins, if it does.
    fn unanswered<'a>(&'a self, ceiling: &'a Ceiling, at: Wall) -> QuotaAnswer<'a, Option<Wall>>;

    /// Begins the rest of a contract, or continues one that began before a restart.
    fn rest<'a>(
        &'a self,
        level: &'a Level,
        until: Wall,
        because: PauseCause,
    ) -> QuotaAnswer<'a, ()>;

    /// Ends the rest of a contract that was to last until `until`. A rest that lasts longer is
    /// another one, and goes on.
    fn resume<'a>(&'a self, level: &'a Level, until: Wall) -> QuotaAnswer<'a, ()>;
}
