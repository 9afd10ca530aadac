//! Metrics of the SIP task.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;

use crate::sip::Agent;
use crate::sip::Counters;

/// Metrics of the SIP task, written once per turn.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Sessions that have not ended.
    pub sessions: AtomicU64,
    /// Transactions that have not ended.
    pub transactions: AtomicU64,
    /// Datagrams that the kernel did not accept.
    pub unsent: AtomicU64,
    /// Events dropped because a call's mailbox was full.
    pub dropped_events: AtomicU64,
    /// Messages that are missing in ladders because a bound was reached.
    pub ladder_left_out: AtomicU64,
    /// Totals of the agent.
    pub counters: ArcSwap<Counters>,
}

impl Gauges {
    /// Shows what the agent has counted.
    pub(super) fn show(&self, agent: &Agent) {
        self.sessions.store(agent.sessions() as u64, Ordering::Relaxed);
        self.transactions.store(agent.transactions() as u64, Ordering::Relaxed);
        if **self.counters.load() != *agent.counters() {
            self.counters.store(Arc::new(*agent.counters()));
        }
    }
}
