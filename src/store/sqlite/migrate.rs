//! Migrations: numbered steps, each in its own transaction. `user_version` counts them.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

use crate::store::StoreError;

/// The steps, in order. Never edit a released step; add a new one.
const STEPS: &[&str] = &[
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
];

/// Number of the current schema.
pub(super) const SCHEMA: usize = STEPS.len();

/// Migrates the tables to the current schema. When several programs start at once, one migrates.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    while step(connection, path, STEPS)? {}
    Ok(())
}

/// Runs one step. Returns false when none is left.
fn step(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<bool, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = transaction.query_one("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(step) = steps.get(done) else {
        if done == steps.len() {
            return Ok(false);
        }
        return Err(StoreError::Newer { path: path.to_owned(), found: done, known: steps.len() });
    };
    transaction.execute_batch(step)?;
    transaction.pragma_update(None, "user_version", version + 1)?;
    transaction.commit()?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Sqlite;

    fn count(connection: &Connection, sql: &str) -> i64 {
        connection.query_one(sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn steps_run_once_and_in_order() {
        let mut connection = Connection::open_in_memory().unwrap();
        let path = Path::new("x");
        let steps = ["CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"];
        while step(&mut connection, path, &steps[..1]).unwrap() {}
        assert_eq!(count(&connection, "SELECT count(*) FROM a"), 0);
        for _ in 0..2 {
            while step(&mut connection, path, &steps).unwrap() {}
            assert_eq!(count(&connection, "SELECT count(*) FROM a"), 1);
        }
    }

    #[test]
    fn a_failed_step_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        let steps = ["CREATE TABLE a (x); INSERT INTO nowhere VALUES (1)"];
        assert!(step(&mut connection, Path::new("x"), &steps).is_err());
        assert_eq!(count(&connection, "SELECT count(*) FROM sqlite_schema"), 0);
        assert_eq!(count(&connection, "PRAGMA user_version"), 0);
    }

    #[test]
    fn a_newer_database_is_rejected_and_not_changed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db");
        drop(Sqlite::open(&path).unwrap());
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 900).unwrap();
        let error = Sqlite::open(&path).unwrap_err();
        let known = STEPS.len();
        assert_eq!(error, StoreError::Newer { path: path.clone(), found: 900, known });
        assert_eq!(count(&connection, "PRAGMA user_version"), 900);
    }

    /// A call at Twilio, and a call from a trunk of that name.
    #[test]
    fn calls_of_old_schemas_get_their_ingress() {
        let mut connection = Connection::open_in_memory().unwrap();
        let path = Path::new("x");
        while step(&mut connection, path, &STEPS[..4]).unwrap() {}
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
        migrate(&mut connection, path).unwrap();
        for (id, trunk) in [("a", "twilio"), ("b", "webhook:twilio")] {
            let sql = "SELECT trunk FROM inquiry WHERE id = $1";
            let found: String = connection.query_one(sql, [id], |row| row.get(0)).unwrap();
            assert_eq!(found, trunk, "{id}");
        }
    }

    #[test]
    fn programs_that_start_together_migrate_once() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db");
        let start = || Sqlite::open(&path).map(drop);
        std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
            for opened in starts {
                assert_eq!(opened.join().unwrap(), Ok(()));
            }
        });
    }
}
