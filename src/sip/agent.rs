//! The agent: one state machine of transactions, dialogs and sessions.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::net::SocketAddr;

use super::AgentConfig;
use super::Command;
use super::ConnectionId;
use super::Counters;
use super::Peer;
use super::Refusal;
use super::RegistrationId;
use super::Sender;
use super::Transport;
use super::core::Core;
use super::digest::Guard;
use super::input::Input;
use super::output::Output;
use super::peer::Origin;
use super::registration::Registration;
use super::reply::Reply;
use super::session::Session;
use super::transaction::ClientId;
use super::transaction::Expired;
use super::transaction::Purpose;
use super::transaction::SessionTimer;
use super::transaction::Timer;
use super::transaction::Transactions;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Rng;

/// A SIP user agent without sockets and clocks (RFC 3261). Pass inputs to [`Agent::handle`], drain
/// [`Agent::poll`] until `None`, and call again at [`Agent::deadline`].
#[derive(Debug)]
pub struct Agent {
    pub(super) core: Core,
    pub(super) transactions: Transactions,
    pub(super) sessions: HashMap<LegId, Session>,
    pub(super) registrations: HashMap<RegistrationId, Registration>,
    /// Who may call by digest.
    pub(super) guard: Guard,
    /// Sessions by the connection that carries them.
    pub(super) carried: BTreeSet<(ConnectionId, LegId)>,
}

impl Agent {
    /// Creates an agent without sessions. `rng` generates tags, branches and Call-IDs.
    pub fn new(config: AgentConfig, mut rng: Rng) -> Self {
        Self {
            guard: Guard::new(&mut rng),
            core: Core::new(config, rng),
            transactions: Transactions::default(),
            sessions: HashMap::new(),
            registrations: HashMap::new(),
            carried: BTreeSet::new(),
        }
    }

    /// Handles one input. Never fails: an invalid message changes nothing.
    pub fn handle(&mut self, input: Input, now: Now) {
        self.run_timers(now);
        match input {
            Input::Message { peer, sender, bytes } => {
                self.receive(Origin::direct(peer), sender, bytes, now);
            }
            Input::Forwarded { peer, source, sender, bytes } => {
                self.receive(Origin { peer, source }, sender, bytes, now);
            }
            Input::Command(command) => self.obey(command, now),
            Input::Tick => {}
            Input::ConnectionLost(connection) => self.connection_lost(connection, now),
            Input::Unreachable { peer } => {
                for expired in self.transactions.unreachable(&peer, &mut self.core) {
                    self.undelivered(expired, Refusal::Unreachable, now);
                }
            }
        }
        // Over TCP some timers are zero: what they end is removed before the next input.
        self.run_timers(now);
    }

    /// Returns the next output, or `None` when all have been returned.
    pub fn poll(&mut self) -> Option<Output> {
        self.core.poll()
    }

    /// Returns when the earliest timer expires, or `None` if none runs.
    pub fn deadline(&self) -> Option<Mono> {
        self.core.timers.deadline()
    }

    /// Returns the totals for the metrics.
    pub fn counters(&self) -> &Counters {
        &self.core.counters
    }

    /// Returns the number of sessions that have not ended.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Returns the number of transactions that have not ended; most last up to 32 s longer than
    /// their session.
    pub fn transactions(&self) -> usize {
        self.transactions.len()
    }

    /// Returns whether a session uses a connection.
    pub fn carries(&self, connection: ConnectionId) -> bool {
        let all = (connection, LegId(0))..=(connection, LegId(u64::MAX));
        self.carried.range(all).next().is_some()
    }

    /// Returns whether callers at addresses of no trunk are asked who they are.
    pub fn challenges(&self) -> bool {
        self.guard.is_open()
    }

    /// Returns whether a session expects requests from an address: its far end may open a
    /// connection to send them.
    pub fn expects(&self, address: IpAddr) -> bool {
        let remote = SocketAddr::new(address, 0);
        let peer = Peer { transport: Transport::Tcp, remote, local: remote, connection: None };
        let origin = Origin::direct(peer);
        self.sessions.values().any(|session| session.takes_from(&origin, &Sender::Stranger))
    }

    pub(super) fn is_full(&self) -> bool {
        self.sessions.len() >= self.core.config.max_sessions || self.transactions.is_full()
    }

    /// Returns whether the agent accepts not even another leg of a call in progress.
    pub(super) fn is_overfull(&self) -> bool {
        self.sessions.len() >= self.core.config.max_sessions.saturating_mul(2)
            || self.transactions.is_overfull()
    }

