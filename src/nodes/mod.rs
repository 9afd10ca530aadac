//! The nodes of one database: which of them live, whether a node may start beside them, and what
//! the others take over from one that is gone. Times are those of the database's clock, so that
//! the nodes' own clocks do not matter.

#![deny(clippy::wildcard_enum_match_arm)]

mod record;
mod start;
mod takeover;

pub use record::NodeRecord;
pub use record::NodeState;
pub use record::RunId;
pub use start::Clocks;
pub use start::Start;
pub use start::StartFault;
pub use start::check_clocks;
pub use start::start;
pub use start::watched;
pub use takeover::Part;
pub use takeover::Takeover;
pub use takeover::due;

use std::time::Duration;

/// Interval of a node's heartbeats.
pub const BEAT_EVERY: Duration = Duration::from_secs(5);
/// Age of the last heartbeat from which on a node's webhook calls are taken over: three beats were
/// lost.
pub const SILENT_AFTER: Duration = Duration::from_secs(20);
/// Age of the last heartbeat from which on a node's SIP calls are closed, and its leads go on
/// elsewhere: no audio can have flowed through it for so long without a beat, unless the database was
/// gone, and no post of a lead takes so long.
pub const DEAD_AFTER: Duration = Duration::from_secs(60);
/// Largest difference between a node's clock and the database's.
pub const SKEW_MAX: Duration = Duration::from_secs(5);
