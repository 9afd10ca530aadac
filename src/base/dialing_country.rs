//! The country whose national numbers a sender writes.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::PHONE_NUMBER_UTIL;
use rlibphonenumber::PhoneNumber;
use rlibphonenumber::PhoneNumberFormat;
use rlibphonenumber::Region;

/// The calling code of North America.
const NORTH_AMERICA: i32 = 1;
/// Most digits of a calling code (ITU-T E.164 §6.1).
const CODE_DIGITS_MAX: usize = 3;
/// Most digits of a `phone-context`.
const CONTEXT_DIGITS_MAX: usize = 15;

/// A country with a numbering plan. Numbers that a sender writes without a calling code are read by
/// this plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DialingCountry {
    letters: [u8; 2],
    region: Region,
    calling_code: i32,
}

/// Text that names no country with a numbering plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a country with phone numbers: write two letters of ISO 3166, like AU")]
pub struct InvalidCountry;

impl DialingCountry {
    /// Returns the two letters of ISO 3166.
    pub fn letters(&self) -> &str {
        std::str::from_utf8(&self.letters).unwrap_or("??")
    }

    /// Returns the country of a region; `None` for satellites and services, which have a calling
    /// code and no country.
    fn of_region(region: Region, calling_code: i32) -> Option<Self> {
        let letters: [u8; 2] = region.to_string().into_bytes().try_into().ok()?;
        let known = letters.iter().all(u8::is_ascii_uppercase);
        known.then_some(Self { letters, region, calling_code })
    }

    /// Returns whether the country's numbers are those of the North American plan.
    pub fn is_north_american(self) -> bool {
        self.calling_code == NORTH_AMERICA
    }

    /// Returns whether two countries have one calling code, like the United Kingdom and Jersey.
    pub fn shares_numbers_with(self, other: DialingCountry) -> bool {
        self.calling_code == other.calling_code
    }

    /// Returns the E.164 number that digits without `+` mean in this country: a number as it is
    /// dialed there (`0412345678`), the same without the trunk prefix, with the calling code, or
    /// after the country's own international prefix. `None` if no plan has such a number.
    pub(super) fn read(self, digits: &str) -> Option<String> {
        valid(digits, Some(self.region))
    }

    /// Returns the digits of an E.164 number as it is dialed within this country; `None` for a number
    /// of another one.
    pub fn national(self, e164: &str) -> Option<String> {
        let number: PhoneNumber = PHONE_NUMBER_UTIL.parse(e164, None).ok()?;
        if number.country_code != self.calling_code {
            return None;
        }
        let shown = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::National);
        Some(shown.chars().filter(char::is_ascii_digit).collect())
    }

    /// Returns the country of a `phone-context` that begins with a calling code, like `+61` or
    /// `+1-914` (RFC 3966 §5.1.5); `None` for a domain.
    pub(super) fn of_context(context: &str) -> Option<DialingCountry> {
        let digits = context_digits(context)?;
        (1..=CODE_DIGITS_MAX).find_map(|length| {
            let calling_code = digits.get(..length)?.parse().ok()?;
            let region = PHONE_NUMBER_UTIL.get_region_for_country_code(calling_code)?;
            Self::of_region(region, calling_code)
        })
    }

    /// Returns the E.164 number of a `phone-context` with the digits behind it, if a plan has it.
    pub(super) fn join(context: &str, digits: &str) -> Option<String> {
        valid(&format!("+{}{digits}", context_digits(context)?), None)
    }
}

fn valid(text: &str, region: Option<Region>) -> Option<String> {
    let number: PhoneNumber = PHONE_NUMBER_UTIL.parse(text, region).ok()?;
    let shown = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    PHONE_NUMBER_UTIL.is_valid_number(&number).then(|| shown.into_owned())
}

/// Returns the digits of a `phone-context` that is a number, with visual separators (RFC 3966 §3).
fn context_digits(context: &str) -> Option<String> {
    let number = context.strip_prefix('+')?;
    let known = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | '(' | ')');
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    (number.chars().all(known) && (1..=CONTEXT_DIGITS_MAX).contains(&digits.len()))
        .then_some(digits)
}

impl FromStr for DialingCountry {
    type Err = InvalidCountry;
    /// Parses two letters in either case.
    fn from_str(text: &str) -> Result<Self, InvalidCountry> {
        let region: Region = text.to_ascii_uppercase().parse().map_err(|_| InvalidCountry)?;
        let code = PHONE_NUMBER_UTIL.get_country_code_for_region(region);
        code.and_then(|code| Self::of_region(region, code)).ok_or(InvalidCountry)
    }
}

impl fmt::Display for DialingCountry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.letters())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_two_letters() {
        for (text, shown, north_american) in [
            ("AU", "AU", false),
            ("gb", "GB", false),
            ("US", "US", true),
            ("ca", "CA", true),
            ("JM", "JM", true),
        ] {
            let country: DialingCountry = text.parse().unwrap();
            assert_eq!((country.letters(), country.is_north_american()), (shown, north_american));
        }
        for text in ["", "A", "AUS", "+61", "ZZ", "001", "XX", "é"] {
            assert_eq!(text.parse::<DialingCountry>(), Err(InvalidCountry), "{text}");
        }
    }
}
