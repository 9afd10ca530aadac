//! Reports: what ended calls and postings add to sums, how a question is answered from sums, and
//! how an answer is shown.
//!
//! Sums are kept by quarter hour for the groups of [`Pair`], for those of all dimensions together
//! ([`CUBE`]), and for attempts and reasons ([`Additions`]). A question that needs the cube may span
//! a shorter period, because the cube has almost as many rows as there are calls.

mod answer;
mod caps;
mod column;
mod dimension;
mod ended;
mod group;
mod measure;
mod question;
mod span;
mod table;
mod topic;

pub use answer::Groups;
pub use answer::REPORT_ROWS_MAX;
pub use answer::Report;
pub use answer::ReportRow;
pub use answer::TooManyRows;
pub use caps::CapRow;
pub use caps::CapsReport;
pub use caps::Used;
pub use caps::caps_in_use;
pub use column::Cell;
pub use column::Column;
pub use dimension::CUBE;
pub use dimension::Dimension;
pub use dimension::Pair;
pub use ended::Additions;
pub use ended::Billed;
pub use ended::EARLY;
pub use ended::Facets;
pub use ended::Posted;
pub use ended::TAG_BYTES_MAX;
pub use ended::TAGS_MAX;
pub use ended::Taker;
pub use group::About;
pub use group::AttemptGroup;
pub use group::CallGroup;
pub use group::CubeGroup;
pub use group::ReasonGroup;
pub use measure::Measure;
pub use measure::Sums;
pub use question::CUBE_PERIOD_MAX;
pub use question::DAYS_PERIOD_MAX;
pub use question::DIMENSIONS_MAX;
pub use question::From;
pub use question::Part;
pub use question::Question;
pub use question::Wanted;
pub use span::Grain;
pub use span::Quarter;
pub use span::Segment;
pub use span::Span;
pub use span::Unit;
pub use table::WIDTH;
pub use topic::Topic;
