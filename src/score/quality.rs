//! The quality of a source.

/// What became of a source's inquiries of the last 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quality {
    /// Inquiries that ended.
    pub inquiries: u64,
    /// Sales that buyers owe for.
    pub billable: u64,
    /// Sales that were returned.
    pub returned: u64,
}

/// Inquiries that a source is assumed to have had, half of them good: a source with few inquiries
/// is judged by them alone as little as possible.
const ASSUMED: f64 = 4.0;

impl Quality {
    /// Returns the share of inquiries that buyers owe for: `(billable + 2) / (inquiries + 4)`.
    pub fn billable_share(self) -> f64 {
        // Lossless: counts are far below 2^53.
        let share = (self.billable as f64 + ASSUMED / 2.0) / (self.inquiries as f64 + ASSUMED);
        share.min(1.0)
    }

    /// Returns the share of sales that were returned: `returned / (billable + returned + 4)`.
    pub fn returned_share(self) -> f64 {
        self.returned as f64 / ((self.billable + self.returned) as f64 + ASSUMED)
    }
}
