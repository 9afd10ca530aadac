//! Reasons why a message is rejected, and the status of the response.

use super::bounds;

/// Reason why a message, or a value in it, is rejected. It is logged and therefore has no text of
/// the message, which contains callers' numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Only line ends: a keep-alive.
    #[error("empty message")]
    Empty,
    /// More than [`bounds::MESSAGE_MAX`] bytes.
    #[error("message of {length} bytes, at most {} are read", bounds::MESSAGE_MAX)]
    MessageTooLong {
        /// Length in bytes, received or declared.
        length: usize,
    },
    /// Neither `METHOD uri SIP/2.0` nor `SIP/2.0 code phrase`.
    #[error("start line: {problem}")]
    StartLine {
        /// Description of the fault.
        problem: &'static str,
    },
    /// SIP, but not version 2.0.
    #[error("SIP version is not 2.0")]
    Version,
    /// A line longer than [`bounds::LINE_MAX`].
    #[error("line {line} is longer than {} bytes", bounds::LINE_MAX)]
    LineTooLong {
        /// Line number; the start line is 1, a folded line counts once.
        line: usize,
    },
    /// A header line without a name and a colon, or with a carriage return in it.
    #[error("line {line} is not a header")]
    HeaderLine {
        /// Line number; the start line is 1, a folded line counts once.
        line: usize,
    },
    /// More header lines than [`bounds::HEADERS_MAX`].
    #[error("more than {} headers", bounds::HEADERS_MAX)]
    TooManyHeaders,
    /// More Via values than [`bounds::VIAS_MAX`].
    #[error("more than {} Via values", bounds::VIAS_MAX)]
    TooManyVias,
    /// The empty line after the headers is missing.
    #[error("the headers do not end")]
    HeadUnterminated,
    /// Content-Length is not a number, or too large for one.
    #[error("Content-Length is not a number")]
    ContentLengthInvalid,
    /// Two Content-Length values differ.
    #[error("Content-Length is both {first} and {second}")]
    ContentLengthConflict {
        /// First value.
        first: usize,
        /// Second, different value.
        second: usize,
    },
    /// A message on a stream without Content-Length.
    #[error("Content-Length is missing on a stream")]
    ContentLengthMissing,
    /// Content-Length is larger than the received body.
    #[error("Content-Length is {declared}, the body has {present} bytes")]
    BodyCut {
        /// Value of Content-Length.
        declared: usize,
        /// Bytes after the head.
        present: usize,
    },
    /// A mandatory header is missing.
    #[error("{header} is missing")]
    Missing {
        /// Name of the header.
        header: &'static str,
    },
    /// A header that may appear only once is repeated.
    #[error("{header} appears more than once")]
    Repeated {
        /// Name of the header.
        header: &'static str,
    },
    /// A header's value, or the Request-URI, cannot be parsed.
    #[error("{header}: {problem}")]
    Malformed {
        /// Name of the header.
        header: &'static str,
        /// Description of the fault.
        problem: &'static str,
    },
    /// The method in CSeq is not that of the request line.
    #[error("CSeq names another method than the request line")]
    CseqMethod,
}

impl ParseError {
    /// Returns the status of the response to a request (RFC 3261 §21).
    pub fn status(&self) -> u16 {
        match self {
            ParseError::MessageTooLong { .. } | ParseError::LineTooLong { .. } => 513,
            ParseError::Version => 505,
            ParseError::Empty
            | ParseError::StartLine { .. }
            | ParseError::HeaderLine { .. }
            | ParseError::TooManyHeaders
            | ParseError::TooManyVias
            | ParseError::HeadUnterminated
            | ParseError::ContentLengthInvalid
            | ParseError::ContentLengthConflict { .. }
            | ParseError::ContentLengthMissing
            | ParseError::BodyCut { .. }
            | ParseError::Missing { .. }
            | ParseError::Repeated { .. }
            | ParseError::Malformed { .. }
            | ParseError::CseqMethod => 400,
        }
    }

    /// Returns the reason phrase of that response, which names the fault (RFC 3261 §21.4.1).
    pub fn phrase(&self) -> String {
        match self {
            ParseError::MessageTooLong { .. } => "Message Too Large".to_owned(),
            ParseError::Version => "Version Not Supported".to_owned(),
            ParseError::Missing { header } => format!("Missing {header}"),
            ParseError::Repeated { header } => format!("Repeated {header}"),
            ParseError::Malformed { header, .. } => format!("Malformed {header}"),
            ParseError::StartLine { .. } => "Malformed Start Line".to_owned(),
            ParseError::HeaderLine { line } => format!("Malformed Header at Line {line}"),
            ParseError::LineTooLong { line } => format!("Line {line} Too Long"),
            ParseError::TooManyHeaders => "Too Many Headers".to_owned(),
            ParseError::TooManyVias => "Too Many Via Values".to_owned(),
            ParseError::HeadUnterminated => "Unterminated Headers".to_owned(),
            ParseError::ContentLengthInvalid => "Malformed Content-Length".to_owned(),
            ParseError::ContentLengthConflict { .. } => "Conflicting Content-Length".to_owned(),
            ParseError::ContentLengthMissing => "Missing Content-Length".to_owned(),
            ParseError::BodyCut { .. } => "Content-Length Larger Than Message".to_owned(),
            ParseError::CseqMethod => "CSeq Method Mismatch".to_owned(),
            ParseError::Empty => "Bad Request".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_name_what_is_wrong() {
        for (error, status, phrase) in [
            (ParseError::Version, 505, "Version Not Supported"),
            (ParseError::MessageTooLong { length: 70_000 }, 513, "Message Too Large"),
            (ParseError::Missing { header: "From" }, 400, "Missing From"),
            (ParseError::Malformed { header: "To", problem: "x" }, 400, "Malformed To"),
        ] {
            assert_eq!((error.status(), error.phrase().as_str()), (status, phrase));
        }
    }
}
