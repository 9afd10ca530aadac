//! The counters of one account: one for the current period of each window, and one for the period
//! before.

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

/// All windows of one account. The two latest periods of a window are kept: the clocks of two
/// threads differ slightly around midnight, and a hold may be released after its window has turned.
/// Older periods are not read any more.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) level: Level,
    /// Zone and minute of every current counter. Within the minute, periods are not compared.
    /// `None` after the clock went backwards across the end of a period.
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
    /// Creates an unused account whose windows start in these periods.
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

    /// Returns whether the current counters are those of a minute in a zone.
    pub(super) fn is_at(&self, zone: usize, minute: i64) -> bool {
        self.minute == Some(minute) && self.zone == zone
    }

    /// Turns the windows whose period has ended.
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

    /// Returns the units used or held in a period.
    pub(super) fn units(&self, period: Period) -> u64 {
        self.count(period).map_or(0, |count| count.units)
    }

    /// Returns the micros spent or held in a period.
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

    /// Returns the first full cap of the ceiling, in the given periods.
    pub(super) fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        if self.periods == Window::ALL.map(|window| periods.of(window)) {
            return ceiling.full(self.standing(), periods);
        }
        let units = Window::ALL.map(|window| self.units(periods.of(window)));
        let spent = Window::ALL.map(|window| self.spent(periods.of(window)));
        ceiling.full(Standing { units: &units, spent: &spent, ..self.standing() }, periods)
    }

    /// Returns the account's usage in the current periods.
    pub(super) fn standing(&self) -> Standing<'_> {
        Standing {
            units: &self.units,
            spent: &self.spent,
            balance: self.balance,
            rests: self.rest.current(),
        }
    }

    /// Takes a unit in every current window, and its price.
    pub(super) fn take(&mut self, price: i64, prepaid: bool) {
        for units in &mut self.units {
            *units = units.saturating_add(1);
        }
        self.pay(price, prepaid);
    }

    /// Gives back the unit in every current window, and its price.
    pub(super) fn give_back(&mut self, price: i64, prepaid: bool) {
        for units in &mut self.units {
            *units = units.saturating_sub(1);
        }
        self.pay(-price, prepaid);
    }

    /// Gives back the price in every current window.
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

    /// Adds to the counter of every window in the periods of an instant. Periods that are no longer
    /// kept are skipped.
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

    /// Takes a concurrent unit.
    pub(super) fn pick_up(&mut self) {
        let units = &mut self.units[Window::Concurrent.index()];
        *units = units.saturating_add(1);
    }

    /// Gives back a concurrent unit.
    pub(super) fn hang_up(&mut self) {
        let units = &mut self.units[Window::Concurrent.index()];
        *units = units.saturating_sub(1);
    }

    /// Raises the counters of a period to at least these values.
    pub(super) fn raise(&mut self, period: Period, units: u64, micros: i64) {
        if let Some((counter, spent)) = self.counter(period) {
            *counter = (*counter).max(units);
            *spent = (*spent).max(micros);
        }
    }

    /// Adds units and micros to what was used and spent in a period; negative ones are given back.
    /// Does nothing for a period that is no longer kept.
    pub(super) fn correct(&mut self, period: Period, units: i64, micros: i64) {
        if let Some((counter, spent)) = self.counter(period) {
            *counter = counter.saturating_add_signed(units);
            *spent = spent.saturating_add(micros);
        }
    }

    /// Records an unanswered call if the ceiling has a rule on them. Returns the end of the rest
    /// that it begins.
    pub(super) fn unanswered(&mut self, ceiling: &Ceiling, at: Wall) -> Option<Wall> {
        let rule = ceiling.rest.as_ref()?.unanswered.as_ref()?;
        self.rest.unanswered(rule, at)
    }

    /// Returns the counters of a period and turns the window if the period is new. `None` for a
    /// period that is no longer kept.
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
