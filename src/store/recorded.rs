//! What the records have of the counters, at one moment.

use std::time::Duration;

use crate::base::HoldId;
use crate::store::Balances;
use crate::store::CapCount;

/// Longest time from a hold to the attempt that it was made for.
pub const GRANTED_WITHIN: Duration = Duration::from_secs(10);

/// The usage, the balances, and the sales of some holds, all of the same moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The usage of counters.
    pub counts: Vec<CapCount>,
    /// Number of the newest correction in them; 0 before the first.
    pub corrections: u64,
    /// The balances.
    pub balances: Balances,
    /// Those of the holds whose sales are in the usage.
    pub sold: Vec<SoldHold>,
}

/// A hold whose sale is recorded: the usage has its units and its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoldHold {
    /// The hold.
    pub hold: HoldId,
    /// Whether the end of its call is recorded as well: a balance was charged, or the usage got the
    /// price back.
    pub is_settled: bool,
}
