//! Rows of an answer.

use rusqlite::types::FromSql;

use super::Error;
use super::postgres;

/// A row of an answer.
#[derive(Clone, Copy)]
pub(in crate::store) enum Row<'r> {
    /// A row of SQLite.
    Sqlite(&'r rusqlite::Row<'r>),
    /// A row of PostgreSQL.
    Postgres(&'r sqlx::postgres::PgRow),
}

/// Names a column, by its place from 0 or by its name.
pub(in crate::store) trait Place: rusqlite::RowIndex + Copy {
    /// Returns the place in a row of PostgreSQL.
    fn at(self, row: &sqlx::postgres::PgRow) -> Result<usize, Error>;
}

impl Place for usize {
    fn at(self, _row: &sqlx::postgres::PgRow) -> Result<usize, Error> {
        Ok(self)
    }
}

impl Place for &str {
    fn at(self, row: &sqlx::postgres::PgRow) -> Result<usize, Error> {
        postgres::place(row, self)
    }
}

impl Row<'_> {
    /// Returns the value of a column.
    pub(in crate::store) fn get<P: Place, T: FromSql>(&self, place: P) -> Result<T, Error> {
        match self {
            Row::Sqlite(row) => Ok(row.get(place)?),
            Row::Postgres(row) => postgres::value(row, place.at(row)?),
        }
    }
}

/// The rows of an answer, one after another.
pub(in crate::store) enum Rows<'s> {
    /// Rows that SQLite finds as they are asked for.
    Sqlite(rusqlite::Rows<'s>),
    /// Rows that PostgreSQL has sent.
    Postgres {
        /// Rows that are still to come.
        left: std::vec::IntoIter<sqlx::postgres::PgRow>,
        /// The row that was read last.
        row: Option<sqlx::postgres::PgRow>,
    },
}

impl Rows<'_> {
    /// Returns the next row; `None` after the last.
    pub(in crate::store) fn next(&mut self) -> Result<Option<Row<'_>>, Error> {
        Ok(match self {
            Rows::Sqlite(rows) => rows.next()?.map(Row::Sqlite),
            Rows::Postgres { left, row } => {
                *row = left.next();
                row.as_ref().map(Row::Postgres)
            }
        })
    }
}
