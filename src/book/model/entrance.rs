//! Where a source sends the form leads of one offer, and how it is answered.

use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;
use sha2::Sha256;

use crate::base::FieldName;
use crate::base::OfferId;

use super::SourceAnswer;

/// Shortest key, in bytes: it must not be guessed.
const KEY_BYTES_MIN: usize = 16;
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 64;
/// Platforms that announce leads.
const PLATFORMS: &[&str] = &["meta", "linkedin"];
/// Longest id of a form, in bytes.
const FORM_BYTES_MAX: usize = 128;
/// Begins the digest of a key.
const DIGEST: &str = "sha256:";

/// Where a source sends the form leads of one offer: `/in/{key}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entrance {
    /// The key in the path.
    pub key: EntranceKey,
    /// The offer.
    pub offer: OfferId,
    /// Whether leads are sold. Otherwise every lead is a test: it is checked and routed, and
    /// not sold.
    pub live: bool,
    /// The source's own names of fields, and ours; case does not matter.
    pub names: Vec<(String, FieldName)>,
    /// How the source is answered.
    pub answer: SourceAnswer,
    /// Origins of the web pages whose browsers send leads here: `https://www.example`. With any, the
    /// key is public, and other requests are refused.
    pub origins: Vec<String>,
    /// Forms and pages of ad platforms whose leads come in here.
    pub forms: Vec<PlatformForm>,
}

/// A form, a page, or an account of an ad platform: `meta:1784`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlatformForm {
    /// `meta` or `linkedin`.
    pub platform: String,
    /// The platform's id of it: letters, digits, `-` and `_`.
    pub id: String,
}

impl fmt::Display for PlatformForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.platform, self.id)
    }
}

impl FromStr for PlatformForm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let read = text.split_once(':').filter(|(platform, id)| {
            PLATFORMS.contains(platform)
                && (1..=FORM_BYTES_MAX).contains(&id.len())
                && id.bytes().all(plain)
        });
        let shown: String = text.chars().take(80).collect();
        let (platform, id) = read.ok_or_else(|| {
            format!("`{shown}` is no form of a platform: write `meta:` or `linkedin:` and its id")
        })?;
        Ok(Self { platform: platform.to_owned(), id: id.to_owned() })
    }
}

impl Entrance {
    /// Returns our name of a field that the source sent, if the book has one for it.
    pub fn name_of(&self, sent: &str) -> Option<&FieldName> {
        let own = self.names.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(sent));
        own.map(|(_, ours)| ours)
    }

    /// Returns whether a request may come from a page of this origin; `None` from no page.
    pub fn admits(&self, origin: Option<&str>) -> bool {
        let is_listed = |origin: &str| self.origins.iter().any(|own| own == origin);
        self.origins.is_empty() || origin.is_some_and(is_listed)
    }
}

/// The key of an entrance: 16 to 64 letters, digits, `-`, and `_`, or the digest of such a key,
/// which a book may have in its place so that its readers do not see the key.
#[derive(Clone, PartialEq, Eq)]
pub enum EntranceKey {
    /// The key.
    Plain(String),
    /// Its SHA-256, as lower-case hexadecimal digits.
    Digest(String),
}

impl EntranceKey {
    /// Returns the digest of the key, by which it is recognized.
    pub fn digest(&self) -> String {
        match self {
            EntranceKey::Plain(key) => digest_of(key),
            EntranceKey::Digest(digest) => digest.clone(),
        }
    }
}

/// Returns the digest of a key in a path.
pub fn digest_of(key: &str) -> String {
    Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for EntranceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EntranceKey(…)")
    }
}

impl fmt::Display for EntranceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntranceKey::Plain(key) => f.pad(key),
            EntranceKey::Digest(digest) => write!(f, "{DIGEST}{digest}"),
        }
    }
}

impl FromStr for EntranceKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(digest) = text.strip_prefix(DIGEST) {
            let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let fits = digest.len() == 64 && digest.bytes().all(is_hex);
            let fault = "`sha256:` is followed by 64 hexadecimal digits in lower case";
            return fits.then(|| Self::Digest(digest.to_owned())).ok_or(fault.to_owned());
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let fits = (KEY_BYTES_MIN..=KEY_BYTES_MAX).contains(&text.len());
        match fits && text.bytes().all(plain) {
            true => Ok(Self::Plain(text.to_owned())),
            // The text may be a key with a typing error: it is not repeated.
            false => Err(format!(
                "a key has {KEY_BYTES_MIN} to {KEY_BYTES_MAX} letters, digits, `-`, and `_`"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_and_plain_or_a_digest() {
        let digest = digest_of("k-0123456789abcdef");
        for (text, good) in [
            ("k-0123456789abcdef", true),
            ("0123456789_abcde", true),
            ("0123456789abcde", false),
            ("0123456789abcdef/..", false),
            ("0123456789 abcdef", false),
            (&"k".repeat(65), false),
            (&format!("sha256:{digest}"), true),
            (&format!("sha256:{}", &digest[1..]), false),
        ] {
            let read = text.parse::<EntranceKey>();
            assert_eq!(read.is_ok(), good, "{text}");
            if let Ok(key) = read {
                assert_eq!(key.to_string(), text);
                assert!(!format!("{key:?}").contains(text));
            }
        }
        let plain: EntranceKey = "k-0123456789abcdef".parse().unwrap();
        assert_eq!(plain.digest(), digest);
        assert_eq!(format!("sha256:{digest}").parse::<EntranceKey>().unwrap().digest(), digest);
    }
}
