//! One account's counters: a running number for each window, and the one before it.

use super::Ceiling;
use super::Full;
use super::Period;
use super::Periods;
use super::Window;

/// Units used or held in one period.
#[derive(Debug, Clone, Copy)]
struct Count {
    period: Period,
    units: u64,
}

/// A window's two latest periods. The one before is kept because clocks of two threads differ by
/// a little around midnight, and because a hold may be given back after its window has turned.
/// Anything older is over and nobody asks for it.
#[derive(Debug, Clone, Copy)]
struct Turning {
    current: Count,
    before: Option<Count>,
}

impl Turning {
    fn units(&self, period: Period) -> u64 {
        if self.current.period == period {
            return self.current.units;
        }
        self.before.filter(|count| count.period == period).map_or(0, |count| count.units)
    }

    /// The counter of a period, turning the window when the period is new. `None` for a period
    /// that is over and forgotten.
    fn counter(&mut self, period: Period) -> Option<&mut u64> {
        if period > self.current.period {
            self.before = Some(self.current);
            self.current = Count { period, units: 0 };
        }
        if self.current.period == period {
            return Some(&mut self.current.units);
        }
        match self.before.map(|count| count.period) {
            Some(before) if before > period => return None,
            Some(before) if before == period => {}
            Some(_) | None => self.before = Some(Count { period, units: 0 }),
        }
        self.before.as_mut().map(|count| &mut count.units)
    }
}

/// All windows of one account.
#[derive(Debug, Clone)]
pub(super) struct Account {
    windows: [Turning; Window::COUNT],
}

impl Account {
    /// An account that has used nothing; its windows start in these periods.
    pub(super) fn new(periods: &Periods) -> Self {
        let turning = |window| Turning {
            current: Count { period: periods.of(window), units: 0 },
            before: None,
        };
        Self { windows: Window::ALL.map(turning) }
    }

    /// Units used or held in a period.
    pub(super) fn units(&self, period: Period) -> u64 {
        self.window(period.window()).units(period)
    }

    /// The first window of the ceiling that has no unit left.
    pub(super) fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        ceiling.full(|window| self.units(periods.of(window)))
    }

    /// Takes a unit of every window.
    pub(super) fn take(&mut self, periods: &Periods) {
        for window in Window::ALL {
            if let Some(units) = self.window_mut(window).counter(periods.of(window)) {
                *units = units.saturating_add(1);
            }
        }
    }

    /// Gives the unit of every window back.
    pub(super) fn give_back(&mut self, periods: &Periods) {
        for window in Window::ALL {
            self.give_back_one(periods.of(window));
        }
    }

    /// Gives the unit of one period back.
    pub(super) fn give_back_one(&mut self, period: Period) {
        if let Some(units) = self.window_mut(period.window()).counter(period) {
            *units = units.saturating_sub(1);
        }
    }

    /// Raises a period's units to at least `units`.
    pub(super) fn raise(&mut self, period: Period, units: u64) {
        if let Some(counter) = self.window_mut(period.window()).counter(period) {
            *counter = (*counter).max(units);
        }
    }

    fn window(&self, window: Window) -> &Turning {
        let [hour, day, week, month, total, concurrent] = &self.windows;
        match window {
            Window::Hour => hour,
            Window::Day => day,
            Window::Week => week,
            Window::Month => month,
            Window::Total => total,
            Window::Concurrent => concurrent,
        }
    }

    fn window_mut(&mut self, window: Window) -> &mut Turning {
        let [hour, day, week, month, total, concurrent] = &mut self.windows;
        match window {
            Window::Hour => hour,
            Window::Day => day,
            Window::Week => week,
            Window::Month => month,
            Window::Total => total,
            Window::Concurrent => concurrent,
        }
    }
}
