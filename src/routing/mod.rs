//! Routing: decides which contracts an inquiry may go to, in which order, and why not the others.
//!
//! [`decide()`] is pure: the same snapshot, inquiry, usage, instant and seed give the same
//! [`Decision`], bit for bit. A decision is complete: its picks are every eligible contract of the
//! offer in the order in which they are tried, and every other contract is passed over, once, with
//! the first reason found in the order status, channel, geo (state, zip, area code), source,
//! quality (fields, required), caps, schedule, sequence.
//!
//! # Tiers
//!
//! | tier | its eligible contracts are |
//! |---|---|
//! | primary | picks, first |
//! | secondary | picks, after every primary |
//! | overflow | picks only when neither primary nor secondary has one; else `not_in_tier` |
//! | fallback | picks, always last |
//!
//! A tier has capacity while one of its contracts is eligible for this inquiry. The strategy orders
//! the contracts within a tier. A wave of a simultaneous ring never spans two tiers. The decision
//! uses the caps at the time it is made: if every pick's hold is refused later, the next decision
//! finds those caps full, and overflow open.
//!
//! # Ties
//!
//! | strategy | order within a tier | ties |
//! |---|---|---|
//! | priority | lowest priority number | highest price, id |
//! | highest price | highest price | lowest priority number, id |
//! | weighted | largest share owed, see [`Sequence`] | priority, price, id |
//! | round robin | longest time since the last turn | priority, price, id |
//! | performance | highest expected revenue and bonus | a lot drawn from the seed, then as highest price |
//! | auction | highest bid | the earliest bid, then as highest price |
//!
//! # Sequence
//!
//! A weighted or round robin offer stores its turns in a [`Sequence`]. A turn is being first in
//! line. It is used when the decision is made, not when the call is won: otherwise every decision
//! made while the first call still rings would name the same contract, and a buyer who never
//! answers would stay first in line. The sequence must therefore advance before the next decision
//! reads it ([`Sequence::take`] does both; owners that share a sequence make them one step).
//!
//! # Two evaluators
//!
//! [`plain`] checks the contracts one by one and is the specification. [`index`] computes the same
//! verdicts from bitmaps, and [`decide()`] uses it. `tests/core/evaluators.rs` checks that both
//! agree.

#![deny(clippy::wildcard_enum_match_arm)]

mod again;
mod bids;
mod circles;
mod decide;
mod decision;
mod detail;
mod explain;
mod facts;
mod field_value;
mod hold;
pub mod index;
mod inquiry;
mod moment;
mod needed;
mod order_inputs;
mod performance;
mod performances;
pub mod plain;
mod pool;
mod question;
mod repeats;
mod room_left;
mod sequence;
mod simulation;
mod snapshot;
mod terms;
mod trace;
mod turn;
mod unbilled;
mod usage;
mod verdict;

pub use bids::Bid;
pub use bids::BidAnswer;
pub use bids::BidTerms;
pub use bids::Bids;
pub use decide::decide;
pub use decide::replay;
pub use decide::sift;
pub use decision::Decision;
pub use decision::Disqualified;
pub use decision::PassedOver;
pub use decision::Pick;
pub use decision::Seat;
pub use detail::Detail;
pub use explain::explain;
pub use field_value::check_value;
pub use hold::HOLD_TTL;
pub use hold::Hold;
pub use hold::Lesson;
pub use hold::Reached;
pub use inquiry::DQ_HOPS_MAX;
pub use inquiry::Inquiry;
pub use inquiry::Known;
pub use moment::Minute;
pub use moment::Moment;
pub use needed::follows_from;
pub use needed::needed;
pub use performance::Performance;
pub use performances::Performances;
pub use pool::pool;
pub use pool::pool_members;
pub use question::Question;
pub use sequence::Sequence;
pub use simulation::Simulation;
pub use snapshot::Roster;
pub use snapshot::Snapshot;
pub use terms::Terms;
pub use trace::Trace;
pub use turn::Turn;
pub use usage::Standing;
pub use usage::Unused;
pub use usage::Usage;
pub use usage::World;
pub use verdict::Verdict;
