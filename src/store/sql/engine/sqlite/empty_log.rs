//! Empties the write-ahead log, so that no removed row is left in it.

use std::path::Path;
use std::time::Duration;

use super::open_for_writing;
use crate::store::StoreError;

/// How long readers may still use the log.
const READERS_PATIENCE: Duration = Duration::from_secs(5);

/// Moves the write-ahead log into the database and empties it. Returns false if readers use it.
pub(in crate::store) fn empty_log(path: &Path) -> Result<bool, StoreError> {
    let db = open_for_writing(path)?;
    db.busy_timeout(READERS_PATIENCE)?;
    let busy: i64 = db.query_one("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy == 0)
}
