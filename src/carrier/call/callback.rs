//! Callbacks: what a request is about, according to the path of a URL in our documents.

use std::fmt;

use crate::base::Rng;
use crate::sale::AttemptKey;

/// Random bytes in a token; 128 bits cannot be guessed.
const TOKEN_BYTES: usize = 16;

/// The unguessable name of a call in our URLs: 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Token(String);

impl Token {
    /// Returns a new random token.
    pub fn random(rng: &mut Rng) -> Self {
        let mut bytes = [0; TOKEN_BYTES];
        rng.fill(&mut bytes);
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Parses a token; `None` if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == TOKEN_BYTES * 2 && text.bytes().all(lower)).then(|| Self(text.to_owned()))
    }

    /// Returns the token as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a carrier's request is about. Its text is the path after the call's token. The store keeps
/// the answer under this text, so that the same callback gets the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Callback {
    /// The first request of a new call.
    Enter,
    /// The carrier has carried out the document with this number.
    Leave(u32),
    /// A buyer has answered, and the carrier requests the whisper for the n-th time.
    Whisper(AttemptKey, u32),
    /// The key that the buyer pressed after the n-th whisper.
    Accept(AttemptKey, u32),
    /// The state of an attempt has changed.
    Leg(AttemptKey),
    /// The state of the caller's call has changed.
    Status,
}

impl Callback {
    /// Parses the path after a call's token; `None` if it is not one of ours.
    pub fn parse(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').collect();
        let leg = AttemptKey::parse;
        match parts.as_slice() {
            ["next", document] => document.parse().ok().map(Callback::Leave),
            ["whisper", token, nth] => Some(Callback::Whisper(leg(token)?, nth.parse().ok()?)),
            ["accept", token, nth] => Some(Callback::Accept(leg(token)?, nth.parse().ok()?)),
            ["leg", token] => leg(token).map(Callback::Leg),
            ["status"] => Some(Callback::Status),
            _ => None,
        }
    }
}

impl fmt::Display for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Callback::Enter => f.write_str("enter"),
            Callback::Leave(document) => write!(f, "next/{document}"),
            Callback::Whisper(leg, nth) => write!(f, "whisper/{leg}/{nth}"),
            Callback::Accept(leg, nth) => write!(f, "accept/{leg}/{nth}"),
            Callback::Leg(leg) => write!(f, "leg/{leg}"),
            Callback::Status => f.write_str("status"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_are_read_as_they_are_written() {
        let mut rng = Rng::seeded(1);
        let leg = AttemptKey::random(&mut rng);
        for callback in [
            Callback::Leave(7),
            Callback::Whisper(leg, 1),
            Callback::Accept(leg, 2),
            Callback::Leg(leg),
            Callback::Status,
        ] {
            assert_eq!(Callback::parse(&callback.to_string()), Some(callback));
        }
    }

    #[test]
    fn what_is_no_callback_is_refused() {
        for path in ["", "next", "next/x", "next/-1", "leg/12", "whisper/zz/1", "enter", "status/1"]
        {
            assert_eq!(Callback::parse(path), None, "{path}");
        }
        assert_eq!(Token::parse(&"A".repeat(32)), None);
        assert_eq!(Token::parse(&"a".repeat(31)), None);
        assert!(Token::parse(&"a".repeat(32)).is_some());
    }
}
