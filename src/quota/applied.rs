//! How far counters follow the ledger.

/// What the counters include of the store's ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Applied {
    /// Last entry of the balances.
    pub entries: u64,
    /// Last posting that corrects counters.
    pub postings: u64,
}
