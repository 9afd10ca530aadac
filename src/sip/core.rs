//! What every part of the agent writes to: outputs, timers, counters, randomness.

use std::collections::VecDeque;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

use bytes::Bytes;

use super::AgentConfig;
use super::Counters;
use super::Event;
use super::Output;
use super::Peer;
use super::transaction::Timers;
use super::wire::ParseError;
use crate::base::Rng;

/// The shared surroundings of transactions and sessions.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) config: AgentConfig,
    pub(super) rng: Rng,
    pub(super) timers: Timers,
    pub(super) counters: Counters,
    out: VecDeque<Output>,
    secret: u64,
}

impl Core {
    pub(super) fn new(config: AgentConfig, mut rng: Rng) -> Self {
        let secret = rng.next_u64();
        Self {
            config,
            rng,
            timers: Timers::default(),
            counters: Counters::default(),
            out: VecDeque::new(),
            secret,
        }
    }

    /// Sends a message for the first time.
    pub(super) fn send(&mut self, peer: Peer, bytes: Bytes) {
        self.out.push_back(Output::Send { peer, bytes });
    }

    /// Sends a message again.
    pub(super) fn resend(&mut self, peer: Peer, bytes: Bytes) {
        self.counters.retransmissions += 1;
        self.send(peer, bytes);
    }

    /// Reports an event to the owner of its session.
    pub(super) fn report(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    /// Reports a message that cannot be read as a whole.
    pub(super) fn not_understood(&mut self, peer: Peer, error: ParseError) {
        self.out.push_back(Output::NotUnderstood { peer, error });
    }

    /// The next output.
    pub(super) fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// A To-tag for a response that leaves no state behind: the same for every copy of a request
    /// (RFC 3261 §8.2.7), and not to be guessed.
    pub(super) fn stateless_tag(&self, request: &impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.secret.hash(&mut hasher);
        request.hash(&mut hasher);
        hasher.finish()
    }
}
