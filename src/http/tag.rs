//! Entity tags of the book and its entries (RFC 9110 §8.8.3).

use std::fmt;

use axum::http::HeaderValue;
use axum::http::header::ETAG;
use axum::response::Response;
use serde_json::Value;
use sha2::Digest as _;
use sha2::Sha256;

/// Number of bytes of a content's digest in a tag.
const DIGEST_BYTES: usize = 8;

/// The tag of the book or of an entry. Displays as a header has it: `"12"` for the book, and
/// `"12-9f86d081884c7d65"` for an entry. Entries are compared by content alone; the version says
/// where to find the content that the client has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    /// The version of the book that was read.
    pub(super) version: u64,
    /// A digest of the entry's content; `None` for the whole book.
    content: Option<String>,
}

impl Tag {
    /// Returns the tag of a version of the book.
    pub(super) const fn book(version: u64) -> Self {
        Self { version, content: None }
    }

    /// Returns the tag of an entry in a version of the book.
    pub(super) fn entry(version: u64, entry: &Value) -> Self {
        // The keys of an object are sorted, so equal entries have the same text.
        let digest = Sha256::digest(entry.to_string());
        let digest = digest.iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}"));
        Self { version, content: Some(digest.collect()) }
    }

    /// Returns whether this tag means the same content as the tag that a client has seen.
    pub(super) fn is(&self, seen: &Tag) -> bool {
        match (&self.content, &seen.content) {
            (Some(own), Some(seen)) => own == seen,
            (Some(_) | None, None) => self.version == seen.version,
            (None, Some(_)) => false,
        }
    }

    /// Adds the tag to a response.
    pub(super) fn set(&self, response: &mut Response) {
        if let Ok(value) = HeaderValue::try_from(self.to_string()) {
            response.headers_mut().insert(ETAG, value);
        }
    }

    /// Reads a tag from a header; `None` if it is not a tag of this API.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.strip_prefix('"')?.strip_suffix('"')?;
        let (version, content) = match text.split_once('-') {
            Some((version, content)) => (version, Some(content.to_owned())),
            None => (text, None),
        };
        Some(Self { version: version.parse().ok()?, content })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Some(content) => write!(f, "\"{}-{content}\"", self.version),
            None => write!(f, "\"{}\"", self.version),
        }
    }
}
