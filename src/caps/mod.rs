//! Caps: how much each account may use in each window, and the holds that use it.
//!
//! A *ceiling* is what one account (a contract, a buyer, an offer) may use. A *hold* takes one unit
//! of every window of every ceiling of a pick, all or none:
//!
//! ```text
//! reserve ──► held ──► committed ──► ended        the call's end, or 60 s without a heartbeat
//!               ├────► released                   the attempt failed: every unit is given back
//!               └────► expired                    not settled or renewed in time: the same
//! ```
//!
//! Each hold ends exactly once; a second call changes nothing and reports the state. A hold that
//! expired while its call lives is reserved again, above a cap if necessary ([`Lost`]). Every
//! window is counted with or without a limit, so that a limit added at noon includes the morning.
//!
//! Windows turn in the account's zone: those of a buyer and its contracts at the buyer's midnight,
//! those of an offer at midnight UTC (an offer has no zone). A week starts on Monday.
//!
//! Money is counted beside the units: a hold takes its contract's price from the budget of every
//! window and, if the buyer pays in advance, from the balance. A call that is not billable gives
//! the price back and keeps the units.
//!
//! A [`Mark`] remembers the person of a sale. A hold also takes the marks of the person it sells,
//! so that a buyer gets only one of two calls of the same person.

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
mod seen;
mod trunk_day;
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
pub use mark::Marks;
pub use mark::Noted;
pub use period::InvalidPeriod;
pub use period::Period;
pub use period::Periods;
pub use seen::Figures;
pub use seen::Seen;
pub use trunk_day::Carried;
pub use trunk_day::DayFull;
pub use trunk_day::DayLimit;
pub use trunk_day::TrunkDays;
pub use trunk_day::day_begin;
pub use window::Window;
