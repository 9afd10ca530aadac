//! The agent: transactions, dialogs and sessions behind one machine.

use bytes::Bytes;

use super::AgentConfig;
use super::Command;
use super::ConnectionId;
use super::Counters;
use super::Event;
use super::Peer;
use super::Sender;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Rng;

/// What happens to the agent.
#[derive(Debug, Clone)]
pub enum Input {
    /// A datagram, or one framed message of a connection.
    Message {
        /// Where it came from.
        peer: Peer,
        /// Whether that address is a trunk's.
        sender: Sender,
        /// The message.
        bytes: Bytes,
    },
    /// An order of a leg's owner.
    Command(Command),
    /// Time has passed; due after [`Agent::deadline`], harmless at any time.
    Tick,
    /// A connection is closed.
    ConnectionLost(ConnectionId),
    /// A message could not be delivered: no connection, or ICMP says so.
    Unreachable {
        /// The peer of the [`Output::Send`] that failed.
        peer: Peer,
    },
}

/// What the agent wants done.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send one message.
    Send {
        /// Where to.
        peer: Peer,
        /// The message.
        bytes: Bytes,
    },
    /// Tell the session's owner.
    Event(Event),
}

/// A SIP user agent without sockets and clocks (RFC 3261): hand it what happened with
/// [`Agent::handle`], drain [`Agent::poll`] until `None`, and come back at [`Agent::deadline`].
#[derive(Debug)]
pub struct Agent {
    config: AgentConfig,
    rng: Rng,
    counters: Counters,
}

impl Agent {
    /// An agent without sessions. `rng` gives tags, branches and Call-IDs.
    pub fn new(config: AgentConfig, rng: Rng) -> Self {
        Self { config, rng, counters: Counters::default() }
    }

    /// Takes one input. Never fails: a bad message changes nothing.
    pub fn handle(&mut self, input: Input, now: Now) {
        let _ = (input, now, &self.config, self.rng.next_u64());
    }

    /// The next output; `None` when all have been taken.
    pub fn poll(&mut self) -> Option<Output> {
        None
    }

    /// When the earliest timer runs out; `None` when none runs.
    pub fn deadline(&self) -> Option<Mono> {
        None
    }

    /// Totals for the metrics.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Sessions that have not ended.
    pub fn sessions(&self) -> usize {
        0
    }

    /// Transactions that have not ended, at most 32 s longer than their session.
    pub fn transactions(&self) -> usize {
        0
    }
}
