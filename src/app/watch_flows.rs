//! Puts changed flow files in force without a restart.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::watch_book::Press;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Looks at the files until `end`. A change is taken up when a second look finds the same: an
/// editor may still be writing.
pub(super) async fn run(press: Arc<Press>, end: CancellationToken) {
    let mut in_force = fingerprint(&press).await;
    let mut last = in_force.clone();
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        let now = fingerprint(&press).await;
        let settled = now == last;
        last = now;
        if !settled || last == in_force {
            continue;
        }
        in_force.clone_from(&last);
        let (own, handle) = (press.clone(), Handle::current());
        if tokio::task::spawn_blocking(move || own.renew_flows(&handle)).await.is_err() {
            tracing::error!("changed flows were not read by a fault of ours");
        }
    }
}

async fn fingerprint(
    press: &Arc<Press>,
) -> Vec<(std::path::PathBuf, u64, Option<std::time::SystemTime>)> {
    let own = press.clone();
    tokio::task::spawn_blocking(move || own.shelf().fingerprint()).await.unwrap_or_default()
}
