//! Tests of decisions, without the program and without sockets: the wire, descriptions, flows,
//! books, strategies, and whole calls in simulated time.
//!
//! One binary for all, because each further one would link the whole library again.
//! `cargo test --test core shares::` runs one of its files.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test helpers")]

#[path = "../support/random_book.rs"]
mod random_book;
#[path = "../support/ready.rs"]
mod ready;

mod agent_torture;
mod book_life;
mod corpora;
mod evaluators;
mod flow_schema;
mod ivr_flows;
mod random_trunk;
mod sdp_answers;
mod shares;
mod simulation;
mod strategies;
mod wire_oracle;
mod wire_properties;
mod wire_torture;
