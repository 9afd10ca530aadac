//! What the tokens of templates can name.

use std::fmt;

/// The tokens that a template may have. They print as they are written, without braces.
pub trait Vocabulary: fmt::Debug + fmt::Display + Clone + PartialEq + Eq + Sized {
    /// Parses a token without its braces; `None` if it is unknown.
    fn parse(text: &str) -> Option<Self>;

    /// Returns whether the value is a number or a truth value, which JSON shows without quotes.
    fn is_bare(&self) -> bool;

    /// Returns a hint for an unknown token.
    fn hint(unknown: &str) -> String;
}
