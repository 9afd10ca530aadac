//! Versions of the route book.

use serde::Serialize;

use crate::base::Wall;

/// Most versions that one query of the book's history returns.
pub const EDITIONS_MAX: usize = 1_000;

/// One version of the book, with the text that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookVersion {
    /// Version number, from 1 upwards without gaps.
    pub version: u64,
    /// The book as TOML.
    pub text: String,
    /// Who applied the version.
    pub who: String,
    /// Time at which the version was applied.
    pub at: Wall,
}

/// One version in the book's history, without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// Version number.
    pub version: u64,
    /// Who applied the version.
    #[serde(rename = "applied_by")]
    pub who: String,
    /// Time at which the version was applied.
    #[serde(rename = "applied_at")]
    pub at: Wall,
}
