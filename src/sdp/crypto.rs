//! Keys of SRTP in a description: `a=crypto` (SDES, RFC 4568).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;
use sdp_types::Attribute;
use sdp_types::Media as Stream;

use crate::base::MasterKey;
use crate::base::Suite;

/// Digits of a tag (RFC 4568 §9.1).
const TAG_DIGITS: usize = 9;
/// Session parameter that may be ignored: a hint of the size of the replay window (§6.3.7).
const WINDOW_HINT: &str = "WSH=";
/// Keys need no padding, and some gear leaves out what is due.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An `a=crypto` line that the switch can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crypto {
    /// Number of the line, which an answer repeats.
    pub(crate) tag: u32,
    pub(crate) suite: Suite,
    /// Key of the side that wrote the line.
    pub(crate) key: MasterKey,
}

impl Crypto {
    /// Returns the first line of a stream that can be used.
    pub(crate) fn first(stream: &Stream) -> Option<Self> {
        let lines = stream.attributes.iter().filter(|attribute| attribute.attribute == "crypto");
        lines.filter_map(|line| line.value.as_deref()).find_map(Self::parse)
    }

    /// Parses `tag suite inline:key[|lifetime] [parameters]`. Lines with several keys or with an MKI
    /// are not used, because packets then carry one; nor are lines with session parameters that
    /// change what is protected (§6.3). A lifetime is not: a call is over long before 2^20 packets.
    fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next().filter(|tag| tag.len() <= TAG_DIGITS)?.parse().ok()?;
        let name = words.next()?;
        let suite = *Suite::ALL.iter().find(|suite| suite.name().eq_ignore_ascii_case(name))?;
        let (method, key) = words.next()?.split_once(':')?;
        if !method.eq_ignore_ascii_case("inline")
            || !words.all(|word| word.starts_with(WINDOW_HINT))
        {
            return None;
        }
        let mut parts = key.split('|');
        let key = BASE64.decode(parts.next()?).ok()?.try_into().ok()?;
        let is_plain = parts.all(|part| !part.contains(':') && !part.contains(';'));
        is_plain.then_some(Self { tag, suite, key: MasterKey::new(key) })
    }

    /// Returns the line.
    pub(crate) fn attribute(&self) -> Attribute {
        let Self { tag, suite, key } = self;
        let key = BASE64.encode(key.bytes());
        Attribute::with_value("crypto", format!("{tag} {} inline:{key}", suite.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 30 bytes from 1 to 30.
    const KEY: &str = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0e";

    #[test]
    fn lines_are_read_or_left_out() {
        let name = Suite::Sha1Tag80.name();
        for (line, is_used) in [
            (format!("1 {name} inline:{KEY}"), true),
            // Teams, Cisco, and pjsip write a lifetime.
            (format!("1 {name} inline:{KEY}|2^31"), true),
            (format!("4 {name} inline:{KEY}|1048576"), true),
            (format!("1  {} inline:{KEY} WSH=128", name.to_lowercase()), true),
            // Lync offers each suite twice: with an MKI, and without.
            (format!("1 {name} inline:{KEY}|2^31|1:1"), false),
            (format!("1 {name} inline:{KEY}|1:4"), false),
            (format!("1 {name} inline:{KEY}|2^20;inline:{KEY}|2^20"), false),
            (format!("1 {name} inline:{KEY} UNENCRYPTED_SRTP"), false),
            (format!("1 {name} inline:{KEY} KDR=1"), false),
            (format!("1 {name} inline:{KEY} UNENCRYPTED_SRTCP"), false),
            (format!("1 AES_256_CM_HMAC_SHA1_80 inline:{KEY}"), false),
            (format!("1 {name} inline:{}", &KEY[4..]), false),
            (format!("1 {name} inline:{KEY}AAAA"), false),
            (format!("1 {name} inline:*{}", &KEY[1..]), false),
            (format!("1 {name} uri:{KEY}"), false),
            (format!("x {name} inline:{KEY}"), false),
            (format!("1234567890 {name} inline:{KEY}"), false),
            (format!("1 {name}"), false),
            (String::new(), false),
        ] {
            let read = Crypto::parse(&line);
            assert_eq!(read.is_some(), is_used, "{line}");
            if let Some(read) = read {
                assert_eq!(read.key.bytes()[..3], [1, 2, 3], "{line}");
            }
        }
    }

    #[test]
    fn a_line_is_written_as_it_is_read() {
        let crypto = Crypto { tag: 7, suite: Suite::Sha1Tag32, key: MasterKey::new([0xAB; 30]) };
        let line = crypto.attribute();
        assert_eq!(Crypto::parse(line.value.as_deref().unwrap()), Some(crypto));
    }
}
