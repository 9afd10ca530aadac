//! `schedule = { weekly, holidays, closed, outside }`

use jiff::civil::Weekday;

use crate::base::suggest;
use crate::base::table::Report;
use crate::base::table::Value;
use crate::book::Holidays;
use crate::book::MINUTES_A_DAY;
use crate::book::Outside;
use crate::book::Schedule;
use crate::book::Week;

const KEYS: &[&str] = &["weekly", "holidays", "closed", "outside"];
const CALENDARS: &[(&str, Holidays)] = &[("us-federal", Holidays::UsFederal)];
const OUTSIDES: &[(&str, Outside)] = &[("skip", Outside::Skip)];
const OUTSIDES_LATER: &[&str] = &["park"];
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
        Some(outside) => outside.choice(OUTSIDES, OUTSIDES_LATER, report),
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
        let hint = "name days and hours, or remove it to be open day and night";
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
        for (from, to, at) in hours {
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

/// `mon`, `mon-fri`, `mon,wed`, and lists of ranges; a range may go round the week's end.
fn days(entry: &Value<'_>, report: &mut Report<'_>) -> Option<Vec<(&'static str, Weekday)>> {
    let mut days = Vec::new();
    for part in entry.key().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first, entry, report), day(last, entry, report));
        let (first, last) = (first?, last?);
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
        let hint = match suggest(&text.to_ascii_lowercase(), known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "use mon, tue, wed, thu, fri, sat, sun; `mon-fri`; \"mon,wed\"".to_owned(),
        };
        let shown: String = text.chars().take(40).collect();
        report.error(entry.key_at(), format!("`{shown}` is not a day"), hint);
    }
    at
}

/// `09:00-18:00` as minutes after midnight, and where it stands. The end may be `24:00`; one
/// before the start is on the next day.
fn hours(item: Value<'_>, report: &mut Report<'_>) -> Option<(u16, u16, usize)> {
    let text = item.text(report)?;
    let shown: String = text.chars().take(40).collect();
    let times = text.split_once('-').map(|(from, to)| (minute(from), minute(to)));
    let hint = match times {
        Some((Some(MINUTES_A_DAY), _)) => "start at 00:00 of the next day",
        Some((Some(from), Some(to))) if from == to => "for a whole day: 00:00-24:00",
        Some((Some(from), Some(to))) => return Some((from, to, item.at())),
        _ => "write them like 09:00-18:00, between 00:00 and 24:00",
    };
    report.error(item.at(), format!("`{shown}` are no hours of a day"), hint);
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
