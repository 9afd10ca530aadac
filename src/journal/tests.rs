//! Tests of the journal together with a store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::base::CallId;
use crate::base::End;
use crate::base::Now;
use crate::base::Rng;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::journal::line::JournalLine;
use crate::journal::waiting::About;
use crate::journal::writer::Append;
use crate::journal::writer::Persistence;
use crate::net::Clock;
use crate::store::Database;
use crate::store::Fact;
use crate::store::Store;
use crate::store::sample::bridged;
use crate::store::sample::decision;
use crate::store::sample::finished;
use crate::store::sample::ringing;
use crate::store::sample::second;

const MAX: u64 = 1 << 20;

/// A node without calls: its store, and its journal while running.
struct Node {
    home: TempDir,
    store: Arc<dyn Store>,
    journal: Arc<Journal>,
    end: CancellationToken,
    applying: JoinSet<()>,
}

fn clock() -> Clock {
    Clock::new(|| Now::at(second(100)))
}

fn open_store(home: &Path) -> Arc<dyn Store> {
    Arc::new(Database::sqlite(&home.join("strowger.db")).unwrap())
}

fn open_journal(home: &Path) -> Arc<Journal> {
    let directory = home.join("facts");
    let place = Place { directory: &directory, max: MAX };
    // A different id each time, as from the operating system.
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    Arc::new(Journal::open(&place, clock(), Rng::from_entropy(seed)).unwrap())
}

impl Node {
    /// Creates a node that applies nothing yet.
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let (store, journal) = (open_store(home.path()), open_journal(home.path()));
        let (end, applying) = (CancellationToken::new(), JoinSet::new());
        Self { home, store, journal, end, applying }
    }

    /// Applies the current facts, and keeps the applier.
    async fn apply(&mut self) {
        let (journal, store) = (self.journal.clone(), self.store.clone());
        let applier = Applier::start(journal, store, clock(), Rng::seeded(2)).await.unwrap();
        self.applying.spawn(applier.run(self.end.clone()));
    }

    /// Restarts the process with the same files.
    async fn restart(self) -> Self {
        let Self { home, store, journal, end, mut applying } = self;
        end.cancel();
        while applying.join_next().await.is_some() {}
        drop((store, journal));
        let (store, journal) = (open_store(home.path()), open_journal(home.path()));
        Self { home, store, journal, end: CancellationToken::new(), applying: JoinSet::new() }
    }

    async fn stored(&self, call: CallId) -> Option<CallRecord> {
        self.store.call_fetch(call).await.unwrap()
    }

    /// Writes a line unchanged.
    async fn write_line(&self, bytes: &[u8], about: About) {
        let (reply, answer) = oneshot::channel();
        let line = JournalLine { bytes: bytes.to_vec(), about, since: clock().now().mono };
        let (patience, persistence) = (Duration::ZERO, Persistence::Once);
        let append = Append { lines: vec![line], patience, persistence, reply };
        self.journal.writer.append(append).await.unwrap();
        answer.await.unwrap().unwrap();
    }
}

fn opened(call: u64) -> Fact {
    Fact::Opened { record: Box::new(ringing(call)), node: "n".parse().unwrap() }
}

fn attempted(call: u64) -> Fact {
    let record = bridged(call);
    let (call, attempts, decisions) = (record.id, record.attempts, vec![decision(call)]);
    Fact::Attempted { call, attempts, decisions }
}

fn ended(call: u64) -> Fact {
    Fact::ended(finished(call), vec![decision(call)], None)
}

#[tokio::test]
async fn facts_reach_the_store_in_order_and_leave_the_journal() {
    let mut node = Node::new();
    node.apply().await;
    for call in 0..20 {
        node.journal.append(&[opened(call), attempted(call)]).await.unwrap();
        node.journal.note(&[Fact::bridged(bridged(call), None), ended(call)]).await.unwrap();
    }
    node.journal.drained().await;
    for call in 0..20 {
        let id = ringing(call).id;
        assert_eq!(node.stored(id).await, Some(finished(call)));
        assert_eq!(node.store.decisions_fetch(id).await.unwrap(), [decision(call)]);
    }
    let figures = node.journal.figures();
    assert_eq!((figures.facts, figures.ended_calls, figures.skipped), (0, 0, 0));
    let id = node.journal.id();
    assert_eq!(node.store.applied(id).await, Ok(80));
}

