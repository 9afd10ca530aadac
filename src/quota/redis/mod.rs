//! Counters, holds and turns in a Redis server that nodes share.
//!
//! Each operation is one function at the server (`functions.lua`), so it is atomic across nodes.
//! A node keeps its own open holds, so that it can repeat what was not confirmed, and bring them
//! back when the server has lost its data. The counters then belong to another *epoch*: every
//! operation is refused until they are rebuilt from the records and from the holds of all nodes.
//! While the server cannot be reached, or is being rebuilt, no hold is made that guards a limit.

mod gather;
mod holds;
mod library;
mod own;
mod rebuild;
mod rotation;
mod server;
mod sight;
#[cfg(test)]
mod tests;
mod turns;
mod wire;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;
use redis::Cmd;
use redis::RedisError;
use redis::Value;
use redis::aio::MultiplexedConnection;
use tokio::sync::watch;

use super::View;
use crate::base::Now;
use crate::base::Rng;
use crate::base::Wall;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;
use crate::config::RedisAccount;
use crate::config::RedisUrl;
use crate::routing::Performances;

use gather::Gather;
use library::FORMAT;
use library::Library;
use own::Own;
use server::Server;
use sight::Sight;
use turns::SharedTurns;
use wire::Answer;
use wire::Unavailable;

pub use rebuild::Records;

/// Counters, holds and turns at Redis.
#[derive(Debug)]
pub struct Redis {
    server: Server,
    library: Library,
    /// The name of the counters, in braces, so that a cluster keeps all keys in one slot.
    book: String,
    /// What the keys hold: [`FORMAT`], except in tests.
    format: u32,
    /// This node's name.
    node: String,
    clock: Clock,
    state: ArcSwap<State>,
    /// Grows with every connection that is lost or made.
    changed: watch::Sender<u64>,
    sight: Mutex<Sight>,
    own: Mutex<Own>,
    reservations: Gather,
    settlements: Gather,
    turns: SharedTurns,
    performances: Mutex<Performances>,
    rng: Mutex<Rng>,
    losses: AtomicU64,
    sessions: AtomicU64,
}

/// Whose clock decides when holds expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The server's: the clocks of nodes do not matter.
    Server,
    /// The caller's, for tests in simulated time.
    Caller,
}

/// Whether the counters can be used.
#[derive(Debug)]
enum State {
    /// The server cannot be reached, or its counters belong to another epoch.
    Down,
    /// This node rebuilds the counters.
    Rebuilding(Session),
    /// The counters are complete.
    Up(Session),
}

/// A connection, and the epoch of the counters.
#[derive(Debug, Clone)]
struct Session {
    connection: MultiplexedConnection,
    epoch: String,
    /// Distinguishes sessions.
    number: u64,
}

/// Where the counters are, and in whose name they are used.
#[derive(Debug)]
pub struct Place<'a> {
    /// The server.
    pub url: &'a RedisUrl,
    /// The account at it.
    pub account: &'a RedisAccount,
    /// Certificates of the authorities that may vouch for it, in PEM; `None`: the system's.
    pub authority: Option<&'a [u8]>,
    /// Name of the counters.
    pub name: &'a str,
    /// Name of this node, unique among those that share the counters.
    pub node: &'a str,
}

