//! What a trunk changes in the headers of INVITEs that are sent through it.

use std::fmt;

use super::Template;
use super::Vocabulary;
use crate::sip::wire::HeaderName;

/// Rules for the headers of INVITEs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderRules {
    /// Names of the headers of the caller's INVITE that are repeated.
    pub pass: Vec<String>,
    /// Headers that are added: name and value. One whose value names what is not known is left out.
    pub add: Vec<(String, Template<HeaderToken>)>,
    /// Names of the headers that the switch writes or repeats otherwise, and that are left out.
    pub remove: Vec<String>,
}

impl HeaderRules {
    /// Most rules of a trunk, of all kinds together.
    pub const MAX: usize = 32;
    /// Longest name of a header, in bytes.
    pub const NAME_MAX: usize = 64;
    /// Longest value of a header that is added, in bytes, with its tokens as written.
    pub const VALUE_MAX: usize = 256;

    /// Returns whether a header is left out.
    pub fn removes(&self, name: &str) -> bool {
        has(&self.remove, name)
    }

    /// Returns whether a header of the caller's INVITE is repeated.
    pub fn passes(&self, name: &str) -> bool {
        has(&self.pass, name)
    }
}

/// Returns whether a list names a header, in any case, or in its compact form.
fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|known| HeaderName::parse(known) == HeaderName::parse(name))
}

/// What a header that is added may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderToken {
    /// The call's id, as in its record.
    CallId,
    /// The number that was dialed, in E.164.
    Number,
    /// The caller's number, in E.164; unknown if it is withheld.
    Caller,
    /// The offer that the call is for.
    Offer,
    /// The call's source.
    Source,
}

impl HeaderToken {
    /// All tokens.
    pub const ALL: &'static [HeaderToken] = &[
        HeaderToken::CallId,
        HeaderToken::Number,
        HeaderToken::Caller,
        HeaderToken::Offer,
        HeaderToken::Source,
    ];

    /// Returns the token without its braces.
    pub const fn name(self) -> &'static str {
        match self {
            HeaderToken::CallId => "call_id",
            HeaderToken::Number => "number",
            HeaderToken::Caller => "caller",
            HeaderToken::Offer => "offer",
            HeaderToken::Source => "source",
        }
    }
}

impl fmt::Display for HeaderToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Vocabulary for HeaderToken {
    fn parse(text: &str) -> Option<Self> {
        HeaderToken::ALL.iter().copied().find(|token| token.name() == text)
    }

    fn is_bare(&self) -> bool {
        false
    }

    fn hint(_: &str) -> String {
        let known: Vec<&str> = HeaderToken::ALL.iter().map(|token| token.name()).collect();
        format!("known: {}", known.join(", "))
    }
}
