//! Numbers that the switch dials only where the operator lists them: emergency services, and ranges
//! that cost far more than a call to a phone, which toll fraud uses.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::PHONE_NUMBER_UTIL;
use rlibphonenumber::PhoneNumberType;
use serde::Deserialize;
use serde::Serialize;

use crate::base::DialingCountry;
use crate::base::Phone;
use crate::base::emergency::is_emergency;

/// Most digits of an E.164 number, and so of a prefix.
const DIGITS_MAX: usize = 15;
/// Ranges that belong to no country (ITU-T E.164, list of assigned country codes), and North
/// American ranges that libphonenumber does not have as a whole.
const RANGES: [(&str, Barred); 8] = [
    ("+1911", Barred::Emergency),
    ("+1900", Barred::Premium),
    ("+979", Barred::Premium),
    ("+808", Barred::SharedCost),
    ("+870", Barred::Satellite),
    ("+881", Barred::Satellite),
    ("+882", Barred::Satellite),
    ("+883", Barred::Satellite),
];

/// The exchange of North American pay-per-call numbers, in every area code: `+1 NPA 976 XXXX`.
const PAY_PER_CALL: &str = "976";

/// Why a number is dialed only where its prefix is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Barred {
    /// An emergency service.
    Emergency,
    /// A premium-rate number: a part of the charge goes to whoever is called.
    Premium,
    /// A shared-cost number.
    SharedCost,
    /// A satellite phone, or a number of an international network (`+882`, `+883`).
    Satellite,
}

impl Barred {
    /// Returns the kind of number, with its article.
    pub const fn words(self) -> &'static str {
        match self {
            Barred::Emergency => "an emergency number",
            Barred::Premium => "a premium-rate number",
            Barred::SharedCost => "a shared-cost number",
            Barred::Satellite => "a satellite or international network number",
        }
    }

    /// Returns why a number may not be dialed; `None` if it may, because its kind is not barred or
    /// one of the prefixes covers it. The number is E.164, or the user part of a SIP address as it
    /// is dialed: digits with or without `+`, `00`, `011`, visual separators, parameters, and
    /// escapes; national numbers are read in the country `home`. Other text is no number.
    pub fn of(
        dialled: &str,
        home: Option<DialingCountry>,
        allowed: &[DialPrefix],
    ) -> Option<Barred> {
        let digits = digits(dialled)?;
        let full = match digits.starts_with('+') {
            true => digits.clone(),
            false => {
                let read = Phone::readings(&digits, home).next();
                read.map_or_else(|| digits.clone(), |phone| phone.e164().to_owned())
            }
        };
        let covered = |prefix: &DialPrefix| prefix.covers(&digits) || prefix.covers(&full);
        let kind = match is_emergency(&digits, home) {
            true => Some(Barred::Emergency),
            false => by_range(&full).or_else(|| by_plan(&full)),
        };
        kind.filter(|_| !allowed.iter().any(covered))
    }
}

/// Returns the digits of a dialed text, with its `+` if there is one; `None` if it is no number.
fn digits(dialled: &str) -> Option<String> {
    // Parameters (RFC 3261 §25.1, `telephone-subscriber`), and a password.
    let number = dialled.split([';', ':']).next().unwrap_or_default();
    let plain = unescaped(number)?;
    let mut digits = String::with_capacity(DIGITS_MAX + 1);
    for c in plain.chars() {
        match c {
            '+' if digits.is_empty() => digits.push(c),
            '0'..='9' => digits.push(c),
            ' ' | '-' | '.' | '(' | ')' => {}
            _ => return None,
        }
    }
    digits.ends_with(|c: char| c.is_ascii_digit()).then_some(digits)
}

/// Returns a user part without escapes (RFC 3261 §19.1.4); `None` if an escape is malformed.
fn unescaped(user: &str) -> Option<String> {
    let mut parts = user.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = u8::from_str_radix(part.get(..2)?, 16).ok()?;
        plain.push(char::from(code));
        plain.push_str(part.get(2..)?);
    }
    Some(plain)
}

/// Returns the kind of range of an E.164 number.
fn by_range(number: &str) -> Option<Barred> {
    let range = RANGES.iter().find(|(prefix, _)| number.starts_with(prefix));
    range.map(|(_, kind)| *kind)
}

/// Returns the barred kind of an E.164 number by its country's numbering plan.
fn by_plan(number: &str) -> Option<Barred> {
    let number = Some(number).filter(|number| number.starts_with('+'))?;
    let national = number.strip_prefix("+1").filter(|national| national.len() == 10);
    if national.is_some_and(|national| national[3..].starts_with(PAY_PER_CALL)) {
        return Some(Barred::Premium);
    }
    let parsed = PHONE_NUMBER_UTIL.parse(number, None).ok()?;
    match PHONE_NUMBER_UTIL.get_number_type(&parsed) {
        PhoneNumberType::PremiumRate => Some(Barred::Premium),
        PhoneNumberType::SharedCost => Some(Barred::SharedCost),
        PhoneNumberType::FixedLine
        | PhoneNumberType::Mobile
        | PhoneNumberType::FixedLineOrMobile
        | PhoneNumberType::TollFree
        | PhoneNumberType::VoIP
        | PhoneNumberType::PersonalNumber
        | PhoneNumberType::Pager
        | PhoneNumberType::UAN
        | PhoneNumberType::VoiceMail
        | PhoneNumberType::Unknown => None,
    }
}

/// The first digits of numbers: `+1900` for E.164 numbers, `911` for numbers as dialed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DialPrefix(Box<str>);

