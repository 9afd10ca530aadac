//! The hours of a week in local time.

use jiff::civil::DateTime;
use jiff::civil::Weekday;

/// Minutes of a day.
pub const MINUTES_A_DAY: u16 = 24 * 60;

/// Minutes of a day from `from` up to, but not including, `to`: `from` < `to` ≤ 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First minute, counted from midnight.
    pub from: u16,
    /// End of the span, in minutes from midnight.
    pub to: u16,
}

/// Open spans of each weekday, sorted, without overlaps. Hours across midnight are two spans: one
/// to the end of the day, one from the start of the next.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Week {
    days: [Vec<Span>; 7],
}

impl Week {
    /// Returns a week that is always open.
    pub fn always() -> Self {
        Self { days: std::array::from_fn(|_| vec![Span { from: 0, to: MINUTES_A_DAY }]) }
    }

    /// Returns the spans of a weekday.
    pub fn day(&self, day: Weekday) -> &[Span] {
        self.days.get(index(day)).map_or(&[], Vec::as_slice)
    }

    /// Adds hours that start on a weekday; across midnight if `to` is not after `from`. Returns
    /// `false`, without a change, if they overlap existing hours or are out of range (`from` below
    /// 1440, `to` up to 1440).
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

    /// Returns whether a local time is within the open hours.
    pub fn is_open(&self, local: DateTime) -> bool {
        let hours = u16::try_from(local.hour()).unwrap_or(0);
        let minutes = u16::try_from(local.minute()).unwrap_or(0);
        let minute = hours * 60 + minutes;
        self.day(local.weekday()).iter().any(|span| span.from <= minute && minute < span.to)
    }
}

/// Returns the index of a weekday, from Monday.
fn index(day: Weekday) -> usize {
    usize::try_from(day.to_monday_zero_offset()).unwrap_or(0)
}
