//! The counters of one account as another machine reports them.

use super::Ceiling;
use super::Full;
use super::Period;
use super::Periods;
use super::Window;
use super::ceiling::Standing;
use crate::base::Wall;
use crate::book::PauseCause;

/// Units and micros of one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// [`Period::number`]; negative for no period.
    pub period: i64,
    /// Units used or held.
    pub units: u64,
    /// Micros spent or held.
    pub spent: i64,
}

/// An account's counters at one version: those of the two latest periods of each window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// Grows with each change.
    pub version: u64,
    /// Micros left of the balance, after open holds.
    pub balance: i64,
    /// End of the current or last rest, and why it began.
    pub rest: Option<(Wall, PauseCause)>,
    /// The current periods, by window. All time and concurrent units have period 0.
    pub current: [Figures; Window::COUNT],
    /// The periods before.
    pub before: [Figures; Window::COUNT],
}

impl Seen {
    /// Returns the units used or held in a period; 0 for periods older than the two latest.
    pub fn units(&self, period: Period) -> u64 {
        self.figures(period).units
    }

    /// Returns the micros spent or held in a period.
    pub fn spent(&self, period: Period) -> i64 {
        self.figures(period).spent
    }

    /// Returns the first full cap of the ceiling, in the given periods.
    pub fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        let figures = Window::ALL.map(|window| self.figures(periods.of(window)));
        let units = figures.map(|figures| figures.units);
        let spent = figures.map(|figures| figures.spent);
        let standing =
            Standing { units: &units, spent: &spent, balance: self.balance, rests: self.rest };
        ceiling.full(standing, periods)
    }

    fn figures(&self, period: Period) -> Figures {
        let (place, number) = (period.window().index(), period.number());
        let both = [self.current.get(place), self.before.get(place)];
        let found = both.into_iter().flatten().find(|figures| figures.period == number);
        found.copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::caps::Cap;
    use crate::caps::Level;
    use crate::caps::Limits;

    fn at(text: &str) -> Periods {
        Periods::at(&TimeZone::get("America/New_York").unwrap(), text.parse().unwrap())
    }

    #[test]
    fn numbers_order_the_periods_of_a_window() {
        // The hour that is repeated when clocks are set back is another one.
        let instants = [
            "2025-12-31T23:00:00Z",
            "2026-01-06T15:00:00Z",
            "2026-01-06T16:00:00Z",
            "2026-02-01T15:00:00Z",
            "2026-11-01T05:30:00Z",
            "2026-11-01T06:30:00Z",
            "2027-01-01T15:00:00Z",
        ];
        for pair in instants.map(at).windows(2) {
            for window in Window::ALL {
                let (early, late) = (pair[0].of(window), pair[1].of(window));
                let order = early.number().cmp(&late.number());
                assert_eq!(order, early.cmp(&late), "{early} {late}");
                assert!((0..1 << 48).contains(&late.number()), "{late}");
            }
        }
    }

    #[test]
    fn a_period_before_is_read_and_an_older_one_is_empty() {
        let (today, tomorrow) = (at("2026-01-06T15:00:00Z"), at("2026-01-07T15:00:00Z"));
        let later = at("2026-01-08T15:00:00Z");
        let mut seen = Seen::default();
        let day = |periods: &Periods, units| Figures {
            period: periods.of(Window::Day).number(),
            units,
            spent: 7,
        };
        seen.current[Window::Day.index()] = day(&tomorrow, 1);
        seen.before[Window::Day.index()] = day(&today, 9);
        let zone = TimeZone::get("America/New_York").unwrap();
        let level = Level::Contract("a".parse().unwrap());
        let ceiling = Ceiling::new(level, zone, Limits::NONE.with(Window::Day, 5));
        let full = |periods| seen.full(&ceiling, periods).map(|full| full.cap);
        let cap = Cap::Units { window: Window::Day, used: 9, limit: 5 };
        assert_eq!((full(&today), full(&tomorrow), full(&later)), (Some(cap), None, None));
        assert_eq!(seen.spent(today.of(Window::Day)), 7);
        assert_eq!(seen.units(later.of(Window::Day)), 0);
    }
}