#[tokio::test]
async fn what_a_process_left_is_applied_by_the_next_and_once() {
    let mut node = Node::new();
    node.journal.append(&[opened(1), attempted(1)]).await.unwrap();
    node.apply().await;
    node.journal.drained().await;
    node.end.cancel();
    // Durable, but not applied when the process ends.
    node.journal.append(&[opened(2), Fact::bridged(bridged(1), None)]).await.unwrap();
    node.journal.note(&[ended(1)]).await.unwrap();
    let mut node = node.restart().await;
    assert_eq!(node.stored(ringing(2).id).await, None);
    node.apply().await;
    assert_eq!(node.stored(ringing(1).id).await, Some(finished(1)));
    assert_eq!(node.stored(ringing(2).id).await, Some(ringing(2)));
    assert_eq!(node.store.applied(node.journal.id()).await, Ok(5));

    // The store has them, and the journal still holds them: nothing is applied twice.
    node.journal.append(&[Fact::bridged(bridged(2), None)]).await.unwrap();
    node.journal.drained().await;
    let path = node.home.path().join("facts/journal.db");
    let node = {
        let home = {
            let Node { home, store, journal, end, mut applying } = node;
            end.cancel();
            while applying.join_next().await.is_some() {}
            drop((store, journal));
            home
        };
        let db = Connection::open(&path).unwrap();
        let line = JournalLine::of(&opened(3), clock().now().mono).unwrap();
        db.execute("INSERT INTO fact (sequence, bytes) VALUES (4, $1)", [line.bytes]).unwrap();
        drop(db);
        let (store, journal) = (open_store(home.path()), open_journal(home.path()));
        let (end, applying) = (CancellationToken::new(), JoinSet::new());
        let mut node = Node { home, store, journal, end, applying };
        node.apply().await;
        node
    };
    assert_eq!(node.stored(ringing(3).id).await, None, "number 4 was applied before");
}

#[tokio::test]
async fn a_lost_directory_is_a_new_journal_whose_facts_are_all_applied() {
    let mut node = Node::new();
    node.apply().await;
    let before = node.journal.id();
    node.journal.append(&[opened(1), attempted(1), opened(2)]).await.unwrap();
    node.journal.drained().await;
    let Node { home, store, journal, end, mut applying } = node;
    end.cancel();
    while applying.join_next().await.is_some() {}
    drop((store, journal));
    std::fs::remove_dir_all(home.path().join("facts")).unwrap();
    let (store, journal) = (open_store(home.path()), open_journal(home.path()));
    let mut node =
        Node { home, store, journal, end: CancellationToken::new(), applying: JoinSet::new() };
    node.apply().await;
    assert_ne!(node.journal.id(), before);
    // Their sequences are those of facts that the old journal applied.
    node.journal.append(&[opened(3)]).await.unwrap();
    // The end of a call without its other facts.
    node.journal.note(&[ended(4)]).await.unwrap();
    node.journal.drained().await;
    assert_eq!(node.stored(ringing(3).id).await, Some(ringing(3)));
    assert_eq!(node.stored(ringing(4).id).await, Some(finished(4)));
}

