//! One account's counters: a running number for each window, and the one before it.

use super::Ceiling;
use super::Full;
use super::Level;
use super::Period;
use super::Periods;
use super::Window;
use super::ceiling::Standing;
use super::rest::Rest;
use crate::base::Wall;

/// Units and micros used or held in one period.
#[derive(Debug, Clone, Copy)]
struct Count {
    period: Period,
    units: u64,
    spent: i64,
}

/// All windows of one account. A window's two latest periods are kept: clocks of two threads
/// differ by a little around midnight, and a hold may be given back after its window has turned.
/// Anything older has ended and is not read any more.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) level: Level,
    /// The zone and the minute that every current counter belongs to. Within it, periods are not
    /// compared. `None` after clocks went backwards across the end of a period.
    zone: usize,
    minute: Option<i64>,
    units: [u64; Window::COUNT],
    spent: [i64; Window::COUNT],
    pub(super) balance: i64,
    pub(super) rest: Rest,
    periods: [Period; Window::COUNT],
    before: [Option<Count>; Window::COUNT],
}

impl Account {
    /// An account that has used nothing; its windows start in these periods.
    pub(super) fn new(level: Level, periods: &Periods) -> Self {
        Self {
            level,
            zone: usize::MAX,
            minute: None,
            units: [0; Window::COUNT],
            spent: [0; Window::COUNT],
            balance: 0,
            rest: Rest::default(),
            periods: Window::ALL.map(|window| periods.of(window)),
            before: [None; Window::COUNT],
        }
    }

    /// Whether the current counters are those of a minute in a zone.
    pub(super) fn is_at(&self, zone: usize, minute: i64) -> bool {
        self.minute == Some(minute) && self.zone == zone
    }

    /// Turns the windows whose period is over.
    pub(super) fn turn(&mut self, zone: usize, periods: &Periods) {
        let mut straight = true;
        for window in Window::ALL {
            let (new, place) = (periods.of(window), window.index());
            let current = self.periods[place];
            if new > current {
                let (units, spent) = (self.units[place], self.spent[place]);
                self.before[place] = Some(Count { period: current, units, spent });
                (self.periods[place], self.units[place], self.spent[place]) = (new, 0, 0);
            }
            straight &= new >= current;
        }
        self.zone = zone;
        self.minute = straight.then(|| periods.wall().minute());
    }

    /// Units used or held in a period.
    pub(super) fn units(&self, period: Period) -> u64 {
        self.count(period).map_or(0, |count| count.units)
    }

    /// Micros spent or held in a period.
    pub(super) fn spent(&self, period: Period) -> i64 {
        self.count(period).map_or(0, |count| count.spent)
    }

    fn count(&self, period: Period) -> Option<Count> {
        let place = period.window().index();
        if self.periods[place] == period {
            return Some(Count { period, units: self.units[place], spent: self.spent[place] });
        }
        self.before[place].filter(|count| count.period == period)
    }

    /// The first cap of the ceiling without room, in any periods.
    pub(super) fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        if self.periods == Window::ALL.map(|window| periods.of(window)) {
            return ceiling.full(self.standing(), periods);
        }
        let units = Window::ALL.map(|window| self.units(periods.of(window)));
        let spent = Window::ALL.map(|window| self.spent(periods.of(window)));
        ceiling.full(Standing { units: &units, spent: &spent, ..self.standing() }, periods)
    }

    /// How it stands in the current periods.
    pub(super) fn standing(&self) -> Standing<'_> {
        Standing {
            units: &self.units,
            spent: &self.spent,
            balance: self.balance,
            rests_until: self.rest.until(),
        }
    }

    /// Takes a unit of every current window, and its price.
    pub(super) fn take(&mut self, price: i64, prepaid: bool) {
        for units in &mut self.units {
            *units = units.saturating_add(1);
        }
        self.pay(price, prepaid);
    }

    /// Gives the unit of every current window back.
    pub(super) fn give_back(&mut self, price: i64, prepaid: bool) {
        for units in &mut self.units {
            *units = units.saturating_sub(1);
        }
        self.pay(-price, prepaid);
    }

    /// Gives the money of every current window back.
    pub(super) fn pay_back(&mut self, price: i64, prepaid: bool) {
        self.pay(-price, prepaid);
    }

    fn pay(&mut self, price: i64, prepaid: bool) {
        if price != 0 {
            self.spent.iter_mut().for_each(|spent| *spent = spent.saturating_add(price));
            if prepaid {
                self.balance = self.balance.saturating_sub(price);
            }
        }
    }

    /// Adds to every window's counter of the periods of an instant; those that are over and
    /// forgotten are left alone.
    pub(super) fn add(&mut self, periods: &Periods, units: i64, price: i64, prepaid: bool) {
        for window in Window::ALL {
            let Some((counter, spent)) = self.counter(periods.of(window)) else { continue };
            *counter = counter.saturating_add_signed(units);
            *spent = spent.saturating_add(price);
        }
        if prepaid {
            self.balance = self.balance.saturating_sub(price);
        }
    }

    /// Takes a unit under way.
    pub(super) fn pick_up(&mut self) {
        let units = &mut self.units[Window::Concurrent.index()];
        *units = units.saturating_add(1);
    }

    /// Gives a unit under way back.
    pub(super) fn hang_up(&mut self) {
        let units = &mut self.units[Window::Concurrent.index()];
        *units = units.saturating_sub(1);
    }

    /// Raises a period's counters to at least this much.
    pub(super) fn raise(&mut self, period: Period, units: u64, micros: i64) {
        if let Some((counter, spent)) = self.counter(period) {
            *counter = (*counter).max(units);
            *spent = (*spent).max(micros);
        }
    }

    /// Whether it rests at an instant.
    pub(super) fn unanswered(&mut self, ceiling: &Ceiling, at: Wall) {
        if let Some(rule) = &ceiling.rest {
            self.rest.unanswered(rule, at);
        }
    }

    /// The counters of a period, turning the window when the period is new. `None` for a period
    /// that is over and forgotten.
    fn counter(&mut self, period: Period) -> Option<(&mut u64, &mut i64)> {
        let place = period.window().index();
        let current = self.periods[place];
        if period > current {
            let (units, spent) = (self.units[place], self.spent[place]);
            self.before[place] = Some(Count { period: current, units, spent });
            (self.periods[place], self.units[place], self.spent[place]) = (period, 0, 0);
            self.minute = None;
        }
        if self.periods[place] == period {
            return Some((&mut self.units[place], &mut self.spent[place]));
        }
        let before = &mut self.before[place];
        match before.map(|count| count.period) {
            Some(earlier) if earlier > period => return None,
            Some(earlier) if earlier == period => {}
            Some(_) | None => *before = Some(Count { period, units: 0, spent: 0 }),
        }
        before.as_mut().map(|count| (&mut count.units, &mut count.spent))
    }
}
