//! Prepared statements.

use rusqlite::CachedStatement;
use rusqlite::ToSql;

use super::Error;
use super::Params;
use super::Row;
use super::Rows;
use super::Value;
use super::params_from_iter;
use super::postgres::Session;
use super::postgres::numbers;
use super::postgres::part;
use super::postgres::repeated;

/// A prepared statement. The connection keeps it, so that the next use prepares nothing.
pub(in crate::store) enum Statement<'c> {
    /// A statement of SQLite.
    Sqlite(CachedStatement<'c>),
    /// A statement of PostgreSQL, which its session prepares by its text.
    Postgres {
        /// The session that runs it.
        session: &'c Session,
        /// Its text, with parameters `$1`, `$2`, ….
        sql: String,
    },
}

/// Calls `run` with the statement and the values of some rows, until no row is left.
fn in_parts(
    sql: &str,
    rows: impl IntoIterator<Item = Vec<Value>>,
    mut run: impl FnMut(&str, &[&dyn ToSql]) -> Result<(), Error>,
) -> Result<(), Error> {
    let rows: Vec<Vec<Value>> = rows.into_iter().collect();
    let mut left = rows.as_slice();
    while let Some(row) = left.first() {
        let (part, rest) = left.split_at(part(left.len(), row.len()));
        let values = params_from_iter(part.iter().flatten().cloned());
        let sql = repeated(sql, part.len(), row.len());
        values.list(|values| run(&sql, values))?;
        left = rest;
    }
    Ok(())
}

impl Statement<'_> {
    /// Runs a statement; returns the number of rows that it changed.
    pub(in crate::store) fn execute(&mut self, values: impl Params) -> Result<usize, Error> {
        values.list(|values| match self {
            Statement::Sqlite(statement) => Ok(statement.execute(values)?),
            Statement::Postgres { session, sql } => Ok(session.execute(sql, values)?),
        })
    }

    /// Runs an `INSERT … VALUES (…)` for every row of values. No two rows have the same key. On
    /// PostgreSQL, some rows share a statement, and its way to the server and back.
    pub(in crate::store) fn execute_all(
        &mut self,
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<(), Error> {
        match self {
            Statement::Sqlite(statement) => {
                for row in rows {
                    statement.execute(rusqlite::params_from_iter(row))?;
                }
            }
            Statement::Postgres { session, sql } => {
                in_parts(sql, rows, |sql, values| Ok(session.execute(sql, values).map(drop)?))?;
            }
        }
        Ok(())
    }

    /// Runs an `INSERT … VALUES (…) RETURNING …` for every row of values, as
    /// [`execute_all`](Self::execute_all), and reads what it returns.
    pub(in crate::store) fn insert_all<T>(
        &mut self,
        rows: impl IntoIterator<Item = Vec<Value>>,
        mut read: impl FnMut(Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        match self {
            Statement::Sqlite(statement) => {
                for row in rows {
                    let mut returned = statement.query(rusqlite::params_from_iter(row))?;
                    while let Some(row) = returned.next()? {
                        all.push(read(Row::Sqlite(row))?);
                    }
                }
            }
            Statement::Postgres { session, sql } => in_parts(sql, rows, |sql, values| {
                for row in &session.query(sql, values)? {
                    all.push(read(Row::Postgres(row))?);
                }
                Ok(())
            })?,
        }
        Ok(all)
    }

    /// Runs a query.
    pub(in crate::store) fn query(&mut self, values: impl Params) -> Result<Rows<'_>, Error> {
        values.list(|values| match self {
            Statement::Sqlite(statement) => Ok(Rows::Sqlite(statement.query(values)?)),
            Statement::Postgres { session, sql } => {
                let left = session.query(sql, values)?.into_iter();
                Ok(Rows::Postgres { left, row: None })
            }
        })
    }

    /// Runs a query and reads its first row; [`Error::NoRow`] if it has none.
    pub(in crate::store) fn query_row<T>(
        &mut self,
        values: impl Params,
        read: impl FnOnce(Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut rows = self.query(values)?;
        rows.next()?.map_or(Err(Error::NoRow), read)
    }

    /// Runs a query and reads all its rows.
    pub(in crate::store) fn query_all<T>(
        &mut self,
        values: impl Params,
        mut read: impl FnMut(Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut rows = self.query(values)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// Returns the highest number of a parameter.
    pub(in crate::store) fn parameter_count(&self) -> usize {
        match self {
            Statement::Sqlite(statement) => statement.parameter_count(),
            Statement::Postgres { sql, .. } => numbers(sql).max().unwrap_or(0),
        }
    }
}
