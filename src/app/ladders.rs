//! Writes the SIP messages of calls, which the SIP task hands over in parts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::ladder::LadderPart;
use crate::ladder::Part;
use crate::store::Store;

/// Most parts of one write.
const PARTS_AT_ONCE: usize = 64;
/// Delay before a failed write is repeated. Meanwhile the parts wait.
const AGAIN: Duration = Duration::from_secs(5);
/// How often a write is tried.
const TRIES: usize = 12;

/// Writes parts until the SIP task has ended; once `end` has come, each part is tried once. Secrets are
/// removed here, off the call's path, before anything is written.
pub(super) async fn run(
    mut parts: mpsc::Receiver<Part>,
    store: Arc<dyn Store>,
    end: CancellationToken,
) {
    let mut received = Vec::new();
    while parts.recv_many(&mut received, PARTS_AT_ONCE).await > 0 {
        let stored: Vec<_> = received.drain(..).map(Part::stored).collect();
        write(stored, store.as_ref(), &end).await;
    }
}

async fn write(parts: Vec<LadderPart>, store: &dyn Store, end: &CancellationToken) {
    for attempt in 1.. {
        let Err(error) = store.ladder_add(parts.clone()).await else { return };
        if attempt == TRIES || end.is_cancelled() {
            let parts = parts.len();
            return tracing::warn!(%error, parts, "SIP messages of calls not written");
        }
        tokio::select! {
            () = end.cancelled() => {}
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}
