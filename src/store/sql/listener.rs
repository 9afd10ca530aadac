//! Notices from PostgreSQL: every program that follows the database is told of what others write.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::postgres::PgListener;
use sqlx::postgres::PgNotification;
use sqlx::postgres::PgPoolOptions;
use tokio_util::sync::CancellationToken;

use crate::store::StoreError;

use super::change;
use super::change::Notices;
use super::engine::Db;
use super::engine::Source;
use super::node::TOLD_CHANNEL;

/// The channel that the triggers of the tables notify.
const CHANNEL: &str = "strowger";
/// How long the listener waits before it connects again.
const AGAIN: Duration = Duration::from_secs(1);

/// The thread that listens.
#[derive(Debug)]
pub(super) struct Listener {
    end: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Starts the thread, which ends when this is dropped.
    pub(super) fn start(
        options: PgConnectOptions,
        notices: Arc<Notices>,
    ) -> Result<Self, StoreError> {
        let cannot = |error| StoreError::Sql(format!("cannot start the listener: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(cannot)?;
        let end = CancellationToken::new();
        let ended = end.clone();
        let thread = std::thread::Builder::new().name("store-listener".to_owned());
        let thread = thread.spawn(move || {
            runtime.block_on(ended.run_until_cancelled(listen(&options, &notices)));
            // A query in progress must not delay the end.
            runtime.shutdown_background();
        });
        Ok(Self { end, thread: Some(thread.map_err(cannot)?) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.end.cancel();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's listener panicked");
        }
    }
}

/// Listens until the task is dropped, and connects again whenever the connection is lost. Whoever
/// follows the changes also looks at intervals, so that nothing is missed meanwhile.
async fn listen(options: &PgConnectOptions, notices: &Arc<Notices>) {
    loop {
        if let Err(error) = follow(options, notices).await {
            tracing::warn!(%error, "database: no notices of changes until the next connection");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn follow(options: &PgConnectOptions, notices: &Arc<Notices>) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen_all([CHANNEL, TOLD_CHANNEL]).await?;
    let source = Source::Postgres(Box::new(options.clone()));
    let mut reader = None;
    loop {
        let (known, source) = (notices.clone(), source.clone());
        // What was written before the connection listened, and after each notice.
        let read = move || look(reader, &source, &known);
        reader = tokio::task::spawn_blocking(read).await.unwrap_or_default();
        let mut is_change = false;
        while !is_change {
            let Some(notice) = listener.try_recv().await? else { return Ok(()) };
            is_change = is_of_change(&notice, notices);
            // One look sees everything that all notices so far are about.
            while let Some(notice) = listener.next_buffered() {
                is_change |= is_of_change(&notice, notices);
            }
        }
    }
}

/// Returns whether a notice is about a change; passes on what nodes send each other.
fn is_of_change(notice: &PgNotification, notices: &Notices) -> bool {
    let is_text = notice.channel() == TOLD_CHANNEL;
    if is_text {
        notices.tell(notice.payload());
    }
    !is_text
}

/// Reads the state of the database; returns the connection if it can be used again.
fn look(reader: Option<Db>, source: &Source, notices: &Notices) -> Option<Db> {
    let db = match reader {
        Some(db) => db,
        None => source.open_for_reading().ok()?,
    };
    if let Ok(heads) = change::heads(&db) {
        notices.reached(heads);
    }
    (!db.is_broken()).then_some(db)
}
