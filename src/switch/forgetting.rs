//! Removes a person's data from the store and the directory of recordings.

use std::io;

use super::Recordings;
use crate::base::CallId;
use crate::base::Person;
use crate::call::Forgotten;
use crate::call::RecordingPlace;
use crate::journal::JournalError;
use crate::store::Mutation;
use crate::store::PersonPage;
use crate::store::RecordedCall;
use crate::store::Store;
use crate::store::StoreError;

/// Why not everything of a person was removed. A repeated removal goes on.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The file of a recording cannot be removed.
    #[error("the recording of call {call} cannot be removed: {error}")]
    Recording {
        /// The call, which is left with all data.
        call: CallId,
        /// The system's error.
        error: io::Error,
    },
}

/// Removes everything that the store and the directory of recordings have of a person, except live
/// calls: first the files of a call, then its data. Sales, postings, and sums stay.
///
/// # Errors
/// [`ForgetError`]: some data are left.
pub async fn forget(
    store: &dyn Store,
    recordings: &Recordings,
    person: &Person,
    by: Mutation,
) -> Result<Forgotten, ForgetError> {
    let mut forgotten = Forgotten::default();
    let mut cursor = None;
    loop {
        let page = store.person_calls(person.clone(), cursor).await?;
        let PersonPage { items, live, next } = page;
        let calls: Vec<CallId> = items.iter().map(|one| one.call).collect();
        let directory = recordings.clone();
        let removed = tokio::task::spawn_blocking(move || remove_files(&directory, &items)).await;
        removed.map_err(|_| StoreError::Panicked)??;
        forgotten += store.calls_forget(calls, person.clone()).await?;
        forgotten.live += live;
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    forgotten += store.person_forget(person.clone(), by).await?;
    if !store.removed_overwrite().await? {
        tracing::warn!("removed data not overwritten yet: a reader uses the database");
    }
    Ok(forgotten)
}

fn remove_files(recordings: &Recordings, calls: &[RecordedCall]) -> Result<(), ForgetError> {
    for RecordedCall { call, recordings: kept } in calls {
        let files = kept.iter().filter(|one| matches!(one.place, RecordingPlace::File { .. }));
        let mut numbers = files.map(|one| one.n);
        let removed = numbers.try_for_each(|n| recordings.remove(*call, n));
        removed.map_err(|error| ForgetError::Recording { call: *call, error })?;
    }
    Ok(())
}
