//! Reports of buyers, and the corrections that follow.

use crate::base::AttemptId;
use crate::base::BuyerReport;
use crate::base::Wall;
use crate::store::CapCorrection;
use crate::store::Pending;
use crate::store::ReportOutcome;

/// Reports of buyers, and the corrections that follow.
pub trait Conversions: Send + Sync {
    /// Returns the secret that conversion keys are made with, and stores `entropy` as the secret if
    /// there is none yet.
    fn conversion_secret(&self, entropy: [u8; 32]) -> Pending<'_, [u8; 32]>;

    /// Stores a buyer's report of a sale that arrives at `at`, and corrects the ledger, in one
    /// transaction. A report before the end of the call applies at the end.
    fn sale_report(
        &self,
        sale: AttemptId,
        report: BuyerReport,
        at: Wall,
    ) -> Pending<'_, ReportOutcome>;

    /// Returns the corrections of counters with numbers above `posting`, in order; at most
    /// [`crate::store::CORRECTIONS_MAX`].
    fn cap_corrections_after(&self, posting: u64) -> Pending<'_, Vec<CapCorrection>>;

    /// Returns the number of the newest correction of counters; 0 before the first.
    fn cap_corrections_newest(&self) -> Pending<'_, u64>;
}
