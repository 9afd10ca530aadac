//! Rehearsals: a flow played against a book, without sockets, in simulated time.
//!
//! [`Play`] is one caller: it uses the [`crate::flow::Driver`] and [`crate::sale::Machine`] of real
//! calls, and the pool and decisions of routing, in simulated time. Pass in a [`Cue`], drain
//! [`Play::poll`], check [`Play::wants`]. [`simulate`] plays a crowd of random callers, and counts
//! their results. Nothing is held or used up: caps, budgets and balances count as unused; turns are
//! taken.

#![deny(clippy::wildcard_enum_match_arm)]

mod answers;
mod awaited;
mod crowd;
mod leavers;
mod market;
mod narrowing;
mod play;
mod report;
mod ringing;
mod scene;
mod simulate;
mod table;
mod tally;

pub use crowd::Crowd;
pub use leavers::Leaver;
pub use market::Market;
pub use narrowing::narrowing;
pub use play::Play;
pub use play::Program;
pub use report::Arrows;
pub use report::Count;
pub use report::Question;
pub use report::Report;
pub use report::Steps;
pub use scene::Cue;
pub use scene::Finale;
pub use scene::Rings;
pub use scene::Scene;
pub use scene::Wants;
pub use simulate::CALLERS_MAX;
pub use simulate::simulate;

#[cfg(test)]
mod tests;
