//! Parses a description.

use sdp_types::Session;

use super::SdpError;
use super::bounds::DESCRIPTION_MAX;
use super::bounds::STREAMS_MAX;

/// Parses a description. Only the lines that affect media go to the parser: session ids beyond 64
/// bits, user names with spaces and titles that are not UTF-8 occur in the field and are harmless.
pub(crate) fn read(description: &[u8]) -> Result<Session, SdpError> {
    if description.len() > DESCRIPTION_MAX {
        return Err(SdpError::TooLong { length: description.len() });
    }
    let session = Session::parse(relevant_lines(description).as_bytes())
        .map_err(|error| SdpError::Malformed { problem: error.to_string() })?;
    if session.medias.len() > STREAMS_MAX {
        return Err(SdpError::TooManyStreams { count: session.medias.len() });
    }
    Ok(session)
}

/// Returns the description with every other line emptied, so that line numbers stay the same.
fn relevant_lines(description: &[u8]) -> String {
    let mut lines = String::with_capacity(description.len());
    for line in description.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line.trim_ascii());
        match line.as_bytes() {
            [b'm', b'=', ..] => push_words(&mut lines, &line),
            [
                b'b' | b'e' | b'i' | b'k' | b'o' | b'p' | b'r' | b's' | b't' | b'u' | b'z',
                b'=',
                ..,
            ] => {}
            _ => lines.push_str(&line),
        }
        lines.push('\n');
    }
    lines
}

/// Appends the words of a line with one space between them, as the parser expects.
fn push_words(lines: &mut String, line: &str) {
    for (i, word) in line.split_ascii_whitespace().enumerate() {
        if i > 0 {
            lines.push(' ');
        }
        lines.push_str(word);
    }
}
