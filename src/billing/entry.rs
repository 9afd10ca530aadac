//! The entries of a bill: the buyer's amount equals the source's amount plus the margin.

use super::Bill;
use crate::base::Money;

/// Three entries that balance: `buyer = source + margin`. Unbalanced entries cannot be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entries {
    buyer: Money,
    source: Money,
    margin: Money,
}

/// A bill that cannot be posted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    /// Revenue and payout have different currencies.
    #[error("the buyer pays in {} and the source is paid in {}",
        revenue.currency().as_str(), payout.currency().as_str())]
    Currencies {
        /// Amount the buyer owes.
        revenue: Money,
        /// Amount the source is owed.
        payout: Money,
    },
    /// The margin overflows.
    #[error("{revenue} less {payout} does not fit")]
    TooLarge {
        /// Amount the buyer owes.
        revenue: Money,
        /// Amount the source is owed.
        payout: Money,
    },
}

impl Entries {
    /// Creates the entries of a bill. The margin is negative if the source is owed more than the
    /// buyer owes.
    pub fn of(bill: &Bill) -> Result<Self, Unbalanced> {
        let revenue = bill.revenue;
        let payout = bill.payout.unwrap_or(Money::zero(revenue.currency()));
        if payout.currency() != revenue.currency() {
            return Err(Unbalanced::Currencies { revenue, payout });
        }
        let margin = revenue.checked_sub(payout);
        let margin = margin.ok_or(Unbalanced::TooLarge { revenue, payout })?;
        Ok(Self { buyer: revenue, source: payout, margin })
    }

    /// Returns the amount the buyer owes.
    pub const fn buyer(&self) -> Money {
        self.buyer
    }

    /// Returns the amount the source is owed.
    pub const fn source(&self) -> Money {
        self.source
    }

    /// Returns the margin; negative if the source costs more than the buyer pays.
    pub const fn margin(&self) -> Money {
        self.margin
    }

    /// Returns the entries with every sign reversed, for a returned call. `None` if an amount
    /// overflows.
    pub fn reversed(&self) -> Option<Self> {
        let turn = |money: Money| Money::zero(money.currency()).checked_sub(money);
        Some(Self {
            buyer: turn(self.buyer)?,
            source: turn(self.source)?,
            margin: turn(self.margin)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Currency;

    fn bill(revenue: Money, payout: Option<Money>) -> Bill {
        Bill { billable: true, revenue, payout }
    }

    proptest! {
        #[test]
        fn entries_and_their_reversal_balance(
            revenue in -1_000_000_000i64..1_000_000_000,
            payout in proptest::option::of(-1_000_000_000i64..1_000_000_000),
        ) {
            let usd = |micros| Money::from_micros(micros, Currency::USD);
            let entries = Entries::of(&bill(usd(revenue), payout.map(usd))).unwrap();
            for entries in [entries, entries.reversed().unwrap()] {
                prop_assert_eq!(
                    entries.source().checked_add(entries.margin()),
                    Some(entries.buyer())
                );
            }
            let back = entries.reversed().unwrap();
            let zero = Some(usd(0));
            prop_assert_eq!(entries.buyer().checked_add(back.buyer()), zero);
            prop_assert_eq!(entries.source().checked_add(back.source()), zero);
            prop_assert_eq!(entries.margin().checked_add(back.margin()), zero);
        }
    }

    #[test]
    fn what_cannot_balance_is_refused() {
        let dollars = |micros| Money::from_micros(micros, Currency::USD);
        let euros = Money::from_micros(1, "EUR".parse().unwrap());
        let mixed = Entries::of(&bill(dollars(45), Some(euros)));
        assert!(matches!(mixed, Err(Unbalanced::Currencies { .. })));
        let wide = Entries::of(&bill(dollars(i64::MAX), Some(dollars(-1))));
        assert!(matches!(wide, Err(Unbalanced::TooLarge { .. })));
    }
}
