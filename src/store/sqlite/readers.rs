//! Readers: read-only connections for queries on blocking threads.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::store::Pending;
use crate::store::StoreError;

use super::file;

/// Most reads at once; further reads wait.
const READERS: usize = 4;

/// A pool of connections, opened on first use.
pub(super) struct Readers {
    permits: Semaphore,
    shelf: Arc<Shelf>,
}

/// The idle connections.
struct Shelf {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Shelf {
    fn take(&self) -> Result<Connection, StoreError> {
        let taken = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        taken.map_or_else(|| file::open_for_reading(&self.path), Ok)
    }

    fn put_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

impl Readers {
    /// Creates the readers of a database file. Returns an error if the file cannot be read.
    pub(super) fn open(path: &Path) -> Result<Readers, StoreError> {
        let idle = Mutex::new(vec![file::open_for_reading(path)?]);
        let shelf = Arc::new(Shelf { path: path.to_owned(), idle });
        Ok(Readers { permits: Semaphore::new(READERS), shelf })
    }

    /// Runs a query on a blocking thread, in one transaction so that it reads a consistent state.
    pub(super) fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        Pending::new(async move {
            let _permit = self.permits.acquire().await.map_err(|_| StoreError::Closed)?;
            let shelf = Arc::clone(&self.shelf);
            let read = move || {
                let connection = shelf.take()?;
                let result = in_transaction(&connection, query);
                shelf.put_back(connection);
                result
            };
            tokio::task::spawn_blocking(read).await.unwrap_or(Err(StoreError::Panicked))
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
