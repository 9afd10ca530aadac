//! Puts changed flow files in force without a restart.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use tokio_util::sync::CancellationToken;

use super::file_events::FileEvents;
use crate::publish::Publisher;

/// How long files must stay the same before they are read: an editor may still be writing.
const SETTLE: Duration = Duration::from_millis(200);
/// How often the files are looked at without an event. Events get lost: on file systems in the
/// network, or when a link in the path is turned to another directory.
const LOOK: Duration = Duration::from_secs(10);

/// Reads changed files until `end`.
pub(super) async fn run(publisher: Arc<Publisher>, end: CancellationToken) {
    let events = FileEvents::new(publisher.shelf().directories());
    let mut in_force = fingerprint(&publisher).await;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = events.next() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        events.watch();
        let mut last = fingerprint(&publisher).await;
        while last != in_force {
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(SETTLE) => {}
            }
            let now = fingerprint(&publisher).await;
            if now != last {
                last = now;
                continue;
            }
            in_force.clone_from(&last);
            if !publisher.publish_flows().await {
                tracing::error!("changed flows not published: internal error");
            }
        }
    }
}

async fn fingerprint(publisher: &Arc<Publisher>) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let own = publisher.clone();
    tokio::task::spawn_blocking(move || own.shelf().fingerprint()).await.unwrap_or_default()
}
