//! Opening hours in the buyer's zone.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::tz::TimeZoneTransition;

use crate::base::Holidays;
use crate::base::Skip;
use crate::base::Wall;
use crate::base::Week;

/// Maximum number of days to search for the next opening: longer than any realistic run of closed
/// dates.
pub const OPENING_DAYS_MAX: usize = 31;

/// Opening hours of a contract, in the buyer's local time: a minute that daylight saving time skips
/// does not occur, and a minute that it repeats is open both times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Weekly hours.
    pub weekly: Week,
    /// Closed dates, from midnight to midnight.
    pub closed: BTreeSet<Date>,
    /// Holiday calendar, closed like [`closed`](Self::closed).
    pub holidays: Option<Holidays>,
    /// Handling of an inquiry outside the hours.
    pub outside: Outside,
}

impl Schedule {
    /// Returns `Ok` if the schedule is open at an instant in a time zone, `Holiday` on a closed
    /// date, and `Closed` outside the weekly hours.
    pub fn open_at(&self, zone: &TimeZone, at: Wall) -> Result<(), Skip> {
        let local = zone.to_datetime(at.timestamp());
        if self.is_closed_on(local.date()) {
            return Err(Skip::Holiday);
        }
        if self.weekly.is_open(local) { Ok(()) } else { Err(Skip::Closed) }
    }

    /// Returns when a schedule that is closed at an instant in a time zone opens next; `None` if it
    /// does not open within [`OPENING_DAYS_MAX`] days. It opens at the start of a span, or in its
    /// midst where a clock change leads there. Spans that the change skips do not open; those that
    /// it repeats open twice.
    pub fn opens_after(&self, zone: &TimeZone, at: Wall) -> Option<Wall> {
        let today = zone.to_datetime(at.timestamp()).date();
        let mut changes = zone.following(at.timestamp()).peekable();
        today.series(jiff::Span::new().days(1)).take(OPENING_DAYS_MAX + 1).find_map(|date| {
            let mut candidates = self.starts(zone, date);
            let end = zone.to_ambiguous_zoned(date.tomorrow().ok()?.at(0, 0, 0, 0)).later().ok()?;
            let in_day = |change: &TimeZoneTransition<'_>| change.timestamp() <= end.timestamp();
            while let Some(change) = changes.next_if(in_day) {
                candidates.push(Wall::from_micros(change.timestamp().as_microsecond()));
            }
            candidates.sort_unstable();
            let opens = |wall: &Wall| *wall > at && self.open_at(zone, *wall).is_ok();
            candidates.into_iter().find(opens)
        })
    }

    /// Returns the instants at which the clock of a zone shows the start of a date's spans: none
    /// for a start that a clock change skips, two for one that it repeats.
    fn starts(&self, zone: &TimeZone, date: Date) -> Vec<Wall> {
        let mut starts = Vec::new();
        for span in self.weekly.day(date.weekday()) {
            let part = |number: u16| i8::try_from(number).unwrap_or(0);
            let local = date.at(part(span.from / 60), part(span.from % 60), 0, 0);
            let both = zone.to_ambiguous_zoned(local);
            let both = [both.clone().earlier(), both.later()].into_iter().flatten();
            let shown = both.filter(|instant| instant.datetime() == local);
            starts.extend(shown.map(|at| Wall::from_micros(at.timestamp().as_microsecond())));
        }
        starts.dedup();
        starts
    }

    /// Returns whether a date is closed regardless of the weekly hours.
    pub fn is_closed_on(&self, date: Date) -> bool {
        self.closed.contains(&date) || self.holidays.is_some_and(|h| h.include(date))
    }
}

