//! Normalises white space.

/// Returns the text trimmed, with each run of white space replaced by one space.
pub(crate) fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
