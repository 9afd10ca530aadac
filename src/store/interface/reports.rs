//! Reports about ended calls.

use crate::report::Question;
use crate::report::Report;
use crate::report::TooManyRows;
use crate::store::Pending;

/// Reports about ended calls. Sums are kept in the transactions of the facts and postings that they
/// count, so a report has everything that was committed before it.
pub trait Reports: Send + Sync {
    /// Returns the answer to a question; [`TooManyRows`] if it would be too long.
    fn report(&self, question: Question) -> Pending<'_, Result<Report, TooManyRows>>;
}