    fn obey(&mut self, command: Command, now: Now) {
        match command {
            Command::Ring { session, status, body, prack } => {
                self.ring(session, status, (body.as_ref(), prack), now);
            }
            Command::Accept { session, body } => self.accept(session, &body, now),
            Command::Reject { session, declined, retry_after } => {
                self.reject(session, declined, retry_after, now);
            }
            Command::Dismiss { session, status, retry_after, reason } => {
                self.dismiss(session, (status, reason), retry_after);
            }
            Command::Register(register) => self.register(*register, now),
            Command::Ping(ping) => self.ping(&ping, now),
            Command::Dial(dial) => self.dial(&dial, now),
            Command::Cancel { session, why } => self.cancel(session, why, now),
            Command::Bye { session, cause } => self.bye(session, cause, now),
            Command::Answer { session, body } => self.answer(session, body, now),
            Command::AnswerRefer { session, answer } => self.answer_refer(session, answer, now),
            Command::ReportRefer { session, status } => self.report_refer(session, status, now),
            Command::Admit(accounts) => self.guard.admit(accounts),
            Command::Drain => self.core.drains = true,
            Command::Probe { session } => self.probe(session, now),
        }
    }

    fn run_timers(&mut self, now: Now) {
        while let Some(timer) = self.core.timers.pop(now.mono) {
            match timer {
                Timer::Client(id, timer) => {
                    let core = &mut self.core;
                    if let Some(expired) = self.transactions.client_timer(id, timer, core, now) {
                        self.undelivered(expired, Refusal::Timeout, now);
                    }
                }
                Timer::Server(id, timer) => {
                    self.transactions.server_timer(id, timer, &mut self.core, now);
                }
                Timer::Session(session, SessionTimer::Answer) => self.answer_again(session, now),
                Timer::Session(session, SessionTimer::Ack) => self.answer_unheard(session, now),
                Timer::Session(session, SessionTimer::Cancel) => self.cancel_unheard(session, now),
                Timer::Session(session, SessionTimer::Ring) => self.ring_again(session, now),
                Timer::Session(session, SessionTimer::Prack) => self.ring_unheard(session, now),
                Timer::Session(session, SessionTimer::Refresh) => self.refresh(session, now),
                Timer::Session(session, SessionTimer::Expire) => self.expire(session, now),
            }
        }
    }

    /// Handles a request of the agent that got no response.
    fn undelivered(&mut self, expired: Expired, cause: Refusal, now: Now) {
        match expired {
            Expired::Invite(session) => self.unanswered(session, cause, now),
            Expired::Other(id, purpose) => self.replied(id, purpose, None, now),
        }
    }

    /// Handles the final response to a request other than INVITE, or `None` if there was none.
    pub(super) fn replied(
        &mut self,
        id: ClientId,
        purpose: Purpose,
        reply: Option<Reply<'_>>,
        now: Now,
    ) {
        match purpose {
            Purpose::HangUp(session) => self.bye_done(session, id, reply, now),
            Purpose::Leave(dialog) => self.left(*dialog, reply, now),
            Purpose::Probe(session) => self.probed(session, id, reply, now),
            Purpose::Acknowledge(prack) => self.prack_replied(&prack, reply, now),
            Purpose::Refresh(session) => self.update_replied(session, id, reply, now),
            Purpose::Notify(notice) => self.notified(*notice, reply, now),
            Purpose::Register(registration) => {
                self.register_replied(registration, id, reply, now);
            }
            Purpose::Ping(ping) => self.core.pinged(ping, reply.map(|reply| reply.status)),
            Purpose::Unawaited => {}
        }
    }

    /// Remembers which connection carries a session; `None` changes nothing.
    pub(super) fn carry(&mut self, session: LegId, connection: Option<ConnectionId>) {
        let (Some(connection), Some(known)) = (connection, self.sessions.get_mut(&session)) else {
            return;
        };
        if let Some(before) = known.connection().replace(connection) {
            self.carried.remove(&(before, session));
        }
        self.carried.insert((connection, session));
    }

    /// Handles a closed connection: its sessions continue by address (RFC 3261 §18.4).
    fn connection_lost(&mut self, connection: ConnectionId, now: Now) {
        let all = (connection, LegId(0))..=(connection, LegId(u64::MAX));
        let carried: Vec<_> = self.carried.range(all).copied().collect();
        for (connection, session) in carried {
            self.carried.remove(&(connection, session));
            self.carrier_lost(session, now);
        }
    }
}
