//! An entry of a list that was found.

use serde::Serialize;

use super::applies::Applies;
use crate::base::ListName;
use crate::base::OfferId;
use crate::base::SourceId;
use crate::base::Wall;

/// Longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 200;

/// A list that holds a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Name of the list.
    #[serde(serialize_with = "as_text")]
    pub list: ListName,
    /// What the list applies to.
    #[serde(serialize_with = "in_words")]
    pub applies_to: Applies,
    /// Why the contact is listed, in the operator's words.
    pub reason: Option<String>,
    /// Since when.
    pub since: Wall,
    /// Until when; `None` without an end.
    pub until: Option<Wall>,
}

/// Returns the first of the lists that hold a contact which applies to an offer and a source.
pub fn first_applying(
    found: Vec<Listed>,
    offer: &OfferId,
    source: Option<&SourceId>,
) -> Option<ListName> {
    found.into_iter().find(|one| one.applies_to.covers(offer, source)).map(|one| one.list)
}

/// Returns a reason as it is stored: trimmed; `None` if nothing is left.
///
/// # Errors
/// A sentence for a reason that is too long or has control characters.
pub fn reason_of(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.chars().count() > REASON_CHARS_MAX || text.contains(char::is_control) {
        return Err(format!("a reason is one line of at most {REASON_CHARS_MAX} characters"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn as_text<S: serde::Serializer>(name: &ListName, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(name.as_str())
}

fn in_words<S: serde::Serializer>(applies: &Applies, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(applies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_short_line() {
        for (text, expected) in [
            ("", Ok(None)),
            ("  asked to  ", Ok(Some("asked to"))),
            ("a\nb", Err(())),
            ("\u{1b}[2J", Err(())),
        ] {
            let read = reason_of(text);
            let read = read.as_ref().map(Option::as_deref).map_err(|_| ());
            assert_eq!(read, expected, "{text:?}");
        }
        assert!(reason_of(&"x".repeat(REASON_CHARS_MAX)).is_ok());
        assert!(reason_of(&"x".repeat(REASON_CHARS_MAX + 1)).is_err());
    }
}
