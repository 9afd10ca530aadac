//! Tests of the agent in simulated time: each side alone, and two agents over a lossy network.

mod bench;
mod client;
mod digest;
mod dialog;
mod forged;
mod grammar;
mod hostile;
mod large;
mod lossy;
mod misled;
mod ping;
mod proxied;
mod reason;
mod refer;
mod registration;
mod reliable;
mod reported;
mod rfc3665;
mod server;
mod session_timer;
mod tcp;
mod tls;
