//! Why a message was refused, and how to answer it.

use super::bounds;

/// Why a message, or a value in it, was refused. Holds no text of the message: it goes to the log,
/// and the message holds callers' numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but line ends: a keep-alive.
    #[error("empty message")]
    Empty,
    /// More than [`bounds::MESSAGE_MAX`] bytes.
    #[error("message of {length} bytes, at most {} are read", bounds::MESSAGE_MAX)]
    MessageTooLong {
        /// Bytes that arrived or were announced.
        length: usize,
    },
    /// Neither `METHOD uri SIP/2.0` nor `SIP/2.0 code phrase`.
    #[error("start line: {problem}")]
    StartLine {
        /// What is wrong with it.
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
        /// The value that came first.
        first: usize,
        /// The value that differs from it.
        second: usize,
    },
    /// A message on a stream without Content-Length.
    #[error("Content-Length is missing on a stream")]
    ContentLengthMissing,
    /// Content-Length is larger than what arrived.
    #[error("Content-Length is {declared}, the body has {present} bytes")]
    BodyCut {
        /// What Content-Length says.
        declared: usize,
        /// Bytes after the head.
        present: usize,
    },
    /// A mandatory header is missing.
    #[error("{header} is missing")]
    Missing {
        /// Its name.
        header: &'static str,
    },
    /// A header that may appear once appears again.
    #[error("{header} appears more than once")]
    Repeated {
        /// Its name.
        header: &'static str,
    },
    /// A header's value, or the Request-URI, cannot be read.
    #[error("{header}: {problem}")]
    Malformed {
        /// Its name.
        header: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The method in CSeq is not that of the request line.
    #[error("CSeq names another method than the request line")]
    CseqMethod,
}

impl ParseError {
    /// The status to answer a request with (RFC 3261 §21).
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

    /// The reason phrase of that answer: what the sender has to mend (RFC 3261 §21.4.1).
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
