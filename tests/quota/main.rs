//! Counters that nodes share at a real Redis server: what holds when the server is killed, flushed,
//! promoted, or cut off.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test helpers")]
#![expect(clippy::panic, reason = "test helpers")]

#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/proxy.rs"]
mod proxy;
#[path = "../support/redis_server.rs"]
mod redis_server;

mod bounds;
mod chaos;
mod epochs;
mod gathered;
mod gone;
mod rebuilds;
mod sentinel;
mod world;
