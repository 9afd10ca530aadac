//! Splits a byte stream into messages (RFC 3261 §18.3).

use bytes::Buf;
use bytes::Bytes;
use bytes::BytesMut;

use super::HeaderName;
use super::ParseError;
use super::bounds::LINE_MAX;
use super::bounds::MESSAGE_MAX;
use super::framing::ContentLength;
use super::line::HeadLine;

/// A message on a stream whose end cannot be determined. The rest of the stream is unusable:
/// respond if possible and close it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct FrameError {
    /// Reason of the error.
    pub error: ParseError,
    /// Received part of the message's head, for [`super::Message::salvage`].
    pub head: Bytes,
}

/// Splits the bytes of one connection into messages. Feed it with [`StreamFramer::push`], and drain
/// it with [`StreamFramer::next`] before the next push: then it never holds more than one message's
/// bound and one push.
#[derive(Debug, Default)]
pub struct StreamFramer {
    buffer: BytesMut,
    state: State,
    pings: usize,
}

#[derive(Debug, Default)]
enum State {
    /// Skips line ends before a message.
    #[default]
    Between,
    /// Waits for the end of the head: `lines` lines are complete, the next one starts at `at`.
    Head { lines: usize, at: usize, length: ContentLength },
    /// Waits for the whole message of this length.
    Body { total: usize },
    /// An error was returned.
    Broken,
}

impl StreamFramer {
    /// Creates an empty framer for a new connection.
    pub fn new() -> StreamFramer {
        StreamFramer::default()
    }

