//! Phone numbers in E.164. They print redacted, so that no log or panic shows a caller's number.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// Most digits of an E.164 number.
const DIGITS_MAX: usize = 15;
/// Fewest digits that are taken for an international number.
const DIGITS_MIN: usize = 7;

/// Text that is not a phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number: write it in E.164, like +13055550123")]
pub struct InvalidPhone;

/// An E.164 number, `+` and 7 to 15 digits. `Display` and `Debug` hide the middle digits; only
/// [`Phone::e164`] tells the number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(Box<str>);

impl Phone {
    /// The whole number, with its `+`.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// The area code of a number of the North American plan: `+1`, then `[2-9]XX[2-9]XXXXXX`.
    pub fn area_code(&self) -> Option<&str> {
        let national = self.0.strip_prefix("+1")?;
        is_north_american(national.as_bytes()).then(|| &national[..3])
    }
}

fn is_north_american(digits: &[u8]) -> bool {
    matches!(digits, [b'2'..=b'9', _, _, b'2'..=b'9', _, _, _, _, _, _])
}

impl FromStr for Phone {
    type Err = InvalidPhone;

    /// Reads E.164, and the forms in which carriers write North American numbers: ten digits, or
    /// eleven with a leading 1. Spaces, dashes, dots and brackets are visual separators (RFC 3966
    /// §5.1.1) and are dropped.
    fn from_str(text: &str) -> Result<Self, InvalidPhone> {
        let (international, rest) = match text.trim().strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, text.trim()),
        };
        let mut digits = String::with_capacity(DIGITS_MAX + 1);
        for c in rest.chars() {
            match c {
                '0'..='9' if digits.len() < DIGITS_MAX => digits.push(c),
                ' ' | '-' | '.' | '(' | ')' => {}
                _ => return Err(InvalidPhone),
            }
        }
        let bytes = digits.as_bytes();
        match (international, bytes) {
            (true, [b'1'..=b'9', ..]) if bytes.len() >= DIGITS_MIN => {
                Ok(Self(format!("+{digits}").into()))
            }
            (false, [b'1', national @ ..]) if is_north_american(national) => {
                Ok(Self(format!("+{digits}").into()))
            }
            (false, national) if is_north_american(national) => {
                Ok(Self(format!("+1{digits}").into()))
            }
            _ => Err(InvalidPhone),
        }
    }
}

impl TryFrom<String> for Phone {
    type Error = InvalidPhone;
    fn try_from(text: String) -> Result<Self, InvalidPhone> {
        text.parse()
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> String {
        phone.0.into()
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.len().min(5);
        let tail = self.0.len().saturating_sub(2).max(shown);
        write!(f, "{}{}{}", &self.0[..shown], "•".repeat(tail - shown), &self.0[tail..])
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_ways_to_write_one_number() {
        for text in [
            "+13055550123",
            "13055550123",
            "3055550123",
            "(305) 555-0123",
            "+1 305.555.0123",
            " 305-555-0123 ",
        ] {
            assert_eq!(text.parse::<Phone>().unwrap().e164(), "+13055550123", "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in
            ["", "+", "anonymous", "+0123456789", "911", "+1234", "0305555012", "30555501x3"]
        {
            assert!(text.parse::<Phone>().is_err(), "{text}");
        }
        assert!("+1234567890123456".parse::<Phone>().is_err(), "16 digits");
    }

    #[test]
    fn prints_redacted() {
        let phone: Phone = "+12125550134".parse().unwrap();
        assert_eq!(phone.to_string(), "+1212•••••34");
        assert_eq!(format!("{phone:?}"), "+1212•••••34");
    }

    #[test]
    fn area_codes_are_north_american_only() {
        let area = |text: &str| text.parse::<Phone>().unwrap().area_code().map(str::to_owned);
        assert_eq!(area("+13055550123").as_deref(), Some("305"));
        assert_eq!(area("+442071838750"), None);
        assert_eq!(area("+11055550123"), None);
    }
}
