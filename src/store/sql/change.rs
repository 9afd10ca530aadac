//! Notices of changes: a channel to followers in this process, and the control socket to the
//! switch.

use std::path::PathBuf;

use tokio::sync::broadcast;
use tokio::sync::watch;

use crate::control::ControlAnswer;
use crate::control::Request;
use crate::control::ask;
use crate::store::ChangeStream;
use crate::store::StoreError;
use crate::store::TOLD_MAX;
use crate::store::change::Heads;

use super::balance;
use super::book;
use super::column::Columns;
use super::correction;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;
use super::event;
use super::hang_up;
use super::pause;
use super::returned;
use super::score;

/// Notifies followers when a database changes.
#[derive(Debug)]
pub(super) struct Notices {
    heads: watch::Sender<Heads>,
    /// What nodes send each other: a receiver that is too slow loses the oldest.
    told: broadcast::Sender<String>,
    socket: PathBuf,
}

impl Notices {
    /// Creates the notices of a database in the state `heads`, whose switch listens at `socket`.
    pub(super) fn new(heads: Heads, socket: PathBuf) -> Self {
        Self { heads: watch::Sender::new(heads), told: broadcast::Sender::new(TOLD_MAX), socket }
    }

    /// Returns the path of the control socket.
    pub(super) fn socket(&self) -> PathBuf {
        self.socket.clone()
    }

    /// Creates a follower in this process.
    pub(super) fn follow(&self) -> ChangeStream {
        ChangeStream::new(self.heads.subscribe())
    }

    /// Returns the texts that nodes send each other from now on.
    pub(super) fn told(&self) -> broadcast::Receiver<String> {
        self.told.subscribe()
    }

    /// Passes on a text that a node has sent.
    pub(super) fn tell(&self, text: &str) {
        // There may be no receiver.
        let _none = self.told.send(text.to_owned());
    }

    /// Takes the state of the database, and wakes followers in this process if it is newer.
    pub(super) fn reached(&self, heads: Heads) {
        self.heads.send_if_modified(|known| known.raise(heads));
    }

    /// Looks for new events after a commit, and wakes followers if there are any.
    pub(super) fn look_at_outbox(&self, db: &Db) {
        // A failed read delays the events until the next commit.
        if let Ok(outbox) = event::head(db) {
            self.reached(Heads { outbox, ..Heads::default() });
        }
    }

    /// Handles a write of a program that is not the switch like [`Notices::reached`], notifies the
    /// switch, and waits until the switch has checked the database. If that fails, the switch finds
    /// the change within seconds.
    pub(super) async fn written(&self, heads: Heads) {
        self.reached(heads);
        match ask(&self.socket, Request::Look).await {
            Ok(ControlAnswer::Done) => {}
            // No other answer is given to this request.
            Ok(
                ControlAnswer::Calls { .. }
                | ControlAnswer::HungUp { .. }
                | ControlAnswer::Refused { .. }
                | ControlAnswer::Trunks { .. }
                | ControlAnswer::Forgotten { .. },
            ) => {}
            Ok(ControlAnswer::Failed { message }) => {
                tracing::warn!(message, "running switch failed to apply a change");
            }
            Err(error) if error.is_not_listening() => {}
            Err(error) => tracing::warn!(%error, "running switch not notified of a change"),
        }
    }
}

