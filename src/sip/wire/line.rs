//! Lines of a message's head, including their continuation lines.

/// Position of one line in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeadLine {
    /// Start of the line.
    pub(crate) start: usize,
    /// End of its text, before the line end.
    pub(crate) end: usize,
    /// Start of the next line.
    pub(crate) next: usize,
    /// Whether it contains a line end followed by white space (RFC 3261 §7.3.1).
    pub(crate) folded: bool,
    /// Whether it contains a carriage return that does not end a line.
    pub(crate) stray_return: bool,
}

impl HeadLine {
    /// Returns the line at `start` without its continuation lines, or `None` if it has no end.
    pub(crate) fn physical(bytes: &[u8], start: usize) -> Option<HeadLine> {
        let mut stray_return = false;
        let mut at = start;
        loop {
            let end = line_end(bytes, at)?;
            match (bytes.get(end), bytes.get(end + 1)) {
                (Some(b'\r'), Some(b'\n')) => {
                    return Some(HeadLine {
                        start,
                        end,
                        next: end + 2,
                        folded: false,
                        stray_return,
                    });
                }
                // Some senders end lines with a bare line feed, which is harmless.
                (Some(b'\n'), _) => {
                    return Some(HeadLine {
                        start,
                        end,
                        next: end + 1,
                        folded: false,
                        stray_return,
                    });
                }
                _ => {
                    stray_return = true;
                    at = end + 1;
                }
            }
        }
    }

    /// Returns the line at `start` with its continuation lines, or `None` if it has no end.
    pub(crate) fn logical(bytes: &[u8], start: usize) -> Option<HeadLine> {
        let mut line = HeadLine::physical(bytes, start)?;
        while line.end > start && matches!(bytes.get(line.next), Some(b' ' | b'\t')) {
            let more = HeadLine::physical(bytes, line.next)?;
            line.end = more.end;
            line.next = more.next;
            line.folded = true;
            line.stray_return |= more.stray_return;
        }
        Some(line)
    }

    /// Returns whether the line ends the head.
    pub(crate) fn is_empty(&self) -> bool {
        self.end == self.start
    }
}

/// Returns the next carriage return or line feed at or after `from`; searches eight bytes at a
/// time.
fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    const LANES: usize = 8;
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<LANES>) {
        let word = u64::from_le_bytes(*chunk);
        let hits = zero_bytes(word ^ splat(b'\n')) | zero_bytes(word ^ splat(b'\r'));
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / LANES);
        }
        at += LANES;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).map(|i| at + i)
}

const fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Sets the high bit of every zero byte. The lowest mark is always right; bytes above it may be
/// marked wrongly.
const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(splat(0x01)) & !word & splat(0x80)
}

/// Joins continuation lines: every line end and the white space around it becomes one space. Reads
/// bytes that are not UTF-8 as Latin-1, which their senders mean.
pub(crate) fn unfold(value: &[u8]) -> String {
    let text = match str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(|&byte| char::from(byte)).collect(),
    };
    if !text.contains(['\r', '\n']) {
        return text;
    }
    let parts = text.split(['\r', '\n']).map(str::trim_ascii).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::any;
    use proptest::proptest;

    proptest! {
        #[test]
        fn line_ends_are_found_wherever_they_stand(bytes in any::<Vec<u8>>(), from in 0usize..80) {
            let slow = bytes
                .iter()
                .skip(from)
                .position(|byte| matches!(byte, b'\r' | b'\n'))
                .map(|i| from + i);
            assert_eq!(line_end(&bytes, from), slow);
        }
    }

    #[test]
    fn lines_join_their_continuations() {
        let line = |text: &str| {
            let line = HeadLine::logical(text.as_bytes(), 0)?;
            Some((text[..line.end].to_owned(), text[line.next..].to_owned(), line.folded))
        };
        for (text, expected) in [
            ("a: b\r\nc", Some(("a: b", "c", false))),
            ("a: b\nc", Some(("a: b", "c", false))),
            ("a:\r\n b\r\n\tc\r\nd", Some(("a:\r\n b\r\n\tc", "d", true))),
            ("\r\n body", Some(("", " body", false))),
            ("a: b\r\n b", None),
            ("a: b", None),
        ] {
            let expected =
                expected.map(|(l, rest, folded)| (l.to_owned(), rest.to_owned(), folded));
            assert_eq!(line(text), expected, "{text:?}");
        }
    }

    #[test]
    fn stray_returns_are_seen() {
        let line = HeadLine::logical(b"a: b\rc: d\r\n", 0).unwrap();
        assert!(line.stray_return);
        assert_eq!(line.end, 9);
    }

    #[test]
    fn folds_become_one_space() {
        for (value, expected) in [
            (&b"a\r\n  b"[..], "a b"),
            (b"a \r\n\tb\r\n \r\n c", "a b c"),
            (b"plain", "plain"),
            (b"caf\xe9", "café"),
            ("caf\u{e9}".as_bytes(), "café"),
        ] {
            assert_eq!(unfold(value), expected);
        }
    }
}
