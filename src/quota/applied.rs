//! How far counters follow the ledger.

use crate::store::SoldHold;

/// What the counters include of the store's ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// Last entry of the balances.
    pub entries: u64,
    /// Last posting that corrects counters.
    pub postings: u64,
}

/// What counters include that were restored from the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restored {
    /// Of the ledger.
    pub applied: Applied,
    /// Of the holds that were asked about: those that the ledger has the sales of.
    pub sold: Vec<SoldHold>,
}
