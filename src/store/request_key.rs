//! Requests that may be sent again: their idempotency keys and their answers.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Activity;
use super::Mutation;

/// How long a key is remembered.
pub const KEY_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a request with a key may be worked on. After that the same request is let in again: the
/// first one was abandoned.
pub const KEY_UNANSWERED_MAX: Duration = Duration::from_secs(60);

/// Most keys of one token that are remembered at once. At the bound a new key is refused:
/// [`Begun::TooMany`].
pub const KEYS_MAX: usize = 10_000;

/// Largest body of an answer that is kept, in bytes. Of a larger one the effect is remembered, and
/// not the answer: [`Begun::Done`].
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 200;

/// What tells a request from every other of the same token: 1 to 200 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The text.
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
        Err(format!("an idempotency key has 1 to {KEY_BYTES_MAX} visible ASCII characters"))
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
    /// A digest of all that makes it this request: method, path, query, body.
    pub digest: String,
}

/// An answer that is given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers by name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// What a request that changes something meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Go on: the change is in the activity log, without an outcome. Give this mutation to the
    /// write.
    New(Mutation),
    /// The same request was answered before: this is the answer.
    Answered(StoredAnswer),
    /// The same request was carried out before, and its answer is lost: the program was killed
    /// before it was stored, or it was too large. This is what was done.
    Done(Activity),
    /// The same request is being worked on.
    InProgress,
    /// Another request has this key.
    OtherRequest,
    /// The token has too many keys: [`KEYS_MAX`].
    TooMany,
}
