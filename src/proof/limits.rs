//! The limits that holds were taken under.

use std::collections::BTreeMap;

use crate::base::Wall;
use crate::book::Book;
use crate::book::CapLimits;
use crate::caps::Level;

/// The limits of the live book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLimits {
    /// By account.
    pub accounts: BTreeMap<Level, CapLimits>,
    /// Time from which every hold was taken under them. Earlier holds are not judged.
    pub since: Wall,
}

impl LiveLimits {
    /// No limits.
    pub const fn none() -> Self {
        Self { accounts: BTreeMap::new(), since: Wall::from_micros(i64::MAX) }
    }

    /// Returns the limits of a book. Every hold from `since` on was taken under them.
    pub fn of(book: &Book, since: Wall) -> Self {
        let contracts = book.contracts.iter();
        let contracts = contracts.map(|one| (Level::Contract(one.id.clone()), one.caps));
        let buyers = book.buyers.iter().map(|one| (Level::Buyer(one.id.clone()), one.caps));
        let offers = book.offers.iter().map(|one| (Level::Offer(one.id.clone()), one.caps));
        Self { accounts: contracts.chain(buyers).chain(offers).collect(), since }
    }
}
