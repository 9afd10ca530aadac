//! Sound files that were read before.

use std::collections::HashMap;
use std::fs;
use std::fs::Metadata;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::SystemTime;

use crate::library::Wav;

/// A file as the file system describes it, without its content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileStamp {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// When it was changed last; `None` where the file system does not say.
    pub changed: Option<SystemTime>,
}

impl FileStamp {
    /// Describes a file.
    pub(super) fn of(path: PathBuf, data: &Metadata) -> Self {
        Self { path, bytes: data.len(), changed: data.modified().ok() }
    }
}

/// A sound, and the file that it was read from.
#[derive(Debug)]
struct ReadSound {
    stamp: FileStamp,
    wav: Wav,
}

/// The sounds that were read. A file whose length and time of change stay the same is not read again:
/// to read all sounds of an installation takes longer than everything else about an edit of the book.
/// There are no more than libraries hold, and those that were read since the last library.
#[derive(Debug, Default)]
pub(super) struct ReadSounds(Mutex<HashMap<PathBuf, ReadSound>>);

impl ReadSounds {
    /// Returns the sound of a file; `None` if the file cannot be read.
    pub(super) fn read(&self, path: PathBuf) -> Option<Wav> {
        // Described first: if the file changes meanwhile, it is read again the next time.
        let stamp = FileStamp::of(path.clone(), &fs::metadata(&path).ok()?);
        let is_same = |known: &&ReadSound| known.stamp == stamp && stamp.changed.is_some();
        if let Some(known) = self.lock().get(&path).filter(is_same) {
            return Some(known.wav.clone());
        }
        let wav = Wav::read(&fs::read(&path).ok()?);
        self.lock().insert(path, ReadSound { stamp, wav: wav.clone() });
        Some(wav)
    }

    /// Forgets the sounds that no library holds.
    pub(super) fn forget_unused(&self) {
        let is_held = |wav: &Wav| wav.prompt().is_ok_and(|prompt| Arc::strong_count(prompt) > 1);
        self.lock().retain(|_, known| is_held(&known.wav));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PathBuf, ReadSound>> {
        // What was read is complete, whatever panicked meanwhile.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRESS_1: &[u8] = include_bytes!("../library/press-1.wav");

    fn is_one_sound(one: &Wav, other: &Wav) -> bool {
        Arc::ptr_eq(one.prompt().unwrap(), other.prompt().unwrap())
    }

    #[test]
    fn a_file_is_read_again_if_it_has_changed() {
        let home = tempfile::tempdir().unwrap();
        let (path, sounds) = (home.path().join("a.wav"), ReadSounds::default());
        assert!(sounds.read(path.clone()).is_none());
        fs::write(&path, PRESS_1).unwrap();
        let first = sounds.read(path.clone()).unwrap();
        assert!(is_one_sound(&first, &sounds.read(path.clone()).unwrap()));
        // As long as before, at another time.
        fs::write(&path, PRESS_1).unwrap();
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        let second = sounds.read(path.clone()).unwrap();
        assert!(!is_one_sound(&first, &second));
        fs::write(&path, b"no sound").unwrap();
        assert!(sounds.read(path.clone()).unwrap().prompt().is_err());
        fs::remove_file(&path).unwrap();
        assert!(sounds.read(path).is_none());
    }

    #[test]
    fn sounds_that_nobody_holds_are_forgotten() {
        let home = tempfile::tempdir().unwrap();
        let sounds = ReadSounds::default();
        let [held, unused] = ["held.wav", "unused.wav"].map(|name| {
            let path = home.path().join(name);
            fs::write(&path, PRESS_1).unwrap();
            path
        });
        let library = sounds.read(held.clone()).unwrap();
        drop(sounds.read(unused).unwrap());
        sounds.forget_unused();
        assert_eq!(Vec::from_iter(sounds.lock().keys()), [&held]);
        drop(library);
        sounds.forget_unused();
        assert_eq!(sounds.lock().len(), 0);
    }
}
