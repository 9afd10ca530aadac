//! Versions of the route book.

use serde::Serialize;

use crate::base::Wall;

/// Most versions that one query of the history returns.
pub const EDITIONS_MAX: usize = 1_000;

/// One version of the book, as the text that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookVersion {
    /// Its number, from 1 upwards without gaps.
    pub version: u64,
    /// The book as TOML.
    pub text: String,
    /// Who applied it.
    pub who: String,
    /// When.
    pub at: Wall,
}

/// A version in the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// Its number.
    pub version: u64,
    /// Who applied it.
    #[serde(rename = "applied_by")]
    pub who: String,
    /// When.
    #[serde(rename = "applied_at")]
    pub at: Wall,
}
