//! What becomes of a sale after it was made: the buyer's reports.

use crate::base::ContractId;
use crate::base::Reported;
use crate::billing::Cause;
use crate::billing::ReportRefused;
use crate::caps::CapKey;

use super::CallOrLead;
use super::Sale;
use super::SoldMark;

/// Most corrections of budgets that one query returns.
pub const CORRECTIONS_MAX: usize = 1_000;

/// What became of a buyer's report of a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportOutcome {
    /// The report is the sale's latest, now or since an equal report before.
    Accepted(SaleReport),
    /// Refused; nothing changed.
    Refused(ReportRefused),
    /// The buyer is being rung, but has not got the call yet; nothing changed.
    NotSold,
    /// No such sale; nothing changed.
    Unknown,
}

/// A report as its sender may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleReport {
    /// The call or lead that was sold.
    pub inquiry: CallOrLead,
    /// Contract of the sale.
    pub contract: ContractId,
    /// The report.
    pub reported: Reported,
}

/// A change of counters by an event after the sale. No hold has taken it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapCorrection {
    /// Number of its posting; later corrections have higher numbers.
    pub posting: u64,
    /// Counters that the sale used.
    pub units: Vec<CapKey>,
    /// Micros to add to what they have spent.
    pub micros: i64,
    /// Units to add to what they have used: -1 for a returned sale that frees its unit.
    pub used: i64,
    /// Persons who have converted by it.
    pub sold: Vec<SoldMark>,
}

impl CapCorrection {
    /// Returns the correction that a posting of a budget makes; `None` for one at the end of a
    /// call, which the hold has taken. `taken` is what the sale's hold took, `frees_cap` whether a
    /// return frees the sale's unit.
    pub(super) fn of(
        posting: u64,
        cause: &str,
        taken: Option<Sale>,
        micros: i64,
        frees_cap: bool,
    ) -> Option<Self> {
        let used = if frees_cap && Cause::is_return(cause) { -1 } else { 0 };
        if !Cause::is_correction(cause) {
            return None;
        }
        let Some(Sale { units, converted_marks, at, .. }) = taken else {
            return Some(Self { posting, units: Vec::new(), micros, used, sold: Vec::new() });
        };
        let converted = converted_marks.into_iter().filter(|_| micros > 0);
        let sold = converted.map(|mark| SoldMark { mark, at }).collect();
        Some(Self { posting, units, micros, used, sold })
    }
}
