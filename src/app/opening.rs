//! Opens the database and reads entropy for commands.

use super::Fault;
use crate::config::DatabaseUrl;
use crate::config::Settings;
use crate::store;
use crate::store::Store;

/// Opens the database of the settings. Creates and migrates it when needed.
pub(super) fn open_store(settings: &Settings) -> Result<std::sync::Arc<dyn Store>, Fault> {
    let DatabaseUrl::Sqlite(path) = &settings.database.url;
    store::open(&format!("sqlite:{}", path.display())).map_err(Fault::of)
}

/// Returns entropy of the operating system, for seeds and secrets.
pub(super) fn entropy() -> Result<[u8; 32], Fault> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Fault::of(format!("cannot read entropy of the system: {error}")))?;
    Ok(seed)
}
