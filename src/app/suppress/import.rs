//! `strowger suppress import`: reads a whole file first, then writes it. An import takes effect as
//! a whole or not at all.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::BufReader;
use std::io::IsTerminal as _;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::arguments::Import;
use super::asked::destination;
use super::asked::makes;
use super::asked::purge;
use super::asked::remark;
use super::read::read;
use super::sorted::Sorted;
use super::sorted::Sorter;
use crate::app::Fault;
use crate::app::fault::counted;
use crate::app::open_store;
use crate::app::out::out;
use crate::app::user;
use crate::base::Wall;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::Destination;
use crate::store::IMPORT_ROWS_MAX;
use crate::store::ImportMode;
use crate::store::Imported;
use crate::store::Mutation;
use crate::store::Remark;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::Verb;
use crate::suppression::SuppressionKey;

/// Most faulty lines that are printed; the others are counted.
const FAULTS_SHOWN: u64 = 20;
/// Bytes of the file that are read at once.
const READ_BYTES: usize = 256 * 1_024;
/// Lines, and written entries, between two lines of progress.
const PROGRESS_EVERY: u64 = 500_000;

/// What a file held.
struct Found {
    sorted: Sorted,
    lines: u64,
    contacts: u64,
    faults: u64,
}

pub(super) async fn run(settings: &Settings, asked: Import) -> Result<(), Fault> {
    let Import { file, to, remark: said, replace, skip_bad } = asked;
    let to = destination(settings, &to).await?;
    let store = open_store(settings)?;
    let (mode, verb) = match replace {
        true => (ImportMode::Replace, Verb::Replace),
        false => (ImportMode::Add, Verb::Create),
    };
    let by = makes(verb, "import", to.list.as_str());
    let remark = remark(&said, by.at)?;
    let key = store.suppression_key().await.map_err(Fault::of)?;
    let found = file_of(&file).and_then(|read| look_through(read, &file, &key, scratch(settings)?));
    let found = found.and_then(|found| checked(found, skip_bad));
    let found = user::noted(store.as_ref(), &by, found).await?;
    let (lines, contacts, list) = (found.lines, found.contacts, to.list.clone());
    let written = write(store.as_ref(), found.sorted, (to, remark), mode, by.clone()).await;
    let Imported { written, entries } = user::noted(store.as_ref(), &by, written).await?;
    let done = match mode {
        ImportMode::Add => "added",
        ImportMode::Replace => "written",
    };
    out!("{list}: {contacts} contacts in {lines} lines, {written} {done}, {entries} entries now");
    purge(store.as_ref()).await
}

/// Opens the file; `-` is the standard input.
fn file_of(file: &Path) -> Result<Box<dyn Read>, Fault> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(file).map_err(|error| fault(file, &error))?;
    Ok(Box::new(opened))
}

fn fault(file: &Path, error: &io::Error) -> Fault {
    Fault::of(format!("{}: {error}", file.display()))
}

/// Returns a file of this command alone, beside the database, that goes with it.
fn scratch(settings: &Settings) -> Result<File, Fault> {
    let path = settings.database.at.beside(&format!("-import.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true).mode(0o600);
    let file = options.open(&path).map_err(|error| fault(&path, &error))?;
    std::fs::remove_file(&path).map_err(|error| fault(&path, &error))?;
    Ok(file)
}

/// Reads the whole file and prints its faults by their lines, without what the lines say.
fn look_through(
    file: Box<dyn Read>,
    path: &Path,
    key: &SuppressionKey,
    scratch: File,
) -> Result<Found, Fault> {
    let mut sorter = Sorter::new(scratch);
    let (mut contacts, mut faults) = (0, 0);
    let name = path.display();
    let read = read(BufReader::with_capacity(READ_BYTES, file), |line, read| {
        if line % PROGRESS_EVERY == 0 {
            progress(&format!("{line} lines read"));
        }
        match read {
            Ok(found) => {
                contacts += u64::try_from(found.len()).unwrap_or(u64::MAX);
                found.iter().try_for_each(|contact| sorter.add(key.digest(contact)))
            }
            Err(fault) => {
                faults += 1;
                if faults <= FAULTS_SHOWN {
                    eprintln!("{name}:{line}: error: {fault}");
                }
                Ok(())
            }
        }
    });
    let lines = read.map_err(|error| fault(path, &error))?;
    if faults > FAULTS_SHOWN {
        eprintln!("{name}: {} more lines with errors", faults - FAULTS_SHOWN);
    }
    let sorted = sorter.sorted().map_err(|error| fault(path, &error))?;
    Ok(Found { sorted, lines, contacts, faults })
}

/// Refuses a file with faults unless they are skipped, and one without contacts.
fn checked(found: Found, skip_bad: bool) -> Result<Found, Fault> {
    let faults = usize::try_from(found.faults).unwrap_or(usize::MAX);
    if faults > 0 && !skip_bad {
        return Err(Fault::of(format!(
            "nothing imported: {} cannot be read; correct the file, or skip them with --skip-bad",
            counted(faults, "line")
        )));
    }
    if found.contacts == 0 {
        return Err(Fault::of("nothing imported: the file has no phone number or e-mail address"));
    }
    Ok(found)
}

async fn write(
    store: &dyn Store,
    mut sorted: Sorted,
    (to, remark): (Destination, Remark),
    mode: ImportMode,
    by: Mutation,
) -> Result<Imported, Fault> {
    let clock = Clock::system();
    let begun = store.suppression_import_begin(to, remark, by.at).await.map_err(Fault::of)?;
    let import = begun.map_err(Fault::of)?;
    let (mut count, mut shown) = (0, 0);
    loop {
        let digests = sorted.take(IMPORT_ROWS_MAX).map_err(Fault::of)?;
        if digests.is_empty() {
            break;
        }
        count += u64::try_from(digests.len()).unwrap_or(u64::MAX);
        let now: Wall = clock.now().wall;
        store.suppression_import_rows(import, mode, digests, now).await.map_err(lost)?;
        if count - shown >= PROGRESS_EVERY {
            shown = count;
            progress(&format!("{count} contacts written"));
        }
    }
    store.suppression_import_finish(import, mode, by).await.map_err(lost)
}

fn lost(error: StoreError) -> Fault {
    match error {
        StoreError::WrongState => {
            Fault::of("nothing imported: the list was dropped, or the import stood still too long")
        }
        error => Fault::of(error),
    }
}

/// Prints how far the import is, on a terminal.
fn progress(text: &str) {
    if io::stderr().is_terminal() {
        eprintln!("{text}");
    }
}
