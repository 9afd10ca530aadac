//! Where a database is, and how it is connected to.

use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

use super::Db;
use super::postgres;
use super::postgres::Purpose;
use super::sqlite;
use crate::config::Location;
use crate::store::StoreError;

/// Where a database is.
#[derive(Debug, Clone)]
pub(in crate::store) enum Source {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A database of a PostgreSQL server.
    Postgres(Box<PgConnectOptions>),
}

impl Source {
    /// Returns the source of a location.
    pub(in crate::store) fn of(location: &Location) -> Result<Self, StoreError> {
        match location {
            Location::Sqlite(path) => Ok(Source::Sqlite(path.clone())),
            Location::Postgres { url, .. } => {
                let options: PgConnectOptions =
                    url.parse().map_err(|error: sqlx::Error| StoreError::Url(error.to_string()))?;
                Ok(Source::Postgres(Box::new(options.application_name("strowger"))))
            }
        }
    }

    /// Opens a connection for the transactions of the writer.
    pub(in crate::store) fn open_for_writing(&self) -> Result<Db, StoreError> {
        Ok(match self {
            Source::Sqlite(path) => Db::Sqlite(sqlite::open_for_writing(path)?),
            Source::Postgres(options) => {
                Db::Postgres(postgres::Session::connect(options, Purpose::Write)?)
            }
        })
    }

    /// Opens a connection for transactions that read.
    pub(in crate::store) fn open_for_reading(&self) -> Result<Db, StoreError> {
        Ok(match self {
            Source::Sqlite(path) => Db::Sqlite(sqlite::open_for_reading(path)?),
            Source::Postgres(options) => {
                Db::Postgres(postgres::Session::connect(options, Purpose::Read)?)
            }
        })
    }
}
