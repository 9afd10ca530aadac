//! Idempotency keys of requests, and stored answers.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Activity;
use super::Mutation;

/// Time that a request with a key may take. After that the same request may begin again, and the
/// first one counts as abandoned.
pub const KEY_UNANSWERED_MAX: Duration = Duration::from_secs(60);

/// Most keys kept per token. At the bound the store rejects a new key with [`Begun::TooMany`].
pub const KEYS_MAX: usize = 10_000;

/// Largest body of a stored answer, in bytes. A larger answer is not stored; a repeated request
/// then gets [`Begun::Done`].
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 200;

/// An idempotency key, unique per token: 1 to 200 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Returns the key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let fits = (1..=KEY_BYTES_MAX).contains(&text.len());
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!(
            "invalid idempotency key: expected 1 to {KEY_BYTES_MAX} visible ASCII characters"
        ))
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    /// Idempotency key of the request.
    pub key: IdempotencyKey,
    /// Digest of method, path, query and body.
    pub digest: String,
}

/// A stored HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers by name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The result of beginning a changing request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// The request may run. The activity log has its change, without an outcome. Pass this mutation
    /// to the write.
    New(Mutation),
    /// The same request was already answered with this answer.
    Answered(StoredAnswer),
    /// The same request already succeeded, with this entry. Its answer was not stored: the program
    /// ended first, or the answer was too large.
    Done(Activity),
    /// The same request is still running.
    InProgress,
    /// Another request used this key.
    OtherRequest,
    /// The token has too many keys: [`KEYS_MAX`].
    TooMany,
}
