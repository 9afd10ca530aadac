//! Caps: how much may be used, by whom, in which window; and the holds that use it.
//!
//! A *ceiling* is what one account (a contract, a buyer, an offer) may use. A *hold* takes one
//! unit of every window of every ceiling that a pick touches, all or none:
//!
//! ```text
//! reserve ──► held ──► committed ──► ended        the call's end, or 60 s without a heartbeat
//!               ├────► released                   the attempt failed: every unit comes back
//!               └────► expired                    nobody settled or renewed it: the same
//! ```
//!
//! Each hold ends exactly once; a second call changes nothing and says so. Every window is
//! counted, whether a limit is set on it or not, so that a limit added at noon knows the morning.
//!
//! Windows turn with the account's zone: a buyer's and its contracts' at the buyer's midnight, an
//! offer's at midnight UTC (an offer has no zone of its own). A week starts on Monday.

mod account;
mod ceiling;
mod counters;
mod hold;
mod period;
mod window;

pub use ceiling::CapKey;
pub use ceiling::Ceiling;
pub use ceiling::Full;
pub use ceiling::Level;
pub use counters::Counters;
pub use counters::HOLDS_MAX;
pub use hold::Refused;
pub use hold::Settled;
pub use hold::State;
pub use period::InvalidPeriod;
pub use period::Period;
pub use period::Periods;
pub use window::Limits;
pub use window::Window;
