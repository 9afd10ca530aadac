//! Tests of the program and its sockets: the command line, edits of a running switch, generated
//! HTTP requests, media on
//! loopback, calls with SIPp, and calls at webhook carriers.
//!
//! One binary for all, because each further one would link the whole library again.
//! `cargo test --test program sipp::` runs one of its folders.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test helpers")]

#[path = "../support/canary.rs"]
mod canary;
#[path = "../../src/stir/sample.rs"]
mod carrier_sample;
#[path = "../support/http.rs"]
mod http;
#[path = "../support/postgres.rs"]
mod postgres;
#[expect(dead_code, reason = "the tests of the quota need more of it")]
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/redis_server.rs"]
mod redis_server;
#[path = "../support/rtp.rs"]
mod packets;

mod amounts;
mod api;
mod browser;
mod call_pings;
mod certificates;
mod cli;
mod demo;
mod deployed;
mod dns;
mod edits;
mod events_at;
mod flow_commands;
mod free_port;
mod keyed_requests;
mod lead_door;
mod lead_pages;
mod lead_pings;
mod lead_platforms;
mod lead_sources;
mod lead_status;
mod lead_takeovers;
mod leads;
mod media;
mod nameserver;
mod readme;
mod postgres_tls;
mod receiver;
mod refused;
mod scores;
mod shared;
mod signals;
mod sipp;
mod switch;
mod tables;
mod until;
mod webhook_calls;
