//! Heartbeats of live calls, written together: a crash takes no more than the last few seconds
//! from a bill.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::Shared;
use crate::base::CallId;
use crate::store::Fact;
use crate::store::Origin;

/// Beats that wait to be written. Full: the beat is dropped; the next comes in five seconds.
const BEATS: usize = 16_384;
/// How long beats are gathered before they are written.
const GATHER: Duration = Duration::from_millis(500);

/// Where calls say that they live.
#[derive(Debug, Clone)]
pub(super) struct Beats(mpsc::Sender<CallId>);

impl Beats {
    /// Starts the writer; it ends when the last sender is gone.
    pub(super) fn start(shared: &Arc<Shared>, tasks: &TaskTracker) -> Self {
        let (tell, beats) = mpsc::channel(BEATS);
        tasks.spawn(write(shared.clone(), beats));
        Self(tell)
    }

    pub(super) fn beat(&self, call: CallId) {
        // A full queue drops this beat; the next one comes in five seconds.
        self.0.try_send(call).ok();
    }
}

async fn write(shared: Arc<Shared>, mut beats: mpsc::Receiver<CallId>) {
    while let Some(first) = beats.recv().await {
        let mut alive = BTreeSet::from([first]);
        tokio::time::sleep(GATHER).await;
        while let Ok(next) = beats.try_recv() {
            alive.insert(next);
        }
        let at = shared.clock.now().wall;
        let beat = Fact::Beat { at, calls: alive.into_iter().collect() };
        if let Err(error) = shared.store.apply(Origin::Transaction, vec![beat]).await {
            tracing::warn!(%error, "heartbeats could not be written");
        }
    }
}
