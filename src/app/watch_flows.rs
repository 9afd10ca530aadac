//! Publishes changed flow files without a restart.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::file_events::FileEvents;
use crate::publish::FileStamp;
use crate::publish::Publisher;

/// How long files must stay the same before they are read: an editor may still be writing.
const SETTLE: Duration = Duration::from_millis(200);
/// Interval between checks of the files without an event. Events are lost on network file systems,
/// and when a symbolic link in the path changes.
const LOOK: Duration = Duration::from_secs(10);

/// Publishes changed files until `end` is cancelled.
pub(super) async fn run(publisher: Arc<Publisher>, end: CancellationToken) {
    let events = FileEvents::new(publisher.shelf().directories());
    let mut published = fingerprint(&publisher).await;
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = events.next() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
        events.watch();
        let mut last = fingerprint(&publisher).await;
        while last != published {
            tokio::select! {
                () = end.cancelled() => return,
                () = tokio::time::sleep(SETTLE) => {}
            }
            let now = fingerprint(&publisher).await;
            if now != last {
                last = now;
                continue;
            }
            published.clone_from(&last);
            if !publisher.publish_flows().await {
                tracing::error!("changed flows not published: internal error");
            }
        }
    }
}

async fn fingerprint(publisher: &Arc<Publisher>) -> Vec<FileStamp> {
    let own = publisher.clone();
    tokio::task::spawn_blocking(move || own.shelf().fingerprint()).await.unwrap_or_default()
}
