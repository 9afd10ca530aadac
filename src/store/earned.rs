//! What attempts earned.

use crate::base::ContractId;

/// Most attempts that one look back brings.
pub const EARNED_MAX: usize = 16_384;

/// What an attempt of an ended call earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    /// The contract.
    pub contract: ContractId,
    /// What came of it, in micros: nothing, when nobody answered or the call was not billable.
    pub micros: i64,
}
