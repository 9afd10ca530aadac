//! Checks the database for changes by other programs: on request at the control socket, and at
//! intervals. Followers of the store's changes wake up.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::control::Answer;
use crate::control::Listener;
use crate::control::Request;
use crate::control::serve;
use crate::store::Store;

/// Interval between checks without a request. They find changes of a program that sent no request:
/// it was killed, or it is not part of Strowger.
const LOOK: Duration = Duration::from_secs(5);

/// Checks for changes on request and at intervals, until `end` is cancelled.
pub(super) async fn run(store: Arc<dyn Store>, socket: Option<Listener>, end: CancellationToken) {
    let asked = store.clone();
    let answer = move |Request::Look| answer(asked.clone());
    let served = async {
        match socket {
            Some(listener) => serve(listener, answer, end.clone()).await,
            None => end.cancelled().await,
        }
    };
    tokio::select! {
        () = served => {}
        () = look(store.as_ref()) => {}
    }
}

/// Opens the control socket. Without it the switch still runs, and finds changes at intervals.
pub(super) fn listen(store: &dyn Store) -> Option<Listener> {
    let path = store.switch_socket()?;
    match Listener::bind(&path) {
        Ok(listener) => Some(listener),
        Err(error) => {
            let seconds = LOOK.as_secs();
            tracing::warn!(%error, seconds, "no switch socket: commands take effect some seconds later");
            None
        }
    }
}

async fn look(store: &dyn Store) {
    loop {
        tokio::time::sleep(LOOK).await;
        // Writes report a database that fails.
        let _ = store.changes_look().await;
    }
}

async fn answer(store: Arc<dyn Store>) -> Answer {
    match store.changes_look().await {
        Ok(()) => Answer::Done,
        Err(error) => Answer::Failed { message: error.to_string() },
    }
}
