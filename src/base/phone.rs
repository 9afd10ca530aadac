//! E.164 phone numbers. They print redacted, so that no log or panic shows a caller's number.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::PHONE_NUMBER_UTIL;
use rlibphonenumber::PhoneNumberFormat;
use serde::Deserialize;
use serde::Serialize;

use super::DialingCountry;

/// Most digits of an E.164 number.
const DIGITS_MAX: usize = 15;
/// Fewest digits of an international number.
const DIGITS_MIN: usize = 7;

/// Fewest digits of an international number without its `+`.
const BARE_DIGITS_MIN: usize = 8;
/// International dialing prefixes: of most countries, and of North America.
const PREFIXES: [&str; 2] = ["00", "011"];

/// Numbers that carriers show for hidden callers: words on a phone's keys (ANONYMOUS, RESTRICTED,
/// BLOCKED, UNKNOWN, UNAVAILABLE).
const HIDDEN: [&str; 5] = ["+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253"];

/// Longest text that is matched against numbering plans, in bytes.
const TEXT_BYTES_MAX: usize = 64;

/// Text that is not a phone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number: write it in E.164, like +13055550123")]
pub struct InvalidPhone;

/// An E.164 number, `+` and 7 to 15 digits. `Display` and `Debug` hide the middle digits; only
/// [`Phone::e164`] shows the number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(Box<str>);

impl Phone {
    /// Returns the whole number, with its `+`.
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// Returns the ISO 3166 country code of the number by the numbering plans of the world; by its
    /// calling code if it fits no plan. `None` for satellite numbers.
    pub fn region(&self) -> Option<String> {
        let number = PHONE_NUMBER_UTIL.parse(self.e164(), None).ok()?;
        let by_plan = PHONE_NUMBER_UTIL.get_region_for_number(&number);
        let by_code = || PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code);
        let region = by_plan.or_else(by_code)?.to_string();
        region.bytes().all(|byte| byte.is_ascii_uppercase()).then_some(region)
    }

    /// Returns the area code of a North American number: `+1`, then `[2-9]XX[2-9]XXXXXX`.
    pub fn area_code(&self) -> Option<&str> {
        let national = self.0.strip_prefix("+1")?;
        is_north_american(national.as_bytes()).then(|| &national[..3])
    }
}

impl Phone {
    /// Returns the numbers that a carrier's text may mean, likeliest first: for text without `+`
    /// from a sender outside North America (`home`), a number of that country; the result of
    /// [`FromStr`], which without `+` is North American; then, for text without `+`, an
    /// international number of 8 digits or more, bare or after the prefix `00` or `011`.
    pub fn readings(text: &str, home: Option<DialingCountry>) -> impl Iterator<Item = Phone> {
        let abroad = home.filter(|home| !home.is_north_american());
        let direct: Option<Phone> = match abroad.zip(digits(text)) {
            Some((country, digits)) => country.read(&digits).map(|number| Phone(number.into())),
            None => text.parse().ok(),
        };
        let behind_plus = digits(text).and_then(|digits| {
            let number = PREFIXES.iter().find_map(|prefix| digits.strip_prefix(prefix));
            let number = number.unwrap_or(&digits);
            let known: Phone = format!("+{number}").parse().ok()?;
            (number.len() >= BARE_DIGITS_MIN && direct.as_ref() != Some(&known)).then_some(known)
        });
        direct.into_iter().chain(behind_plus)
    }

    /// Returns the likeliest of the [readings](Self::readings) of a text from a sender of no known
    /// country.
    ///
    /// # Errors
    /// [`InvalidPhone`] if there is none.
    pub fn from_carrier(text: &str) -> Result<Phone, InvalidPhone> {
        Phone::readings(text, None).next().ok_or(InvalidPhone)
    }

    /// Returns the number of digits with a `phone-context` (RFC 3966 §5.1.5): a national number of
    /// the context's country, or the rest of a number that begins with the context. `None` for a
    /// text with `+`, which needs no context, and for a context that is a domain.
    pub fn in_context(text: &str, context: &str) -> Option<Phone> {
        let (country, digits) = DialingCountry::of_context(context).zip(digits(text))?;
        let national = match country.is_north_american() {
            true => digits.parse().ok(),
            false => country.read(&digits).map(|number| Phone(number.into())),
        };
        let joined = || DialingCountry::join(context, &digits).map(|number| Phone(number.into()));
        national.or_else(joined)
    }
}