impl Redis {
    /// Prepares shared counters. They are unavailable until [`Redis::run`] has connected.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new(place: &Place<'_>, clock: Clock, rng: Rng) -> Result<Self, RedisError> {
        Ok(Self {
            server: Server::new(place.url, place.account, place.authority)?,
            library: Library::new(),
            book: format!("{{{}}}", place.name),
            format: FORMAT,
            node: place.node.to_owned(),
            clock,
            state: ArcSwap::from_pointee(State::Down),
            changed: watch::Sender::new(0),
            sight: Mutex::default(),
            own: Mutex::default(),
            reservations: Gather::default(),
            settlements: Gather::default(),
            turns: SharedTurns::default(),
            performances: Mutex::default(),
            rng: Mutex::new(rng),
            losses: AtomicU64::new(0),
            sessions: AtomicU64::new(0),
        })
    }

    /// Returns whether the counters can be used.
    pub fn is_up(&self) -> bool {
        matches!(**self.state.load(), State::Up(_))
    }

    /// Returns how often the counters became unavailable since the start.
    pub fn losses(&self) -> u64 {
        self.losses.load(Ordering::Relaxed)
    }

    /// Waits until the counters can be used. Cancel-safe.
    pub async fn up(&self) {
        let mut changed = self.changed.subscribe();
        while !self.is_up() {
            // The sender lives as long as `self`.
            let _open = changed.changed().await;
        }
    }

    /// Returns the session of complete counters.
    fn session(&self) -> Option<Session> {
        match &**self.state.load() {
            State::Up(session) => Some(session.clone()),
            State::Down | State::Rebuilding(_) => None,
        }
    }

    /// Returns the session, also while this node rebuilds the counters: for what restores them.
    fn restoring(&self) -> Option<Session> {
        match &**self.state.load() {
            State::Up(session) | State::Rebuilding(session) => Some(session.clone()),
            State::Down => None,
        }
    }

    /// Runs a function. If there is no answer in time, the connection is given up: the next one
    /// finds out what the counters are.
    async fn call(
        &self,
        session: &Session,
        name: &str,
        add: impl FnOnce(&mut Cmd),
    ) -> Result<Answer, Unavailable> {
        let mut command = redis::cmd("FCALL");
        command.arg(self.library.function(name)).arg(1).arg(self.tag()).arg(&session.epoch);
        add(&mut command);
        let mut connection = session.connection.clone();
        let answer: Result<Vec<Value>, RedisError> = command.query_async(&mut connection).await;
        let refused = match answer.map(Answer::read) {
            Ok(Some(answer)) if answer.status != "epoch" => return Ok(answer),
            Ok(_) => "the counters were lost".to_owned(),
            // Memory is full, which another connection would not change.
            Err(error) if error.code() == Some("OOM") => {
                tracing::error!(%error, "redis has no memory: maxmemory is reached");
                return Err(Unavailable);
            }
            Err(error) => error.to_string(),
        };
        self.lose(session, &refused);
        Err(Unavailable)
    }

    /// Returns what begins every key of the counters.
    fn tag(&self) -> String {
        format!("{}:{}", self.book, self.format)
    }

    /// Gives a session up.
    fn lose(&self, session: &Session, why: &str) {
        let state = self.state.load();
        let is_current = match &**state {
            State::Up(own) | State::Rebuilding(own) => own.number == session.number,
            State::Down => false,
        };
        if !is_current {
            return;
        }
        let was_up = matches!(**state, State::Up(_));
        let before = self.state.compare_and_swap(&state, Arc::new(State::Down));
        if Arc::ptr_eq(&before, &state) {
            if was_up {
                self.losses.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(why, "quota unavailable: contracts with limits are skipped");
            }
            self.changed.send_modify(|count| *count += 1);
        }
    }

    /// Returns the time that a function is given: none, if the server's clock counts.
    fn time(&self, now: Now) -> String {
        match self.clock {
            Clock::Server => String::new(),
            Clock::Caller => (now.mono.nanos() / 1_000).to_string(),
        }
    }

    // Only a panic can poison these locks; what they guard is still the best that is known.

    fn sight(&self) -> MutexGuard<'_, Sight> {
        self.sight.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rng(&self) -> MutexGuard<'_, Rng> {
        self.rng.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn performances(&self) -> MutexGuard<'_, Performances> {
        self.performances.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View for Redis {
    fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        self.sight().full(ceiling, periods)
    }

    fn used(&self, key: &CapKey) -> u64 {
        self.sight().of(&key.level).map_or(0, |seen| seen.units(key.period))
    }

    fn spent(&self, key: &CapKey) -> i64 {
        self.sight().of(&key.level).map_or(0, |seen| seen.spent(key.period))
    }

    fn balance(&self, level: &Level) -> i64 {
        self.sight().of(level).map_or(0, |seen| seen.balance)
    }

    fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        self.sight().marks().sold(mark, now)
    }

    fn live(&self) -> usize {
        self.own().len()
    }
}
