//! The e-mail of an event.

use crate::book::Concern;

use super::Event;
use super::document;
use super::sentence::sentence;

/// Longest subject, in characters.
const SUBJECT_MAX: usize = 200;

/// Subject and text of an e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
}

/// Returns the e-mail that reports an event.
pub fn mail(event: &Event, of: &Concern) -> Mail {
    let what = sentence(event, of);
    let line: String = what.chars().filter(|c| !c.is_control()).take(SUBJECT_MAX).collect();
    let data = serde_json::to_string_pretty(&document(event, of)).unwrap_or_default();
    let data = data.replace('\n', "\r\n");
    Mail {
        subject: format!("[strowger] {}", line.trim_end_matches('.')),
        text: format!("{what}\r\n\r\n{data}\r\n"),
    }
}
