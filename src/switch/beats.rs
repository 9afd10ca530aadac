//! The node's heartbeat: every five seconds one fact lists all live calls, so that a crash loses at
//! most five seconds of a bill.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::call_clock::CallClock;
use crate::base::CallId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Wall;
use crate::call::BEAT;
use crate::journal::Journal;
use crate::net::Clock;
use crate::store::Fact;

/// Capacity of the queue. When it is full, a call's sign of life is dropped; the next comes in five
/// seconds.
const SIGNS: usize = 16_384;
/// Longest delay of a call's own sign of life.
const LATE: Duration = Duration::from_secs(1);
/// Most calls in one fact.
const CALLS_MAX: usize = 1_000;

/// Sender of the calls' signs of life.
#[derive(Debug, Clone)]
pub(super) struct Beats(mpsc::Sender<Sign>);

#[derive(Debug, Clone, Copy)]
enum Sign {
    Alive(CallId, CallClock),
    Over(CallId),
}

impl Beats {
    /// Starts the task that writes the heartbeats; it ends when the last sender is dropped.
    pub(super) fn start(clock: Clock, journal: Arc<Journal>, tasks: &TaskTracker) -> Self {
        let (sender, signs) = mpsc::channel(SIGNS);
        tasks.spawn(write(clock, journal, signs));
        Self(sender)
    }

    /// Reports that a call is alive, with its clock.
    pub(super) fn alive(&self, call: CallId, clock: CallClock) {
        self.0.try_send(Sign::Alive(call, clock)).ok();
    }

    /// Reports that a call has ended. If this sign is dropped, heartbeats list the call for some
    /// seconds more; the journal already has its end.
    pub(super) fn over(&self, call: CallId) {
        self.0.try_send(Sign::Over(call)).ok();
    }
}

/// A call that is alive.
struct Seen {
    /// Its last sign of life.
    at: Mono,
    clock: CallClock,
}

/// Returns the heartbeats of calls, each at its own clock's time. Calls whose clocks agree share
/// one.
pub(super) fn beats(calls: impl Iterator<Item = (CallId, CallClock)>, now: Now) -> Vec<Fact> {
    let mut at: BTreeMap<Wall, Vec<CallId>> = BTreeMap::new();
    for (call, clock) in calls {
        at.entry(clock.shared(now)).or_default().push(call);
    }
    let facts = at.into_iter().flat_map(|(at, calls)| {
        let beat = |calls: &[CallId]| Fact::Beat { at, calls: calls.to_vec() };
        calls.chunks(CALLS_MAX).map(beat).collect::<Vec<_>>()
    });
    facts.collect()
}

async fn write(clock: Clock, journal: Arc<Journal>, mut signs: mpsc::Receiver<Sign>) {
    let mut seen: HashMap<CallId, Seen> = HashMap::new();
    let mut next = std::pin::pin!(tokio::time::sleep(BEAT));
    loop {
        tokio::select! {
            biased;
            sign = signs.recv() => {
                let now = clock.now().mono;
                match sign {
                    Some(Sign::Alive(call, clock)) => {
                        if seen.is_empty() {
                            next.set(tokio::time::sleep(BEAT));
                        }
                        seen.insert(call, Seen { at: now, clock });
                    }
                    Some(Sign::Over(call)) => drop(seen.remove(&call)),
                    None => return,
                }
            }
            () = next.as_mut(), if !seen.is_empty() => {
                next.set(tokio::time::sleep(BEAT));
                beat(clock.now(), &journal, &mut seen).await;
            }
        }
    }
}

async fn beat(now: Now, journal: &Journal, seen: &mut HashMap<CallId, Seen>) {
    seen.retain(|_, seen| now.mono.since(seen.at) <= BEAT + LATE);
    let facts = beats(seen.iter().map(|(call, seen)| (*call, seen.clock)), now);
    if facts.is_empty() {
        return;
    }
    // The next heartbeat makes up for one that fails.
    if let Err(error) = journal.append(&facts).await {
        tracing::warn!(%error, "heartbeat not written");
    }
}
