//! Migrations: numbered steps, each in its own transaction. SQLite counts them in `user_version`,
//! PostgreSQL in the table `schema`.

use crate::store::StoreError;

use super::engine::Db;
use super::engine::params;

/// The steps of SQLite, in order. Never edit a released step; add a new one.
const SQLITE: &[&str] = &[
    include_str!("../../../migrations/sqlite/0001-calls-books-tokens.sql"),
    include_str!("../../../migrations/sqlite/0002-money.sql"),
    include_str!("../../../migrations/sqlite/0003-carrier-calls.sql"),
    include_str!("../../../migrations/sqlite/0004-dials-tags-callers.sql"),
    include_str!("../../../migrations/sqlite/0005-journals.sql"),
    include_str!("../../../migrations/sqlite/0006-ingress.sql"),
    include_str!("../../../migrations/sqlite/0007-inquiries-sales-postings.sql"),
    include_str!("../../../migrations/sqlite/0008-journal-formats.sql"),
    include_str!("../../../migrations/sqlite/0009-tokens-activity-keys.sql"),
    include_str!("../../../migrations/sqlite/0010-call-filters.sql"),
    include_str!("../../../migrations/sqlite/0011-call-media.sql"),
    include_str!("../../../migrations/sqlite/0012-recordings.sql"),
    include_str!("../../../migrations/sqlite/0013-payouts.sql"),
    include_str!("../../../migrations/sqlite/0014-conversions-returns.sql"),
    include_str!("../../../migrations/sqlite/0015-outbox.sql"),
    include_str!("../../../migrations/sqlite/0016-reports.sql"),
    include_str!("../../../migrations/sqlite/0017-protection.sql"),
    include_str!("../../../migrations/sqlite/0018-privacy.sql"),
    include_str!("../../../migrations/sqlite/0019-fortnights.sql"),
    include_str!("../../../migrations/sqlite/0020-suppression.sql"),
    include_str!("../../../migrations/sqlite/0021-leads.sql"),
    include_str!("../../../migrations/sqlite/0022-lead-certificates.sql"),
    include_str!("../../../migrations/sqlite/0023-bids.sql"),
    include_str!("../../../migrations/sqlite/0024-scores.sql"),
    include_str!("../../../migrations/sqlite/0025-lead-reasons.sql"),
    include_str!("../../../migrations/sqlite/0026-cube.sql"),
    include_str!("../../../migrations/sqlite/0027-pings.sql"),
    include_str!("../../../migrations/sqlite/0028-announced-leads.sql"),
    include_str!("../../../migrations/sqlite/0029-call-bids.sql"),
    include_str!("../../../migrations/sqlite/0030-lead-deliveries.sql"),
    include_str!("../../../migrations/sqlite/0031-lead-status.sql"),
    include_str!("../../../migrations/sqlite/0032-call-pings.sql"),
    include_str!("../../../migrations/sqlite/0033-promised-calls.sql"),
    include_str!("../../../migrations/sqlite/0034-ping-bids.sql"),
    include_str!("../../../migrations/sqlite/0035-nodes.sql"),
    include_str!("../../../migrations/sqlite/0036-hang-ups.sql"),
    include_str!("../../../migrations/sqlite/0037-lead-takeovers.sql"),
    include_str!("../../../migrations/sqlite/0038-presumed-ends.sql"),
    include_str!("../../../migrations/sqlite/0039-ladders.sql"),
    include_str!("../../../migrations/sqlite/0040-transfers.sql"),
    include_str!("../../../migrations/sqlite/0041-hangup-reasons.sql"),
];

/// The steps of PostgreSQL, in order. Never edit a released step; add a new one. The first has the
/// tables of the first 34 steps of SQLite.
const POSTGRES: &[&str] = &[
    include_str!("../../../migrations/postgres/0001-tables.sql"),
    include_str!("../../../migrations/postgres/0002-nodes.sql"),
    include_str!("../../../migrations/postgres/0003-hang-ups.sql"),
    include_str!("../../../migrations/postgres/0004-lead-takeovers.sql"),
    include_str!("../../../migrations/postgres/0005-presumed-ends.sql"),
    include_str!("../../../migrations/postgres/0006-ladders.sql"),
    include_str!("../../../migrations/postgres/0007-transfers.sql"),
    include_str!("../../../migrations/postgres/0008-hangup-reasons.sql"),
];

/// Where PostgreSQL counts the steps. `oldest` is the first schema whose programs can use the present
/// one: a step that only adds leaves it as it is, so that a newer program can run beside an older one.
const COUNT: &str = "
    CREATE TABLE schema (version BIGINT NOT NULL, oldest BIGINT NOT NULL);
    INSERT INTO schema VALUES (0, 0)";
const IS_COUNTED: &str = "SELECT to_regclass('schema') IS NOT NULL";

/// The schema of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Schema {
    /// Steps that were made.
    version: usize,
    /// The first schema whose programs can use it.
    oldest: usize,
}

/// Migrates the tables to the current schema. When several programs start at once, one migrates.
/// `name` is the database's name in errors.
pub(super) fn migrate(db: &Db, name: &str) -> Result<(), StoreError> {
    if let Db::Postgres(_) = db {
        db.in_transaction(|| match db.query_row(IS_COUNTED, params![], |row| row.get(0))? {
            true => Ok(()),
            false => db.execute_batch(COUNT),
        })?;
    }
    while step(db, name, steps(db))? {}
    Ok(())
}

