//! Checks answers, and converts them to the stored value.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use regex::Regex;
use regex::RegexBuilder;
use roxmltree::Attribute;
use roxmltree::Node;

use crate::base::Phone;
use crate::flow::reader::Reader;

/// Maximum length of a pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 200;
/// Maximum memory of a compiled pattern, in bytes.
const PATTERN_SIZE_MAX: usize = 256 * 1024;
/// Maximum age of a caller, in years.
const AGE_MAX: u8 = 120;
/// Maximum digits before the point of an amount.
const AMOUNT_DIGITS_MAX: usize = 9;
/// Upper bound of such an amount, with its cents, in whole dollars.
const MONEY_MAX: i64 = 1_000_000_000;
/// Maximum zip as a number.
const ZIP_MAX: i64 = 99_999;
const NAMES: &str = "us-zip, phone, date, age or money; for others use `pattern`";

/// Format of a valid answer.
#[derive(Debug, Clone)]
pub enum Check {
    /// A zip code of the United States: five digits, not `00000`. Stored as typed.
    UsZip,
    /// A phone number: ten digits of the North American plan, or eleven with its 1. Stored in
    /// E.164.
    Phone,
    /// A date, typed as month, day, year in eight digits. Stored as `YYYY-MM-DD`.
    Date,
    /// An age in years, 1 to 120. Stored without leading zeros.
    Age,
    /// An amount, with `*` for the decimal point. Stored without leading zeros, with the cents if
    /// typed.
    Money,
    /// Digits that match as a whole. Stored as typed.
    Pattern(Regex),
}

impl Check {
    /// Reads the optional `validate` or `pattern`.
    pub(super) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Check> {
        match (node.attribute_node("validate"), node.attribute_node("pattern")) {
            (None, None) => None,
            (Some(validate), None) => read_named(validate, reader),
            (None, Some(pattern)) => read_pattern(pattern, reader),
            (Some(_), Some(pattern)) => {
                let message = String::from("`validate` and `pattern` together");
                reader.fault_in(pattern, message, "remove one");
                None
            }
        }
    }

    /// Returns the number of keys in every such answer, if fixed.
    pub(super) fn digits(&self) -> Option<usize> {
        match self {
            Check::UsZip => Some(5),
            Check::Date => Some(8),
            Check::Phone | Check::Age | Check::Money | Check::Pattern(_) => None,
        }
    }

    /// Returns the value to store for an answer; `None` when it is invalid.
    pub fn value(&self, typed: &str) -> Option<String> {
        let numeric = typed.bytes().all(|b| b.is_ascii_digit()) && !typed.is_empty();
        match self {
            Check::UsZip => {
                (numeric && typed.len() == 5 && typed != "00000").then(|| typed.to_owned())
            }
            Check::Phone if numeric => typed.parse::<Phone>().ok().map(|p| p.e164().to_owned()),
            Check::Date if numeric => date(typed).map(|date| date.to_string()),
            Check::Age if numeric => {
                let age = typed.parse::<u8>().ok().filter(|age| (1..=AGE_MAX).contains(age));
                age.map(|age| age.to_string())
            }
            Check::Phone | Check::Date | Check::Age => None,
            Check::Money => amount(typed),
            Check::Pattern(regex) => regex.is_match(typed).then(|| typed.to_owned()),
        }
    }

    /// Returns whether an answer is stored as this text.
    pub fn stores(&self, text: &str) -> bool {
        let typed = match self {
            Check::UsZip | Check::Age | Check::Pattern(_) => Some(text.to_owned()),
            Check::Phone => text.strip_prefix('+').map(str::to_owned),
            Check::Money => Some(text.replace('.', "*")),
            Check::Date => {
                text.split_once('-').map(|(year, day)| format!("{}{year}", day.replace('-', "")))
            }
        };
        typed.and_then(|typed| self.value(&typed)).is_some_and(|stored| stored == text)
    }

