//! Connections.

use rusqlite::Connection;

use super::Error;
use super::Params;
use super::Row;
use super::Statement;
use super::Value;
use super::postgres::Session;
use super::postgres::numbered;
use super::postgres::numbers;
use crate::store::StoreError;

/// A connection to a database of either engine. Statements run one after another.
pub(in crate::store) enum Db {
    /// A connection to a file of SQLite.
    Sqlite(Connection),
    /// A session of PostgreSQL.
    Postgres(Session),
}

impl Db {
    /// Prepares a statement, or returns it as it was prepared before.
    pub(in crate::store) fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>, Error> {
        debug_assert!(is_in_order(sql), "parameters are numbered by first occurrence: {sql}");
        match self {
            Db::Sqlite(connection) => Ok(Statement::Sqlite(connection.prepare_cached(sql)?)),
            Db::Postgres(session) => Ok(Statement::Postgres { session, sql: numbered(sql) }),
        }
    }

    /// Runs a statement; returns the number of rows that it changed.
    pub(in crate::store) fn execute(&self, sql: &str, values: impl Params) -> Result<usize, Error> {
        self.prepare_cached(sql)?.execute(values)
    }

    /// Runs a statement for every row of values, as [`Statement::execute_all`]; without rows, prepares
    /// nothing.
    pub(in crate::store) fn execute_all(
        &self,
        sql: &str,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), Error> {
        if rows.is_empty() { Ok(()) } else { self.prepare_cached(sql)?.execute_all(rows) }
    }

    /// Inserts every row of values and reads what is returned, as [`Statement::insert_all`]; without
    /// rows, prepares nothing.
    pub(in crate::store) fn insert_all<T>(
        &self,
        sql: &str,
        rows: Vec<Vec<Value>>,
        read: impl FnMut(Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        if rows.is_empty() {
            Ok(Vec::new())
        } else {
            self.prepare_cached(sql)?.insert_all(rows, read)
        }
    }

    /// Runs a query and reads its first row; [`Error::NoRow`] if it has none.
    pub(in crate::store) fn query_row<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.prepare_cached(sql)?.query_row(values, read)
    }

    /// Runs statements without parameters.
    pub(in crate::store) fn execute_batch(&self, sql: &str) -> Result<(), StoreError> {
        match self {
            Db::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Db::Postgres(session) => session.batch(sql),
        }
    }

    /// Returns the expression of the text whose UTF-8 a column of bytes holds.
    pub(in crate::store) fn text_of(&self, column: &str) -> String {
        match self {
            Db::Sqlite(_) => format!("CAST({column} AS TEXT)"),
            Db::Postgres(_) => format!("convert_from({column}, 'UTF8')"),
        }
    }

    /// Begins a transaction that writes. Waits until no other connection writes.
    pub(in crate::store) fn begin(&self) -> Result<(), StoreError> {
        match self {
            Db::Sqlite(connection) => Ok(connection.execute_batch("BEGIN IMMEDIATE")?),
            Db::Postgres(session) => session.begin_to_write(),
        }
    }

    /// Runs `work` in a transaction that writes; an error rolls it back.
    pub(in crate::store) fn in_transaction<T>(
        &self,
        work: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.begin()?;
        let done = work();
        match done {
            Ok(_) => self.commit()?,
            Err(_) => self.rollback(),
        }
        done
    }

    /// Begins a transaction that reads the database as it is now.
    pub(in crate::store) fn begin_to_read(&self) -> Result<(), StoreError> {
        match self {
            Db::Sqlite(connection) => Ok(connection.execute_batch("BEGIN")?),
            Db::Postgres(session) => session.begin_to_read(),
        }
    }

    /// Commits the transaction.
    pub(in crate::store) fn commit(&self) -> Result<(), StoreError> {
        self.execute_batch("COMMIT")
    }

    /// Rolls the transaction back, if there is one. An error leaves it to the end of the connection.
    pub(in crate::store) fn rollback(&self) {
        if self.is_in_transaction() {
            // The connection is broken, or the engine has rolled back by itself.
            drop(self.execute_batch("ROLLBACK"));
        }
    }

    /// Returns whether a transaction is open. SQLite may roll one back by itself on a full disk.
    pub(in crate::store) fn is_in_transaction(&self) -> bool {
        match self {
            Db::Sqlite(connection) => !connection.is_autocommit(),
            Db::Postgres(session) => session.is_in_transaction(),
        }
    }

    /// Returns whether the connection can no longer be used.
    pub(in crate::store) fn is_broken(&self) -> bool {
        match self {
            Db::Sqlite(_) => false,
            Db::Postgres(session) => session.is_broken(),
        }
    }
}

/// Returns whether parameters `$n` are numbered in the order of their first occurrence: SQLite counts
/// them so, PostgreSQL by their number.
fn is_in_order(sql: &str) -> bool {
    let mut highest = 0;
    numbers(sql).all(|number| {
        let fits = number <= highest + 1;
        highest = highest.max(number);
        fits
    })
}

#[cfg(test)]
impl Db {
    /// Creates an empty database of SQLite in memory.
    pub(in crate::store) fn in_memory() -> Self {
        Db::Sqlite(Connection::open_in_memory().unwrap())
    }

    /// Opens a database file of SQLite.
    pub(in crate::store) fn file(path: &std::path::Path) -> Self {
        Db::Sqlite(Connection::open(path).unwrap())
    }

    /// Returns SQLite's plan for a query, one step per line.
    pub(in crate::store) fn plan(&self, sql: &str) -> String {
        let Db::Sqlite(connection) = self else { panic!("not SQLite") };
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = String::new();
        while let Some(row) = rows.next().unwrap() {
            plan += &(row.get::<_, String>("detail").unwrap() + "\n");
        }
        plan
    }
}
