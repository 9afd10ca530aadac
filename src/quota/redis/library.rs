//! The functions that run at Redis.

use sha2::Digest as _;
use sha2::Sha256;

/// Their text.
const TEXT: &str = include_str!("functions.lua");

/// The number of what the keys hold, in every key: it grows when that changes. Programs of two formats
/// never read each other's keys, and never count beside each other.
pub(super) const FORMAT: u32 = 1;

/// The functions, under a name with the digest of their text: programs whose functions differ can
/// run beside each other on one server.
#[derive(Debug)]
pub(super) struct Library {
    name: String,
    text: String,
}

impl Library {
    pub(super) fn new() -> Self {
        let digest = Sha256::digest(TEXT);
        let digest = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect::<String>();
        let name = format!("strowger_{digest}");
        let text = format!("#!lua name={name}\nlocal NAME = '{name}'\n{TEXT}");
        Self { name, text }
    }

    /// Returns the text that is loaded.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the full name of a function.
    pub(super) fn function(&self, name: &str) -> String {
        format!("{}_{name}", self.name)
    }
}
