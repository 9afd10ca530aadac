//! Reads a book from TOML: one file per noun. The reader of a noun reports all faults, and returns
//! the noun only if there is none.

mod auth;
mod auto_pause;
mod bidder;
mod book;
mod budget;
mod buyer;
mod call_pings;
mod caps;
mod context;
mod contract;
mod conversion;
mod delivery;
mod destination;
mod dq;
mod duplicate;
mod exchange;
mod filters;
mod entrance;
mod form_field;
mod headers;
mod later;
mod money;
mod names;
mod number;
mod offer;
mod payout;
mod place;
mod places;
mod postback;
mod rate;
mod response_rule;
mod returns;
mod schedule;
mod source;
mod surroundings;
mod template;
mod trunk;
mod trunk_limits;
mod url;
mod zone;

pub use book::parse;
pub(super) use book::parse_naming;
pub use book::parse_with;
pub use place::BookText;
pub use surroundings::Surroundings;
