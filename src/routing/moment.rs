//! The instant of a decision, as each zone's clocks and calendars show it.

use std::cell::OnceCell;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::base::Now;
use crate::book::Schedule;
use crate::caps::Periods;

use super::Roster;
use super::Verdict;

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
        }))
    }

    /// The periods of one of the roster's zones.
    pub(super) fn periods(&self, zone: usize) -> Option<&Periods> {
        self.seen(zone).map(|seen| &seen.periods)
    }

    /// Whether a schedule is open: as [`Schedule::open_at`], without asking the zone again.
    pub(super) fn open(&self, schedule: &Schedule, zone: usize) -> Verdict {
        match self.seen(zone) {
            Some(seen) if schedule.is_closed_on(seen.local.date()) => Verdict::Holiday,
            Some(seen) if schedule.weekly.is_open(seen.local) => Verdict::Eligible,
            Some(_) | None => Verdict::Hours,
        }
    }
}
