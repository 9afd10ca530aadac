//! A cache of sounds as WAV files.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use axum::body::Bytes;
use sha2::Digest as _;
use sha2::Sha256;

use crate::media::Prompt;
use crate::switch::wav;

/// Most bytes of files in the cache. Above it the oldest files are dropped and rebuilt on request.
pub(super) const KEPT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A built file.
#[derive(Clone)]
pub(super) struct File {
    name: String,
    /// The sound that it was built from. A changed sound is a different one.
    prompt: Arc<Prompt>,
    pub(super) bytes: Bytes,
    /// Entity tag of the file.
    pub(super) tag: String,
}

/// The cached files.
#[derive(Default)]
pub(super) struct Sounds(Mutex<VecDeque<File>>);

impl Sounds {
    /// Returns the file of a sound. A long sound takes some milliseconds to build.
    pub(super) fn file(&self, name: String, prompt: Arc<Prompt>, bytes_max: usize) -> File {
        let found =
            self.kept(|kept| kept.iter().find(|file| Arc::ptr_eq(&file.prompt, &prompt)).cloned());
        if let Some(file) = found {
            return file;
        }
        let bytes = Bytes::from(wav(&prompt));
        let digest = Sha256::digest(&bytes);
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let file = File { name, prompt, bytes, tag: format!("\"{hex}\"") };
        self.kept(|kept| {
            kept.retain(|old| old.name != file.name);
            kept.push_back(file.clone());
            let mut sum: usize = kept.iter().map(|file| file.bytes.len()).sum();
            while sum > bytes_max {
                sum -= kept.pop_front().map_or(sum, |file| file.bytes.len());
            }
        });
        file
    }

    fn kept<T>(&self, look: impl FnOnce(&mut VecDeque<File>) -> T) -> T {
        // Our code does not panic while it holds the lock, and the list is always consistent.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(samples: usize) -> Arc<Prompt> {
        Arc::new(Prompt::from_samples(&vec![7; samples]))
    }

    #[test]
    fn a_file_is_built_once_and_again_when_its_sound_changes() {
        let sounds = Sounds::default();
        let (one, other) = (prompt(800), prompt(1_600));
        let first = sounds.file("a.wav".to_owned(), one.clone(), KEPT_BYTES_MAX);
        let again = sounds.file("a.wav".to_owned(), one, KEPT_BYTES_MAX);
        assert_eq!(first.bytes.as_ptr(), again.bytes.as_ptr(), "the same file");
        let changed = sounds.file("a.wav".to_owned(), other, KEPT_BYTES_MAX);
        assert_ne!(first.tag, changed.tag);
        assert_eq!(sounds.kept(|kept| kept.len()), 1);
    }

    #[test]
    fn files_are_kept_up_to_their_bound() {
        let sounds = Sounds::default();
        let size = sounds.file("x".to_owned(), prompt(1_600), 0).bytes.len();
        assert_eq!(sounds.kept(|kept| kept.len()), 0, "nothing fits");
        for name in ["a", "b", "c"] {
            sounds.file(name.to_owned(), prompt(1_600), 2 * size);
        }
        let names: Vec<String> =
            sounds.kept(|kept| kept.iter().map(|file| file.name.clone()).collect());
        assert_eq!(names, ["b", "c"]);
    }
}
