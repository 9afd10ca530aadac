//! Determines where a message's body ends (RFC 3261 §18.3).

use super::ParseError;

/// Transport framing of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// A datagram: a body without Content-Length extends to its end, octets beyond Content-Length
    /// are dropped, and a Content-Length beyond the datagram is an error.
    Datagram,
    /// A stream: Content-Length is mandatory.
    Stream,
}

impl Framing {
    /// Returns the body's length, given the `present` bytes that follow the head.
    pub(crate) fn body_length(
        self,
        declared: Option<usize>,
        present: usize,
    ) -> Result<usize, ParseError> {
        match (self, declared) {
            (_, Some(declared)) if declared > present => {
                Err(ParseError::BodyCut { declared, present })
            }
            (_, Some(declared)) => Ok(declared),
            (Framing::Datagram, None) => Ok(present),
            (Framing::Stream, None) => Err(ParseError::ContentLengthMissing),
        }
    }
}

/// Content-Length of a head, collected from all of its lines.
#[derive(Debug, Default)]
pub(crate) struct ContentLength(Option<usize>);

impl ContentLength {
    /// Adds the value of one Content-Length line; several must agree.
    pub(crate) fn add(&mut self, value: &[u8]) -> Result<(), ParseError> {
        let length = digits(value.trim_ascii()).ok_or(ParseError::ContentLengthInvalid)?;
        match self.0 {
            Some(first) if first != length => {
                Err(ParseError::ContentLengthConflict { first, second: length })
            }
            _ => {
                self.0 = Some(length);
                Ok(())
            }
        }
    }

    pub(crate) fn declared(&self) -> Option<usize> {
        self.0
    }
}

/// Parses decimal digits without a sign. Returns `None` for other text and on overflow.
fn digits(text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0usize, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| usize::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_lengths_are_digits_that_agree() {
        let read = |values: &[&str]| {
            let mut length = ContentLength::default();
            values.iter().try_for_each(|value| length.add(value.as_bytes()))?;
            Ok(length.declared())
        };
        let conflict = Err(ParseError::ContentLengthConflict { first: 13, second: 5 });
        let invalid = Err(ParseError::ContentLengthInvalid);
        for (values, expected) in [
            (&[][..], Ok(None)),
            (&["0"], Ok(Some(0))),
            (&[" 0150 "], Ok(Some(150))),
            (&["5", "05"], Ok(Some(5))),
            (&["13", "5"], conflict),
            (&["-999"], invalid.clone()),
            (&["+1"], invalid.clone()),
            (&[""], invalid.clone()),
            (&["1, 1"], invalid.clone()),
            (&["18446744073709551615"], Ok(Some(usize::MAX))),
            (&["18446744073709551616"], invalid),
        ] {
            assert_eq!(read(values), expected, "{values:?}");
        }
    }

    #[test]
    fn bodies_end_where_the_framing_says() {
        let cut = Err(ParseError::BodyCut { declared: 9, present: 5 });
        for (framing, declared, expected) in [
            (Framing::Datagram, None, Ok(5)),
            (Framing::Datagram, Some(3), Ok(3)),
            (Framing::Datagram, Some(9), cut.clone()),
            (Framing::Stream, Some(5), Ok(5)),
            (Framing::Stream, None, Err(ParseError::ContentLengthMissing)),
            (Framing::Stream, Some(9), cut),
        ] {
            assert_eq!(framing.body_length(declared, 5), expected, "{framing:?} {declared:?}");
        }
    }
}