/// Returns the newest version, balance entry, posting of a budget, return, change of a pause, change of
/// the model in use, hang-up, and event in the database, as they are at one moment: by one query, since
/// every notice is followed by it.
pub(super) fn heads(db: &Db) -> Result<Heads, StoreError> {
    let newest = [
        ("book", book::VERSION),
        ("balances", balance::NEWEST),
        ("budgets", correction::NEWEST),
        ("returns", returned::NEWEST),
        ("pauses", pause::NEWEST),
        ("scores", score::NEWEST),
        ("hang_ups", hang_up::NEWEST),
        ("outbox", event::HEAD),
    ];
    let newest = newest.map(|(name, query)| format!("({query}) AS {name}")).join(", ");
    let read = |row: Row<'_>| {
        let column = Columns::of("heads", row);
        Ok(Heads {
            book: column.natural("book")?,
            balances: column.natural("balances")?,
            budgets: column.natural("budgets")?,
            returns: column.natural("returns")?,
            pauses: column.natural("pauses")?,
            scores: column.natural("scores")?,
            hang_ups: column.natural("hang_ups")?,
            outbox: column.natural("outbox")?,
        })
    };
    db.query_row(&format!("SELECT {newest}"), params![], |row| Ok(read(row)))?
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::task::JoinSet;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::control;
    use crate::control::Listener;
    use crate::store::Books as _;
    use crate::store::Change;
    use crate::store::Changes as _;
    use crate::store::Credit;
    use crate::store::Database;
    use crate::store::Ledger as _;
    use crate::store::Store as _;
    use crate::store::sample::by;
    use crate::store::sample::node;
    use crate::store::sample::second;
    use crate::store::sample::usd;

    fn opened(home: &tempfile::TempDir) -> Arc<Database> {
        Arc::new(Database::sqlite(&home.path().join("strowger.db")).unwrap())
    }

    fn credit(id: &str) -> Credit {
        Credit {
            id: id.parse().unwrap(),
            buyer: "acme".parse().unwrap(),
            amount: usd("5.00"),
            note: String::new(),
            by: by("ann", second(1)),
        }
    }

    async fn apply(store: &Database, text: &str) -> u64 {
        store.book_apply(text.to_owned(), by("ann", second(1))).await.unwrap()
    }

    #[tokio::test]
    async fn own_changes_wake_followers() {
        let home = tempfile::tempdir().unwrap();
        let store = opened(&home);
        let mut changes = store.changes();
        apply(&store, "x").await;
        assert_eq!(changes.next().await, Some(Change::Book { version: 1 }));
        store.balance_credit(credit("a")).await.unwrap();
        assert_eq!(changes.next().await, Some(Change::Balances { sequence: 1 }));
        drop(store);
        assert_eq!(changes.next().await, None);
        let mut late = opened(&home).changes();
        assert_eq!(late.next().await, Some(Change::Book { version: 1 }));
        assert_eq!(late.next().await, Some(Change::Balances { sequence: 1 }));
    }

    /// The store does not check at intervals here, so only the socket notifies the switch.
    #[tokio::test]
    async fn another_program_notifies_the_switch_by_its_socket() {
        let home = tempfile::tempdir().unwrap();
        let (switch, terminal) = (opened(&home), opened(&home));
        switch.calls_close_open(&node(), second(1)).await.unwrap();
        let socket = switch.switch_socket().unwrap();
        assert_eq!(socket, home.path().join("strowger.db.sock"));
        let (looking, end) = (switch.clone(), CancellationToken::new());
        let answer = move |request| {
            assert_eq!(request, Request::Look);
            let switch = looking.clone();
            async move {
                switch.changes_look().await.unwrap();
                ControlAnswer::Done
            }
        };
        let mut served = JoinSet::new();
        served.spawn(control::serve(Listener::bind(&socket).unwrap(), answer, end.clone()));
        let mut changes = switch.changes();
        for (sequence, id) in [(1, "a"), (2, "b")] {
            assert_eq!(apply(&terminal, id).await, sequence);
            assert_eq!(changes.next().await, Some(Change::Book { version: sequence }));
            terminal.balance_credit(credit(id)).await.unwrap();
            assert_eq!(changes.next().await, Some(Change::Balances { sequence }));
        }
        end.cancel();
        served.join_next().await.unwrap().unwrap();
        // If no switch listens, the write still succeeds.
        apply(&terminal, "unheard").await;
        switch.changes_look().await.unwrap();
        assert_eq!(changes.next().await, Some(Change::Book { version: 3 }));
    }
}
