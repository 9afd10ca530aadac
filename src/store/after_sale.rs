//! What is stored about a sale, and what `billing` makes of an event after it. A database reads the
//! one and applies the other.

use crate::base::AttemptId;
use crate::base::BuyerId;
use crate::base::BuyerReport;
use crate::base::ContractId;
use crate::base::InquiryId;
use crate::base::Money;
use crate::base::Reported;
use crate::base::SourceId;
use crate::base::Wall;
use crate::billing::Case;
use crate::billing::Cause;
use crate::billing::Heard;
use crate::billing::PAYOUT_WINDOWS;
use crate::billing::Posting;
use crate::billing::ReturnCounts;
use crate::billing::ReturnRefused;
use crate::billing::ReturnedBy;
use crate::billing::Sold;
use crate::billing::Standing;
use crate::billing::Unbalanced;
use crate::book::Conversion;
use crate::book::PauseCause;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::book::Returns;
use crate::call::Scope;
use crate::caps::Period;

use super::AskedReturn;
use super::CallOrLead;
use super::NewPause;
use super::ReportOutcome;
use super::ReturnId;
use super::Sale;
use super::SaleReport;
use super::StoreError;

/// What is stored about a sale.
#[derive(Debug, Clone)]
pub(super) struct StoredSale {
    /// The call or lead that was sold.
    pub(super) inquiry: CallOrLead,
    /// The winning attempt.
    pub(super) sale: AttemptId,
    /// Its contract.
    pub(super) contract: ContractId,
    /// The buyer.
    pub(super) buyer: BuyerId,
    /// The source of the call.
    pub(super) source: SourceId,
    /// Price of the sale.
    pub(super) price: Money,
    /// What its hold took; unknown for sales of older programs.
    pub(super) taken: Option<Sale>,
    /// Payout to the source.
    pub(super) payout: Option<Payout>,
    /// How many payouts of the source are paid.
    pub(super) payout_caps: PayoutCaps,
    /// What makes the sale billable.
    pub(super) conversion: Conversion,
    /// Rules on returns.
    pub(super) returns: Option<Returns>,
    /// Time of the sale.
    pub(super) sold_at: Wall,
    /// Whether the call itself converted; `None` while it is live.
    pub(super) shown: Option<bool>,
    /// Whether the source is owed what a bid promised it; `None` without a promise.
    pub(super) promised: Option<bool>,
    /// The buyer's latest report.
    pub(super) reported: Option<Reported>,
    /// Number of reports.
    pub(super) reports: u32,
    /// Whether a return was accepted.
    pub(super) returned: bool,
    /// Postings so far.
    pub(super) postings: Vec<Posting>,
}

/// An event after a sale.
#[derive(Debug, Clone, Copy)]
pub(super) struct AfterSale<'a> {
    /// The event.
    pub(super) what: What,
    /// Its time.
    pub(super) at: Wall,
    /// Its author.
    pub(super) by: &'a str,
}

/// Kind of an event after a sale.
#[derive(Debug, Clone, Copy)]
pub(super) enum What {
    /// The report with this number.
    Reported(u64),
    /// This return was accepted.
    Returned(ReturnId),
    /// The call was presumed to have ended, and its end is known better. The number of postings before
    /// distinguishes such events.
    Ended(u64),
}

/// What an event changes.
#[derive(Debug, Clone)]
pub(super) struct Correction {
    /// The postings, of the differences.
    pub(super) postings: Vec<Posting>,
    /// Amounts of the call's record.
    pub(super) amounts: Amounts,
    /// Periods in which the payout counts; `None` if the source is paid nothing, or was paid
    /// before.
    pub(super) periods: Option<[Period; PAYOUT_WINDOWS]>,
    /// Whether the sale is billed for the first time.
    pub(super) converts: bool,
    /// Whether the sale gives its unit of the caps back.
    pub(super) frees_unit: bool,
}

/// Amounts of a call's record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts {
    /// Whether the sale is billable.
    pub(super) billable: bool,
    /// Amount that the buyer owes.
    pub(super) revenue: Money,
    /// Amount that the source is owed.
    pub(super) payout: Option<Money>,
}

/// What becomes of a report.
pub(super) enum Hearing {
    /// It changes nothing, and is answered like this.
    Answered(ReportOutcome),
    /// It is to be stored.
    New(Reported),
}

/// A return that is to be stored.
pub(super) struct OpenReturn {
    /// What the buyer owes now.
    pub(super) revenue: Option<Money>,
    /// Who asked.
    pub(super) asked_by: String,
    /// When it is accepted by itself.
    pub(super) accept_at: Option<Wall>,
}

