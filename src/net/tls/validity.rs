//! How long a certificate is valid (RFC 5280 §4.1.2.5).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::base::Wall;

/// When a certificate begins and ceases to be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Its first moment.
    pub from: Wall,
    /// Its last moment.
    pub until: Wall,
}

/// Tags of DER (X.690 §8).
const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

impl Validity {
    /// Reads the validity of a certificate in DER; `None` if it is malformed.
    pub(super) fn of(der: &[u8]) -> Option<Self> {
        let (certificate, _) = tagged(SEQUENCE, der)?;
        let (signed, _) = tagged(SEQUENCE, certificate)?;
        // The version is missing in certificates of version 1.
        let after_version = tagged(VERSION, signed).map_or(signed, |(_, rest)| rest);
        let (_serial, rest) = tagged(INTEGER, after_version)?;
        let (_algorithm, rest) = tagged(SEQUENCE, rest)?;
        let (_issuer, rest) = tagged(SEQUENCE, rest)?;
        let (validity, _) = tagged(SEQUENCE, rest)?;
        let (from, rest) = time(validity)?;
        let (until, _) = time(rest)?;
        Some(Self { from, until })
    }
}

/// Splits off the value with a tag.
fn tagged(tag: u8, der: &[u8]) -> Option<(&[u8], &[u8])> {
    element(der).filter(|found| found.tag == tag).map(|found| (found.value, found.rest))
}

/// The first element of some DER.
struct Element<'a> {
    tag: u8,
    value: &'a [u8],
    rest: &'a [u8],
}

fn element(der: &[u8]) -> Option<Element<'_>> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long => {
            let count = usize::from(long & 0x7f);
            let (bytes, rest) =
                rest.split_at_checked(count).filter(|_| (1..=4).contains(&count))?;
            let length = bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            (length, rest)
        }
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some(Element { tag, value, rest })
}

/// Splits off a time.
fn time(der: &[u8]) -> Option<(Wall, &[u8])> {
    let Element { tag, value, rest } = element(der)?;
    let digits = std::str::from_utf8(value).ok()?.strip_suffix('Z')?;
    let (century, digits) = match tag {
        // Two digits: 1950 to 2049.
        UTC_TIME => (if digits < "5" { "20" } else { "19" }, digits),
        GENERALIZED_TIME => digits.split_at_checked(2)?,
        _ => return None,
    };
    let time = DateTime::strptime("%Y%m%d%H%M%S", format!("{century}{digits}")).ok()?;
    let at = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some((Wall::from_micros(at.as_microsecond()), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_validity_of_a_certificate_is_read() {
        for (until, expected) in [
            ((2031, 5, 7), "2031-05-07T00:00:00Z"),
            ((1999, 12, 31), "1999-12-31T00:00:00Z"),
            ((2077, 1, 2), "2077-01-02T00:00:00Z"),
        ] {
            let (year, month, day) = until;
            let mut parameters = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
            parameters.not_before = rcgen::date_time_ymd(1975, 3, 4);
            parameters.not_after = rcgen::date_time_ymd(year, month, day);
            let key = rcgen::KeyPair::generate().unwrap();
            let der = parameters.self_signed(&key).unwrap().der().to_vec();
            let validity = Validity::of(&der).unwrap();
            assert_eq!(validity.from.timestamp().to_string(), "1975-03-04T00:00:00Z");
            assert_eq!(validity.until.timestamp().to_string(), expected);
            // Cut anywhere, it is malformed, and nothing panics.
            for end in 0..der.len() {
                assert_eq!(Validity::of(&der[..end]), None);
            }
        }
    }
}
