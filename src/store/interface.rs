//! What every store does, cut by noun.

mod books;
mod calls;
mod changes;
mod facts;
mod ledger;
mod tokens;
mod webhooks;

pub use books::Books;
pub use calls::Calls;
pub use changes::Changes;
pub use facts::Facts;
pub use ledger::Ledger;
pub use tokens::Tokens;
pub use webhooks::Webhooks;

/// Figures of a store since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Writes that were committed.
    pub writes: u64,
    /// Writes that failed.
    pub failures: u64,
    /// Transactions committed. Writes ÷ commits tells how many share one.
    pub commits: u64,
    /// Writes that had to wait for room in the queue.
    pub waits: u64,
}

/// A database. Writes are answered after their commit, and in the order in which they were asked
/// for; every one may be repeated without effect. Reads see every write that was answered.
pub trait Store: Books + Calls + Changes + Facts + Ledger + Tokens + Webhooks {
    /// Figures since the store was opened.
    fn figures(&self) -> Figures;
}
