//! Random bytes of the operating system.

use crate::store::StoreError;

/// Fills `bytes`.
pub(super) fn fill(bytes: &mut [u8]) -> Result<(), StoreError> {
    let unable = |error| StoreError::Sql(format!("cannot read entropy of the system: {error}"));
    getrandom::fill(bytes).map_err(unable)
}
