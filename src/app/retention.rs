//! Removes what is older than its setting: details of ended calls (`[database] keep_details`) and
//! recordings (`[retention] recordings`). Removes the rows of dropped suppression lists, too.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::base::CallId;
use crate::base::Wall;
use crate::call::RecordingPlace;
use crate::net::Clock;
use crate::store::RecordedCall;
use crate::store::RecordedPage;
use crate::store::Store;
use crate::store::StoreError;
use crate::switch::Recordings;

/// Interval between passes.
const EVERY: Duration = Duration::from_secs(3_600);

/// How long each kind of data is kept after the end of its call; `None`: without a limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keep {
    /// Decisions, and journals at webhook carriers.
    pub(super) details: Option<Duration>,
    /// Recordings.
    pub(super) recordings: Option<Duration>,
}

/// What is cleaned up.
pub(super) struct Cleaning {
    pub(super) store: Arc<dyn Store>,
    pub(super) recordings: Recordings,
    pub(super) clock: Clock,
    pub(super) keep: Keep,
}

impl Cleaning {
    /// Removes old data now and every hour until `end`.
    pub(super) async fn run(self, end: CancellationToken) {
        tokio::select! {
            () = end.cancelled() => {}
            () = self.passes() => {}
        }
    }

    async fn passes(&self) {
        loop {
            let now = self.clock.now().wall;
            if let Some(keep) = self.keep.details
                && let Err(error) = self.remove_details(now - keep).await
            {
                tracing::warn!(%error, "details of ended calls not removed");
            }
            let before = self.keep.recordings.map(|keep| now - keep);
            if let Some(before) = before
                && let Err(error) = self.remove_recordings(before).await
            {
                tracing::warn!(%error, "old recordings not removed");
            }
            self.remove_strays(now, before).await;
            if let Err(error) = self.store.suppression_purge(now).await {
                tracing::warn!(%error, "rows of suppression lists not removed");
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Removes the details of every call that ended before `before`.
    async fn remove_details(&self, before: Wall) -> Result<(), StoreError> {
        let mut cursor = None;
        loop {
            cursor = self.store.call_details_remove(before, cursor).await?;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// Removes the recordings of every call that ended before `before`: files, then rows. A file
    /// that cannot be removed keeps its row, and the next pass tries again.
    async fn remove_recordings(&self, before: Wall) -> Result<(), StoreError> {
        let mut cursor = None;
        loop {
            let page = self.store.recordings_due(before, cursor).await?;
            let RecordedPage { items, next } = page;
            let recordings = self.recordings.clone();
            let removed = blocking(move || remove_files(&recordings, items)).await;
            self.store.recordings_remove(removed.unwrap_or_default()).await?;
            cursor = next;
            if cursor.is_none() {
                return Ok(());
            }
        }
    }

    async fn remove_strays(&self, now: Wall, before: Option<Wall>) {
        let recordings = self.recordings.clone();
        let removed = blocking(move || recordings.remove_strays(now, before)).await;
        match removed.and_then(|removed| removed) {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "recordings without a record removed"),
            Err(error) => tracing::warn!(%error, "old recordings not removed"),
        }
    }
}

/// Removes the files of calls. Returns the calls that have none left.
fn remove_files(recordings: &Recordings, calls: Vec<RecordedCall>) -> Vec<CallId> {
    let mut removed = Vec::with_capacity(calls.len());
    for RecordedCall { call, recordings: kept } in calls {
        let files = kept.iter().filter(|one| matches!(one.place, RecordingPlace::File { .. }));
        match files.map(|one| one.n).try_for_each(|n| recordings.remove(call, n)) {
            Ok(()) => removed.push(call),
            Err(error) => tracing::warn!(call.id = %call, %error, "old recordings not removed"),
        }
    }
    removed
}

/// Runs disk work on a blocking thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::base::FieldName;
    use crate::base::Now;
    use crate::call::CallRecord;
    use crate::store::Sqlite;
    use crate::store::sample::finish;
    use crate::store::sample::recorded;
    use crate::store::sample::second;

    const DAY: Duration = Duration::from_secs(86_400);

    #[tokio::test]
    async fn old_recordings_are_deleted_with_their_rows_and_files() {
        let home = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Sqlite::open(&home.path().join("s.db")).unwrap());
        let directory = home.path().join("recordings");
        fs::create_dir(&directory).unwrap();
        let day = DAY.as_secs();
        let calls: Vec<CallRecord> = [1, 3 * day].map(recorded).into();
        let path = |record: &CallRecord| directory.join(format!("{}-1.wav", record.id));
        for record in &calls {
            finish(store.as_ref(), record.clone()).await.unwrap();
            fs::write(path(record), "RIFF").unwrap();
        }
        let cleaning = Cleaning {
            store: store.clone(),
            recordings: Recordings::at(directory.clone()),
            clock: Clock::new(move || Now::at(second(4 * day))),
            keep: Keep { details: None, recordings: Some(2 * DAY) },
        };
        let before = second(4 * day) - 2 * DAY;
        for _ in 0..2 {
            cleaning.remove_recordings(before).await.unwrap();
            assert_eq!(
                calls.iter().map(|call| path(call).exists()).collect::<Vec<_>>(),
                [false, true]
            );
        }
        let old = store.call_fetch(calls[0].id).await.unwrap().unwrap();
        let message: FieldName = "message".parse().unwrap();
        assert_eq!((old.recordings.len(), old.fields.get(&message)), (0, None));
        assert_eq!(old.revenue, calls[0].revenue, "records of money stay");
        assert_eq!(store.call_fetch(calls[1].id).await.unwrap().as_ref(), Some(&calls[1]));

        // A file that cannot be removed keeps its row.
        fs::remove_file(path(&calls[1])).unwrap();
        fs::create_dir(path(&calls[1])).unwrap();
        cleaning.remove_recordings(second(9 * day)).await.unwrap();
        assert_eq!(store.call_fetch(calls[1].id).await.unwrap().as_ref(), Some(&calls[1]));
    }
}
