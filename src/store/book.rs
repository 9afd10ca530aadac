//! Versions of the route book.

/// One version of the book, as the text that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookVersion {
    /// Its number, from 1 upwards without gaps.
    pub version: u64,
    /// The book as TOML.
    pub text: String,
}
