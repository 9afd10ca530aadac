//! Keeps a connection, and the counters complete: rebuilds them when they were lost.
//!
//! The server's counters are complete if its epoch names its current run. After a restart, a
//! promotion of a replica, or a flush, one node leads: it empties the counters, waits until the
//! other nodes have contributed the holds of their live calls, raises the counters to what is
//! recorded, and opens those holds on top, and the sold ones that the server still had: their nodes
//! may be gone. The records name the holds whose sales they have, so each
//! call counts once, whenever it is sold, ends, and is recorded: what the records lack of a contributed
//! hold is added. Every node writes its facts to the store before it contributes, and contributes holds
//! that have ended lately.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_core::Stream;
use redis::aio::PubSubStream;
use tokio_util::sync::CancellationToken;

use super::Redis;
use super::Session;
use super::State;
use super::Unavailable;
use super::own::LiveHold;
use super::server::Link;
use super::wire;
use super::wire::Answer;
use super::wire::millionths;
use crate::base::Backoff;
use crate::base::HoldId;
use crate::base::Now;
use crate::caps::MarkKey;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::quota::QuotaAnswer;
use crate::quota::Restored;
use crate::routing::HOLD_TTL;
use crate::store::SoldHold;

/// How long a node that leads may be silent before another one leads.
const LEAD_MAX: Duration = Duration::from_secs(2);
/// Pause between its signs of life, and between looks at a rebuilding that others lead.
const TICK: Duration = Duration::from_millis(500);
/// Longest wait for what other nodes contribute: each connects within a second, after a pause of at
/// most two.
const JOIN_MAX: Duration = Duration::from_millis(3_500);
/// Wait for other nodes when the live ones are not known: all of them connect within it.
const JOIN_UNKNOWN: Duration = Duration::from_millis(1_200);
/// Holds in one contribution, or read at once.
const CHUNK: usize = 300;

/// The records from which counters are rebuilt.
pub trait Records: Send + Sync + Debug {
    /// Returns the names of the nodes that live, this one among them; `None` if they are not known.
    fn nodes(&self) -> QuotaAnswer<'_, Option<BTreeSet<String>>>;

    /// Writes the facts of calls of this node that have ended to the store, as far as it takes them
    /// within a second.
    fn drain(&self) -> QuotaAnswer<'_, ()>;

    /// Restores the counters, which are empty, from the store. Returns what they include, also of
    /// some holds; the error says why the store cannot be read.
    fn restore(&self, holds: Vec<HoldId>) -> QuotaAnswer<'_, Result<Restored, String>>;

    /// Applies what the store has beyond what complete counters include.
    fn catch_up(&self) -> QuotaAnswer<'_, ()>;

    /// Returns both clocks.
    fn now(&self) -> Now;
}

/// Why there is no session.
enum NoSession {
    /// The connection broke.
    Broken,
    /// The store cannot be read.
    Records(String),
}

impl From<Unavailable> for NoSession {
    fn from(_: Unavailable) -> Self {
        NoSession::Broken
    }
}

/// The answer to a node that joins.
enum Joined {
    Ready(String),
    Lead(String),
    Wait(String),
    /// These nodes count in another format.
    Beside(BTreeSet<String>),
}

impl Redis {
    /// Returns the channel on which changes are announced.
    pub(super) fn channel(&self) -> String {
        format!("{}:touched", self.tag())
    }

    /// Returns the name under which the server remembers a person who was sold.
    pub(super) fn sold_key(&self, person: MarkKey) -> String {
        format!("{}:sold:{person}", self.tag())
    }

    /// Keeps a connection and the counters complete, until `end`.
    pub async fn run(self: Arc<Self>, records: Arc<dyn Records>, end: CancellationToken) {
        let kept_up = async {
            tokio::select! {
                () = end.cancelled() => {}
                () = self.keep_up(records.as_ref()) => {}
            }
        };
        tokio::join!(
            kept_up,
            self.reservations.run(&end, |asks| self.reserve_all(asks)),
            self.settlements.run(&end, |asks| self.settle_all(asks))
        );
    }

