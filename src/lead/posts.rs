//! Which buyers a lead can be posted to.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::ContractId;
use crate::book::Book;
use crate::book::Contract;
use crate::routing::Pick;
use crate::sale::Reach;
use crate::sale::Way;

/// Most buyers that one lead is posted to at once: as many as an offer may share it with.
const TOGETHER_MAX: usize = 10;

/// The contracts that take posts. Each gets a lead once.
#[derive(Debug, Clone)]
pub struct Posts {
    book: Arc<Book>,
    posted: BTreeSet<ContractId>,
}

impl Posts {
    /// Creates the channel of a lead by a book, with the contracts that got it before.
    pub fn new(book: Arc<Book>, posted: impl IntoIterator<Item = ContractId>) -> Self {
        Self { book, posted: posted.into_iter().collect() }
    }

    /// Notes that a contract gets the lead.
    pub(super) fn note(&mut self, contract: &ContractId) {
        self.posted.insert(contract.clone());
    }
}

impl Reach for Posts {
    const TOGETHER_MAX: usize = TOGETHER_MAX;

    fn way(&self, pick: &Pick) -> Way {
        let takes = |contract: &Contract| contract.delivery.is_some();
        let has_delivery = self.book.contract(&pick.contract).is_some_and(takes);
        let is_new = !self.posted.contains(&pick.contract);
        if has_delivery && is_new { Way::Open } else { Way::Missing }
    }

    fn fits(&self, _pick: &Pick, _beside: &Pick) -> bool {
        true
    }
}
