//! A copy of the journal, which can be read while a switch writes the journal: a switch locks the
//! file itself.

use std::fs;
use std::fs::DirBuilder;
use std::fs::File;
use std::io;
use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::path::PathBuf;

use super::JournalError;
use super::line;
use super::line::Unreadable;
use super::log::FILE;
use super::log::Log;
use super::waiting::About;
use crate::base::JournalId;
use crate::base::Now;
use crate::base::Rng;
use crate::base::Wall;
use crate::proof::FactAbout;
use crate::store::Fact;

/// Facts that are read at once.
const FACTS: usize = 256;
/// Most attempts to copy the file between two resets of its write-ahead log.
const TRIES: usize = 100;
/// Length of the header of a write-ahead log; a reset changes it.
const HEADER_BYTES: u64 = 32;
/// The copy is not appended to, so its bound does not matter.
const MAX: u64 = 1 << 40;
/// Only the owner may read the copy: facts hold callers' numbers.
const DIRECTORY_MODE: u32 = 0o700;

/// A copy of a journal in a directory of its own, which is removed at the end.
#[derive(Debug)]
pub struct JournalCopy {
    log: Log,
    _scratch: Scratch,
}

/// A fact of the copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedFact {
    /// Its number.
    pub sequence: u64,
    /// What it says; the cause if it cannot be read.
    pub about: Result<FactAbout, String>,
}

/// A directory that is removed when this is dropped.
#[derive(Debug)]
struct Scratch {
    path: PathBuf,
}

impl JournalCopy {
    /// Copies the journal in `directory`; `None` if there is none. `name` makes the name of the
    /// copy's directory, among the system's temporary ones, its own.
    ///
    /// # Errors
    /// [`JournalError`]: the journal cannot be read, or the copy cannot be written.
    pub fn take(directory: &Path, name: u64) -> Result<Option<Self>, JournalError> {
        let journal = directory.join(FILE);
        if !journal.exists() {
            return Ok(None);
        }
        let scratch = Scratch::new(name)?;
        let fault = |error: io::Error| JournalError::File {
            path: journal.clone(),
            cause: error.to_string(),
        };
        copy(&journal, &scratch.path.join(FILE)).map_err(fault)?;
        let unnamed = JournalId::new(Now::at(Wall::from_micros(0)), &mut Rng::seeded(name));
        let log = Log::open(&scratch.path, MAX, unnamed)?;
        Ok(Some(Self { log, _scratch: scratch }))
    }

    /// Returns the id of the journal.
    pub fn id(&self) -> JournalId {
        self.log.id()
    }

    /// Returns the number of the last fact; 0 before the first.
    pub fn last(&self) -> u64 {
        self.log.last()
    }

    /// Returns the facts after `sequence`, in order; a few at once, and none at the end.
    ///
    /// # Errors
    /// The copy cannot be read.
    pub fn after(&self, sequence: u64) -> Result<Vec<CopiedFact>, JournalError> {
        let entries = self.log.after(sequence, FACTS)?;
        let read = entries
            .into_iter()
            .map(|entry| CopiedFact { sequence: entry.sequence, about: about(&entry.bytes) });
        Ok(read.collect())
    }
}

/// Returns what a fact says about its call.
fn about(bytes: &[u8]) -> Result<FactAbout, String> {
    let fact = line::read(bytes).map_err(|unreadable| match unreadable {
        Unreadable::Damaged { cause, about: _ } => cause,
        Unreadable::Newer(newer) => newer.to_string(),
    })?;
    Ok(match About::of(&fact) {
        About::Node => FactAbout::Node,
        About::End(call) => FactAbout::Ends(call),
        About::Live(call) if matches!(fact, Fact::Opened { .. }) => FactAbout::Opens(call),
        About::Live(call) => FactAbout::Changes(call),
    })
}

/// Copies the file, then its write-ahead log. Pages that a checkpoint changes meanwhile are in the
/// log too, as long as the log is not reset: then the copy begins again.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let beside = |path: &Path| {
        let mut path = path.as_os_str().to_owned();
        path.push("-wal");
        PathBuf::from(path)
    };
    let (log, copied_log) = (beside(from), beside(to));
    for _ in 0..TRIES {
        let before = header(&log)?;
        fs::copy(from, to)?;
        match fs::copy(&log, &copied_log) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        if header(&log)? == before {
            return Ok(());
        }
        let _ = fs::remove_file(&copied_log);
    }
    Err(io::Error::other("its write-ahead log was reset during every copy"))
}

/// Returns the header of a write-ahead log; empty without one.
fn header(log: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match File::open(log) {
        Ok(file) => file.take(HEADER_BYTES).read_to_end(&mut bytes).map(|_| bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(bytes),
        Err(error) => Err(error),
    }
}

impl Scratch {
    fn new(name: u64) -> Result<Self, JournalError> {
        let path = std::env::temp_dir().join(format!("strowger-verify-{name:016x}"));
        let made = DirBuilder::new().mode(DIRECTORY_MODE).create(&path);
        let cause = |error: io::Error| error.to_string();
        made.map_err(|error| JournalError::Directory { path: path.clone(), cause: cause(error) })?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The system removes what is left of temporary files.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The writer keeps its lock on the file, and facts that were never checkpointed are copied.
    #[test]
    fn a_journal_is_read_while_it_is_written() {
        let home = tempfile::tempdir().unwrap();
        assert!(JournalCopy::take(home.path(), 7).unwrap().is_none());
        let id = JournalId::new(Now::at(Wall::from_micros(0)), &mut Rng::seeded(1));
        let mut log = Log::open(home.path(), MAX, id).unwrap();
        let line = b"- live 1 {\"beat\":{\"at\":\"2025-11-20T10:00:00Z\",\"calls\":[]}}";
        let facts = [line.as_slice(), b"- live 1 {"];
        log.commit(facts.into_iter(), None).unwrap();
        let copy = JournalCopy::take(home.path(), 7).unwrap().unwrap();
        log.commit(facts.into_iter(), None).unwrap();
        assert_eq!((copy.id(), copy.last()), (id, 2));
        let facts = copy.after(0).unwrap();
        assert_eq!(facts[0], CopiedFact { sequence: 1, about: Ok(FactAbout::Node) });
        assert!(facts[1].about.is_err());
        let scratch = copy._scratch.path.clone();
        drop(copy);
        assert!(!scratch.exists(), "the copy is removed");
    }
}