    async fn keep_up(&self, records: &dyn Records) {
        let mut backoff = Backoff::new(self.rng().fork());
        let mut is_known = false;
        loop {
            match self.server.connect(&self.library, &self.channel()).await {
                Ok(mut link) => {
                    if self.come_up(&mut link, records).await.is_ok() {
                        is_known = false;
                        backoff.reset();
                        self.follow(&mut link.announced, records).await;
                    }
                }
                // The first failure of a row.
                Err(error) if !is_known => {
                    is_known = true;
                    tracing::error!(%error, "redis cannot be reached: trying again");
                }
                Err(_) => {}
            }
            tokio::time::sleep(backoff.pause()).await;
        }
    }

    /// Makes sure that the counters are complete, and uses them.
    async fn come_up(&self, link: &mut Link, records: &dyn Records) -> Result<(), Unavailable> {
        let session = match self.complete(link, records).await {
            Ok(session) => session,
            Err(why) => {
                if let NoSession::Records(error) = why {
                    tracing::error!(error, "counters not rebuilt: the store cannot be read");
                }
                self.set(State::Down);
                return Err(Unavailable);
            }
        };
        self.sight().forget_accounts();
        let mut all = self.call(&session, "accounts", |_| {}).await?;
        self.sight().take_in_all(wire::all_accounts(all.list()));
        self.set(State::Up(session.clone()));
        tracing::info!(epoch = session.epoch, "quota available");
        self.repeat(&session, records.now()).await;
        records.catch_up().await;
        Ok(())
    }

    fn set(&self, state: State) {
        self.state.store(Arc::new(state));
        self.changed.send_modify(|count| *count += 1);
    }

    fn session_of(&self, link: &Link, epoch: String) -> Session {
        let number = self.sessions.fetch_add(1, Ordering::Relaxed);
        Session { connection: link.connection.clone(), epoch, number }
    }

    /// Returns a session of complete counters; rebuilds them if they are not.
    async fn complete(&self, link: &mut Link, records: &dyn Records) -> Result<Session, NoSession> {
        let mut contributed = String::new();
        let (mut gone, mut beside) = (BTreeSet::new(), BTreeSet::new());
        loop {
            match self.join(link, &std::mem::take(&mut gone)).await? {
                Joined::Ready(epoch) => return Ok(self.session_of(link, epoch)),
                Joined::Lead(epoch) => return self.lead(link, epoch, records).await,
                Joined::Wait(epoch) => {
                    if contributed != epoch && epoch.starts_with("rebuilding:") {
                        self.contribute(&self.session_of(link, epoch.clone()), records).await?;
                        contributed = epoch;
                    }
                    self.announced_within(&mut link.announced, TICK).await?;
                }
                Joined::Beside(others) => {
                    if let Some(live) = records.nodes().await {
                        gone = others.difference(&live).cloned().collect();
                    }
                    if gone.is_empty() {
                        if beside != others {
                            self.log_beside(&others);
                            beside = others;
                        }
                        self.announced_within(&mut link.announced, TICK).await?;
                    }
                }
            }
        }
    }

    fn log_beside(&self, others: &BTreeSet<String>) {
        let nodes = others.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let format = self.format;
        tracing::error!(
            nodes,
            format,
            "redis has counters of another format: contracts with limits are skipped until these nodes stop"
        );
    }

    /// Joins the nodes of the counters. Those that are gone do not count any more.
    async fn join(&self, link: &Link, gone: &BTreeSet<String>) -> Result<Joined, Unavailable> {
        let new = format!("{:016x}", self.rng().next_u64());
        let lead = LEAD_MAX.as_millis().to_string();
        // Any epoch may join.
        let session = self.session_of(link, String::new());
        let answer = self.call(&session, "join", |command| {
            command.arg(&self.node).arg(&link.run).arg(lead).arg(new);
            command.arg(&self.book).arg(self.format);
            for node in gone {
                command.arg(node);
            }
        });
        let mut answer = answer.await?;
        if answer.status == "beside" {
            return Ok(Joined::Beside(answer.words().into_iter().collect()));
        }
        let epoch = answer.word();
        Ok(match answer.status.as_str() {
            "ready" => Joined::Ready(epoch),
            "lead" => Joined::Lead(epoch),
            _ => Joined::Wait(epoch),
        })
    }

