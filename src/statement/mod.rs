//! Statements: every posting in the account of a buyer or a source within a period, with the
//! balance before and after, the totals, and what is due.
//!
//! A [`Question`] names party, currency and period. The store answers it with [`PostedSum`]s, from
//! which a [`Statement`] is made, and then with pages of [`Line`]s. A [`Printer`] writes both as
//! JSON, CSV or Parquet, page by page, so that no statement is in memory as a whole.

mod line;
mod parquet;
mod party;
mod printer;
mod question;
mod totals;

pub use line::Line;
pub use line::LinePlace;
pub use parquet::HEAD_KEY;
pub use parquet::ROW_GROUP_MAX;
pub use party::Party;
pub use printer::Form;
pub use printer::PrintError;
pub use printer::Printer;
pub use question::Question;
pub use question::Wanted;
pub use totals::KindTotal;
pub use totals::PostedSum;
pub use totals::Statement;
pub use totals::Sums;

#[cfg(test)]
mod tests;
