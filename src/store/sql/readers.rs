//! Readers: read-only connections for queries on blocking threads.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use tokio::sync::Semaphore;

use crate::store::Pending;
use crate::store::StoreError;

use super::engine::Db;
use super::engine::Source;

/// Most reads at once; further reads wait.
const READERS: usize = 4;

/// A pool of connections, opened on first use.
pub(super) struct Readers {
    permits: Semaphore,
    shelf: Arc<Shelf>,
}

/// The idle connections.
struct Shelf {
    source: Source,
    idle: Mutex<Vec<Db>>,
}

impl Shelf {
    fn take(&self) -> Result<Db, StoreError> {
        let taken = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        taken.map_or_else(|| self.source.open_for_reading(), Ok)
    }

    /// Closes the idle connections: what broke one has most likely broken them all.
    fn clear(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn put_back(&self, connection: Db) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

impl Readers {
    /// Creates the readers of a database. Returns an error if it cannot be read.
    pub(super) fn open(source: &Source) -> Result<Readers, StoreError> {
        let idle = Mutex::new(vec![source.open_for_reading()?]);
        let shelf = Arc::new(Shelf { source: source.clone(), idle });
        Ok(Readers { permits: Semaphore::new(READERS), shelf })
    }

    /// Runs a query on a blocking thread, in one transaction so that it reads a consistent state.
    pub(super) fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Db) -> Result<T, StoreError> + Send + 'static,
    ) -> Pending<'_, T> {
        Pending::new(async move {
            let _permit = self.permits.acquire().await.map_err(|_| StoreError::Closed)?;
            let shelf = Arc::clone(&self.shelf);
            let read = move || {
                let connection = shelf.take()?;
                let result = in_transaction(&connection, query);
                if connection.is_broken() {
                    shelf.clear();
                } else {
                    shelf.put_back(connection);
                }
                result
            };
            tokio::task::spawn_blocking(read).await.unwrap_or(Err(StoreError::Panicked))
        })
    }
}

fn in_transaction<T>(
    connection: &Db,
    query: impl FnOnce(&Db) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.begin_to_read()?;
    let result = query(connection);
    connection.rollback();
    result
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("free", &self.permits.available_permits()).finish()
    }
}
