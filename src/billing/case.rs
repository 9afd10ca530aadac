//! Everything stored about a sale that decides what is owed for it, and the postings that bring
//! what stands in the ledger to that.
//!
//! What is owed follows from the facts alone, whatever their order: the end of the call, the
//! buyer's latest report, an accepted return. An event that comes before the end changes nothing
//! until the end; a repeated one changes nothing at all.

use crate::base::BuyerReport;
use crate::base::Money;
use crate::base::Reported;
use crate::base::Wall;
use crate::book::Conversion;
use crate::book::ConversionBy;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::book::Returns;
use crate::caps::Period;
use crate::caps::Window;

use super::Author;
use super::Bill;
use super::Cause;
use super::Entries;
use super::Posting;
use super::PostingKind;
use super::Sold;
use super::Standing;
use super::Unbalanced;
use super::payout::PAYOUT_WINDOWS;
use super::payout::capped_by;
use super::payout::full_of_payouts;
use super::payout::payout_periods;

/// Most reports of one sale that are stored. A further one is refused: a buyer that changes its
/// mind so often is a program in a loop.
pub const REPORTS_MAX: u32 = 100;

/// Everything stored about a sale that decides what is owed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The parties and the price; cause and time are those of the event that is handled.
    pub sold: Sold,
    /// Payout to the source for a billable sale; `None` if the source is not paid.
    pub payout: Option<Payout>,
    /// How many payouts of the source are paid.
    pub payout_caps: PayoutCaps,
    /// Window whose payouts are used up, if that is why this sale pays none.
    pub full: Option<Window>,
    /// What makes the sale billable.
    pub conversion: Conversion,
    /// Rules on returns; `None` if the buyer may return nothing.
    pub returns: Option<Returns>,
    /// Time of the sale: the bridge.
    pub sold_at: Wall,
    /// Whether the call itself converted; `None` while it is live.
    pub shown: Option<bool>,
    /// Whether the source is owed what a bid promised it, whatever the buyer owes; `None` without
    /// a promise, and while the call is live.
    pub promised: Option<bool>,
    /// The buyer's latest report.
    pub reported: Option<Reported>,
    /// Number of reports so far.
    pub reports: u32,
    /// Whether a return was accepted.
    pub returned: bool,
    /// Sums of the postings so far.
    pub stands: Standing,
}

/// A report that changes nothing, or one to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The latest report is the same.
    Before(Reported),
    /// It is the latest report from now on.
    Now(Reported),
}

/// Why a report is refused. Nothing changes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefused {
    /// The contract's window has passed.
    #[error("the time to report this sale has passed")]
    Expired,
    /// The sale has too many reports.
    #[error("this sale has {REPORTS_MAX} reports; no further one is taken")]
    TooMany,
    /// An amount in another currency than the price.
    #[error("`revenue` is in {}; the price is in {}", given.as_str(), price.as_str())]
    Currency {
        /// Currency of the report.
        given: crate::base::Currency,
        /// Currency of the price.
        price: crate::base::Currency,
    },
    /// An amount for a caller to whom nothing was sold.
    #[error("`revenue` is {0}, but `sold` is false; leave `revenue` out")]
    NotSold(Money),
    /// The amount is below zero, or cannot be entered.
    #[error("`revenue` is {0}; it must be from 0 to 1000000000, with at most 6 decimals")]
    NoAmount(Money),
    /// The amount is below the contract's smallest.
    #[error("`revenue` is {given}; the least that this contract takes is {min}")]
    BelowMin {
        /// The reported amount.
        given: Money,
        /// The contract's bound.
        min: Money,
    },
    /// The amount is above the contract's largest.
    #[error("`revenue` is {given}; the most that this contract takes is {max}")]
    AboveMax {
        /// The reported amount.
        given: Money,
        /// The contract's bound.
        max: Money,
    },
}

impl Case {
    /// Checks a report that arrives at `now`.
    ///
    /// # Errors
    /// [`ReportRefused`]: it is late, one too many, or its amount is not allowed.
    pub fn hear(&self, report: BuyerReport, now: Wall) -> Result<Heard, ReportRefused> {
        if now > self.sold_at + self.conversion.window {
            return Err(ReportRefused::Expired);
        }
        if let Some(known) = self.reported.as_ref().filter(|known| known.report == report) {
            return Ok(Heard::Before(known.clone()));
        }
        if let Some(given) = report.revenue {
            self.check_amount(given, report.sold)?;
        }
        if self.reports >= REPORTS_MAX {
            return Err(ReportRefused::TooMany);
        }
        Ok(Heard::Now(Reported { report, at: now }))
    }

    fn check_amount(&self, given: Money, sold: bool) -> Result<(), ReportRefused> {
        let price = self.sold.price.currency();
        if given.currency() != price {
            return Err(ReportRefused::Currency { given: given.currency(), price });
        }
        if given.micros() < 0 || given.entered().is_err() {
            return Err(ReportRefused::NoAmount(given));
        }
        if !sold {
            let nothing = given.micros() == 0;
            return if nothing { Ok(()) } else { Err(ReportRefused::NotSold(given)) };
        }
        let Conversion { min, max, .. } = self.conversion;
        if let Some(min) = min.filter(|min| given.micros() < min.micros()) {
            return Err(ReportRefused::BelowMin { given, min });
        }
        if let Some(max) = max.filter(|max| given.micros() > max.micros()) {
            return Err(ReportRefused::AboveMax { given, max });
        }
        Ok(())
    }

