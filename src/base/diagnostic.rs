//! A fault in a file that a person wrote: its place, what is wrong, and what to do.

use std::fmt;

/// Whether a fault stops the file from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file is rejected.
    Error,
    /// The file is used. An operator should check it.
    Warning,
}

/// A place in a file; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
}

impl Place {
    /// Start of a file: for faults of the whole file.
    pub const START: Place = Place { line: 1, column: 1 };

    /// Returns the place of a byte offset in a text.
    pub fn of(text: &str, offset: usize) -> Place {
        let end = (0..=offset.min(text.len())).rev().find(|&i| text.is_char_boundary(i));
        let before = &text[..end.unwrap_or(0)];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place {
            line: count(before.matches('\n').count() + 1),
            column: count(before[line_start..].chars().count() + 1),
        }
    }
}

/// One fault, as `file:line:column: severity: message (hint)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as the user named it.
    pub file: String,
    /// Place in the file.
    pub place: Place,
    /// Whether the file can be used.
    pub severity: Severity,
    /// What is wrong, with the wrong value.
    pub message: String,
    /// What to do about it; empty if the message is enough.
    pub hint: String,
}

impl Diagnostic {
    /// Creates a fault that stops the file from being used.
    pub fn error(file: &str, place: Place, message: impl Into<String>) -> Self {
        Self::new(file, place, Severity::Error, message.into())
    }

    /// Creates a fault that does not.
    pub fn warning(file: &str, place: Place, message: impl Into<String>) -> Self {
        Self::new(file, place, Severity::Warning, message.into())
    }

    fn new(file: &str, place: Place, severity: Severity, message: String) -> Self {
        Self { file: file.to_owned(), place, severity, message, hint: String::new() }
    }

    /// Returns the diagnostic with a hint on what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let Place { line, column } = self.place;
        write!(f, "{}:{line}:{column}: {severity}: {}", self.file, self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

/// Returns the most similar known name, for `did you mean …?` hints, or `None` if none is similar
/// enough.
pub fn suggest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const CLOSE_ENOUGH: f64 = 0.75;
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wrong, name), name))
        .filter(|(closeness, _)| *closeness >= CLOSE_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one() {
        let text = "ab\ncé\nx";
        for (offset, line, column) in [(0, 1, 1), (2, 1, 3), (3, 2, 1), (6, 2, 3), (99, 3, 2)] {
            assert_eq!(Place::of(text, offset), Place { line, column }, "offset {offset}");
        }
    }

    #[test]
    fn prints_place_first_and_hint_last() {
        let fault = Diagnostic::error("book.toml", Place { line: 3, column: 9 }, "no such buyer");
        assert_eq!(
            fault.hint("did you mean `acme`?").to_string(),
            "book.toml:3:9: error: no such buyer (did you mean `acme`?)"
        );
    }

    #[test]
    fn suggestions_are_close_or_none() {
        assert_eq!(suggest("acmee", ["blue", "acme"]), Some("acme"));
        assert_eq!(suggest("zzz", ["blue", "acme"]), None);
    }
}
