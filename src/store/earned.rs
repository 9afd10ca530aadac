//! Earnings of attempts.

use crate::base::ContractId;

/// Most attempts that one query returns.
pub const EARNED_MAX: usize = 16_384;

/// What an attempt of an ended call earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    /// The contract.
    pub contract: ContractId,
    /// Earnings in micros; 0 if the buyer did not answer or the call was not billable.
    pub micros: i64,
}
