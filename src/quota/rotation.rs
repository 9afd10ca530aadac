//! Whose turn it is, what calls earned, who rests.

use super::QuotaAnswer;
use crate::base::ContractId;
use crate::base::Wall;
use crate::caps::Ceiling;
use crate::routing::Decision;

/// What decisions and calls leave behind for later decisions. The turns and earnings that put a
/// decision in order stay in it, and in its trace, so that it can be made again.
pub trait Rotation: Send + Sync + std::fmt::Debug {
    /// Lines up the picks of a decision that [awaits a turn](Decision::awaits_turn), and uses the
    /// turns of its first wave; no other decision takes a turn of the offer in between.
    fn take<'a>(&'a self, decision: &'a mut Decision) -> QuotaAnswer<'a, ()>;

    /// The same without using a turn.
    fn look<'a>(&'a self, decision: &'a mut Decision) -> QuotaAnswer<'a, ()>;

    /// Adds a call to what a contract's calls earned: its micros, 0 when it was not billable or
    /// not answered.
    fn earned<'a>(&'a self, contract: &'a ContractId, micros: i64) -> QuotaAnswer<'a, ()>;

    /// The buyer answered a contract's call: the count towards its rest restarts.
    fn answered<'a>(&'a self, ceiling: &'a Ceiling) -> QuotaAnswer<'a, ()>;

    /// The buyer did not answer a contract's call: it may rest from now on.
    fn unanswered<'a>(&'a self, ceiling: &'a Ceiling, at: Wall) -> QuotaAnswer<'a, ()>;
}