    /// Returns what is owed for the sale; `None` while the call is live. A returned sale is not
    /// billable; its payout stays unless the contract reverses it.
    pub fn due(&self) -> Option<Bill> {
        let shown = self.shown?;
        let (price, payout) = (self.sold.price, self.payout.as_ref());
        let bill = match (&self.conversion.by, &self.reported) {
            (ConversionBy::Time { .. } | ConversionBy::Key { .. }, _) => {
                Bill::of(price, payout, shown)
            }
            (ConversionBy::Report, Some(Reported { report, .. })) => {
                Bill::of(report.revenue.unwrap_or(price), payout, report.sold)
            }
            (ConversionBy::Report, None) | (ConversionBy::Repeated { .. }, _) => {
                Bill::of(price, payout, false)
            }
        };
        let bill = match self.promised {
            Some(is_owed) => bill.promised(payout, is_owed),
            None => bill,
        };
        let nothing = Bill::of(price, payout, false);
        let bill = if self.full.is_some() || self.stands.capped {
            Bill { payout: nothing.payout, ..bill }
        } else {
            bill
        };
        if !self.returned {
            return Some(bill);
        }
        let reverses = self.returns.as_ref().is_none_or(|returns| returns.reverse_payout);
        Some(if reverses { nothing } else { Bill { payout: bill.payout, ..nothing } })
    }

    /// Returns the postings that bring what stands in the ledger to what is due; none while the
    /// call is live, and none if nothing changes.
    ///
    /// # Errors
    /// [`Unbalanced`]: the amounts have two currencies, or a difference overflows.
    pub fn corrections(
        &self,
        cause: &Cause,
        at: Wall,
        by: &str,
    ) -> Result<Vec<Posting>, Unbalanced> {
        let Some(due) = self.due() else { return Ok(Vec::new()) };
        let entries = Entries::of(&due)?;
        let Sold { sale, contract, buyer, source, price, prepaid, .. } = &self.sold;
        let minus = |amount: Money, other: i64| {
            let other = Money::from_micros(other, amount.currency());
            let less = amount.checked_sub(other);
            less.ok_or(Unbalanced::TooLarge { revenue: amount, payout: other })
        };
        let zero = Money::zero(price.currency());
        let owed = if *prepaid { entries.buyer() } else { zero };
        // A charge that was given back by hand stays given back.
        let balance = if self.stands.by_hand == 0 {
            minus(minus(zero, owed.micros())?, self.stands.balance)?
        } else {
            zero
        };
        let budget = minus(minus(entries.buyer(), price.micros())?, self.stands.budget)?;
        let moves = if balance.micros() < 0 {
            PostingKind::Charge(buyer.clone())
        } else {
            PostingKind::Return(buyer.clone())
        };
        let note = |kind: &PostingKind| match kind {
            PostingKind::Charge(_) | PostingKind::Return(_) => contract.to_string(),
            PostingKind::Payout(_) => self.full.map(capped_by).unwrap_or_default(),
            PostingKind::Revenue(_) | PostingKind::Margin | PostingKind::Budget => String::new(),
        };
        let all = [
            (moves, balance),
            (PostingKind::Revenue(buyer.clone()), minus(entries.buyer(), self.stands.revenue)?),
            (PostingKind::Payout(source.clone()), minus(entries.source(), self.stands.payout)?),
            (PostingKind::Margin, minus(entries.margin(), self.stands.margin)?),
            (PostingKind::Budget, budget),
        ];
        // A unit of the caps is freed with the posting of the budget, whatever its amount.
        let frees = self.frees_cap() && Cause::is_return(cause.as_str());
        // The first payout that a cap reduces to nothing is posted, so that later events know.
        let capped = self.full.is_some() && !self.stands.capped;
        let changed = all.into_iter().filter(|(kind, amount)| match kind {
            PostingKind::Budget => frees || amount.micros() != 0,
            PostingKind::Payout(_) => capped || amount.micros() != 0,
            PostingKind::Revenue(_)
            | PostingKind::Margin
            | PostingKind::Charge(_)
            | PostingKind::Return(_) => amount.micros() != 0,
        });
        let posting = |(kind, amount): (PostingKind, Money)| {
            let by = Author { who: by.to_owned(), note: note(&kind) };
            Posting { sale: *sale, kind, cause: cause.clone(), amount, at, by }
        };
        Ok(changed.map(posting).collect())
    }
}

impl Case {
    /// Returns the periods in which these postings count as a payout of the source, made at `at`;
    /// `None` if they pay nothing, or the sale was paid before.
    pub fn payout_periods(
        &self,
        postings: &[Posting],
        at: Wall,
    ) -> Option<[Period; PAYOUT_WINDOWS]> {
        let pays = postings.iter().any(Posting::pays) && !self.stands.paid;
        pays.then(|| payout_periods(&self.payout_caps, at))
    }

    /// Returns the case without a payout if the source's payouts in a window are used up; `used` is
    /// the number of payouts in a period.
    pub fn capped(
        &self,
        periods: [Period; PAYOUT_WINDOWS],
        used: impl Fn(Period) -> u64,
    ) -> Option<Self> {
        let full = full_of_payouts(&self.payout_caps, periods, used)?;
        Some(Self { full: Some(full), ..self.clone() })
    }
}

pub(super) mod returning;

#[cfg(test)]
mod tests;
