//! Opens the database and reads entropy for commands.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use super::Fault;
use crate::config::Settings;
use crate::store;
use crate::store::Store;

/// An open database.
pub(super) struct Opened {
    pub(super) store: Arc<dyn Store>,
    /// Its absolute path, if it did not exist before.
    pub(super) created: Option<PathBuf>,
}

/// Opens the database of the settings. Creates and migrates it when needed; says so on standard
/// error when it is new.
pub(super) fn open_store(settings: &Settings) -> Result<Arc<dyn Store>, Fault> {
    let Opened { store, created } = open(settings)?;
    if let Some(path) = created {
        eprintln!("strowger: created the database {}", path.display());
    }
    Ok(store)
}

/// Opens the database of the settings if there is one: a check creates nothing.
pub(super) fn open_existing(settings: &Settings) -> Result<Option<Arc<dyn Store>>, Fault> {
    let Some(path) = settings.database.at.file().filter(|path| !path.exists()) else {
        return Ok(Some(open(settings)?.store));
    };
    refuse_moved(path, settings.database.earlier.as_deref()).map(|()| None)
}

/// Opens the database of the settings. Creates and migrates it when needed.
pub(super) fn open(settings: &Settings) -> Result<Opened, Fault> {
    let new = settings.database.at.file().filter(|path| !path.exists());
    if let Some(path) = new {
        refuse_moved(path, settings.database.earlier.as_deref())?;
    }
    let store = store::open(&settings.database.at).map_err(Fault::of)?;
    Ok(Opened { store, created: new.map(absolute) })
}

/// Warns on standard error if the database has no book: it may be the wrong database.
pub(super) async fn warn_without_book(settings: &Settings, store: &dyn Store) -> Result<(), Fault> {
    if store.book_version().await.map_err(Fault::of)? == 0 {
        let at = &settings.database.at;
        let at =
            at.file().map_or_else(|| at.to_string(), |path| absolute(path).display().to_string());
        eprintln!("warning: the database {at} has no book: check that it is the right one");
    }
    Ok(())
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Refuses to create a database while one is where earlier versions looked for it.
fn refuse_moved(path: &Path, earlier: Option<&Path>) -> Result<(), Fault> {
    let Some(earlier) = earlier.filter(|earlier| earlier.exists()) else { return Ok(()) };
    let (path, earlier) = (absolute(path), absolute(earlier));
    let (path, earlier) = (path.display(), earlier.display());
    Err(Fault::of(format!(
        "there is no database {path}, but there is {earlier}: relative paths are relative to the \
         settings file, no longer to the working directory. Write the absolute path in `[database] \
         url`, or move the files {earlier}* while no switch runs"
    )))
}

/// Returns entropy of the operating system, for seeds and secrets.
pub(super) fn entropy() -> Result<[u8; 32], Fault> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Fault::of(format!("cannot read entropy of the system: {error}")))?;
    Ok(seed)
}
