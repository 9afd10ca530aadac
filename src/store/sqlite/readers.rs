//! Readers: a few connections that cannot write, lent to blocking threads.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::store::Pending;
use crate::store::StoreError;

use super::file;

/// Reads at once; further ones wait.
const READERS: usize = 4;

/// The connections.
pub(super) struct Readers {
    permits: Semaphore,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    /// Opens them.
    pub(super) fn open(path: &Path) -> Result<Readers, StoreError> {
        let idle: Result<Vec<Connection>, StoreError> =
            (0..READERS).map(|_| file::open_for_reading(path)).collect();
        Ok(Readers { permits: Semaphore::new(READERS), idle: Arc::new(Mutex::new(idle?)) })
    }

    /// Runs a query on a blocking thread, in one transaction: it sees one state of the database.
    pub(super) fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        Pending::new(async move {
            let _permit = self.permits.acquire().await.map_err(|_| StoreError::Closed)?;
            let idle = Arc::clone(&self.idle);
            let read = move || {
                let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let connection = taken.ok_or(StoreError::Closed)?;
                let result = in_transaction(&connection, query);
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
                result
            };
            tokio::task::spawn_blocking(read).await.unwrap_or(Err(StoreError::Closed))
        })
    }
}

fn in_transaction<T>(
    connection: &Connection,
    query: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.unchecked_transaction()?;
    query(&transaction)
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("free", &self.permits.available_permits()).finish()
    }
}
