//! Dispatch: the only way to a decision for live traffic. Book snapshot → decide → hold → settle.
//!
//! Only this room calls `routing::decide` for live traffic, so that calls and leads share the same
//! caps and turns. Decisions and holds are futures: the quota may be on another machine. No lock is
//! held during the request.

mod begun;
mod bid_counts;
mod bidders;
mod carrying;
mod desk;
mod door;
mod holding;
mod open_pings;
mod overruns;
mod pausing;
mod records;
mod restore;
mod scoring;
mod stored;

pub use bidders::CallBidders;
pub use bidders::CallConfirm;
pub use bidders::CallPing;
pub use bidders::LATE_MAX;
pub use door::Dispatch;
pub use overruns::Overrun;
pub use pausing::take_up_pauses;
pub use records::NodeRecords;
pub use restore::restore;
pub use restore::take_up_credits;
pub use scoring::take_up_scores;
pub(crate) use stored::snapshot_of;
pub use stored::stored_decision;
