//! Reads `schedule = { weekly, holidays, closed, outside }`.

use jiff::civil::Weekday;

use crate::base::Holidays;
use crate::base::MINUTES_A_DAY;
use crate::base::Week;
use crate::base::toml::Report;
use crate::base::toml::Value;
use crate::base::toml::clip;
use crate::book::Outside;
use crate::book::Schedule;

const KEYS: &[&str] = &["weekly", "holidays", "closed", "outside"];
const CALENDARS: &[(&str, Holidays)] = &[("us-federal", Holidays::UsFederal)];
const OUTSIDES: &[(&str, Outside)] = &[("skip", Outside::Skip), ("park", Outside::Park)];
const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

pub(super) fn read(value: &Value<'_>, report: &mut Report<'_>) -> Option<Schedule> {
    let table = value.table(report)?;
    table.check_keys(KEYS, &[], report);
    let weekly = match table.value("weekly") {
        Some(weekly) => week(&weekly, report),
        None => Some(Week::always()),
    };
    let holidays = match table.value("holidays") {
        Some(calendar) => calendar.choice(CALENDARS, &[], report).map(Some),
        None => Some(None),
    };
    let closed = match table.value("closed") {
        Some(dates) => dates.each(report, |date, report| date.date(report)),
        None => Some(Vec::new()),
    };
    let outside = match table.value("outside") {
        Some(outside) => outside.choice(OUTSIDES, &[], report),
        None => Some(Outside::Skip),
    };
    Some(Schedule {
        weekly: weekly?,
        holidays: holidays?,
        closed: closed?.into_iter().collect(),
        outside: outside?,
    })
}

fn week(value: &Value<'_>, report: &mut Report<'_>) -> Option<Week> {
    let table = value.table(report)?;
    if table.is_empty() {
        let hint = "add days and hours, or remove it to be always open";
        report.error(value.at(), "`weekly` is empty", hint);
        return None;
    }
    let mut week = Week::default();
    let mut whole = true;
    for entry in table.values() {
        let days = days(&entry, report);
        let hours = entry.each(report, hours);
        let (Some(days), Some(hours)) = (days, hours) else {
            whole = false;
            continue;
        };
        for DayHours { from, to, at } in hours {
            let clash = days.iter().find(|(_, day)| !week.add(*day, from, to));
            if let Some((name, _)) = clash {
                let message =
                    format!("`{}-{}` overlaps other hours of {name}", clock(from), clock(to));
                report.error(at, message, "hours across midnight reach into the next day");
                whole = false;
            }
        }
    }
    whole.then_some(week)
}

/// Reads `mon`, `mon-fri`, `mon,wed`, and lists of ranges. A range may cross the end of the week.
fn days(entry: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<(&'static str, Weekday)>> {
    let mut days = Vec::new();
    for part in entry.key().split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first, entry, report)?, day(last, entry, report)?),
            None => day(part, entry, report).map(|day| (day, day))?,
        };
        let length = (last + 7 - first) % 7 + 1;
        days.extend(DAYS.iter().cycle().skip(first).take(length).copied());
    }
    Some(days)
}

fn day(text: &str, entry: &Value<'_>, report: &mut Report<'_>) -> Option<usize> {
    let text = text.trim();
    let at = DAYS.iter().position(|(name, _)| text.eq_ignore_ascii_case(name));
    if at.is_none() {
        let known = DAYS.iter().map(|(name, _)| *name);
        let hint = report.meant(&clip(text).to_ascii_lowercase(), known).unwrap_or_else(|| {
            "use mon, tue, wed, thu, fri, sat, sun; `mon-fri`; \"mon,wed\"".to_owned()
        });
        let shown = clip(text);
        report.error(entry.key_at(), format!("`{shown}` is not a day"), hint);
    }
    at
}

/// Hours of a day, in minutes after midnight.
struct DayHours {
    from: u16,
    to: u16,
    /// Their offset in the text.
    at: usize,
}

/// Reads `09:00-18:00`. The end may be `24:00`; an end
/// before the start is on the next day.
fn hours(item: Value<'_>, report: &mut Report<'_>) -> Option<DayHours> {
    let text = item.text(report)?;
    let shown = clip(text);
    let times = text.split_once('-').map(|(from, to)| (minute(from), minute(to)));
    let hint = match times {
        Some((Some(MINUTES_A_DAY), _)) => "start at 00:00 of the next day",
        Some((Some(from), Some(to))) if from == to => "for a whole day: 00:00-24:00",
        Some((Some(from), Some(to))) => {
            return Some(DayHours { from, to, at: item.at() });
        }
        _ => "write them like 09:00-18:00, between 00:00 and 24:00",
    };
    report.error(item.at(), format!("`{shown}` are not valid hours"), hint);
    None
}

fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours) || !digits(minutes) || !(1..=2).contains(&hours.len()) || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= MINUTES_A_DAY).then_some(minute)
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Span;
    use crate::book::read::book::tests::book;
    use crate::book::read::book::tests::check;
    use crate::book::read::book::tests::contract;

    fn with(schedule: &str) -> String {
        format!("[[contract]]\nschedule = {{ {schedule} }}\n{}", contract(r#"channels = ["form"]"#))
    }

    fn read(schedule: &str) -> Schedule {
        book(&with(schedule)).contracts[0].schedule.clone().unwrap()
    }

    #[test]
    fn days_and_hours() {
        let all = |weekly: &str| -> Vec<String> {
            let schedule = read(&format!("weekly = {{ {weekly} }}"));
            let text = |span: &Span| format!("{}-{}", clock(span.from), clock(span.to));
            let day = |(name, day): &(&str, Weekday)| {
                let spans: Vec<String> = schedule.weekly.day(*day).iter().map(text).collect();
                (!spans.is_empty()).then(|| format!("{name} {}", spans.join(" ")))
            };
            DAYS.iter().filter_map(day).collect()
        };
        assert_eq!(all(r#"mon = ["9:00-12:00", "13:00-24:00"]"#), ["mon 09:00-12:00 13:00-24:00"]);
        assert_eq!(
            all(r#"fri-sun = ["22:00-06:00"]"#),
            [
                "mon 00:00-06:00",
                "fri 22:00-24:00",
                "sat 00:00-06:00 22:00-24:00",
                "sun 00:00-06:00 22:00-24:00"
            ]
        );
        assert_eq!(all(r#"sun-mon = ["01:00-02:00"]"#), ["mon 01:00-02:00", "sun 01:00-02:00"]);
        assert_eq!(
            all(r#""mon, wed-thu" = ["00:00-24:00"], Fri = []"#),
            ["mon 00:00-24:00", "wed 00:00-24:00", "thu 00:00-24:00"]
        );
    }

    #[test]
    fn dates_quoted_or_bare() {
        let schedule = read(r#"holidays = "us-federal", closed = ["2026-12-24", 2026-12-31]"#);
        assert_eq!(schedule.holidays, Some(Holidays::UsFederal));
        assert_eq!(schedule.weekly, Week::always());
        let closed: Vec<String> = schedule.closed.iter().map(ToString::to_string).collect();
        assert_eq!(closed, ["2026-12-24", "2026-12-31"]);
    }

    #[test]
    fn faults() {
        for (schedule, expected) in [
            (
                "weekly = {}",
                "2:23: error: `weekly` is empty (add days and hours, or remove it to be always \
                 open)",
            ),
            (
                r#"weekly = { mon = "9-5" }"#,
                r#"2:31: error: `mon` must be a list, not a string (put it in brackets: ["9-5"])"#,
            ),
            (
                r#"weekly = { mon = ["9-5"] }"#,
                "2:32: error: `9-5` are not valid hours (write them like 09:00-18:00, between \
                 00:00 and 24:00)",
            ),
            (
                r#"weekly = { mon = ["09:00-25:00"] }"#,
                "2:32: error: `09:00-25:00` are not valid hours (write them like 09:00-18:00, \
                 between 00:00 and 24:00)",
            ),
            (
                r#"weekly = { mon = ["24:00-06:00"] }"#,
                "2:32: error: `24:00-06:00` are not valid hours (start at 00:00 of the next day)",
            ),
            (
                r#"weekly = { mon = ["09:00-09:00"] }"#,
                "2:32: error: `09:00-09:00` are not valid hours (for a whole day: 00:00-24:00)",
            ),
            (
                r#"weekly = { mon = ["09:00-12:00", "11:00-13:00"] }"#,
                "2:47: error: `11:00-13:00` overlaps other hours of mon (hours across midnight \
                 reach into the next day)",
            ),
            (
                "weekly = { monday = [] }",
                "2:25: error: `monday` is not a day (did you mean `mon`?)",
            ),
            (
                "weekly = { mon-xyz = [] }",
                "2:25: error: `xyz` is not a day (use mon, tue, wed, thu, fri, sat, sun; \
                 `mon-fri`; \"mon,wed\")",
            ),
            (
                r#"holidays = "us""#,
                "2:25: error: `holidays` cannot be `us` (did you mean `us-federal`?)",
            ),
            (
                r#"closed = ["2026-02-30"]"#,
                r#"2:24: error: `2026-02-30` is not a date (write it like "2026-12-24")"#,
            ),
            (
                "closed = [2026-12-24T10:00:00Z]",
                r#"2:24: error: `2026-12-24T10:00:00Z` is not a date (write it like "2026-12-24")"#,
            ),
            (r#"outside = "wait""#, "2:24: error: `outside` cannot be `wait` (use skip, park)"),
        ] {
            check(&with(schedule), &[expected]);
        }
    }
}
