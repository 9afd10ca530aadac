//! Puts changed flow files in force without a restart.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::SystemTime;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::file_events::FileEvents;
use super::watch_book::Press;

/// How long files must stay the same before they are read: an editor may still be writing.
const SETTLE: Duration = Duration::from_millis(200);
/// How often the files are looked at without an event. Events get lost: on file systems in the
/// network, or when a link in the path is turned to another directory.
const LOOK: Duration = Duration::from_secs(10);

/// Reads changed files until `end`.
pub(super) async fn run(press: Arc<Press>, end: CancellationToken) {
    let events = FileEvents::new(press.shelf().directories());
    let mut in_force = fingerprint(&press).await;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = events.next() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        events.watch();
        let mut last = fingerprint(&press).await;
        while last != in_force {
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(SETTLE) => {}
            }
            let now = fingerprint(&press).await;
            if now != last {
                last = now;
                continue;
            }
            in_force.clone_from(&last);
            let (own, handle) = (press.clone(), Handle::current());
            if tokio::task::spawn_blocking(move || own.renew_flows(&handle)).await.is_err() {
                tracing::error!("changed flows were not read by a fault of ours");
            }
        }
    }
}

async fn fingerprint(press: &Arc<Press>) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let own = press.clone();
    tokio::task::spawn_blocking(move || own.shelf().fingerprint()).await.unwrap_or_default()
}
