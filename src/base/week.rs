//! The hours of a week, by the clock on the wall.

use jiff::civil::DateTime;
use jiff::civil::Weekday;

/// Minutes on the face of a day's clock.
pub const MINUTES_A_DAY: u16 = 24 * 60;

/// Minutes of a day's clock, from `from` up to but without `to`: `from` < `to` ≤ 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First minute after midnight.
    pub from: u16,
    /// The minute at which it is over.
    pub to: u16,
}

/// The open spans of each weekday, sorted, none overlapping. Hours across midnight are two spans:
/// one to the end of the day, one from the start of the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Week {
    days: [Vec<Span>; 7],
}

impl Week {
    /// Open day and night.
    pub fn always() -> Self {
        Self { days: std::array::from_fn(|_| vec![Span { from: 0, to: MINUTES_A_DAY }]) }
    }

    /// The spans of a weekday.
    pub fn day(&self, day: Weekday) -> &[Span] {
        self.days.get(index(day)).map_or(&[], Vec::as_slice)
    }

    /// Adds hours that start on a weekday; across midnight when `to` is not after `from`. False,
    /// and nothing is added, when they overlap what is already there or are not hours of a day
    /// (`from` below 1440, `to` up to 1440).
    pub fn add(&mut self, day: Weekday, from: u16, to: u16) -> bool {
        let wraps = to <= from;
        if from >= MINUTES_A_DAY || to > MINUTES_A_DAY {
            return false;
        }
        let today = Span { from, to: if wraps { MINUTES_A_DAY } else { to } };
        let after = (wraps && to > 0).then_some(Span { from: 0, to });
        let next = day.wrapping_add(1);
        if !self.is_free(day, today) || after.is_some_and(|span| !self.is_free(next, span)) {
            return false;
        }
        self.insert(day, today);
        if let Some(span) = after {
            self.insert(next, span);
        }
        true
    }

    fn is_free(&self, day: Weekday, new: Span) -> bool {
        self.day(day).iter().all(|span| new.to <= span.from || span.to <= new.from)
    }

    fn insert(&mut self, day: Weekday, span: Span) {
        if let Some(spans) = self.days.get_mut(index(day)) {
            let at = spans.partition_point(|other| *other < span);
            spans.insert(at, span);
        }
    }

    /// Whether a reading of the wall clock is inside.
    pub fn is_open(&self, local: DateTime) -> bool {
        let hours = u16::try_from(local.hour()).unwrap_or(0);
        let minutes = u16::try_from(local.minute()).unwrap_or(0);
        let minute = hours * 60 + minutes;
        self.day(local.weekday()).iter().any(|span| span.from <= minute && minute < span.to)
    }
}

/// A weekday's place in a week that starts on Monday.
fn index(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)
}
