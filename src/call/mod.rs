//! call

mod record;

pub use record::AttemptRecord;
pub use record::CallRecord;
pub use record::CallState;
pub use record::DecisionRecord;
pub use record::EndedBy;
pub use record::Winner;