#[tokio::test]
async fn an_older_copy_of_the_file_goes_on_behind_what_was_applied() {
    let mut node = Node::new();
    node.apply().await;
    node.journal.append(&[opened(1)]).await.unwrap();
    node.journal.drained().await;
    let node = node.restart().await;
    let facts = node.home.path().join("facts");
    let copy = node.home.path().join("copy");
    let Node { home, store, journal, .. } = node;
    drop((store, journal));
    std::fs::create_dir(&copy).unwrap();
    for file in std::fs::read_dir(&facts).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
    }
    let (store, journal) = (open_store(home.path()), open_journal(home.path()));
    let mut node =
        Node { home, store, journal, end: CancellationToken::new(), applying: JoinSet::new() };
    node.apply().await;
    node.journal.append(&[opened(2), opened(3), opened(4)]).await.unwrap();
    node.journal.drained().await;
    let Node { home, store, journal, end, mut applying } = node;
    end.cancel();
    while applying.join_next().await.is_some() {}
    drop((store, journal));
    std::fs::remove_dir_all(&facts).unwrap();
    std::fs::rename(&copy, &facts).unwrap();
    let (store, journal) = (open_store(home.path()), open_journal(home.path()));
    let mut node =
        Node { home, store, journal, end: CancellationToken::new(), applying: JoinSet::new() };
    node.apply().await;
    node.journal.append(&[opened(5)]).await.unwrap();
    node.journal.drained().await;
    assert_eq!(node.stored(ringing(5).id).await, Some(ringing(5)));
}

#[tokio::test]
async fn an_unreadable_fact_is_skipped_and_an_unreadable_end_closes_its_call() {
    let mut node = Node::new();
    node.journal.append(&[opened(1), opened(2)]).await.unwrap();
    let beat = Fact::Beat { at: second(60), calls: vec![ringing(1).id] };
    node.journal.note(&[Fact::bridged(bridged(1), None), beat]).await.unwrap();
    let (one, two, three) = (ringing(1).id, ringing(2).id, ringing(3).id);
    node.write_line(b"\xff\xfe nonsense", About::Node).await;
    node.write_line(format!("{two} live 1 {{\"bridged\":{{").as_bytes(), About::Live(two)).await;
    node.write_line(format!("{one} end 1 {{\"ended\":7}}").as_bytes(), About::End(one)).await;
    node.write_line(format!("{three} end x {{}}").as_bytes(), About::End(three)).await;
    // It is readable, but every store rejects it.
    node.journal.note(&[Fact::ended(bridged(2), Vec::new(), None)]).await.unwrap();
    node.journal.note(&[opened(5), ended(5)]).await.unwrap();
    node.apply().await;
    node.journal.drained().await;
    let closed = node.stored(one).await.unwrap();
    assert_eq!((closed.state, closed.reason), (CallState::Ended, Some(End::SwitchRestart)));
    assert_eq!(closed.bridged_at, bridged(1).bridged_at);
    assert_eq!(closed.ended_at, Some(second(60)), "it is billed to its last heartbeat");
    let closed = node.stored(two).await.unwrap();
    assert_eq!((closed.state, closed.reason), (CallState::Ended, Some(End::SwitchRestart)));
    assert_eq!(node.stored(three).await, None);
    assert_eq!(node.stored(ringing(5).id).await, Some(finished(5)));
    let figures = node.journal.figures();
    assert_eq!((figures.facts, figures.skipped), (0, 5));
}

#[tokio::test]
async fn what_a_newer_program_wrote_is_left_to_it() {
    let node = Node::new();
    node.journal.append(&[opened(1)]).await.unwrap();
    node.write_line(b"- live 900 {}", About::Node).await;
    let (journal, store) = (node.journal.clone(), node.store.clone());
    let refused = Applier::start(journal, store, clock(), Rng::seeded(2)).await.unwrap_err();
    assert!(matches!(refused, ApplyError::Newer(_)), "{refused}");
    assert_eq!(node.journal.figures().skipped, 0);
}

