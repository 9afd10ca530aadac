//! Caps: how much may be used, by whom, in which window; and the holds that use it.
//!
//! A *ceiling* is what one account (a contract, a buyer, an offer) may use. A *hold* takes one
//! unit of every window of every ceiling that a pick touches, all or none:
//!
//! ```text
//! reserve ──► held ──► committed ──► ended        the call's end, or 60 s without a heartbeat
//!               ├────► released                   the attempt failed: every unit comes back
//!               └────► expired                    not settled or renewed in time: the same
//! ```
//!
//! Each hold ends exactly once; a second call changes nothing and reports it. A hold that expired
//! although its call lives is reserved again, above a cap if need be ([`Lost`]). Every window is
//! counted, whether a limit is set on it or not, so that a limit added at noon knows the morning.
//!
//! Windows turn with the account's zone: a buyer's and its contracts' at the buyer's midnight, an
//! offer's at midnight UTC (an offer has no zone of its own). A week starts on Monday.
//!
//! Money is counted beside the units: a hold takes its contract's price from the budget of every
//! window and, when the buyer pays in advance, from its balance. A call that turns out not to be
//! billable gives the price back and keeps its units.
//!
//! A [`Mark`] remembers whom a sale went to. A hold takes the marks of whom it sells as well, so
//! that of two calls of one person only one comes to a buyer.

mod account;
mod ceiling;
mod counters;
mod digest;
mod full;
mod hold;
mod holds;
mod level;
mod limits;
mod lost;
mod mark;
mod pace;
mod period;
mod rest;
mod scatter;
mod window;

pub use ceiling::CapKey;
pub use ceiling::Ceiling;
pub use counters::Counters;
pub use counters::HOLDS_MAX;
pub use full::Cap;
pub use full::Full;
pub use hold::HoldState;
pub use hold::Refused;
pub use hold::Room;
pub use hold::Settle;
pub use hold::Settled;
pub use level::Level;
pub use limits::Limits;
pub use lost::Again;
pub use lost::Lost;
pub use lost::Units;
pub use mark::Claim;
pub use mark::InvalidMark;
pub use mark::MARKS_MAX;
pub use mark::Mark;
pub use mark::MarkKey;
pub use period::InvalidPeriod;
pub use period::Period;
pub use period::Periods;
pub use window::Window;
