//! The key of the suppression lists: a file beside the database, so that a copy of the database
//! alone does not tell who is listed. The database knows the key by its name.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::store::StoreError;
use crate::suppression::SuppressionKey;

use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::params;
use super::random::fill;
use super::suppression_list;

/// Mode of the file: only its owner may read it.
const FILE_MODE: u32 = 0o600;
/// Bytes of a key.
const BYTES: usize = 32;

const NAME: &str = "SELECT bytes FROM secret WHERE name = 'suppression'";
const SET_NAME: &str = "
    INSERT INTO secret (name, bytes) VALUES ('suppression', $1)
    ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes";

/// The file, and the key that was read from it last.
#[derive(Debug)]
pub(super) struct KeyFile {
    path: PathBuf,
    read: Mutex<Option<SuppressionKey>>,
}

impl KeyFile {
    /// Returns the key in a file. Reads nothing.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, read: Mutex::default() }
    }

    /// Returns the key that the lists were made with; `None` without lists.
    pub(super) fn of_lists(&self, db: &Db) -> Result<Option<SuppressionKey>, StoreError> {
        if !suppression_list::is_any(db)? {
            return Ok(None);
        }
        let name = name(db)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = read.as_ref().filter(|key| Some(key.name().0) == name) {
            return Ok(Some(key.clone()));
        }
        let key = self.load()?.ok_or_else(|| self.fault("is missing"))?;
        if Some(key.name().0) != name {
            return Err(self.fault("is not the one that the lists were made with"));
        }
        *read = Some(key.clone());
        Ok(Some(key))
    }

    /// Returns the key to make entries with. The first entry of the first list makes it.
    pub(super) fn for_entries(&self, db: &Db) -> Result<SuppressionKey, StoreError> {
        if let Some(key) = self.of_lists(db)? {
            return Ok(key);
        }
        let key = match self.load()? {
            Some(key) => key,
            None => {
                let mut bytes = [0; BYTES];
                fill(&mut bytes)?;
                self.create(bytes)?;
                // Another program may have been faster.
                self.load()?.ok_or_else(|| self.fault("is missing"))?
            }
        };
        db.prepare_cached(SET_NAME)?.execute(params![key.name().0])?;
        Ok(key)
    }

    fn load(&self) -> Result<Option<SuppressionKey>, StoreError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.fault(&format!("cannot be read: {error}"))),
        };
        let key = bytes_of(text.trim()).ok_or_else(|| self.fault("is not a key"))?;
        Ok(Some(SuppressionKey::new(key)))
    }

    /// Creates the file with a key, unless it exists. No reader sees a part of it.
    fn create(&self, key: [u8; BYTES]) -> Result<(), StoreError> {
        let failed = |error: io::Error| self.fault(&format!("cannot be written: {error}"));
        let mut whole = self.path.as_os_str().to_owned();
        whole.push(format!(".{}", std::process::id()));
        let whole = PathBuf::from(whole);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(FILE_MODE);
        let mut file = options.open(&whole).map_err(failed)?;
        let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let written = writeln!(file, "{text}").and_then(|()| file.sync_all());
        let linked = written.and_then(|()| fs::hard_link(&whole, &self.path));
        fs::remove_file(&whole).map_err(failed)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn fault(&self, cause: &str) -> StoreError {
        StoreError::SuppressionKey { path: self.path.clone(), cause: cause.to_owned() }
    }
}

fn name(db: &Db) -> Result<Option<[u8; 16]>, StoreError> {
    db.prepare_cached(NAME)?.query_row(params![], |row| row.get(0)).optional()
}

fn bytes_of(text: &str) -> Option<[u8; BYTES]> {
    let byte = |place: usize| u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..BYTES).map(byte).collect();
    bytes.filter(|_| text.len() == BYTES * 2)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_64_hexadecimal_digits() {
        for (text, expected) in [
            ("07".repeat(32), Some([7; 32])),
            ("07".repeat(31), None),
            ("07".repeat(33), None),
            (format!("{}zz", "07".repeat(31)), None),
            (String::new(), None),
        ] {
            assert_eq!(bytes_of(&text), expected, "{text}");
        }
    }
}