#[tokio::test]
async fn a_call_asked_for_by_id_is_as_new_as_what_was_acknowledged() {
    let node = Node::new();
    let (journal, store) = (&node.journal, node.store.as_ref());
    let id = ringing(1).id;
    assert_eq!(journal.call(store, id).await.unwrap(), None);
    journal.append(&[opened(1)]).await.unwrap();
    assert_eq!(journal.call(store, id).await.unwrap(), Some(ringing(1)));
    assert_eq!(journal.last_decision(store, id).await.unwrap(), None);
    journal.append(&[attempted(1)]).await.unwrap();
    let record = journal.call(store, id).await.unwrap().unwrap();
    assert_eq!(record.attempts, bridged(1).attempts);
    assert_eq!(record.decision_id, Some(decision(1).id));
    assert_eq!(journal.last_decision(store, id).await.unwrap(), Some(decision(1)));
    assert_eq!(journal.decisions(store, id).await.unwrap(), [decision(1)]);
    journal.note(&[Fact::bridged(bridged(1), None)]).await.unwrap();
    assert_eq!(journal.call(store, id).await.unwrap(), Some(bridged(1)));
    journal.note(&[ended(1)]).await.unwrap();
    assert_eq!(journal.call(store, id).await.unwrap(), Some(finished(1)));
    assert_eq!(journal.decisions(store, id).await.unwrap(), [decision(1)]);
    assert_eq!(node.journal.figures().ended_calls, 1);
    assert_eq!(node.stored(id).await, None);
}

#[tokio::test]
async fn a_full_journal_takes_no_new_call_and_loses_nothing_of_those_that_live() {
    let mut node = Node::new();
    assert_eq!(node.journal.room(), Room::Free);
    let mut live = 0;
    while node.journal.room() == Room::Free {
        live += 1;
        node.journal.append(&[opened(live)]).await.unwrap();
    }
    assert_eq!(node.journal.room(), Room::Kept);
    assert!(node.journal.figures().bytes >= MAX / 4 * 3);
    // Live calls may use the rest.
    let mut call = 0;
    let refused = loop {
        call += 1;
        assert!(call < live, "the last quarter is smaller than the others");
        if let Err(refused) = node.journal.append(&[Fact::bridged(bridged(call), None)]).await {
            break refused;
        }
    };
    assert_eq!(refused, JournalError::Full);
    assert_eq!(node.journal.room(), Room::Failing);
    let mut ends = JoinSet::new();
    for call in 1..=live {
        let journal = node.journal.clone();
        ends.spawn(async move { journal.note(&[ended(call)]).await });
    }
    // The store applies the facts, which makes room for the waiting ones.
    node.apply().await;
    for end in ends.join_all().await {
        end.unwrap();
    }
    node.journal.drained().await;
    // Applied facts are deleted with the next commit.
    node.journal.append(&[opened(live + 1)]).await.unwrap();
    assert_eq!(node.journal.room(), Room::Free);
    for call in 1..=live {
        assert_eq!(node.stored(ringing(call).id).await, Some(finished(call)), "call {call}");
    }
    assert!(node.journal.figures().failures > 0);
}

#[tokio::test]
async fn a_locked_database_delays_only_what_is_read_there() {
    let mut node = Node::new();
    node.apply().await;
    node.journal.append(&[opened(1)]).await.unwrap();
    node.journal.drained().await;
    let other = Connection::open(node.home.path().join("strowger.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for call in 2..50 {
        node.journal.append(&[opened(call), attempted(call)]).await.unwrap();
        node.journal.note(&[ended(call)]).await.unwrap();
    }
    node.journal.note(&[ended(1)]).await.unwrap();
    let figures = node.journal.figures();
    assert_eq!((figures.facts, figures.ended_calls), (48 * 3 + 1, 49));
    assert_eq!(node.stored(ringing(1).id).await, Some(ringing(1)));
    let store = node.store.as_ref();
    let seen = node.journal.call(store, ringing(1).id).await.unwrap();
    assert_eq!(seen, Some(finished(1)));
    other.execute_batch("ROLLBACK").unwrap();
    node.journal.drained().await;
    for call in 1..50 {
        assert_eq!(node.stored(ringing(call).id).await, Some(finished(call)), "call {call}");
    }
}
