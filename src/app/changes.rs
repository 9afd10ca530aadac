//! Looks for what other programs changed: when one says so at the switch's socket, and now and
//! then unasked. Whoever follows the store's changes is woken by that.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::control::Answer;
use crate::control::Listener;
use crate::control::Request;
use crate::control::serve;
use crate::store::Store;

/// How often the database is looked at unasked. That finds what a program changed that could not
/// say so: it was killed in between, or it is not ours.
const LOOK: Duration = Duration::from_secs(5);

/// Looks at once when it is asked to at the socket, and unasked, until `end`.
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

/// The socket beside the database. Without one the switch goes on: it finds changes by itself.
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
        // A database that does not answer is reported by the writes that need it.
        let _ = store.changes_look().await;
    }
}

async fn answer(store: Arc<dyn Store>) -> Answer {
    match store.changes_look().await {
        Ok(()) => Answer::Done,
        Err(error) => Answer::Failed { message: error.to_string() },
    }
}
