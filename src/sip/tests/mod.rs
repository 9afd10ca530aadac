//! The agent in simulated time: one file per side, and a bad wire between two agents.

mod bench;
mod client;
mod dialog;
mod forged;
mod grammar;
mod hostile;
mod lossy;
mod server;
mod tcp;