impl DialPrefix {
    /// Returns the prefix, with its `+` if it has one.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether a number begins with the prefix. An E.164 number is covered only by a prefix
    /// with `+`.
    pub fn covers(&self, number: &str) -> bool {
        number.starts_with(&*self.0)
    }
}

/// Text that is not a prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a prefix: write it like +1900, or 911 for a number without country code")]
pub struct InvalidDialPrefix(String);

impl FromStr for DialPrefix {
    type Err = InvalidDialPrefix;

    fn from_str(text: &str) -> Result<Self, InvalidDialPrefix> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let fits = (1..=DIGITS_MAX).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (text.len() == digits.len() || !digits.starts_with('0'));
        let refuse = || InvalidDialPrefix(text.chars().take(20).collect());
        fits.then(|| Self(text.into())).ok_or_else(refuse)
    }
}

impl TryFrom<String> for DialPrefix {
    type Error = InvalidDialPrefix;
    fn try_from(text: String) -> Result<Self, InvalidDialPrefix> {
        text.parse()
    }
}

impl From<DialPrefix> for String {
    fn from(prefix: DialPrefix) -> String {
        prefix.0.into()
    }
}

impl fmt::Display for DialPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_several_countries() {
        use Barred::Emergency;
        use Barred::Premium;
        use Barred::Satellite;
        use Barred::SharedCost;
        for (dialled, expected) in [
            // As dialed, and behind a country code.
            ("911", Some(Emergency)),
            ("112", Some(Emergency)),
            ("999", Some(Emergency)),
            ("000", Some(Emergency)),
            ("9-1-1", Some(Emergency)),
            ("112;phone-context=+49", Some(Emergency)),
            ("%39%31%31", Some(Emergency)),
            ("+1911", Some(Emergency)),
            ("+19115550123", Some(Emergency)),
            ("+44999", Some(Emergency)),
            ("+49112", Some(Emergency)),
            ("+3315", Some(Emergency)),
            ("+61000", Some(Emergency)),
            ("+91100", Some(Emergency)),
            // Extensions and names of a PBX.
            ("100", None),
            ("1001", None),
            ("9115", None),
            ("115", None),
            ("119", None),
            ("emergency", None),
            ("sales", None),
            ("", None),
            ("%3", None),
            // United States and Canada.
            ("+19005550123", Some(Premium)),
            ("19005550123", Some(Premium)),
            ("(900) 555-0123", Some(Premium)),
            ("+12129761234", Some(Premium)),
            ("+12125550134", None),
            ("+18005550100", None),
            ("+18705551234", None),
            ("8705551234", None),
            // United Kingdom, Germany, France, Spain, Italy, Australia, Japan.
            ("+449098790000", Some(Premium)),
            ("+448451234567", Some(Premium)),
            ("+442079460018", None),
            ("+447911123456", None),
            ("+448001234567", None),
            ("+499001234567", Some(Premium)),
            ("+491801234567", Some(SharedCost)),
            ("+4930123456", None),
            ("+33899123456", Some(Premium)),
            ("+33123456789", None),
            ("+34803123456", Some(Premium)),
            ("+39899123456", Some(Premium)),
            ("+611900123456", Some(Premium)),
            ("+61294964040", None),
            ("+81990123456", Some(Premium)),
            // No country: Inmarsat, Iridium, Globalstar, Thuraya, other networks.
            ("+870773111632", Some(Satellite)),
            ("+881631234567", Some(Satellite)),
            ("+881812345678", Some(Satellite)),
            ("+8821612345678", Some(Satellite)),
            ("+883510012345", Some(Satellite)),
            ("00881631234567", Some(Satellite)),
            ("011881631234567", Some(Satellite)),
            ("+979123456789", Some(Premium)),
            ("+80812345678", Some(SharedCost)),
            ("+80012345678", None),
        ] {
            assert_eq!(Barred::of(dialled, None, &[]), expected, "{dialled}");
        }
    }

    #[test]
    fn national_numbers_are_read_in_their_country() {
        for (dialled, home, expected) in [
            ("09001234567", "DE", Some(Barred::Premium)),
            ("030123456", "DE", None),
            ("09098790000", "GB", Some(Barred::Premium)),
            ("1900123456", "AU", Some(Barred::Premium)),
            ("112", "DE", Some(Barred::Emergency)),
            ("115", "DE", None),
            ("115", "IT", Some(Barred::Emergency)),
        ] {
            let country = Some(home.parse().unwrap());
            assert_eq!(Barred::of(dialled, country, &[]), expected, "{dialled} {home}");
        }
    }

    #[test]
    fn a_listed_prefix_is_dialled() {
        for (dialled, allowed, expected) in [
            ("+19005550123", "+1900", None),
            ("19005550123", "+1900", None),
            ("+19005550123", "+1900555", None),
            ("+19005550123", "+1900556", Some(Barred::Premium)),
            ("+19005550123", "1900", Some(Barred::Premium)),
            ("911", "911", None),
            ("911", "112", Some(Barred::Emergency)),
            ("+1911", "+1", None),
            ("+881631234567", "+8816", None),
            ("00881631234567", "+8816", None),
        ] {
            let allowed = [allowed.parse().unwrap()];
            assert_eq!(Barred::of(dialled, None, &allowed), expected, "{dialled}");
        }
    }

    #[test]
    fn prefixes_are_digits() {
        for text in ["+1900", "+1", "911", "000"] {
            assert_eq!(text.parse::<DialPrefix>().unwrap().to_string(), text);
        }
        for text in ["", "+", "+0", "1-900", "abc", "1234567890123456"] {
            assert!(text.parse::<DialPrefix>().is_err(), "{text}");
        }
    }
}
