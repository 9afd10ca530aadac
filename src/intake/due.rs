//! Work that is due: some tasks at once, and sleep until more is due.

use std::ops::ControlFlow;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::store::StoreError;

/// Carries out a task for each item, at most `most` at once. Breaks off at `end`: what is left is due
/// again at the next start.
///
/// # Errors
/// That of the first task that fails.
pub(super) async fn work_off<T, F>(
    due: Vec<T>,
    most: usize,
    end: &CancellationToken,
    task: impl Fn(T) -> F,
) -> Result<ControlFlow<()>, StoreError>
where
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    let (mut waiting, mut tasks) = (due.into_iter(), JoinSet::new());
    loop {
        while tasks.len() < most
            && let Some(item) = waiting.next()
        {
            tasks.spawn(task(item));
        }
        tokio::select! {
            ended = tasks.join_next() => match ended {
                Some(ended) => ended.map_err(|_| StoreError::Panicked)??,
                None => return Ok(ControlFlow::Continue(())),
            },
            () = end.cancelled() => return Ok(ControlFlow::Break(())),
        }
    }
}

/// Sleeps; without an end if there is none.
pub(super) async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}
