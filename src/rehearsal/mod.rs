//! Rehearsals: a flow played against a book, without sockets, in simulated time.
//!
//! [`Play`] is one caller: the call's own [`crate::flow::Driver`] and [`crate::sale::Machine`], the
//! routing's own pool and decisions, in simulated time. Hand in a [`Cue`], drain [`Play::poll`],
//! look at [`Play::wants`]. [`simulate`] lets a crowd of random callers play, and counts where they
//! got to. Nothing is held and nothing is used up: caps, budgets and balances count as unused,
//! turns are taken.

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
