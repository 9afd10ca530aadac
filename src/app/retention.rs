//! Removes what is older than its setting in `[retention]`, and the rows of dropped suppression
//! lists.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::base::CallId;
use crate::base::Wall;
use crate::call::RecordingPlace;
use crate::config::Retention;
use crate::net::Clock;
use crate::store::Kept;
use crate::store::Left;
use crate::store::RecordedCall;
use crate::store::RecordedPage;
use crate::store::Start;
use crate::store::Store;
use crate::store::StoreError;
use crate::switch::Recordings;
use crate::switch::Refusals;

/// Least time between passes: one removes what became due in it.
const EVERY_MIN: Duration = Duration::from_secs(3_600);
/// Most time between passes, each of which looks for stray files of recordings.
const EVERY_MAX: Duration = Duration::from_secs(86_400);
/// Longest call: what arrived so long before a pass has been looked at by it.
const CALL_MAX: Duration = Duration::from_secs(86_400);

/// What is cleaned up.
pub(super) struct Cleaning {
    pub(super) store: Arc<dyn Store>,
    pub(super) recordings: Recordings,
    pub(super) refusals: Arc<Refusals>,
    pub(super) clock: Clock,
    pub(super) keep: Retention,
}

/// A kind of data in the store, and how far it is cleaned up.
struct Task {
    kind: Kept,
    keep: Duration,
    /// What arrived earlier has nothing more to remove.
    since: Wall,
}

impl Cleaning {
    /// Removes old data now, and whenever some is due, until `end`.
    pub(super) async fn run(self, end: CancellationToken) {
        tokio::select! {
            () = end.cancelled() => {}
            () = self.passes() => {}
        }
    }

    async fn passes(&self) {
        let mut tasks = tasks(&self.keep);
        loop {
            let now = self.clock.now().wall;
            let next = self.pass(&mut tasks, now).await;
            let pause = next.map_or(EVERY_MAX, |next| next.since(now));
            tokio::time::sleep(pause.clamp(EVERY_MIN, EVERY_MAX)).await;
        }
    }

    /// Removes what is due. Returns when more is due at the earliest; `None` if nothing is known
    /// that will be.
    async fn pass(&self, tasks: &mut [Task], now: Wall) -> Option<Wall> {
        let mut due = Vec::new();
        for task in tasks {
            match self.remove(task, now).await {
                Ok(next) => due.extend(next),
                Err(error) => {
                    tracing::warn!(kind = %task.kind, %error, "old data not removed");
                    due.push(now);
                }
            }
        }
        let keep = self.keep.refused_calls;
        due.extend(self.refusals.remove(now - keep).map(|oldest| oldest + keep));
        let before = self.keep.recordings.map(|keep| now - keep);
        if let (Some(keep), Some(before)) = (self.keep.recordings, before) {
            match self.remove_recordings(before).await {
                Ok(later) => due.extend(later.map(|arrived| arrived + keep)),
                Err(error) => {
                    tracing::warn!(%error, "old recordings not removed");
                    due.push(now);
                }
            }
        }
        self.remove_strays(now, before).await;
        if let Err(error) = self.store.suppression_purge(now).await {
            tracing::warn!(%error, "rows of suppression lists not removed");
            due.push(now);
        }
        due.into_iter().min()
    }

    /// Removes what is due of a kind. Returns when more is due.
    async fn remove(&self, task: &mut Task, now: Wall) -> Result<Option<Wall>, StoreError> {
        let before = now - task.keep;
        let mut start = Start::At(task.since);
        loop {
            match self.store.old_remove(task.kind, start, before).await? {
                Left::More(next) => start = next,
                Left::Since(oldest) => {
                    task.since = before - CALL_MAX;
                    return Ok(oldest.map(|oldest| oldest + task.keep));
                }
            }
        }
    }

    /// Removes the recordings of every call that ended before `before`: files, then rows. A file
    /// that cannot be removed keeps its row, and the next pass tries again. Returns when the first
    /// call with other recordings arrived.
    async fn remove_recordings(&self, before: Wall) -> Result<Option<Wall>, StoreError> {
        let mut cursor = None;
        let mut left = false;
        loop {
            let page = self.store.recordings_due(before, cursor).await?;
            let RecordedPage { items, next, later } = page;
            let (recordings, count) = (self.recordings.clone(), items.len());
            let removed = blocking(move || remove_files(&recordings, items)).await;
            let removed = removed.unwrap_or_default();
            left |= removed.len() < count;
            self.store.recordings_remove(removed).await?;
            cursor = next;
            if cursor.is_none() {
                return Ok(if left { Some(before) } else { later });
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

fn tasks(keep: &Retention) -> Vec<Task> {
    let Retention {
        decisions,
        journals,
        callers,
        recordings: _,
        ladders,
        activity,
        refused_calls: _,
        events,
        dead_letters,
        idempotency_keys,
    } = *keep;
    let kinds = [
        (Kept::Decisions, decisions),
        (Kept::Journals, journals),
        (Kept::Callers, callers),
        (Kept::Ladders, Some(ladders)),
        (Kept::Activity, Some(activity)),
        (Kept::Events, Some(events)),
        (Kept::DeadLetters, Some(dead_letters)),
        (Kept::IdempotencyKeys, Some(idempotency_keys)),
    ];
    let task = |(kind, keep): (Kept, Option<Duration>)| {
        keep.map(|keep| Task { kind, keep, since: Wall::from_micros(0) })
    };
    kinds.into_iter().filter_map(task).collect()
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
    use crate::store::Database;
    use crate::store::sample::finish;
    use crate::store::sample::recorded;
    use crate::store::sample::second;

    const DAY: Duration = Duration::from_secs(86_400);

    #[tokio::test]
    async fn old_recordings_are_deleted_with_their_rows_and_files() {
        let home = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Database::sqlite(&home.path().join("s.db")).unwrap());
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
            refusals: Arc::default(),
            clock: Clock::new(move || Now::at(second(4 * day))),
            keep: Retention { recordings: Some(2 * DAY), ..Retention::default() },
        };
        let before = second(4 * day) - 2 * DAY;
        for _ in 0..2 {
            let later = cleaning.remove_recordings(before).await.unwrap();
            assert_eq!(later, Some(calls[1].started_at));
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
