//! The instant of a decision, as each zone's clocks and calendars show it.

use std::cell::OnceCell;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::base::Now;
use crate::book::Holidays;
use crate::book::Schedule;
use crate::caps::Periods;

use super::Roster;

/// The decision's instant. Each of the roster's zones is worked out once, when it is first asked.
#[derive(Debug)]
pub struct Moment<'a> {
    now: Now,
    zones: &'a [TimeZone],
    seen: Vec<OnceCell<Seen>>,
}

#[derive(Debug)]
struct Seen {
    periods: Periods,
    local: DateTime,
    us_federal: OnceCell<bool>,
}

impl Seen {
    /// As [`Schedule::is_closed_on`], but a calendar is consulted once for all contracts.
    fn is_closed(&self, schedule: &Schedule) -> bool {
        let date = self.local.date();
        let holiday = |calendar: Holidays| match calendar {
            Holidays::UsFederal => *self.us_federal.get_or_init(|| calendar.include(date)),
        };
        schedule.closed.contains(&date) || schedule.holidays.is_some_and(holiday)
    }
}

impl<'a> Moment<'a> {
    /// An instant for the contracts of a roster.
    pub fn new(roster: &'a Roster, now: Now) -> Self {
        let zones = roster.zones.as_slice();
        Self { now, zones, seen: zones.iter().map(|_| OnceCell::new()).collect() }
    }

    fn seen(&self, zone: usize) -> Option<&Seen> {
        let (cell, zone) = self.seen.get(zone).zip(self.zones.get(zone))?;
        Some(cell.get_or_init(|| Seen {
            periods: Periods::at(zone, self.now.wall),
            local: zone.to_datetime(self.now.wall.timestamp()),
            us_federal: OnceCell::new(),
        }))
    }

    /// The periods of one of the roster's zones.
    pub(super) fn periods(&self, zone: usize) -> Option<&Periods> {
        self.seen(zone).map(|seen| &seen.periods)
    }

    /// Whether a schedule is open: as [`Schedule::open_at`], without asking the zone again.
    pub(super) fn open(&self, schedule: &Schedule, zone: usize) -> Opening {
        match self.seen(zone) {
            Some(seen) if seen.is_closed(schedule) => Opening::Holiday,
            Some(seen) if schedule.weekly.is_open(seen.local) => Opening::Open,
            Some(_) | None => Opening::Closed,
        }
    }
}

/// Whether a schedule is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    Open,
    Closed,
    Holiday,
}
