//! Calls at webhook carriers: a simulated carrier on one side, the program's own node behind real
//! HTTP on the other. Records are read over the API. The carrier simulates time, so an hour-long
//! call takes only as long as its requests.

mod called_for;
mod calls;
mod canaries;
mod caps;
mod drain;
mod frozen;
mod gate;
mod hang_up;
mod journals;
mod jumps;
mod lost;
mod messages;
mod mischief;
mod one_behaviour;
mod plays;
mod postbacks;
mod program;
mod restart;
mod stage;
mod stalls;
mod strangers;
mod sweep;
mod suppressed;
mod switchboard;
mod taken_over;
