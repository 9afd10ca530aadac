//! The node's heartbeat: every five seconds one fact names all live calls. A crash loses at most
//! that much of a bill.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use crate::base::CallId;
use crate::base::Mono;
use crate::base::Now;
use crate::call::BEAT;
use crate::journal::Journal;
use crate::net::Clock;
use crate::store::Fact;

/// Capacity of the queue. When it is full, a sign is dropped; the next comes in five seconds.
const SIGNS: usize = 16_384;
/// How late a call's own sign of life may be.
const LATE: Duration = Duration::from_secs(1);
/// Most calls in one fact.
const CALLS_MAX: usize = 1_000;

/// Sender of the calls' signs of life.
#[derive(Debug, Clone)]
pub(super) struct Beats(mpsc::Sender<Sign>);

#[derive(Debug, Clone, Copy)]
enum Sign {
    Alive(CallId),
    Over(CallId),
}

impl Beats {
    /// Starts the task that writes the heartbeats; it ends when the last sender is dropped.
    pub(super) fn start(clock: Clock, journal: Arc<Journal>, tasks: &TaskTracker) -> Self {
        let (sender, signs) = mpsc::channel(SIGNS);
        tasks.spawn(write(clock, journal, signs));
        Self(sender)
    }

    /// Reports that the call is alive.
    pub(super) fn alive(&self, call: CallId) {
        self.0.try_send(Sign::Alive(call)).ok();
    }

    /// Reports that the call has ended. If this sign is dropped, heartbeats name the call for some
    /// seconds more; the journal has its end before that.
    pub(super) fn over(&self, call: CallId) {
        self.0.try_send(Sign::Over(call)).ok();
    }
}

async fn write(clock: Clock, journal: Arc<Journal>, mut signs: mpsc::Receiver<Sign>) {
    let mut seen: HashMap<CallId, Mono> = HashMap::new();
    let mut next = std::pin::pin!(tokio::time::sleep(BEAT));
    loop {
        tokio::select! {
            biased;
            sign = signs.recv() => {
                let now = clock.now().mono;
                match sign {
                    Some(Sign::Alive(call)) => {
                        if seen.is_empty() {
                            next.set(tokio::time::sleep(BEAT));
                        }
                        seen.insert(call, now);
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

async fn beat(now: Now, journal: &Journal, seen: &mut HashMap<CallId, Mono>) {
    seen.retain(|_, at| now.mono.since(*at) <= BEAT + LATE);
    let calls: Vec<CallId> = seen.keys().copied().collect();
    if calls.is_empty() {
        return;
    }
    let facts: Vec<Fact> = calls
        .chunks(CALLS_MAX)
        .map(|calls| Fact::Beat { at: now.wall, calls: calls.to_vec() })
        .collect();
    // The next heartbeat makes up for one that fails.
    if let Err(error) = journal.append(&facts).await {
        tracing::warn!(%error, "heartbeat not written");
    }
}
