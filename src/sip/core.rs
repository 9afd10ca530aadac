//! State shared by all parts of the agent: outputs, timers, counters, randomness.

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
use super::RefusedInvite;
use super::RegistrationId;
use super::RegistrationOutcome;
use super::ServerPingId;
use super::transaction::Timers;
use super::wire::ParseError;
use crate::base::Rng;

/// State shared by transactions and sessions.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) config: AgentConfig,
    pub(super) rng: Rng,
    pub(super) timers: Timers,
    pub(super) counters: Counters,
    /// Whether no new calls are taken.
    pub(super) drains: bool,
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
            drains: false,
            out: VecDeque::new(),
            secret,
        }
    }

    /// Sends a message for the first time.
    pub(super) fn send(&mut self, peer: Peer, bytes: Bytes) {
        self.out.push_back(Output::Send { peer, bytes });
    }

    /// Retransmits a message.
    pub(super) fn resend(&mut self, peer: Peer, bytes: Bytes) {
        self.counters.retransmissions += 1;
        self.send(peer, bytes);
    }

    /// Reports an event to the owner of its session.
    pub(super) fn report(&mut self, event: Event) {
        self.out.push_back(Output::Event(event));
    }

    /// Closes the connection of a request that had no response.
    pub(super) fn close(&mut self, peer: Peer) {
        self.out.push_back(Output::Close { peer });
    }

    /// Reports what became of a REGISTER.
    pub(super) fn registered(&mut self, id: RegistrationId, outcome: RegistrationOutcome) {
        self.out.push_back(Output::Registered { id, outcome });
    }

    /// Reports the final status that answered an OPTIONS to a server; `None` without an answer. A
    /// challenge is an answer.
    pub(super) fn pinged(&mut self, id: ServerPingId, status: Option<u16>) {
        self.out.push_back(Output::Pinged { id, status });
    }

    /// Reports an INVITE that the agent rejects itself.
    pub(super) fn refused(&mut self, invite: RefusedInvite) {
        self.out.push_back(Output::Refused(Box::new(invite)));
    }

    /// Reports a message that is partly malformed.
    pub(super) fn not_understood(&mut self, peer: Peer, error: ParseError) {
        self.out.push_back(Output::NotUnderstood { peer, error });
    }

    /// Returns the next output.
    pub(super) fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// Returns a To-tag for a stateless response: the same for every copy of a request (RFC 3261
    /// §8.2.7), and not guessable.
    pub(super) fn stateless_tag(&self, request: &impl Hash) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.secret.hash(&mut hasher);
        request.hash(&mut hasher);
        hasher.finish()
    }
}
