//! Dates as forms send them.

use jiff::civil::Date;

/// The greatest age of a person, in years.
const AGE_MAX: u8 = 130;

/// Parses a date: `1984-12-24`, or `12/24/1984` with the month first, as the United States write it.
pub(super) fn parse(text: &str) -> Option<Date> {
    let dashes: Vec<&str> = text.split('-').collect();
    let slashes: Vec<&str> = text.split('/').collect();
    let (year, month, day) = match (dashes.as_slice(), slashes.as_slice()) {
        ([year, month, day], _) | (_, [month, day, year]) => (*year, *month, *day),
        (_, _) => return None,
    };
    let digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if year.len() != 4 || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Returns the age in whole years; `None` for a date in the future or too long ago. A person born on
/// 29 February is a year older on 1 March.
pub(super) fn age(born: Date, today: Date) -> Option<u8> {
    if born > today {
        return None;
    }
    let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
    let years = today.year().checked_sub(born.year())?.checked_sub(i16::from(!had_birthday))?;
    u8::try_from(years).ok().filter(|age| *age <= AGE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_both_orders() {
        for (text, expected) in [
            ("1984-12-24", Some("1984-12-24")),
            ("12/24/1984", Some("1984-12-24")),
            ("2/9/1984", Some("1984-02-09")),
            ("02/29/1984", Some("1984-02-29")),
            ("02/29/1985", None),
            ("24/12/1984", None),
            ("12/24/84", None),
            ("1984-12-24T00:00:00Z", None),
            ("1984-12", None),
            ("+984-12-24", None),
            ("", None),
        ] {
            assert_eq!(parse(text).map(|date| date.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_year_is_added_on_the_birthday() {
        let day = |text: &str| parse(text).unwrap();
        for (born, today, expected) in [
            ("1984-12-24", "2026-12-23", Some(41)),
            ("1984-12-24", "2026-12-24", Some(42)),
            ("2008-02-29", "2026-02-28", Some(17)),
            ("2008-02-29", "2026-03-01", Some(18)),
            ("2026-11-29", "2026-11-29", Some(0)),
            ("2026-11-30", "2026-11-29", None),
            ("1896-01-01", "2026-01-01", Some(130)),
            ("1895-01-01", "2026-01-01", None),
        ] {
            assert_eq!(age(day(born), day(today)), expected, "{born} {today}");
        }
    }
}
