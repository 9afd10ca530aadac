//! Counters of deliveries.

use std::sync::atomic::AtomicI64;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::base::Wall;
use crate::store::OutboxFigures;

/// Counters and gauges of deliveries. Reading them does not block.
#[derive(Debug, Default)]
pub struct Figures {
    /// Deliveries that receivers took, since the start.
    pub delivered: AtomicU64,
    /// Attempts that failed, since the start.
    pub failed: AtomicU64,
    /// Deliveries that were given up, since the start.
    pub given_up: AtomicU64,
    /// Destinations that are not tried, because they are down.
    pub open_breakers: AtomicU64,
    /// Deliveries to be made.
    pub waiting: AtomicU64,
    /// Deliveries that were given up and are still kept.
    pub dead: AtomicU64,
    /// When the oldest waiting delivery was planned, in microseconds since 1970; 0 without one.
    oldest: AtomicI64,
}

impl Figures {
    /// Stores the state of the outbox.
    pub(super) fn set(&self, state: OutboxFigures) {
        let OutboxFigures { waiting, dead, oldest } = state;
        self.waiting.store(waiting, Ordering::Relaxed);
        self.dead.store(dead, Ordering::Relaxed);
        self.oldest.store(oldest.map_or(0, Wall::micros), Ordering::Relaxed);
    }

    /// Returns the age of the oldest waiting delivery; zero without one.
    pub fn oldest_age(&self, now: Wall) -> Duration {
        match self.oldest.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => now.since(Wall::from_micros(since)),
        }
    }
}