/// Checks that a database has the current schema, or a newer one that this program can use.
pub(super) fn check(db: &Db, name: &str) -> Result<(), StoreError> {
    let (found, known) = (schema(db)?, steps(db).len());
    if found.oldest > known {
        return Err(newer(name, found, known));
    }
    if found.version < known {
        return Err(StoreError::Older { database: name.to_owned(), found: found.version, known });
    }
    Ok(())
}

fn steps(db: &Db) -> &'static [&'static str] {
    match db {
        Db::Sqlite(_) => SQLITE,
        Db::Postgres(_) => POSTGRES,
    }
}

/// Runs one step. Returns false when none is left.
fn step(db: &Db, name: &str, steps: &[&str]) -> Result<bool, StoreError> {
    db.in_transaction(|| {
        let found = schema(db)?;
        let Some(step) = steps.get(found.version) else {
            if found.oldest <= steps.len() {
                return Ok(false);
            }
            return Err(newer(name, found, steps.len()));
        };
        db.execute_batch(step)?;
        count(db, found.version + 1)?;
        Ok(true)
    })
}

fn schema(db: &Db) -> Result<Schema, StoreError> {
    let number = |count: i64| usize::try_from(count).unwrap_or(usize::MAX);
    match db {
        Db::Sqlite(_) => {
            let version = db.query_row("PRAGMA user_version", params![], |row| row.get(0))?;
            let version = number(version);
            Ok(Schema { version, oldest: version })
        }
        Db::Postgres(_) => {
            let sql = "SELECT version, oldest FROM schema";
            let read = |row: super::engine::Row<'_>| {
                Ok(Schema { version: number(row.get(0)?), oldest: number(row.get(1)?) })
            };
            Ok(db.query_row(sql, params![], read)?)
        }
    }
}

fn count(db: &Db, version: usize) -> Result<(), StoreError> {
    match db {
        Db::Sqlite(_) => db.execute_batch(&format!("PRAGMA user_version = {version}")),
        // A step that older programs cannot use says so itself.
        Db::Postgres(_) => db.execute_batch(&format!("UPDATE schema SET version = {version}")),
    }
}

fn newer(name: &str, found: Schema, known: usize) -> StoreError {
    StoreError::Newer { database: name.to_owned(), found: found.version, known }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Database;

    fn count(connection: &Db, sql: &str) -> i64 {
        connection.query_row(sql, params![], |row| row.get(0)).unwrap()
    }

    #[test]
    fn steps_run_once_and_in_order() {
        let connection = Db::in_memory();
        let steps = ["CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"];
        while step(&connection, "x", &steps[..1]).unwrap() {}
        assert_eq!(count(&connection, "SELECT count(*) FROM a"), 0);
        for _ in 0..2 {
            while step(&connection, "x", &steps).unwrap() {}
            assert_eq!(count(&connection, "SELECT count(*) FROM a"), 1);
        }
    }

    #[test]
    fn a_failed_step_changes_nothing() {
        let connection = Db::in_memory();
        let steps = ["CREATE TABLE a (x); INSERT INTO nowhere VALUES (1)"];
        assert!(step(&connection, "x", &steps).is_err());
        assert_eq!(count(&connection, "SELECT count(*) FROM sqlite_schema"), 0);
        assert_eq!(count(&connection, "PRAGMA user_version"), 0);
    }

    #[test]
    fn a_newer_database_is_rejected_and_not_changed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db");
        drop(Database::sqlite(&path).unwrap());
        let connection = Db::file(&path);
        connection.execute_batch("PRAGMA user_version = 900").unwrap();
        let error = Database::sqlite(&path).unwrap_err();
        let known = SQLITE.len();
        let database = path.display().to_string();
        assert_eq!(error, StoreError::Newer { database, found: 900, known });
        assert_eq!(count(&connection, "PRAGMA user_version"), 900);
    }

    /// A call at Twilio, and a call from a trunk of that name.
    #[test]
    fn calls_of_old_schemas_get_their_ingress() {
        let connection = Db::in_memory();
        while step(&connection, "x", &SQLITE[..4]).unwrap() {}
        let call = |id: &str| {
            format!(
                "INSERT INTO call (id, state, number, trunk, offer, source, flow, book_version,
                     fields, started_at, talk_ms, billable, seen_at, dials, tags)
                 VALUES ('{id}', 'live', '+18005550100', 'twilio', 'o', 's', 'f', 1, '{{}}', 0, 0,
                     0, 0, '[]', '{{}}');"
            )
        };
        let (by_trunk, by_webhook) = (call("a"), call("b"));
        let text = "INSERT INTO flow_text VALUES ('h', 'f.xml', '<Flow/>');
            INSERT INTO carrier_call (token, carrier, carrier_id, call_id, seed, flow, live)
            VALUES ('t', 'twilio', 'CA1', 'b', '', 'h', 1);";
        connection.execute_batch(&format!("{by_trunk}{by_webhook}{text}")).unwrap();
        migrate(&connection, "x").unwrap();
        for (id, trunk) in [("a", "twilio"), ("b", "webhook:twilio")] {
            let sql = "SELECT trunk FROM inquiry WHERE id = $1";
            let found: String = connection.query_row(sql, [id], |row| row.get(0)).unwrap();
            assert_eq!(found, trunk, "{id}");
        }
    }

    #[test]
    fn programs_that_start_together_migrate_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db");
        let start = || Database::sqlite(&path).map(drop);
        std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
            for opened in starts {
                assert_eq!(opened.join().unwrap(), Ok(()));
            }
        });
    }
}