    /// Contributes the holds of this node's live calls, after its facts.
    async fn contribute(
        &self,
        session: &Session,
        records: &dyn Records,
    ) -> Result<(), Unavailable> {
        let live = self.own().live();
        records.drain().await;
        let mut chunks = live.chunks(CHUNK).peekable();
        loop {
            let chunk = chunks.next().unwrap_or_default();
            let is_last = chunks.peek().is_none();
            let name = if is_last { "contribute" } else { "contribute_part" };
            self.call(session, name, |command| {
                command.arg(&self.node);
                for hold in chunk {
                    command.arg(&hold.id).arg(&hold.stored);
                }
            })
            .await?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// Rebuilds the counters.
    async fn lead(
        &self,
        link: &mut Link,
        epoch: String,
        records: &dyn Records,
    ) -> Result<Session, NoSession> {
        let session = self.session_of(link, epoch.clone());
        self.set(State::Rebuilding(session.clone()));
        tracing::warn!(epoch, "counters were lost: rebuilding them");
        let own = self.own().live();
        records.drain().await;
        self.wait_for_others(link, &session, records).await?;
        self.sight().forget_accounts();
        let mut holds = self.leading(&session, self.contributed(&session, "live")).await??;
        holds.extend(own);
        // Last: what a node says of its own hold comes first, and then counts.
        holds.extend(self.leading(&session, self.contributed(&session, "kept")).await??);
        let ids = holds.iter().filter_map(|hold| hold.id.parse().ok()).collect();
        let restored = self.leading(&session, records.restore(ids)).await?;
        let Restored { applied, sold } = restored.map_err(NoSession::Records)?;
        let sold: HashMap<String, SoldHold> =
            sold.into_iter().map(|sold| (sold.hold.to_string(), sold)).collect();
        let bring_all = async {
            for hold in &holds {
                self.bring(&session, hold, sold.get(&hold.id), records.now()).await?;
            }
            Ok::<(), Unavailable>(())
        };
        self.leading(&session, bring_all).await??;
        let ready = format!("ready:{}:{}", epoch.trim_start_matches("rebuilding:"), link.run);
        let finished = self.call(&session, "finish", |command| {
            command.arg(&ready).arg(applied.entries).arg(applied.postings);
        });
        finished.await?;
        Ok(self.session_of(link, ready))
    }

    /// Does what takes long, and shows meanwhile that this node still leads.
    async fn leading<T>(
        &self,
        session: &Session,
        work: impl Future<Output = T>,
    ) -> Result<T, Unavailable> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Ok(done),
                () = tokio::time::sleep(TICK) => self.extend(session).await?,
            }
        }
    }

    async fn extend(&self, session: &Session) -> Result<(), Unavailable> {
        let time = LEAD_MAX.as_millis().to_string();
        self.call(session, "extend", |command| {
            command.arg(time);
        })
        .await
        .map(drop)
    }

    /// Waits until every other live node has contributed, or for as long as they may take.
    async fn wait_for_others(
        &self,
        link: &mut Link,
        session: &Session,
        records: &dyn Records,
    ) -> Result<(), Unavailable> {
        let nodes = self.leading(session, records.nodes()).await?;
        let longest = if nodes.is_some() { JOIN_MAX } else { JOIN_UNKNOWN };
        let mut waited = std::pin::pin!(tokio::time::sleep(longest));
        loop {
            let answer = self.call(session, "contributed", |command| {
                command.arg("nodes");
            });
            let joined: BTreeSet<String> = answer.await?.words().into_iter().collect();
            let is_missing = |node: &String| *node != self.node && !joined.contains(node);
            if nodes.as_ref().is_some_and(|nodes| !nodes.iter().any(is_missing)) {
                return Ok(());
            }
            tokio::select! {
                () = &mut waited => return Ok(()),
                heard = self.announced_within(&mut link.announced, TICK) => heard?,
            }
            self.extend(session).await?;
        }
    }

    /// Returns the holds that other nodes have contributed (`live`), or the sold ones that the server
    /// still had (`kept`).
    async fn contributed(
        &self,
        session: &Session,
        whose: &str,
    ) -> Result<Vec<LiveHold>, Unavailable> {
        let mut holds = Vec::new();
        for from in (0..).step_by(CHUNK * 2) {
            let answer = self.call(session, "contributed", |command| {
                command.arg(whose).arg(from).arg(from + CHUNK * 2 - 1);
            });
            let items: Vec<Vec<u8>> =
                answer.await?.list().into_iter().filter_map(wire::bytes).collect();
            for pair in items.chunks_exact(2) {
                let [id, stored] = pair else { continue };
                let id = String::from_utf8_lossy(id).into_owned();
                holds.push(LiveHold { id, stored: stored.clone() });
            }
            if items.len() < CHUNK * 2 {
                break;
            }
        }
        Ok(holds)
    }

    /// Adds what the records lack of a hold, and opens it if its call is up.
    async fn bring(
        &self,
        session: &Session,
        hold: &LiveHold,
        sold: Option<&SoldHold>,
        now: Now,
    ) -> Result<(), Unavailable> {
        let (time, ttl) = (self.time(now), millionths(HOLD_TTL));
        let recorded = match sold {
            None => "",
            Some(SoldHold { is_settled: false, .. }) => "sold",
            Some(SoldHold { is_settled: true, .. }) => "settled",
        };
        let answer = self.call(session, "bring", |command| {
            command.arg(&hold.id).arg(time).arg(ttl).arg(&hold.stored).arg(recorded);
        });
        let changed = answer.await?.text();
        self.sight().take_in(&changed);
        Ok(())
    }

    /// Repeats the settlements that were not confirmed.
    pub(super) async fn repeat(&self, session: &Session, now: Now) {
        let waiting = self.own().waiting();
        for id in waiting {
            loop {
                let Some((hold, how)) = self.own().first(id) else { break };
                let settled = self.ask_to_settle(id, how).await;
                let Ok(settled) = settled else { return };
                if how.was_missed(hold.is_committed, settled)
                    && self.sell_missed(session, id, &hold.stored, how, now).await.is_err()
                {
                    return;
                }
                if how == Settle::Commit {
                    let mut sight = self.sight();
                    hold.marks.iter().for_each(|mark| sight.remember(*mark, hold.at));
                }
                let ended = self.own().confirmed(id);
                self.forget(ended);
            }
        }
    }

    /// Opens a hold that was lost while its settlement waited, and settles it.
    async fn sell_missed(
        &self,
        session: &Session,
        id: HoldId,
        stored: &[u8],
        how: Settle,
        now: Now,
    ) -> Result<(), Unavailable> {
        tracing::warn!(hold = %id, ?how, "lost hold of a call reserved again");
        if how == Settle::Commit {
            let hold = LiveHold { id: id.to_string(), stored: stored.to_vec() };
            self.bring(session, &hold, None, now).await?;
            let _settled: Settled = self.ask_to_settle(id, how).await?;
        } else {
            // The units of a committed hold stayed spent: only its price is to be given back.
            let answer = self.call(session, "pay_back", |command| {
                command.arg(stored);
            });
            let changed = Answer::text(&mut answer.await?);
            self.sight().take_in(&changed);
        }
        Ok(())
    }

    /// Follows what the server announces until the session is lost.
    async fn follow(&self, announced: &mut PubSubStream, records: &dyn Records) {
        let mut changed = self.changed.subscribe();
        loop {
            let Some(session) = self.session() else { return };
            tokio::select! {
                _open = changed.changed() => {}
                message = next(announced) => match message {
                    Some(message) if message.starts_with(b"r") => {
                        // Another node rebuilds the counters: then the epoch is another one.
                        let _epoch = self.call(&session, "applied", |_| {}).await;
                    }
                    Some(message) => self.hear(&message),
                    None => self.lose(&session, "the connection was closed"),
                }
            }
            if self.own().has_waiting() {
                self.repeat(&session, records.now()).await;
            }
        }
    }

    /// Takes in what was announced, or waits for a time.
    async fn announced_within(
        &self,
        announced: &mut PubSubStream,
        time: Duration,
    ) -> Result<(), Unavailable> {
        tokio::select! {
            () = tokio::time::sleep(time) => Ok(()),
            message = next(announced) => message.map(drop).ok_or(Unavailable),
        }
    }

    fn hear(&self, message: &[u8]) {
        match message.split_first() {
            Some((b's', sold)) => {
                let mut sight = self.sight();
                wire::sold(sold).into_iter().for_each(|(mark, at)| sight.hear(mark, at));
            }
            Some((b'e', earned)) => {
                if let Some((contract, micros)) = wire::earned(earned, &self.node) {
                    self.performances().record(&contract, micros);
                }
            }
            // Accounts that have changed: a name begins with another letter.
            Some(_) => self.sight().take_in(message),
            None => {}
        }
    }
}

/// Returns the next announcement; `None` when the connection has ended.
async fn next(announced: &mut PubSubStream) -> Option<Vec<u8>> {
    let message = std::future::poll_fn(|context| Pin::new(&mut *announced).poll_next(context));
    message.await.map(|message| message.get_payload_bytes().to_vec())
}