    /// Returns the range of the answers as whole numbers; `None` when no answer is a number.
    pub fn numbers(&self) -> Option<RangeInclusive<i64>> {
        match self {
            Check::UsZip => Some(0..=ZIP_MAX),
            Check::Age => Some(1..=i64::from(AGE_MAX)),
            Check::Money => Some(0..=MONEY_MAX),
            Check::Phone | Check::Pattern(_) => Some(0..=i64::MAX),
            Check::Date => None,
        }
    }
}

fn date(typed: &str) -> Option<Date> {
    if typed.len() != 8 {
        return None;
    }
    let part = |range: std::ops::Range<usize>| typed.get(range)?.parse::<i16>().ok();
    let (month, day, year) = (part(0..2)?, part(2..4)?, part(4..8)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn amount(typed: &str) -> Option<String> {
    let (whole, cents) = match typed.split_once('*') {
        Some((whole, cents)) => (whole, Some(cents)),
        None => (typed, None),
    };
    let numeric = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !(1..=AMOUNT_DIGITS_MAX).contains(&whole.len()) {
        return None;
    }
    let whole: u32 = whole.parse().ok()?;
    match cents {
        None | Some("") => Some(whole.to_string()),
        Some(cents) if numeric(cents) && cents.len() <= 2 => Some(format!("{whole}.{cents:0<2}")),
        Some(_) => None,
    }
}

fn read_named(attribute: Attribute<'_, '_>, reader: &mut Reader<'_>) -> Option<Check> {
    match attribute.value() {
        "us-zip" => Some(Check::UsZip),
        "phone" => Some(Check::Phone),
        "date" => Some(Check::Date),
        "age" => Some(Check::Age),
        "money" => Some(Check::Money),
        _other => {
            reader.bad_value(attribute, NAMES);
            None
        }
    }
}

fn read_pattern(attribute: Attribute<'_, '_>, reader: &mut Reader<'_>) -> Option<Check> {
    let pattern = attribute.value();
    if !(1..=PATTERN_BYTES_MAX).contains(&pattern.len()) {
        reader.bad_value(attribute, "a regular expression of 1 to 200 bytes");
        return None;
    }
    // Compile the pattern by itself first, so that the added group does not make `a)(b` valid.
    let compiled = compile(pattern).and_then(|_| compile(&format!("^(?:{pattern})$")));
    match compiled {
        Ok(regex) => Some(Check::Pattern(regex)),
        Err(error) => {
            let message = error.to_string();
            let why = message.lines().last().unwrap_or_default().trim_start_matches("error: ");
            reader.bad_value(attribute, &format!("not a regular expression: {why}"));
            None
        }
    }
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(PATTERN_SIZE_MAX).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_kept_in_one_form() {
        let pattern = Check::Pattern(Regex::new("^(?:[1-9][0-9]{3})$").unwrap());
        for (check, typed, kept) in [
            (&Check::UsZip, "90210", Some("90210")),
            (&Check::UsZip, "02134", Some("02134")),
            (&Check::UsZip, "00000", None),
            (&Check::UsZip, "9021", None),
            (&Check::UsZip, "9021*", None),
            (&Check::Phone, "3055550123", Some("+13055550123")),
            (&Check::Phone, "13055550123", Some("+13055550123")),
            (&Check::Phone, "0055550123", None),
            (&Check::Phone, "305555", None),
            (&Check::Date, "02291996", Some("1996-02-29")),
            (&Check::Date, "02291997", None),
            (&Check::Date, "13011990", None),
            (&Check::Date, "1311990", None),
            (&Check::Age, "042", Some("42")),
            (&Check::Age, "0", None),
            (&Check::Age, "121", None),
            (&Check::Age, "999", None),
            (&Check::Money, "1250", Some("1250")),
            (&Check::Money, "01250*5", Some("1250.50")),
            (&Check::Money, "7*", Some("7")),
            (&Check::Money, "*50", None),
            (&Check::Money, "1*2*3", None),
            (&Check::Money, "1*234", None),
            (&Check::Money, "1234567890", None),
            (&pattern, "1234", Some("1234")),
            (&pattern, "01234", None),
            (&pattern, "", None),
            (&Check::Age, "", None),
        ] {
            assert_eq!(check.value(typed).as_deref(), kept, "{check:?} {typed}");
        }
    }
}
