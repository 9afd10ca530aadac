//! A session: one connection to a server, used from one thread at a time.

use std::cell::Cell;
use std::cell::RefCell;
use std::future::Future;
use std::time::Duration;

use rusqlite::ToSql;
use sqlx::AssertSqlSafe;
use sqlx::Connection as _;
use sqlx::PgConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::postgres::PgRow;
use tokio::runtime::Runtime;

use super::bound::bound;
use crate::store::StoreError;

/// How long a connection may take to be made.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long the server may work on a statement that writes. It includes the wait for its turn to
/// write.
const WRITE_MAX: Duration = Duration::from_secs(20);
/// How long the server may work on a statement that reads.
const READ_MAX: Duration = Duration::from_secs(60);
/// How much longer than the server the program waits: then the network is at fault.
const NETWORK: Duration = Duration::from_secs(5);
/// How long the server keeps a transaction whose program does not continue it.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// Most statements that a connection keeps prepared.
const STATEMENTS: usize = 512;

/// The lock that makes transactions that write take turns, on all nodes: a write then reads what all
/// writes before it wrote, as in SQLite, and never has to be repeated. The number is arbitrary.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(6287401)";

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Purpose {
    /// Transactions that write.
    Write,
    /// Transactions that read.
    Read,
}

impl Purpose {
    /// Returns how long the server may work on a statement.
    const fn longest(self) -> Duration {
        match self {
            Purpose::Write => WRITE_MAX,
            Purpose::Read => READ_MAX,
        }
    }
}

/// A connection to a server, with a runtime of its own that waits for the answers: a statement is
/// answered to the thread that runs it.
pub(in crate::store) struct Session {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    connection: RefCell<PgConnection>,
    purpose: Purpose,
    in_transaction: Cell<bool>,
    broken: Cell<bool>,
}

impl Session {
    /// Connects. Blocks until then; not to be called by a task.
    pub(in crate::store) fn connect(
        options: &PgConnectOptions,
        purpose: Purpose,
    ) -> Result<Self, StoreError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| StoreError::Sql(error.to_string()))?;
        let options = options.clone().statement_cache_capacity(STATEMENTS).options([
            ("statement_timeout", purpose.longest().as_millis().to_string()),
            ("idle_in_transaction_session_timeout", IDLE_MAX.as_millis().to_string()),
            ("timezone", "UTC".to_owned()),
        ]);
        let connecting = async {
            let connected = PgConnection::connect_with(&options);
            tokio::time::timeout(CONNECT_MAX, connected)
                .await
                .unwrap_or_else(|_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())))
        };
        let connection =
            runtime.block_on(connecting).map_err(|error| not_connected(&options, &error))?;
        Ok(Self {
            runtime: Some(runtime),
            connection: RefCell::new(connection),
            purpose,
            in_transaction: Cell::new(false),
            broken: Cell::new(false),
        })
    }

    /// Runs a statement; returns the number of rows that it changed.
    pub(in crate::store) fn execute(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
    ) -> Result<usize, StoreError> {
        let query = sqlx::query_with(AssertSqlSafe(sql), bound(values)?);
        let mut connection = self.connection.borrow_mut();
        let done = self.wait(query.execute(&mut *connection))?;
        Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
    }

    /// Runs a query; returns its rows.
    pub(in crate::store) fn query(
        &self,
        sql: &str,
        values: &[&dyn ToSql],
    ) -> Result<Vec<PgRow>, StoreError> {
        let query = sqlx::query_with(AssertSqlSafe(sql), bound(values)?);
        let mut connection = self.connection.borrow_mut();
        self.wait(query.fetch_all(&mut *connection))
    }

    /// Runs statements without parameters.
    pub(in crate::store) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        let mut connection = self.connection.borrow_mut();
        let run = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection);
        self.wait(run)?;
        if matches!(sql, "COMMIT" | "ROLLBACK") {
            self.in_transaction.set(false);
        }
        Ok(())
    }

    /// Begins a transaction that writes, and waits for its turn.
    pub(in crate::store) fn begin_to_write(&self) -> Result<(), StoreError> {
        // The wait may fail after the begin.
        self.in_transaction.set(true);
        self.batch(BEGIN)
    }

    /// Begins a transaction that reads the database as it is at its first statement.
    pub(in crate::store) fn begin_to_read(&self) -> Result<(), StoreError> {
        self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        self.in_transaction.set(true);
        Ok(())
    }

    /// Returns whether a transaction is open.
    pub(in crate::store) fn is_in_transaction(&self) -> bool {
        self.in_transaction.get()
    }

    /// Returns whether the connection was lost, or an answer did not come in time.
    pub(in crate::store) fn is_broken(&self) -> bool {
        self.broken.get()
    }

    /// Waits for an answer, as long as the server may take and the network after it.
    fn wait<T>(
        &self,
        asked: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, StoreError> {
        let Some(runtime) = &self.runtime else { return Err(StoreError::Closed) };
        if self.is_broken() {
            return Err(lost("the connection was lost before"));
        }
        let longest = self.purpose.longest() + NETWORK;
        let answer = runtime.block_on(async { tokio::time::timeout(longest, asked).await });
        match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(self.failed(&error)),
            Err(_) => {
                self.broken.set(true);
                Err(lost("no answer in time"))
            }
        }
    }

    fn failed(&self, error: &sqlx::Error) -> StoreError {
        match error {
            sqlx::Error::Database(fault) => {
                let of_server = StoreError::of_server(fault.code().as_deref(), fault.message());
                // The server ends the session with these.
                if matches!(of_server, StoreError::Lost(_)) {
                    self.broken.set(true);
                }
                of_server
            }
            other => {
                self.broken.set(true);
                lost(&other.to_string())
            }
        }
    }
}

impl Drop for Session {
    /// Closes the connection without waiting: a task may drop the store.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

/// Returns why there is no connection, and what to do if it is a matter of certificates.
fn not_connected(options: &PgConnectOptions, error: &sqlx::Error) -> StoreError {
    let is_tls = match error {
        sqlx::Error::Tls(_) => true,
        // The server's certificate is refused, or the authority's is not found.
        sqlx::Error::Io(cause) => {
            let kinds = [std::io::ErrorKind::InvalidData, std::io::ErrorKind::NotFound];
            options.get_socket().is_none() && kinds.contains(&cause.kind())
        }
        _ => false,
    };
    let remedy = if is_tls {
        ": check `sslrootcert`, `sslmode`, and the host of the address, and the server's certificate"
    } else {
        ""
    };
    let (host, port) = (options.get_host(), options.get_port());
    lost(&format!("{host}:{port}: {error}{remedy}"))
}

fn lost(cause: &str) -> StoreError {
    StoreError::Lost(cause.to_owned())
}
