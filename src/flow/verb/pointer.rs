//! Locations in JSON documents.

use std::str::FromStr;

/// Maximum length of a JSON pointer, in bytes.
pub(super) const POINTER_BYTES_MAX: usize = 200;

/// A location in a JSON document (RFC 6901), such as `/person/zip`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer(String);

impl Pointer {
    /// Returns the pointer as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Pointer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        if text.starts_with('/') && escapes && text.len() <= POINTER_BYTES_MAX {
            return Ok(Self(text.to_owned()));
        }
        let shown: String = text.chars().take(40).collect();
        Err(format!("`{shown}` is not a JSON pointer: write it like /person/zip"))
    }
}
