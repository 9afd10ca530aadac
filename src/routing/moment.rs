//! The instant of a decision, in each zone's clocks and calendars.

use std::borrow::Cow;

use jiff::civil::DateTime;

use crate::base::Holidays;
use crate::base::Now;
use crate::base::Wall;
use crate::book::Schedule;
use crate::caps::Periods;

use super::Roster;
use super::index::Row;

/// One minute for the contracts of one roster: the periods of every zone, and the open contracts.
/// Calendars cost more than the rest of a decision, and a minute has many decisions.
#[derive(Debug, Clone)]
pub struct Minute {
    number: i64,
    zones: Vec<Seen>,
    /// Contracts that are not outside their hours.
    pub(super) open: Row,
    /// Contracts for which the date is not closed.
    pub(super) workday: Row,
}

#[derive(Debug, Clone)]
struct Seen {
    periods: Periods,
    local: DateTime,
    us_federal: bool,
}

impl Seen {
    /// Returns the same as [`Schedule::is_closed_on`], but consults a calendar once for all
    /// contracts.
    fn is_closed(&self, schedule: &Schedule) -> bool {
        let holiday = |calendar: Holidays| match calendar {
            Holidays::UsFederal => self.us_federal,
        };
        let date = self.local.date();
        schedule.closed.contains(&date) || schedule.holidays.is_some_and(holiday)
    }
}

impl Minute {
    /// Computes the minute of an instant. Offsets from UTC are whole minutes, so that local times
    /// and dates are the same throughout it.
    pub fn of(roster: &Roster, wall: Wall) -> Self {
        let seen = |zone: &jiff::tz::TimeZone| {
            let local = zone.to_datetime(wall.timestamp());
            let us_federal = Holidays::UsFederal.include(local.date());
            Seen { periods: Periods::at(zone, wall), local, us_federal }
        };
        let mut minute = Self {
            number: wall.minute(),
            zones: roster.zones.iter().map(seen).collect(),
            open: Row::all(roster.len()),
            workday: Row::all(roster.len()),
        };
        for ((schedule, zone), slots) in roster.index.hours() {
            let row = match minute.opening(schedule, *zone) {
                Opening::Open => continue,
                Opening::Closed => &mut minute.open,
                Opening::Holiday => &mut minute.workday,
            };
            slots.for_each(|slot| row.clear(slot));
        }
        minute
    }

    /// Returns whether the minute includes an instant.
    pub fn includes(&self, wall: Wall) -> bool {
        self.number == wall.minute()
    }

    fn opening(&self, schedule: &Schedule, zone: usize) -> Opening {
        match self.zones.get(zone) {
            Some(seen) if seen.is_closed(schedule) => Opening::Holiday,
            Some(seen) if schedule.weekly.is_open(seen.local) => Opening::Open,
            Some(_) | None => Opening::Closed,
        }
    }
}

/// The decision's instant.
#[derive(Debug)]
pub struct Moment<'a> {
    now: Now,
    pub(super) minute: Cow<'a, Minute>,
}

impl<'a> Moment<'a> {
    /// Creates a moment for the contracts of a roster.
    pub fn new(roster: &Roster, now: Now) -> Self {
        Self { now, minute: Cow::Owned(Minute::of(roster, now.wall)) }
    }

    /// Creates a moment from a computed minute; computes another when the instant is not in it.
    pub fn within(minute: &'a Minute, roster: &Roster, now: Now) -> Self {
        if minute.includes(now.wall) {
            return Self { now, minute: Cow::Borrowed(minute) };
        }
        Self::new(roster, now)
    }

    /// Returns the instant.
    pub(super) fn now(&self) -> Now {
        self.now
    }

    /// Returns the time of the wall clock.
    pub(super) fn wall(&self) -> Wall {
        self.now.wall
    }

    /// Returns the periods of one of the roster's zones.
    pub(super) fn periods(&self, zone: usize) -> Option<Periods> {
        self.minute.zones.get(zone).map(|seen| seen.periods.moved(self.now.wall))
    }

    /// Returns the same as [`Schedule::open_at`], without another lookup of the zone.
    pub(super) fn open(&self, schedule: &Schedule, zone: usize) -> Opening {
        self.minute.opening(schedule, zone)
    }
}

/// Whether a schedule is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    Open,
    Closed,
    Holiday,
}