impl Phone {
    /// Reads a caller's number as a carrier writes it whose national numbers are those of `home`,
    /// or else North American. Returns `None` for text that is no number, and for the numbers that
    /// stand for hidden callers.
    pub fn of_caller(text: &str, home: Option<DialingCountry>) -> Option<Phone> {
        let phone = Phone::readings(text, home).next()?;
        (!HIDDEN.contains(&phone.e164())).then_some(phone)
    }

    /// Returns whether a text is this number as dialed within its country, with the national prefix
    /// `0` (ITU-T E.164): `0294964040` is +61 2 9496 4040.
    pub fn is_dialled_nationally_as(&self, text: &str) -> bool {
        let Some(digits) = digits(text) else { return false };
        let Some(national) = digits.strip_prefix('0') else { return false };
        let significant = || {
            let number = PHONE_NUMBER_UTIL.parse(self.e164(), None).ok()?;
            Some(number.get_national_significant_number())
        };
        // The numbering plans are slow: only numbers with the same ending are matched against them.
        // Italian numbers keep their 0.
        national.len() >= DIGITS_MIN
            && self.e164().ends_with(national)
            && significant().is_some_and(|known| known == national || known == digits)
    }
}

/// Returns the digits of a text that has only digits and visual separators, and no `+`.
fn digits(text: &str) -> Option<String> {
    let all = text.trim();
    let known = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')');
    let fits = all.len() <= TEXT_BYTES_MAX && all.chars().all(known);
    fits.then(|| all.chars().filter(char::is_ascii_digit).collect())
}

fn is_north_american(digits: &[u8]) -> bool {
    matches!(digits, [b'2'..=b'9', _, _, b'2'..=b'9', _, _, _, _, _, _])
}

impl FromStr for Phone {
    type Err = InvalidPhone;

    /// Parses E.164, North American numbers as carriers write them (ten digits, or eleven with a
    /// leading 1), and what people write after a `+`: `+44 (0)20 7946 0018`. Spaces, dashes, dots
    /// and brackets are visual separators (RFC 3966 §5.1.1) and are dropped. The number need not be
    /// dialable: callers show what their carrier allows.
    fn from_str(text: &str) -> Result<Self, InvalidPhone> {
        let plain = plain(text);
        // Only numbers that look foreign need the numbering plans of the world.
        let foreign = text.trim_start().starts_with('+') && !text.trim_start().starts_with("+1");
        match foreign.then(|| international(text)).flatten() {
            Some(read) => Ok(read),
            None => plain,
        }
    }
}

/// Parses a number after a `+` by its country's numbering plan; `None` if it has none.
fn international(text: &str) -> Option<Phone> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let number = PHONE_NUMBER_UTIL.parse(text, None).ok()?;
    let shown = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    (shown.len() <= DIGITS_MAX + 1).then(|| Phone(shown.as_ref().into()))
}

