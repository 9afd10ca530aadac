//! Calls at webhook carriers: a simulated carrier on the one side, the program's own node behind
//! real HTTP on the other, and what it wrote down read over its API. Time is the carrier's, so that
//! an hour's talk takes as long as its requests.

mod calls;
mod caps;
mod gate;
mod hang_up;
mod journals;
mod lost;
mod mischief;
mod one_behaviour;
mod plays;
mod program;
mod restart;
mod stage;
mod strangers;
mod sweep;
mod switchboard;
