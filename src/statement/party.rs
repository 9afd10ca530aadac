//! Whose account a statement is of.

use crate::base::BuyerId;
use crate::base::SourceId;

/// A buyer or a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// A buyer: what it owes, and its balance.
    Buyer(BuyerId),
    /// A source: what it is owed.
    Source(SourceId),
}

impl Party {
    /// Returns the id.
    pub fn id(&self) -> &str {
        match self {
            Party::Buyer(buyer) => buyer.as_str(),
            Party::Source(source) => source.as_str(),
        }
    }

    /// Returns what it is: `buyer` or `source`.
    pub const fn noun(&self) -> &'static str {
        match self {
            Party::Buyer(_) => "buyer",
            Party::Source(_) => "source",
        }
    }
}
