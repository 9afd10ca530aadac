//! Emergency numbers of the world.

use std::str::SplitAsciiWhitespace;

use crate::base::DialingCountry;

/// Country, calling code, and emergency numbers, one country a line. Written by
/// `scripts/build-emergency.py` from libphonenumber's `ShortNumberMetadata.xml`.
const TABLE: &str = include_str!("emergency.txt");
/// Numbers that mean an emergency wherever they are dialed: 112 and 911 (ITU-T E.161.1), and two
/// more that no PBX should use for an extension.
const ANYWHERE: [&str; 4] = ["000", "112", "911", "999"];
/// The country of numbers from senders whose country is not known.
const HOME: &str = "US";
/// Prefixes of international calls, as [`super::Phone::readings`] reads them.
const INTERNATIONAL: [&str; 3] = ["+", "00", "011"];

/// Returns whether digits, with or without `+`, call an emergency service: a number that does so
/// anywhere, one of the country `home` as it is dialed there (`115` in Italy; elsewhere it may be an
/// extension), or one of any country behind its calling code (`+3315`, `003315`).
pub(super) fn is_emergency(dialled: &str, home: Option<DialingCountry>) -> bool {
    let plain = dialled.strip_prefix('+').unwrap_or(dialled);
    if ANYWHERE.contains(&plain) {
        return true;
    }
    let home = home.as_ref().map_or(HOME, DialingCountry::letters);
    let abroad = INTERNATIONAL.iter().find_map(|prefix| dialled.strip_prefix(prefix));
    countries().any(|(letters, code, mut numbers)| {
        let behind_code = abroad.and_then(|digits| digits.strip_prefix(code));
        let local = (letters == home).then_some(dialled);
        numbers.any(|number| [behind_code, local].into_iter().flatten().any(|it| is(number, it)))
    })
}

/// Returns the countries of the table: letters, calling code, numbers.
fn countries() -> impl Iterator<Item = (&'static str, &'static str, SplitAsciiWhitespace<'static>)>
{
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        Some((words.next()?, words.next()?, words))
    })
}

/// Returns whether digits are a number of the table, in which `x` is any digit.
fn is(number: &str, digits: &str) -> bool {
    let same = |(own, digit): (u8, u8)| own == digit || own == b'x';
    number.len() == digits.len() && number.bytes().zip(digits.bytes()).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let (mut count, mut last) = (0, "");
        for (letters, code, numbers) in countries() {
            assert!(letters > last && letters.len() == 2, "{letters}");
            assert!((1..=3).contains(&code.len()), "{letters}");
            let numbers: Vec<_> = numbers.collect();
            let fits = |number: &&str| (2..=6).contains(&number.len());
            assert!(!numbers.is_empty() && numbers.iter().all(fits), "{letters}");
            (count, last) = (count + 1, letters);
        }
        assert_eq!(count, 240);
    }

    #[test]
    fn where_a_number_is_dialed() {
        for (dialled, home, expected) in [
            ("112", "", true),
            ("+112", "", true),
            ("115", "", false),
            ("115", "IT", true),
            ("115", "DE", false),
            ("100", "IN", true),
            ("1345", "GA", true),
            ("134", "GA", false),
            ("15", "FR", true),
            ("+3315", "", true),
            ("003315", "DE", true),
            ("01133112", "", true),
            ("+24113", "", false),
            ("+2411399", "", true),
            ("3315", "", false),
            ("+", "", false),
            ("", "", false),
        ] {
            let country = (!home.is_empty()).then(|| home.parse().unwrap());
            assert_eq!(is_emergency(dialled, country), expected, "{dialled} {home}");
        }
    }
}
