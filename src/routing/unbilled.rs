//! Picks for which nothing is owed, because the person was sold before.

use std::sync::Arc;

use crate::base::Money;
use crate::base::Wall;
use crate::book::ConversionBy;
use crate::caps::Ceiling;

use super::Pick;

impl Pick {
    /// Makes it a pick for which nothing is owed: the person was sold at an earlier time. It needs
    /// no budget and no balance, and its units come back at the end.
    pub(super) fn bill_nothing(&mut self, sold_at: Wall) {
        self.price = Money::zero(self.price.currency());
        self.caps = self.caps.iter().map(|ceiling: &Ceiling| ceiling.clone().priced(0)).collect();
        let mut rules = (*self.rules).clone();
        rules.conversion.by = ConversionBy::Repeated { sold_at };
        self.rules = Arc::new(rules);
    }

    /// Returns when the person was sold before, if nothing is owed for that.
    pub fn unbilled(&self) -> Option<Wall> {
        match self.rules.conversion.by {
            ConversionBy::Repeated { sold_at } => Some(sold_at),
            ConversionBy::Time { .. } | ConversionBy::Key { .. } | ConversionBy::Report => None,
        }
    }
}
