//! Cap counters: each is the number of its sales, and the sum of their prices less what came back.
//! One account is compared at a time.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::Counted;
use super::CounterRow;
use super::CounterSum;
use super::Differences;
use super::Kind;
use super::LiveLimits;
use super::SoldUnit;
use super::StoredSale;
use super::money::amount_of_micros;
use super::money::differs;
use crate::base::Wall;
use crate::caps::Level;
use crate::caps::Limits;
use crate::caps::Period;
use crate::caps::Window;

/// Sums over the sales of one period.
#[derive(Debug, Clone, Copy, Default)]
struct Folded {
    units: u64,
    micros: i128,
    /// Whether an amount was raised after the sale, which no budget refuses.
    raised: bool,
    /// Time of the newest hold.
    newest: Option<Wall>,
}

/// A stored counter.
#[derive(Debug, Clone, Copy, Default)]
struct Stored {
    used: u64,
    micros: i64,
}

/// The counters of the account that is being read, and sales whose counters are unknown.
#[derive(Debug, Clone, Default)]
pub(super) struct Counters {
    level: Option<Level>,
    folded: BTreeMap<Period, Folded>,
    stored: BTreeMap<Period, Stored>,
    /// Sales of older programs, by contract and buyer: they may have counted.
    untraced: BTreeMap<Level, u64>,
    untraced_all: u64,
}

impl Counters {
    /// Notes a sale whose counters are unknown.
    pub(super) fn untraced(&mut self, sale: &StoredSale) {
        for level in [Level::Contract(sale.contract.clone()), Level::Buyer(sale.buyer.clone())] {
            *self.untraced.entry(level).or_default() += 1;
        }
        self.untraced_all += 1;
    }

    /// Adds a row. The rows of an account follow each other.
    pub(super) fn row(&mut self, row: CounterRow, limits: &LiveLimits, found: &mut Differences) {
        if self.level.as_ref() != Some(row.level()) {
            self.close(limits, found);
            self.level = Some(row.level().clone());
        }
        match row {
            CounterRow::Sold(unit) => self.sold(unit),
            CounterRow::Counted(Counted { key, used, micros }) => {
                self.stored.insert(key.period, Stored { used, micros });
            }
        }
    }

    fn sold(&mut self, unit: SoldUnit) {
        // Concurrent units are not stored.
        if unit.key.period.window() == Window::Concurrent {
            return;
        }
        let CounterSum { price, budget, raised, freed } = unit.sum;
        let folded = self.folded.entry(unit.key.period).or_default();
        folded.units = (folded.units + 1).saturating_sub(freed);
        folded.micros += i128::from(price) + budget;
        folded.raised |= raised;
        folded.newest = folded.newest.max(Some(unit.at));
    }

    /// Compares the counters of the last account.
    pub(super) fn close(&mut self, limits: &LiveLimits, found: &mut Differences) {
        let Some(level) = self.level.take() else { return };
        let (folded, stored) = (std::mem::take(&mut self.folded), std::mem::take(&mut self.stored));
        let untraced = match &level {
            Level::Contract(_) | Level::Buyer(_) => self.untraced.get(&level).copied(),
            Level::Offer(_) => Some(self.untraced_all),
        };
        let untraced = untraced.unwrap_or_default();
        let own = limits.accounts.get(&level).map(Limits::from);
        let periods: BTreeSet<Period> = folded.keys().chain(stored.keys()).copied().collect();
        for period in periods {
            let sums = folded.get(&period).copied().unwrap_or_default();
            let counter = stored.get(&period).copied().unwrap_or_default();
            let subject = format!("{level} {period}");
            let most = sums.units.saturating_add(untraced);
            if counter.used < sums.units || counter.used > most {
                let detail = format!("counter {}, sales {}", counter.used, sums.units);
                found.add(Kind::CounterDiffers, subject.clone(), detail);
            }
            if untraced == 0 && i128::from(counter.micros) != within_64_bits(sums.micros) {
                let detail = differs("counter", i128::from(counter.micros), "sales", sums.micros);
                found.add(Kind::CounterMoneyDiffers, subject.clone(), detail);
            }
            let judged = sums.newest.is_some_and(|newest| newest >= limits.since);
            if let Some(own) = own.filter(|_| judged) {
                exceeded(&own, period, &sums, &subject, found);
            }
        }
    }
}

/// Checks the sales of a period against the limits. The newest sale had to find all others counted,
/// so it was above a cap if the limits were live by then.
fn exceeded(own: &Limits, period: Period, sums: &Folded, subject: &str, found: &mut Differences) {
    let window = period.window();
    if let Some(limit) = own.of(window).filter(|limit| sums.units > *limit) {
        found.add(Kind::CapExceeded, subject, format!("{} sales, limit {limit}", sums.units));
    }
    let budget = own.budget(window).filter(|_| !sums.raised);
    if let Some(limit) = budget.filter(|limit| sums.micros > i128::from(*limit)) {
        let [spent, limit] = [sums.micros, i128::from(limit)].map(amount_of_micros);
        found.add(Kind::BudgetExceeded, subject, format!("spent {spent}, budget {limit}"));
    }
}

/// Returns a sum as a counter holds it: clamped to 64 bits.
fn within_64_bits(sum: i128) -> i128 {
    sum.clamp(-i128::from(i64::MAX), i128::from(i64::MAX))
}
