//! Statements of the accounts of buyers and sources.

use crate::statement::Line;
use crate::statement::LinePlace;
use crate::statement::Question;
use crate::statement::Sums;
use crate::store::Pending;

/// Statements of the accounts of buyers and sources.
pub trait Statements: Send + Sync {
    /// Returns the sums of an account before and within the period.
    fn statement_sums(&self, question: Question) -> Pending<'_, Sums>;

    /// Returns the lines of the period after a place (`None`: from its beginning), in order, up to
    /// the posting `last` of the sums; at most `limit`, and at most
    /// [`crate::store::STATEMENT_PAGE_MAX`].
    ///
    /// Postings are final, so the pages and the sums belong together, whatever is posted meanwhile.
    fn statement_lines(
        &self,
        question: Question,
        last: u64,
        after: Option<LinePlace>,
        limit: usize,
    ) -> Pending<'_, Vec<Line>>;
}
