//! Tests on a PostgreSQL server that several programs share: notices, turns, a server that is lost,
//! and copies of databases of SQLite.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::Books as _;
use super::Calls as _;
use super::Change;
use super::Changes as _;
use super::CopiedTable;
use super::Credit;
use super::Database;
use super::Entered;
use super::Frozen;
use super::Ledger as _;
use super::Store as _;
use super::StoreError;
use super::copy;
use super::corrupted::filled;
use super::postgres::Postgres;
use super::sample::by;
use super::sample::finish;
use super::sample::finished;
use super::sample::open;
use super::sample::ringing;
use super::sample::second;
use super::sample::usd;
use crate::base::Wall;
use crate::call::CallQuery;
use crate::config::Location;
use crate::proof::LiveLimits;
use crate::proof::Proof;
use crate::proof::SipCalls;

fn at(url: String, home: &tempfile::TempDir) -> Location {
    Location::Postgres { url, directory: home.path().to_owned() }
}

async fn opened(location: &Location) -> Arc<Database> {
    let location = location.clone();
    let open = move || Arc::new(Database::open(&location).unwrap());
    tokio::task::spawn_blocking(open).await.unwrap()
}

/// Programs that open a new database at once migrate it once.
#[tokio::test]
async fn programs_that_start_together_migrate_once() {
    let (home, server) = (tempfile::tempdir().unwrap(), Postgres::start());
    let location = at(server.create("strowger", "template0"), &home);
    let mut starts = JoinSet::new();
    for _ in 0..4 {
        let location = location.clone();
        starts.spawn_blocking(move || Database::open(&location).map(drop));
    }
    while let Some(started) = starts.join_next().await {
        assert_eq!(started.unwrap(), Ok(()));
    }
    server.sql("strowger", "UPDATE schema SET version = version + 1");
    assert!(Database::open(&location).is_ok(), "a program beside one that is a version newer");
    server.sql("strowger", "UPDATE schema SET oldest = version");
    let refused = Database::open(&location).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { .. }), "{refused}");
}

/// What one program writes, the others are told at once.
#[tokio::test]
async fn a_change_wakes_the_followers_of_other_programs() {
    let (home, server) = (tempfile::tempdir().unwrap(), Postgres::start());
    let location = at(server.create("strowger", "template0"), &home);
    let (one, other) = (opened(&location).await, opened(&location).await);
    let mut changes = other.changes();
    for version in 1..=3 {
        one.book_apply(format!("book {version}"), by("ann", second(1))).await.unwrap();
        loop {
            let change = changes.next().await.unwrap();
            if change == (Change::Book { version }) {
                break;
            }
        }
        assert_eq!(other.book_version().await, Ok(version));
    }
    open(&*one, ringing(1)).await.unwrap();
    while changes.next().await.unwrap() != Change::Outbox {}
    assert_eq!(other.call_fetch(ringing(1).id).await, Ok(Some(ringing(1))));
}

/// Programs that write at once take turns: every entry has its number, and the balance their sum.
#[tokio::test]
async fn writes_of_several_programs_do_not_disturb_each_other() {
    const EACH: u64 = 60;
    let (home, server) = (tempfile::tempdir().unwrap(), Postgres::start());
    let location = at(server.create("strowger", "template0"), &home);
    let mut writes = JoinSet::new();
    for program in 0..3 {
        let store = opened(&location).await;
        for number in 0..EACH {
            let store = store.clone();
            writes.spawn(async move {
                let credit = Credit {
                    id: format!("{program}-{number}").parse().unwrap(),
                    buyer: "acme".parse().unwrap(),
                    amount: usd("1.00"),
                    note: String::new(),
                    by: by("ann", second(1)),
                };
                store.balance_credit(credit).await.unwrap()
            });
        }
    }
    let mut numbers = Vec::new();
    while let Some(entered) = writes.join_next().await {
        let Entered::Now(entry) = entered.unwrap() else { panic!("not entered") };
        numbers.push(entry.sequence);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=3 * EACH).collect::<Vec<_>>());
    let micros = server.sql("strowger", "SELECT micros FROM balance");
    assert_eq!(micros, (3 * EACH * 1_000_000).to_string());
}

/// While the server is away, everything fails with the error that is answered with 503, and nothing
/// is an empty list. When it is back, so are the connections.
#[tokio::test]
async fn a_lost_server_is_an_error_and_no_empty_list() {
    let (home, server) = (tempfile::tempdir().unwrap(), Postgres::start());
    let location = at(server.create("strowger", "template0"), &home);
    let store = opened(&location).await;
    finish(&*store, finished(1)).await.unwrap();
    server.kill();
    for _ in 0..3 {
        let written = finish(&*store, finished(2)).await.unwrap_err();
        assert!(matches!(written, StoreError::Lost(_)), "{written}");
        let read = store.call_list(CallQuery::default(), None, 10).await.unwrap_err();
        assert!(matches!(read, StoreError::Lost(_)) && read.is_passing(), "{read}");
    }
    let refused = Database::open(&location).unwrap_err();
    assert!(matches!(refused, StoreError::Lost(_)), "{refused}");
    server.up();
    finish(&*store, finished(3)).await.unwrap();
    let read = store.call_list(CallQuery::default(), None, 10).await.unwrap().items;
    assert_eq!(read, [finished(3), finished(1)]);
}