/// Parses E.164 and North American numbers, with visual separators.
fn plain(text: &str) -> Result<Phone, InvalidPhone> {
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
            Ok(Phone(format!("+{digits}").into()))
        }
        (false, [b'1', national @ ..]) if is_north_american(national) => {
            Ok(Phone(format!("+{digits}").into()))
        }
        (false, national) if is_north_american(national) => Ok(Phone(format!("+1{digits}").into())),
        _ => Err(InvalidPhone),
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
    fn what_carriers_write_has_its_readings() {
        for (text, expected) in [
            ("+13055550123", "+13055550123"),
            ("13055550123", "+13055550123"),
            ("305-555-0123", "+13055550123 +3055550123"),
            ("525588902311", "+525588902311"),
            ("61 294 964 040", "+61294964040"),
            ("821056580040", "+821056580040"),
            ("00442079460018", "+442079460018"),
            ("011 44 20 7946 0018", "+442079460018"),
            ("0442079460018", ""),
            ("+0044207946001", ""),
            ("5550123", ""),
            ("005550123", ""),
            ("911", ""),
            ("", ""),
            ("anonymous", ""),
            ("525588902311x7", ""),
            ("1234567890123456", ""),
        ] {
            let found: Vec<_> =
                Phone::readings(text, None).map(|phone| phone.e164().to_owned()).collect();
            assert_eq!(found.join(" "), expected, "{text}");
            assert_eq!(
                Phone::from_carrier(text).ok(),
                Phone::readings(text, None).next(),
                "{text}"
            );
        }
    }

    #[test]
    fn callers_who_hide_are_nobody() {
        for (text, expected) in [
            ("+13055550123", Some("+13055550123")),
            ("821056580040", Some("+821056580040")),
            ("00442079460018", Some("+442079460018")),
            ("+266696687", None),
            ("266696687", None),
            ("anonymous", None),
            ("11", None),
            ("1+3055550123", None),
        ] {
            let found = Phone::of_caller(text, None);
            assert_eq!(found.as_ref().map(Phone::e164), expected, "{text}");
        }
    }

    #[test]
    fn national_numbers_are_read_in_the_senders_country() {
        for (home, text, expected) in [
            // With the trunk prefix, without it, with the calling code, after 00 and after the
            // country's own international prefix.
            ("AU", "0412345678", "+61412345678"),
            ("AU", "04 1234 5678", "+61412345678"),
            ("AU", "412345678", "+61412345678"),
            ("AU", "61412345678", "+61412345678"),
            ("AU", "0061412345678", "+61412345678"),
            ("AU", "001144207946 0018", "+442079460018"),
            ("AU", "1800900090", "+611800900090"),
            ("AU", "13055550123", "+13055550123"),
            ("AU", "+13055550123", "+13055550123"),
            ("FR", "01 42 68 53 00", "+33142685300"),
            ("FR", "142685300", "+33142685300"),
            // Ten digits of London look North American.
            ("GB", "2079460018", "+442079460018"),
            ("GB", "02079460018", "+442079460018"),
            // Italian numbers keep their 0, Spanish ones have none.
            ("IT", "0809995106", "+390809995106"),
            ("ES", "945945945", "+34945945945"),
            ("ES", "34945945945", "+34945945945"),
            ("TR", "8501234567", "+908501234567"),
            ("CH", "0312345678", "+41312345678"),
            // Mexico has had no trunk prefix since 2019.
            ("MX", "5588902311", "+525588902311"),
            ("US", "3055550123", "+13055550123"),
            ("CA", "3055550123", "+13055550123"),
            ("US", "0412345678", "none"),
            // An extension is no number of a country.
            ("AU", "11", "none"),
            ("AU", "000", "none"),
            ("AU", "0912", "none"),
            ("GB", "anonymous", "none"),
            ("GB", "+266696687", "none"),
            ("GB", "266696687", "none"),
        ] {
            let home = home.parse().ok();
            let found = Phone::of_caller(text, home);
            let found = found.as_ref().map_or("none", Phone::e164);
            assert_eq!(found, expected, "{home:?} {text}");
        }
    }

    #[test]
    fn a_phone_context_is_the_country_of_a_national_number() {
        for (text, context, expected) in [
            ("0412345678", "+61", "+61412345678"),
            ("412345678", "+61", "+61412345678"),
            ("142685300", "+33", "+33142685300"),
            ("3055550123", "+1", "+13055550123"),
            ("5550123", "+1-305", "+13055550123"),
            ("912345678", "+351", "+351912345678"),
            ("911", "+1", "none"),
            ("863-1234", "+1-914-555", "none"),
            ("0412345678", "ims.example.com", "none"),
            ("0412345678", "+", "none"),
            ("0412345678", "+61x", "none"),
            ("0412345678", "+999", "none"),
            ("+61412345678", "+61", "none"),
        ] {
            let found = Phone::in_context(text, context);
            let found = found.as_ref().map_or("none", Phone::e164);
            assert_eq!(found, expected, "{text} in {context}");
        }
    }

    #[test]
    fn numbers_are_dialled_within_their_country() {
        for (number, text, expected) in [
            ("+61294964040", "0294964040", true),
            ("+61294964040", "02 9496 4040", true),
            ("+61294964040", "294964040", false),
            ("+61294964040", "00294964040", false),
            ("+61294964040", "0794964040", false),
            ("+61294964040", "064040", false),
            ("+442079460018", "02079460018", true),
            ("+390612345678", "0612345678", true),
            ("+13055550123", "03055550123", true),
            ("+61294964040", "", false),
        ] {
            let phone: Phone = number.parse().unwrap();
            assert_eq!(phone.is_dialled_nationally_as(text), expected, "{number} {text}");
        }
    }

    #[test]
    fn foreign_numbers_are_read_by_their_plans() {
        for (text, number, region) in [
            ("+442079460018", "+442079460018", "GB"),
            ("+44 (0)20 7946 0018", "+442079460018", "GB"),
            ("+44 1534 281 234", "+441534281234", "JE"),
            ("+49 (0) 30 123456", "+4930123456", "DE"),
            ("+7 701 123 4567", "+77011234567", "KZ"),
            ("+39 06 1234 5678", "+390612345678", "IT"),
            // Fits no plan, and is kept as the carrier sent it.
            ("+44123456789", "+44123456789", "GB"),
            ("+999123456789", "+999123456789", ""),
        ] {
            let phone: Phone = text.parse().unwrap();
            assert_eq!(phone.e164(), number, "{text}");
            assert_eq!(phone.region().unwrap_or_default(), region, "{text}");
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
