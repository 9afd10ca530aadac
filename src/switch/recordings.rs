//! The directory of recordings.

use std::fs;
use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use rustix::fs::statvfs;

use crate::base::CallId;
use crate::base::Wall;
use crate::call::Recording;

/// Least free space of the file system with the directory. Below it nothing is recorded, so that
/// the journal and the database keep the space that calls need.
pub const FREE_MIN: u64 = 256 << 20;

/// Ending of a file that is still being written.
const INCOMPLETE: &str = "part";
/// Ending of a complete file.
const COMPLETE: &str = "wav";

/// Age from which a file is not one of a live call: longer than any call.
const OLD: Duration = Duration::from_secs(86_400);

/// The directory of recordings. Its files are named after call and number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recordings {
    directory: PathBuf,
    /// Least free space in bytes.
    free_min: u64,
}

impl Recordings {
    /// Returns a directory, which is created with its first recording.
    pub fn at(directory: PathBuf) -> Self {
        Self { directory, free_min: FREE_MIN }
    }

    /// Returns the directory with another bound on free space, in bytes.
    #[must_use]
    pub fn keeping_free(self, free_min: u64) -> Self {
        Self { free_min, ..self }
    }

    /// Returns the path of a complete file.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Returns the path of a file while it is written.
    pub(super) fn incomplete(&self, name: &str) -> PathBuf {
        self.directory.join(name).with_extension(INCOMPLETE)
    }

    /// Creates the directory, unless it exists.
    pub(super) fn create(&self) -> io::Result<()> {
        fs::create_dir_all(&self.directory)
    }

    /// Returns an error if the file system has too little free space for recordings.
    pub(super) fn check_space(&self) -> io::Result<()> {
        let found = statvfs(&self.directory)?;
        let free = found.f_bavail.saturating_mul(found.f_frsize);
        if free >= self.free_min {
            return Ok(());
        }
        let cause = format!("{free} bytes are free, recordings leave {}", self.free_min);
        Err(io::Error::new(ErrorKind::StorageFull, cause))
    }

    /// Opens a recording; `None` if its file is gone.
    ///
    /// # Errors
    /// The file exists and cannot be opened.
    pub fn open(&self, call: CallId, n: u32) -> io::Result<Option<File>> {
        match File::open(self.path(&Recording::file_name(call, n))) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes a recording, if it exists.
    ///
    /// # Errors
    /// The file exists and cannot be removed.
    pub fn remove(&self, call: CallId, n: u32) -> io::Result<()> {
        removed(&self.path(&Recording::file_name(call, n)))
    }

    /// Removes files that a killed switch left incomplete, and, with `before`, complete ones that
    /// are older than that and belong to no record. Other files stay. Returns the number removed.
    ///
    /// # Errors
    /// The directory cannot be read, or a file cannot be removed.
    pub fn remove_strays(&self, now: Wall, before: Option<Wall>) -> io::Result<usize> {
        let entries = match fs::read_dir(&self.directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut count = 0;
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            let oldest = match ending(&path) {
                Some(INCOMPLETE) => Some(now - OLD),
                Some(COMPLETE) => before.map(|before| before - OLD),
                Some(_) | None => None,
            };
            let Some(oldest) = oldest else { continue };
            if entry.metadata()?.modified()? < time(oldest) {
                removed(&path)?;
                count += 1;
            }
        }
        Ok(count)
    }
}

fn removed(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Returns the ending of a file that this switch named; `None` for any other file.
fn ending(path: &Path) -> Option<&str> {
    let (call, n) = path.file_stem()?.to_str()?.rsplit_once('-')?;
    let own = call.parse::<CallId>().is_ok() && n.parse::<u32>().is_ok();
    path.extension()?.to_str().filter(|_| own)
}

fn time(at: Wall) -> SystemTime {
    let micros = u64::try_from(at.micros()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::ringing;

    const NOW: i64 = 1_763_632_800_000_000;

    fn made(home: &Path, name: &str, age: Duration) {
        let file = File::create(home.join(name)).unwrap();
        file.set_modified(time(Wall::from_micros(NOW) - age)).unwrap();
    }

    fn names(home: &Path) -> Vec<String> {
        let entries = fs::read_dir(home).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn only_old_files_of_calls_are_strays() {
        let home = tempfile::tempdir().unwrap();
        let now = Wall::from_micros(NOW);
        let recordings = Recordings::at(home.path().to_owned());
        let id = ringing(1).id;
        let [part, complete] = [format!("{id}-1.part"), format!("{id}-2.wav")];
        for name in [&part, &complete, "greeting-1.wav", "notes.txt"] {
            made(home.path(), name, 3 * OLD);
        }
        assert_eq!(recordings.remove_strays(now - 2 * OLD, None).unwrap(), 0, "of a live call");
        assert_eq!(recordings.remove_strays(now, Some(now - 2 * OLD)).unwrap(), 1);
        assert_eq!(names(home.path()), [&complete, "greeting-1.wav", "notes.txt"]);
        assert_eq!(recordings.remove_strays(now, None).unwrap(), 0, "kept without a limit");
        assert_eq!(recordings.remove_strays(now, Some(now - OLD)).unwrap(), 1, "of no record");
        assert_eq!(names(home.path()), ["greeting-1.wav", "notes.txt"]);
        let none = Recordings::at(home.path().join("none"));
        assert_eq!(none.remove_strays(now, Some(now)).unwrap(), 0);
    }

    #[test]
    fn a_file_is_opened_and_removed_by_call_and_number() {
        let home = tempfile::tempdir().unwrap();
        let recordings = Recordings::at(home.path().to_owned());
        let id = ringing(1).id;
        made(home.path(), &format!("{id}-1.wav"), OLD);
        assert!(recordings.open(id, 1).unwrap().is_some());
        assert!(recordings.open(id, 2).unwrap().is_none());
        recordings.remove(id, 1).unwrap();
        recordings.remove(id, 1).unwrap();
        assert!(recordings.open(id, 1).unwrap().is_none());
    }
}
