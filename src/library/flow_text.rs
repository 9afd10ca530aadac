//! The source text of a flow.

use sha2::Digest as _;
use sha2::Sha256;

/// The text of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowText {
    /// Its SHA-256 in hexadecimal.
    pub hash: String,
    /// Name of the file, for diagnostics.
    pub file: String,
    /// The text.
    pub text: String,
}

impl FlowText {
    /// Creates the text of a file.
    pub fn new(file: String, text: String) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { hash, file, text }
    }
}