/// Handling of an inquiry outside the hours of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Outside {
    /// Skip the contract.
    #[default]
    Skip,
    /// Park a form lead until the contract opens, then route it again. Calls cannot wait: they skip
    /// the contract.
    Park,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::Weekday;
    use proptest::prelude::*;

    use super::*;
    use crate::base::MINUTES_A_DAY;
    use crate::base::Rng;

    const ZONES: [&str; 14] = [
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
        "America/Anchorage",
        "America/Phoenix", // no daylight saving
        "Pacific/Honolulu",
        "America/St_Johns",    // offset by half an hour
        "Australia/Lord_Howe", // daylight saving of half an hour
        "Europe/Dublin",       // daylight saving in winter, of minus an hour
        "Africa/Cairo",        // changes at midnight: a day without its first hour
        "America/Santiago",    // the same, in the south
        "Asia/Kathmandu",      // quarters of an hour
        "Pacific/Chatham",     // quarters of an hour, with daylight saving
    ];

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn schedule(hours: &[(Weekday, u16, u16)]) -> Schedule {
        let mut weekly = Week::default();
        for (day, from, to) in hours {
            assert!(weekly.add(*day, *from, *to), "{day:?} {from} {to}");
        }
        Schedule { weekly, closed: BTreeSet::new(), holidays: None, outside: Outside::Skip }
    }

    #[test]
    fn open_by_local_time_of_the_buyer() {
        use Weekday::Friday;
        use Weekday::Saturday;
        use Weekday::Sunday;
        let hours = [(Friday, 22 * 60, 6 * 60), (Sunday, 60, 3 * 60), (Saturday, 9 * 60, 24 * 60)];
        let open = schedule(&hours);
        let new_york = zone("America/New_York");
        for (at, expected) in [
            ("2026-03-06T22:00-05:00", Ok(())), // Friday night
            ("2026-03-06T21:59:59-05:00", Err(Skip::Closed)),
            ("2026-03-07T05:59:59-05:00", Ok(())), // into Saturday
            ("2026-03-07T06:00-05:00", Err(Skip::Closed)),
            ("2026-03-07T23:59:59-05:00", Ok(())),
            ("2026-03-08T00:00-05:00", Err(Skip::Closed)),
            ("2026-03-08T01:59:59-05:00", Ok(())), // the gap: 02:00 is 03:00
            ("2026-03-08T02:00-05:00", Err(Skip::Closed)),
            ("2026-11-01T02:59:59-05:00", Ok(())),
            ("2026-11-01T01:30-04:00", Ok(())), // the fold: 01:30 comes twice
            ("2026-11-01T01:30-05:00", Ok(())),
            ("2026-11-01T00:59:59-04:00", Err(Skip::Closed)),
        ] {
            let instant = at.parse::<jiff::Timestamp>().unwrap();
            let wall = Wall::from_micros(instant.as_microsecond());
            assert_eq!(open.open_at(&new_york, wall), expected, "{at}");
        }
    }

    #[test]
    fn closed_dates_are_local_dates() {
        let mut always = schedule(&[]);
        always.weekly = Week::always();
        always.closed.insert("2026-12-24".parse().unwrap());
        always.holidays = Some(Holidays::UsFederal);
        let los_angeles = zone("America/Los_Angeles");
        for (at, expected) in [
            ("2026-12-24T07:59:59Z", Ok(())),
            ("2026-12-24T08:00:00Z", Err(Skip::Holiday)),
            ("2026-12-26T07:59:59Z", Err(Skip::Holiday)), // Christmas
            ("2026-12-26T08:00:00Z", Ok(())),
        ] {
            assert_eq!(always.open_at(&los_angeles, at.parse().unwrap()), expected, "{at}");
        }
    }

    #[test]
    fn hours_do_not_overlap() {
        let mut week = Week::default();
        for (day, from, to, added) in [
            (Weekday::Sunday, 22 * 60, 6 * 60, true),
            (Weekday::Monday, 5 * 60, 9 * 60, false), // in Sunday's night
            (Weekday::Monday, 6 * 60, 9 * 60, true),
            (Weekday::Sunday, 23 * 60, 24 * 60, false),
            (Weekday::Saturday, 12 * 60, 1, true),
            (Weekday::Sunday, 0, 1, false),
            (Weekday::Tuesday, 0, 24 * 60, true),
            (Weekday::Monday, 23 * 60, 1, false), // into Tuesday
            (Weekday::Monday, 23 * 60, 0, true),
            (Weekday::Friday, 24 * 60, 60, false), // no minute of a day
            (Weekday::Friday, 0, 24 * 60 + 1, false),
        ] {
            assert_eq!(week.add(day, from, to), added, "{day:?} {from}-{to}");
        }
        assert_eq!(week.day(Weekday::Monday).len(), 3);
    }

    /// The specification: prints the local time, and compares it with each line of hours as
    /// written.
    fn naive(hours: &[(Weekday, u16, u16)], zone: &TimeZone, at: Wall) -> bool {
        let local = at.timestamp().to_zoned(zone.clone()).strftime("%a %H:%M").to_string();
        let day = |day: Weekday| format!("{day:?}")[..3].to_owned();
        let (name, clock) = local.split_once(' ').unwrap();
        hours.iter().any(|(on, from, to)| {
            let text = |minute: &u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            let (from, to) = (text(from), text(to));
            if to > from {
                name == day(*on) && *from <= *clock && *clock < *to
            } else {
                (name == day(*on) && *from <= *clock) || (name == day(on.next()) && *clock < *to)
            }
        })
    }

    /// Tests every zone, two days around each change of its offset in three years, by the minute,
    /// so that it covers every gap and fold.
    #[test]
    fn gaps_and_folds_of_every_zone_agree_with_the_clock() {
        use Weekday::Monday;
        use Weekday::Saturday;
        use Weekday::Sunday;
        let hours = [
            (Saturday, 22 * 60, 30),
            (Sunday, 60, 90),         // inside New York's fold
            (Sunday, 2 * 60, 3 * 60), // its gap
            (Sunday, 3 * 60 + 15, 4 * 60),
            (Weekday::Friday, 0, 30), // Cairo's gap
            (Monday, 5 * 60, 24 * 60),
        ];
        let schedule = schedule(&hours);
        let mut changes = 0;
        for name in ZONES {
            let zone = zone(name);
            let from: jiff::Timestamp = "2025-01-01T00:00:00Z".parse().unwrap();
            let moved = zone.following(from).map(|change| change.timestamp().as_second());
            for change in moved.take_while(|second| *second < 1_830_297_600) {
                changes += 1;
                for minute in -2 * 1440..2 * 1440 {
                    let at = Wall::from_micros((change + minute * 60) * 1_000_000);
                    let open = schedule.open_at(&zone, at).is_ok();
                    assert_eq!(open, naive(&hours, &zone, at), "{name} {at}");
                }
            }
        }
        assert!(changes >= 11 * 6 - 2, "{changes} changes of offset");
    }

    /// Case 14 and its kind: hours that start within what a clock change skips or repeats.
    #[test]
    fn hours_in_a_gap_or_fold_open_when_the_decision_says_so() {
        use Weekday::Sunday;
        for (name, (from, to), at, expected) in [
            ("America/New_York", (150, 360), "2026-03-08T05:00:00Z", "2026-03-08T07:00:00Z"),
            ("Australia/Lord_Howe", (135, 165), "2026-10-03T15:00:00Z", "2026-10-03T15:30:00Z"),
            // 00:30 to 01:30: the clock goes back from 02:00 into the midst of it.
            ("America/New_York", (30, 90), "2026-11-01T05:45:00Z", "2026-11-01T06:00:00Z"),
            ("America/New_York", (90, 110), "2026-11-01T05:50:00Z", "2026-11-01T06:30:00Z"),
            ("Pacific/Chatham", (170, 230), "2026-09-26T13:00:00Z", "2026-09-26T14:00:00Z"),
        ] {
            let schedule = schedule(&[(Sunday, from, to)]);
            let opens = schedule.opens_after(&zone(name), at.parse().unwrap());
            assert_eq!(opens.map(|at| at.to_string()).as_deref(), Some(expected), "{name} {at}");
        }
    }

    /// Hours of each day around the local time of a clock change, some within what it skips or
    /// repeats, some across it.
    fn around(change: &TimeZoneTransition<'_>, zone: &TimeZone, rng: &mut Rng) -> Schedule {
        let local = zone.to_datetime(change.timestamp());
        let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let mut weekly = Week::default();
        for day in 0..7 {
            let day = Weekday::from_monday_zero_offset(day).unwrap();
            let off = i64::try_from(rng.below(180)).unwrap() - 120;
            let from = u16::try_from((minute + off).rem_euclid(1440)).unwrap();
            let length = 1 + u16::try_from(rng.below(150)).unwrap();
            // A night's end may overlap the next day's hours: those are left out.
            let _added = weekly.add(day, from, (from + length) % MINUTES_A_DAY);
        }
        let closed =
            if rng.below(4) == 0 { BTreeSet::from([local.date()]) } else { BTreeSet::new() };
        Schedule { weekly, closed, holidays: None, outside: Outside::Skip }
    }

    /// Of each kind of change of a zone, the first one and then one of this many are tried.
    const TRIED: usize = 8;

    /// Every zone of the database (names of one and the same zone once), around each kind of change
    /// of its clock from 2000 to 2040: the next opening is the first minute at which the schedule is
    /// open.
    #[test]
    fn openings_of_every_zone_agree_with_the_decision() {
        const MINUTE: i64 = 60_000_000;
        let from: jiff::Timestamp = "2000-01-01T00:00:00Z".parse().unwrap();
        let until: jiff::Timestamp = "2041-01-01T00:00:00Z".parse().unwrap();
        let (mut rng, mut zones, mut changes) = (Rng::seeded(14), 0, 0);
        let (mut gaps, mut folds) = (0, 0);
        let mut known = BTreeSet::new();
        for name in jiff::tz::db().available() {
            let zone = TimeZone::get(name.as_str()).unwrap();
            zones += 1;
            let all: Vec<_> =
                zone.following(from).take_while(|change| change.timestamp() < until).collect();
            changes += all.len();
            let clock: Vec<_> =
                all.iter().map(|change| (change.timestamp(), change.offset().seconds())).collect();
            if !known.insert((zone.to_offset(from).seconds(), clock)) {
                continue;
            }
            // By the local time of the change and the seconds that are skipped or repeated.
            let mut kinds: BTreeMap<(i8, i8, i32), usize> = BTreeMap::new();
            for change in &all {
                let before =
                    zone.to_offset(change.timestamp() - jiff::SignedDuration::from_secs(1));
                let moved = change.offset().seconds() - before.seconds();
                let local = before.to_datetime(change.timestamp());
                let count = kinds.entry((local.hour(), local.minute(), moved)).or_default();
                *count += 1;
                if *count % TRIED != 1 {
                    continue;
                }
                gaps += usize::from(moved > 0);
                folds += usize::from(moved < 0);
                let schedule = around(change, &zone, &mut rng);
                let minute = Wall::from_micros(change.timestamp().as_microsecond()).minute();
                let early = i64::try_from(rng.below(240)).unwrap();
                let wall = |minute: i64| Wall::from_micros(minute * MINUTE);
                let open = |minute: &i64| schedule.open_at(&zone, wall(*minute)).is_ok();
                let Some(at) = (minute - early..minute + 60).find(|minute| !open(minute)) else {
                    continue;
                };
                let first = (at + 1..at + 40 * 1440).find(open).map(wall);
                let opens = schedule.opens_after(&zone, wall(at));
                assert_eq!(opens, first, "{name} {} {schedule:?}", wall(at));
            }
        }
        assert!(zones > 300 && changes > 10_000, "{zones} zones, {changes} changes");
        assert!(gaps > 300 && folds > 300, "{gaps} gaps and {folds} folds are tried");
        assert!(known.len() > 150, "{} zones differ", known.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn agrees_with_the_clock_minute_by_minute(
            zone_at in 0..ZONES.len(),
            wanted in proptest::collection::vec((0i8..7, 0u16..1440, 1u16..1440), 1..6),
            start in 1_735_689_600i64..1_861_920_000, // 2025 to 2028
        ) {
            let zone = zone(ZONES[zone_at]);
            let mut week = Week::default();
            let mut hours = Vec::new();
            for (day, from, length) in wanted {
                let day = Weekday::from_monday_zero_offset(day).unwrap();
                let to = (from + length) % MINUTES_A_DAY;
                if week.add(day, from, to) {
                    hours.push((day, from, to));
                }
            }
            let schedule = Schedule {
                weekly: week, closed: BTreeSet::new(), holidays: None, outside: Outside::Skip,
            };
            // From a random start, and around the change of the offset after it, for eight days.
            let first = jiff::Timestamp::from_second(start).unwrap();
            let change = zone.following(first).next().map(|next| next.timestamp().as_second());
            for from in [start, change.unwrap_or(start) - 4 * 86_400] {
                for minute in 0..8 * 1440 {
                    let at = Wall::from_micros((from + minute * 60) * 1_000_000);
                    let open = schedule.open_at(&zone, at).is_ok();
                    prop_assert_eq!(open, naive(&hours, &zone, at), "{} {}", ZONES[zone_at], at);
                }
            }
        }
    }
}
