//! `strowger db copy`: moves an installation from SQLite to PostgreSQL.

use std::fs;
use std::path::Path;

use super::Fault;
use super::fault::counted;
use super::opening::entropy;
use super::out::out;
use crate::base::Rng;
use crate::config::Location;
use crate::config::Settings;
use crate::journal::JournalCopy;
use crate::store;
use crate::store::CopiedTable;
use crate::store::Frozen;

/// Ending of the file of the key of the suppression lists.
const KEY: &str = "-suppression.key";

/// Copies the database, and the key of its suppression lists, and compares them. Prints a line for
/// each table with rows.
pub(super) async fn run(settings: &Settings, from: Location, to: Location) -> Result<(), Fault> {
    let to = placed(settings, to);
    let journal = match &settings.database.at {
        at if *at == from => settings.journal_directory(),
        _ => from.beside("-facts"),
    };
    let name = Rng::from_entropy(entropy()?).below(u64::MAX);
    let copied = tokio::task::spawn_blocking(move || {
        refuse_waiting(&from, &journal, name)?;
        let (mut tables, mut rows) = (0, 0);
        let mut show = |table: &CopiedTable| {
            let CopiedTable { name, added, rows: all } = *table;
            (tables, rows) = (tables + 1, rows + all);
            if all > 0 {
                out!("{name}: {}, {added} of them now", counted_rows(all));
            }
        };
        store::copy(&from, &to, &mut show).map_err(Fault::of)?;
        copy_key(&from.beside(KEY), &to.beside(KEY))?;
        out!("copied: {tables} tables and {} equal the original", counted_rows(rows));
        out!("Write `[database] url` with the new address, and start the switch.");
        Ok(())
    });
    copied.await.map_err(Fault::of)?
}

fn counted_rows(rows: u64) -> String {
    counted(usize::try_from(rows).unwrap_or(usize::MAX), "row")
}

/// Returns the target with the directory of the node's own files that the settings name.
fn placed(settings: &Settings, to: Location) -> Location {
    match (&settings.database.at, to) {
        (Location::Postgres { directory, .. }, Location::Postgres { url, .. }) => {
            Location::Postgres { url, directory: directory.clone() }
        }
        (_, to) => to,
    }
}

/// Refuses to leave facts behind: only the journal has what the database could not take.
fn refuse_waiting(from: &Location, journal: &Path, name: u64) -> Result<(), Fault> {
    let Some(copy) = JournalCopy::take(journal, name).map_err(Fault::of)? else { return Ok(()) };
    let applied = Frozen::open(from).map_err(Fault::of)?.applied(copy.id()).map_err(Fault::of)?;
    let waiting = copy.last().saturating_sub(applied);
    if waiting == 0 {
        return Ok(());
    }
    Err(Fault::of(format!(
        "the journal {} has {} that {from} does not have: start the switch and stop it again",
        journal.display(),
        counted(usize::try_from(waiting).unwrap_or(usize::MAX), "fact"),
    )))
}

fn copy_key(from: &Path, to: &Path) -> Result<(), Fault> {
    if !from.exists() || to.exists() {
        return Ok(());
    }
    let fault = |error: std::io::Error| {
        Fault::of(format!("{}: cannot copy the key of the lists here: {error}", to.display()))
    };
    if let Some(directory) = to.parent() {
        fs::create_dir_all(directory).map_err(fault)?;
    }
    fs::copy(from, to).map_err(fault)?;
    out!("{}: the key of the suppression lists; every node needs it", to.display());
    Ok(())
}