    /// Appends received bytes. Drops them after an error.
    pub fn push(&mut self, bytes: &[u8]) {
        if !matches!(self.state, State::Broken) {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Returns the next complete message, or `None` if more bytes are needed and after an error.
    #[expect(clippy::should_implement_trait, reason = "not an iterator: more may come after None")]
    pub fn next(&mut self) -> Option<Result<Bytes, FrameError>> {
        loop {
            match self.step() {
                Ok(Step::Again) => {}
                Ok(Step::Starved) => return None,
                Ok(Step::Message(bytes)) => return Some(Ok(bytes)),
                Err(error) => {
                    self.state = State::Broken;
                    let head = self.buffer.split().freeze();
                    return Some(Err(FrameError { error, head }));
                }
            }
        }
    }

    /// Returns the number of double line ends between messages since the last call. Each is a
    /// keep-alive that requires one line end in response (RFC 5626 §3.5.1).
    pub fn take_pings(&mut self) -> usize {
        std::mem::take(&mut self.pings)
    }

    /// Returns whether a message has begun and is not complete.
    pub fn is_within_message(&self) -> bool {
        match self.state {
            State::Head { .. } | State::Body { .. } => true,
            State::Between | State::Broken => false,
        }
    }

    fn step(&mut self) -> Result<Step, ParseError> {
        match &mut self.state {
            State::Between => Ok(self.skip_line_ends()),
            State::Head { .. } => self.read_head(),
            State::Body { total } => {
                let total = *total;
                if self.buffer.len() < total {
                    return Ok(Step::Starved);
                }
                // Copied, because a slice held by a call would keep the whole buffer alive.
                let message = Bytes::copy_from_slice(self.buffer.get(..total).unwrap_or_default());
                self.buffer.advance(total);
                self.state = State::Between;
                Ok(Step::Message(message))
            }
            State::Broken => Ok(Step::Starved),
        }
    }

    fn skip_line_ends(&mut self) -> Step {
        const PING: &[u8] = b"\r\n\r\n";
        if self.buffer.starts_with(PING) {
            self.pings += 1;
            self.buffer.advance(PING.len());
            return Step::Again;
        }
        if PING.starts_with(&self.buffer) {
            return Step::Starved; // it may still become one, and costs nothing
        }
        if matches!(self.buffer.first(), Some(b'\r' | b'\n')) {
            self.buffer.advance(1);
            return Step::Again;
        }
        self.state = State::Head { lines: 0, at: 0, length: ContentLength::default() };
        Step::Again
    }

    fn read_head(&mut self) -> Result<Step, ParseError> {
        let State::Head { lines, at, length } = &mut self.state else { return Ok(Step::Starved) };
        // A line is complete only when the byte after it shows that it is not continued.
        while let Some(line) = complete_line(&self.buffer, *at) {
            *at = line.next;
            *lines += 1;
            if line.is_empty() {
                let declared = length.declared().ok_or(ParseError::ContentLengthMissing)?;
                let total = line.next.saturating_add(declared);
                if total > MESSAGE_MAX {
                    return Err(ParseError::MessageTooLong { length: total });
                }
                self.state = State::Body { total };
                return Ok(Step::Again);
            }
            if let Some(value) = content_length_value(&self.buffer, line) {
                length.add(value)?;
            }
        }
        if self.buffer.len() > MESSAGE_MAX {
            return Err(ParseError::MessageTooLong { length: self.buffer.len() });
        }
        // Also limits the cost of a line that arrives byte by byte: it is searched each time.
        if self.buffer.len() - *at > LINE_MAX {
            return Err(ParseError::LineTooLong { line: *lines + 1 });
        }
        Ok(Step::Starved)
    }
}

/// Result of one step.
enum Step {
    Again,
    Starved,
    Message(Bytes),
}

/// Returns the line at `start` if it is complete.
fn complete_line(buffer: &[u8], start: usize) -> Option<HeadLine> {
    let line = HeadLine::logical(buffer, start)?;
    (line.is_empty() || line.next < buffer.len()).then_some(line)
}

/// Returns the value of a Content-Length line.
fn content_length_value(buffer: &[u8], line: HeadLine) -> Option<&[u8]> {
    let text = buffer.get(line.start..line.end)?;
    let colon = text.iter().position(|byte| *byte == b':')?;
    let (name, value) = text.split_at_checked(colon)?;
    match HeaderName::lookup(name.trim_ascii_end()) {
        Some(HeaderName::ContentLength) => value.get(1..),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::wire::Framing;
    use crate::sip::wire::Message;

    const FIRST: &str = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h\r\n\
        Content-Length\r\n : 5\r\n\r\nhello";
    const SECOND: &str = "SIP/2.0 200 OK\nl: 0\n\n";

    fn drain(framer: &mut StreamFramer) -> Vec<Bytes> {
        std::iter::from_fn(|| framer.next()).map(|frame| frame.unwrap()).collect()
    }

    #[test]
    fn messages_come_out_whole_wherever_the_stream_is_split() {
        let stream = format!("\r\n\r\n{FIRST}\r\n{SECOND}\r\n\r\n{FIRST}");
        for split in 0..=stream.len() {
            let mut framer = StreamFramer::new();
            let mut frames = Vec::new();
            let (before, after) = stream.as_bytes().split_at(split);
            for part in [before, after] {
                framer.push(part);
                frames.extend(drain(&mut framer));
            }
            assert_eq!(frames, [FIRST, SECOND, FIRST], "split at {split}");
            assert_eq!(framer.take_pings(), 2, "split at {split}");
            for frame in frames {
                Message::parse(frame, Framing::Stream).unwrap();
            }
        }
    }

    #[test]
    fn messages_come_out_whole_byte_by_byte() {
        let stream = format!("{FIRST}\r\n\r\n{SECOND}{FIRST}");
        let mut framer = StreamFramer::new();
        let mut frames = Vec::new();
        for byte in stream.bytes() {
            framer.push(&[byte]);
            frames.extend(drain(&mut framer));
        }
        assert_eq!(frames, [FIRST, SECOND, FIRST]);
        assert_eq!(framer.take_pings(), 1);
        assert_eq!(framer.take_pings(), 0);
    }

    #[test]
    fn a_stream_that_cannot_be_cut_is_broken() {
        let long_line = format!("INVITE sip:a@b SIP/2.0\r\nSubject: {}", "x".repeat(LINE_MAX));
        let many_lines =
            format!("INVITE sip:a@b SIP/2.0\r\n{}", "a: b\r\n".repeat(MESSAGE_MAX / 6));
        for (stream, error) in [
            ("OPTIONS sip:a@b SIP/2.0\r\n\r\n", ParseError::ContentLengthMissing),
            ("OPTIONS sip:a@b SIP/2.0\r\nl: -1\r\n\r\n", ParseError::ContentLengthInvalid),
            (
                "OPTIONS sip:a@b SIP/2.0\r\nl: 1\r\nContent-Length: 2\r\n\r\n",
                ParseError::ContentLengthConflict { first: 1, second: 2 },
            ),
            (
                "OPTIONS sip:a@b SIP/2.0\r\nl: 65536\r\n\r\n",
                ParseError::MessageTooLong { length: 65_536 + 37 },
            ),
            (
                "OPTIONS sip:a@b SIP/2.0\r\nl: 18446744073709551615\r\n\r\n",
                ParseError::MessageTooLong { length: usize::MAX },
            ),
            (&long_line, ParseError::LineTooLong { line: 2 }),
            (&many_lines, ParseError::MessageTooLong { length: many_lines.len() }),
        ] {
            let mut framer = StreamFramer::new();
            framer.push(stream.as_bytes());
            let broken = framer.next().unwrap().unwrap_err();
            assert_eq!(broken.error, error);
            assert!(broken.head.starts_with(b"OPTIONS") || broken.head.starts_with(b"INVITE"));
            framer.push(SECOND.as_bytes());
            assert_eq!(framer.next(), None, "after {error}");
        }
    }

    #[test]
    fn what_is_incomplete_waits() {
        for part in ["", "\r", "\r\n\r", "OPTIONS", "OPTIONS sip:a@b SIP/2.0\r\nl: 5\r\n\r\nhell"] {
            let mut framer = StreamFramer::new();
            framer.push(part.as_bytes());
            assert_eq!(framer.next(), None, "{part:?}");
        }
    }
}
