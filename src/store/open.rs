//! Opens databases.

use std::sync::Arc;

use super::Database;
use super::Store;
use super::StoreError;
use crate::config::Location;

/// Opens a database. Creates its tables, and a file of SQLite, if they do not exist; migrates older
/// ones. Blocks while another program migrates it.
///
/// # Errors
/// [`StoreError`]: the file or the server cannot be used, or a newer program migrated it.
pub fn open(location: &Location) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(Database::open(location)?))
}
