//! Puts changed flow files in force without a restart.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::publish::Publisher;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Looks at the files until `end`. A change is taken up when a second look finds the same: an
/// editor may still be writing.
pub(super) async fn run(publisher: Arc<Publisher>, end: CancellationToken) {
    let mut in_force = fingerprint(&publisher).await;
    let mut last = in_force.clone();
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let now = fingerprint(&publisher).await;
        let settled = now == last;
        last = now;
        if !settled || last == in_force {
            continue;
        }
        in_force.clone_from(&last);
        if !publisher.publish_flows().await {
            tracing::error!("changed flows not published: internal error");
        }
    }
}

async fn fingerprint(
    publisher: &Arc<Publisher>,
) -> Vec<(std::path::PathBuf, u64, Option<std::time::SystemTime>)> {
    let own = publisher.clone();
    tokio::task::spawn_blocking(move || own.shelf().fingerprint()).await.unwrap_or_default()
}