impl StoredSale {
    /// Returns everything that decides what is owed for the sale.
    pub(super) fn case(&self) -> Case {
        let stands = Standing::of(&self.postings);
        // What older programs took is unknown; a balance that they charged shows it.
        let prepaid = self.taken.as_ref().map_or(stands.balance != 0, |taken| taken.prepaid);
        Case {
            sold: Sold {
                sale: self.sale,
                contract: self.contract.clone(),
                buyer: self.buyer.clone(),
                source: self.source.clone(),
                price: self.price,
                prepaid,
                cause: InquiryId::from(self.inquiry).into(),
                at: self.sold_at,
            },
            payout: self.payout,
            payout_caps: self.payout_caps.clone(),
            full: None,
            conversion: self.conversion.clone(),
            returns: self.returns.clone(),
            sold_at: self.sold_at,
            shown: self.shown,
            promised: self.promised,
            reported: self.reported.clone(),
            reports: self.reports,
            returned: self.returned,
            stands,
        }
    }

    /// Returns what becomes of a report that arrives at `at`.
    pub(super) fn hear(&self, report: BuyerReport, at: Wall) -> Hearing {
        match self.case().hear(report, at) {
            Ok(Heard::Now(reported)) => Hearing::New(reported),
            Ok(Heard::Before(reported)) => Hearing::Answered(self.accepted(reported)),
            Err(refused) => Hearing::Answered(ReportOutcome::Refused(refused)),
        }
    }

    /// Returns the answer to a report that is stored.
    pub(super) fn accepted(&self, reported: Reported) -> ReportOutcome {
        let (inquiry, contract) = (self.inquiry, self.contract.clone());
        ReportOutcome::Accepted(SaleReport { inquiry, contract, reported })
    }

    /// Returns the return that is asked for; `sales` were billed within the contract's window, and
    /// `returned` of them have a return.
    ///
    /// # Errors
    /// [`ReturnRefused`]: the sale cannot be returned, or its contract does not allow it. A source
    /// returns nothing.
    pub(super) fn ask_return(
        &self,
        asked: &AskedReturn,
        sales: u64,
        returned: u64,
    ) -> Result<OpenReturn, ReturnRefused> {
        let AskedReturn { reason, scope, by, .. } = asked;
        let (who, asked_by) = match scope {
            Scope::All => (ReturnedBy::Operator, by.who()),
            Scope::Buyer(buyer) => (ReturnedBy::Buyer, format!("buyer {buyer}")),
            Scope::Source(_) => return Err(ReturnRefused::None(self.contract.clone())),
        };
        let case = self.case();
        let counts = ReturnCounts { sales, returned };
        let accept_at = case.ask_return(who, reason, counts, by.at)?;
        let revenue = case.due().map(|bill| bill.revenue);
        Ok(OpenReturn { revenue, asked_by, accept_at })
    }

    /// Returns the pause of the contract that a return at `at` begins; the counts are those of the
    /// rule's window, this return included.
    pub(super) fn pause(&self, sales: u64, returned: u64, at: Wall) -> Option<NewPause> {
        let until = self.case().pauses_until(ReturnCounts { sales, returned }, at)?;
        let contract = self.contract.clone();
        Some(NewPause { contract, because: PauseCause::Returns, since: at, until })
    }

    /// Returns what an event changes; `None` while the call is live.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`]: an amount does not fit.
    pub(super) fn correction(
        &self,
        event: AfterSale<'_>,
    ) -> Result<Option<Correction>, StoreError> {
        Self::correct(&self.case(), event)
    }

    /// Returns what an event changes if the source's payouts in one of these periods are used up;
    /// `None` if they are not. `used` is the number of payouts in a period.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`]: an amount does not fit.
    pub(super) fn capped(
        &self,
        event: AfterSale<'_>,
        periods: [Period; PAYOUT_WINDOWS],
        used: impl Fn(Period) -> u64,
    ) -> Result<Option<Correction>, StoreError> {
        match self.case().capped(periods, used) {
            Some(case) => Self::correct(&case, event),
            None => Ok(None),
        }
    }

    fn correct(case: &Case, event: AfterSale<'_>) -> Result<Option<Correction>, StoreError> {
        let Some(due) = case.due() else { return Ok(None) };
        let AfterSale { what, at, by } = event;
        let (cause, returned) = match what {
            What::Reported(number) => (Cause::conversion(number), false),
            What::Returned(ReturnId(number)) => (Cause::returned(number), true),
            What::Ended(number) => (Cause::ended(number), false),
        };
        let postings = case.corrections(&cause, at, by);
        let postings =
            postings.map_err(|error: Unbalanced| StoreError::TooLarge(error.to_string()))?;
        Ok(Some(Correction {
            periods: case.payout_periods(&postings, at),
            converts: due.billable && !case.stands.billed && !postings.is_empty(),
            frees_unit: returned && case.frees_cap(),
            amounts: Amounts { billable: due.billable, revenue: due.revenue, payout: due.payout },
            postings,
        }))
    }
}
