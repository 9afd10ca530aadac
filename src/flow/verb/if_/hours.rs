//! Hours of the week: `mon-fri 09:00-18:00, sat 10:00-14:00`.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use roxmltree::Node;

use crate::base::Holidays;
use crate::base::MINUTES_A_DAY;
use crate::base::Wall;
use crate::base::Week;
use crate::base::zone_hint;
use crate::flow::reader::Reader;
use crate::flow::reader::excerpt;

/// Maximum number of spans in a schedule.
const SPANS_MAX: usize = 50;
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Weekly hours in a place's local time, except its holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Hours as written.
    pub written: String,
    /// Parsed hours.
    pub weekly: Week,
    /// Time zone of the hours.
    pub zone: TimeZone,
    /// Holidays, which the hours exclude.
    pub holidays: Option<Holidays>,
}

impl Hours {
    /// Reads `schedule`, `timezone` and `holidays`.
    pub(super) fn read(node: Node<'_, '_>, reader: &mut Reader<'_>) -> Option<Hours> {
        let holidays = node.attribute_node("holidays").and_then(|calendar| {
            if calendar.value() == "us-federal" {
                return Some(Holidays::UsFederal);
            }
            reader.bad_value(calendar, "us-federal");
            None
        });
        let Some(schedule) = node.attribute_node("schedule") else {
            for name in ["timezone", "holidays"] {
                if let Some(alone) = node.attribute_node(name) {
                    let message = format!("`{name}` needs the attribute `schedule`");
                    reader.fault_in(alone, message, "like schedule=\"mon-fri 09:00-18:00\"");
                }
            }
            return None;
        };
        let weekly = week(schedule.value()).map_err(|message| {
            reader.fault_in(schedule, message, "like mon-fri 09:00-18:00, sat 10:00-14:00");
        });
        let Some(place) = node.attribute_node("timezone") else {
            let hint = "add one, like timezone=\"America/New_York\"";
            reader.fault_in(schedule, String::from("`schedule` needs a `timezone`"), hint);
            return None;
        };
        let Ok(zone) = TimeZone::get(place.value()) else {
            let message = format!("`{}` is not a time zone", excerpt(place.value()));
            reader.fault_in(place, message, &zone_hint(place.value()));
            return None;
        };
        let written = schedule.value().to_owned();
        Some(Hours { written, weekly: weekly.ok()?, zone, holidays })
    }

    /// Returns whether the hours include an instant.
    pub fn include(&self, at: Wall) -> bool {
        let local = self.zone.to_datetime(at.timestamp());
        let off = self.holidays.is_some_and(|holidays| holidays.include(local.date()));
        !off && self.weekly.is_open(local)
    }
}

/// Reads the hours of a week. The error states what is wrong.
fn week(text: &str) -> Result<Week, String> {
    let mut week = Week::default();
    let (mut spans, mut days) = (0, Vec::new());
    for part in text.split(',').map(str::trim) {
        // `mon 09:00-12:00, 13:00-17:00`: the days apply until others are named.
        let hours = match part.split_once(char::is_whitespace) {
            Some((named, hours)) => {
                days = self::days(named)?;
                hours.trim()
            }
            None => part,
        };
        spans += 1;
        let (from, to) = span(hours)?;
        if days.is_empty() || spans > SPANS_MAX {
            return Err(format!("`{}` names no day, or too much", excerpt(part)));
        }
        for (name, day) in &days {
            if !week.add(*day, from, to) {
                return Err(format!("`{}` overlaps other hours of {name}", excerpt(hours)));
            }
        }
    }
    Ok(week)
}

/// Parses `mon`, or `mon-fri`, which may wrap around the week's end.
fn days(text: &str) -> Result<Vec<(&'static str, Weekday)>, String> {
    let day = |name: &str| {
        let at = DAYS.iter().position(|(known, _)| name.eq_ignore_ascii_case(known));
        at.ok_or_else(|| format!("`{}` is not a day: use mon to sun", excerpt(name)))
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first)?, day(last)?);
    let length = (last + 7 - first) % 7 + 1;
    Ok(DAYS.iter().cycle().skip(first).take(length).copied().collect())
}

fn span(text: &str) -> Result<(u16, u16), String> {
    let times = text.split_once('-').map(|(from, to)| (minute(from), minute(to)));
    match times {
        Some((Some(from), Some(to))) if from != to && from < MINUTES_A_DAY => Ok((from, to)),
        _other => Err(format!("`{}` are not valid hours", excerpt(text))),
    }
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours) || !digits(minutes) || !(1..=2).contains(&hours.len()) || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= MINUTES_A_DAY).then_some(minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_follow_the_clock_of_the_place() {
        let hours = |text: &str, holidays| Hours {
            written: text.to_owned(),
            weekly: week(text).unwrap_or_else(|error| panic!("{text}: {error}")),
            zone: TimeZone::get("America/New_York").unwrap(),
            holidays,
        };
        let office = "mon-thu 9:00-12:30, 13:00-18:00, fri-sat 20:00-02:00";
        for (text, holidays, at, open) in [
            (office, None, "2026-11-23T09:00-05:00", true),
            (office, None, "2026-11-23T08:59:59-05:00", false),
            (office, None, "2026-11-23T12:45-05:00", false),
            (office, None, "2026-11-23T13:00-05:00", true),
            (office, None, "2026-11-28T01:59-05:00", true),
            (office, None, "2026-11-28T02:00-05:00", false),
            (office, None, "2026-11-26T10:00-05:00", true),
            (office, Some(Holidays::UsFederal), "2026-11-26T10:00-05:00", false),
            ("sat-mon 00:00-24:00", None, "2026-11-22T23:59-05:00", true),
            ("sat-mon 00:00-24:00", None, "2026-11-24T00:00-05:00", false),
        ] {
            let at: Wall = at.parse().unwrap();
            assert_eq!(hours(text, holidays).include(at), open, "{text} {at}");
        }
    }

    #[test]
    fn what_are_no_hours_is_said() {
        for (text, expected) in [
            ("", "`` are not valid hours"),
            ("mon", "`mon` are not valid hours"),
            ("09:00-18:00", "`09:00-18:00` names no day"),
            ("mon-fry 09:00-18:00", "`fry` is not a day"),
            ("mon 09:00-18:60", "`09:00-18:60` are not valid hours"),
            ("mon 9-18", "`9-18` are not valid hours"),
            ("mon 24:00-02:00", "`24:00-02:00` are not valid hours"),
            ("mon 09:00-18:00, mon-tue 17:00-19:00", "overlaps other hours of mon"),
        ] {
            let error = week(text).unwrap_err();
            assert!(error.starts_with(expected) || error.ends_with(expected), "{text}: {error}");
        }
    }
}