/// A newer program has added a column: what an older one has prepared is prepared again.
#[tokio::test]
async fn a_program_goes_on_when_a_newer_one_adds_a_column() {
    let (home, server) = (tempfile::tempdir().unwrap(), Postgres::start());
    let location = at(server.create("strowger", "template0"), &home);
    let store = opened(&location).await;
    finish(&*store, finished(1)).await.unwrap();
    let page =
        async || store.call_list(CallQuery::default(), None, 10).await.map(|page| page.items);
    assert_eq!(page().await, Ok(vec![finished(1)]));
    server.sql("strowger", "ALTER TABLE inquiry ADD COLUMN later TEXT");
    let first = page().await;
    assert!(first.as_ref().is_err_and(StoreError::is_passing), "{first:?}");
    assert_eq!(page().await, Ok(vec![finished(1)]));
    // The writer has prepared statements of its own. Like the journal, it is asked again.
    let mut written = finish(&*store, finished(2)).await;
    if written.as_ref().is_err_and(StoreError::is_passing) {
        written = finish(&*store, finished(2)).await;
    }
    assert_eq!(written, Ok(()));
    assert_eq!(store.call_fetch(finished(2).id).await, Ok(Some(finished(2))));
}

fn copied(from: &Path, to: &Location) -> Result<Vec<CopiedTable>, StoreError> {
    let (from, to) = (Location::Sqlite(from.to_owned()), to.clone());
    let copy = move || {
        let mut tables = Vec::new();
        copy(&from, &to, &mut |table| tables.push(table.clone())).map(|()| tables)
    };
    std::thread::spawn(copy).join().unwrap()
}

fn differences(location: &Location) -> u64 {
    let location = location.clone();
    let prove = move || {
        let mut proof = Proof::new(LiveLimits::none(), None, SipCalls::default());
        Frozen::open(&location).unwrap().prove(&mut proof).unwrap();
        proof.finish().0.total()
    };
    std::thread::spawn(prove).join().unwrap()
}

#[tokio::test]
async fn a_copy_has_every_table_and_goes_on_after_a_stop() {
    let (home, server) = (tempfile::tempdir().unwrap(), Postgres::start());
    let location = at(server.create("strowger", "template0"), &home);
    let path = home.path().join("strowger.db");
    filled(&path).await;
    let original = Database::sqlite(&path).unwrap();
    for seconds in 600..700 {
        finish(&original, finished(seconds)).await.unwrap();
    }
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
        ORDER BY name";
    let db = rusqlite::Connection::open(&path).unwrap();
    let mut statement = db.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let names: Vec<String> = names.map(Result::unwrap).collect();
    drop(original);

    let tables = copied(&path, &location).unwrap();
    let mut listed: Vec<&str> = tables.iter().map(|table| table.name).collect();
    listed.sort_unstable();
    assert_eq!(listed, names, "tables of SQLite and tables that are copied");
    let of = |tables: &[CopiedTable], name: &str| {
        tables
            .iter()
            .find(|table| table.name == name)
            .map(|table| (table.added, table.rows))
            .unwrap()
    };
    assert_eq!(of(&tables, "inquiry"), (105, 105));
    let file = Location::Sqlite(path.clone());
    assert_eq!(differences(&location), differences(&file));
    let refused = copied(&path, &location).unwrap_err().to_string();
    assert!(refused.contains("is not empty"), "{refused}");

    server.sql("strowger", "CREATE TABLE unfinished_copy (source TEXT)");
    server.sql("strowger", "DELETE FROM event WHERE sequence > 50");
    let refused = Database::open(&location).unwrap_err().to_string();
    assert!(refused.contains("not complete"), "{refused}");
    let again = copied(&path, &location).unwrap();
    let (added, rows) = of(&again, "event");
    assert_eq!((of(&again, "inquiry"), added), ((0, 105), rows - 50));

    server.sql("strowger", "CREATE TABLE unfinished_copy (source TEXT)");
    server.sql("strowger", "UPDATE balance SET micros = micros + 1");
    let refused = copied(&path, &location).unwrap_err().to_string();
    assert!(refused.contains("`balance` differs"), "{refused}");
    server.sql("strowger", "UPDATE balance SET micros = micros - 1");
    copied(&path, &location).unwrap();

    // New rows get numbers after those that were copied.
    let store = opened(&location).await;
    assert_eq!(store.call_fetch(finished(650).id).await, Ok(Some(finished(650))));
    finish(&*store, finished(800)).await.unwrap();
    let closed = store.calls_close_open(&super::sample::node(), second(1_000)).await.unwrap();
    assert_eq!(closed, [ringing(400).id, ringing(500).id]);
}

#[tokio::test]
async fn a_database_of_schema_4_can_be_copied() {
    let (home, server) = (tempfile::tempdir().unwrap(), Postgres::start());
    let location = at(server.create("strowger", "template0"), &home);
    let path = home.path().join("strowger.db");
    std::fs::write(&path, include_bytes!("../../tests/data/database/schema-4.db")).unwrap();
    copied(&path, &location).unwrap();
    assert_eq!(differences(&location), 0);
    let store = opened(&location).await;
    let last_call: Wall = "2026-05-04T18:10:00Z".parse().unwrap();
    let end = last_call + Duration::from_secs(1_000);
    store.calls_close_open(&"strowger-1".parse().unwrap(), end).await.unwrap();
    drop(store);
    assert_eq!(differences(&location), 0);
}
