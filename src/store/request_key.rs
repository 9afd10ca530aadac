//! Idempotency keys of requests, and stored answers.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Activity;
use super::Mutation;

/// How long a key is kept.
pub const KEY_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a request with a key may run. After that the same request may begin again; the first
/// one counts as abandoned.
pub const KEY_UNANSWERED_MAX: Duration = Duration::from_secs(60);

/// Most keys kept per token. At the bound a new key is rejected: [`Begun::TooMany`].
pub const KEYS_MAX: usize = 10_000;

/// Largest body of a stored answer, in bytes. For a larger one, only the effect is stored and not
/// the answer: [`Begun::Done`].
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 200;

/// An idempotency key, unique per token: 1 to 200 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Returns the text.
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

/// A request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    /// Its key.
    pub key: IdempotencyKey,
    /// A digest of method, path, query and body.
    pub digest: String,
}

/// A stored answer.
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
    /// The request may run. Its change is in the activity log, without an outcome. Pass this
    /// mutation to the write.
    New(Mutation),
    /// The same request was already answered, with this answer.
    Answered(StoredAnswer),
    /// The same request already succeeded, with this entry. Its answer is lost: the program ended
    /// before it was stored, or it was too large.
    Done(Activity),
    /// The same request is running.
    InProgress,
    /// Another request used this key.
    OtherRequest,
    /// The token has too many keys: [`KEYS_MAX`].
    TooMany,
}
