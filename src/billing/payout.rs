//! What a source is paid for a billable sale, and how many sales are paid in a window.

use crate::base::Money;
use crate::base::Wall;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::book::PayoutShare;
use crate::caps::Period;
use crate::caps::Periods;
use crate::caps::Window;

use super::Posting;
use super::PostingKind;

/// Returns the payout for a sale that the buyer owes `revenue` for: the fixed amount, or the share
/// of the revenue (rounded towards zero to whole micros) less what is kept of it, within its bounds.
pub fn payout_of(payout: &Payout, revenue: Money) -> Money {
    match payout {
        Payout::Fixed(amount) => *amount,
        Payout::Share(PayoutShare { share, min, max, less }) => {
            let least = min.map_or(i64::MIN, Money::micros);
            let most = max.map_or(i64::MAX, Money::micros);
            let kept = less.map_or(0, Money::micros);
            let rest = share.of(revenue).micros();
            let rest = if kept == 0 { rest } else { rest.saturating_sub(kept).max(0) };
            let micros = rest.max(least).min(most);
            Money::from_micros(micros, revenue.currency())
        }
    }
}

/// Number of windows in which payouts are counted.
pub const PAYOUT_WINDOWS: usize = 5;

/// Returns the periods in which a payout is counted at `at`, one for each window.
pub fn payout_periods(caps: &PayoutCaps, at: Wall) -> [Period; PAYOUT_WINDOWS] {
    let periods = Periods::at(&caps.zone, at);
    [Window::Hour, Window::Day, Window::Week, Window::Month, Window::Total]
        .map(|window| periods.of(window))
}

/// Returns the first window of these periods whose payouts are used up; `used` is the number of
/// payouts in a period.
pub fn full_of_payouts(
    caps: &PayoutCaps,
    periods: [Period; PAYOUT_WINDOWS],
    used: impl Fn(Period) -> u64,
) -> Option<Window> {
    let full =
        |period: &Period| limit(caps, period.window()).is_some_and(|most| used(*period) >= most);
    periods.into_iter().find(full).map(Period::window)
}

const fn limit(caps: &PayoutCaps, window: Window) -> Option<u64> {
    let limits = &caps.limits;
    match window {
        Window::Hour => limits.hour,
        Window::Day => limits.day,
        Window::Week => limits.week,
        Window::Month => limits.month,
        Window::Total => limits.total,
        Window::Concurrent => None,
    }
}

/// Beginning of the note of a payout that a cap reduced to nothing.
const CAPPED: &str = "cap_";

/// Returns the note of a payout that the full window reduced to nothing: `cap_day`.
pub(super) fn capped_by(full: Window) -> String {
    format!("{CAPPED}{}", full.name())
}

/// Returns whether a posting is a payout that a cap reduced to nothing.
pub(super) fn is_capped(posting: &Posting) -> bool {
    matches!(posting.kind, PostingKind::Payout(_)) && posting.by.note.starts_with(CAPPED)
}

/// Returns the postings of one cause with a payout of zero; the margin gets its amount. The note of
/// the payout names the full window: `cap_day`.
pub fn without_payout(postings: Vec<Posting>, full: Window) -> Vec<Posting> {
    let revenue = postings.iter().find_map(|posting| match posting.kind {
        PostingKind::Revenue(_) => Some(posting.amount),
        PostingKind::Payout(_)
        | PostingKind::Margin
        | PostingKind::Budget
        | PostingKind::Charge(_)
        | PostingKind::Return(_) => None,
    });
    let changed = |mut posting: Posting| {
        match posting.kind {
            PostingKind::Payout(_) => {
                posting.amount = Money::zero(posting.amount.currency());
                posting.by.note = capped_by(full);
            }
            PostingKind::Margin => posting.amount = revenue.unwrap_or(posting.amount),
            PostingKind::Revenue(_)
            | PostingKind::Budget
            | PostingKind::Charge(_)
            | PostingKind::Return(_) => {}
        }
        posting
    };
    postings.into_iter().map(changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Currency;
    use crate::base::Percent;
    use crate::book::PayoutLimits;

    fn usd(amount: &str) -> Money {
        Money::parse(amount, Currency::USD).unwrap()
    }

    #[test]
    fn the_rule_decides() {
        // share, min, max, revenue, payout
        let table = "
            70%     -     - 45.00 31.50
            70%     -     -  0.00  0.00
            70%  2.00     -  1.00  2.00
            70%     - 10.00 45.00 10.00
            70%  2.00 10.00  5.00  3.50
            0%   2.00     - 45.00  2.00
            100%    -     - 45.00 45.00
            33.33%  -     -  0.10  0.03333
        ";
        for row in table.lines().filter(|row| !row.trim().is_empty()) {
            let [share, min, max, revenue, payout] =
                row.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
            let bound = |text: &str| (text != "-").then(|| usd(text));
            let of = PayoutShare::of(share.parse().unwrap());
            let share = PayoutShare { min: bound(min), max: bound(max), ..of };
            assert_eq!(payout_of(&Payout::Share(share), usd(revenue)), usd(payout), "{row}");
        }
        for (revenue, payout) in [("45.00", "42.50"), ("2.50", "0"), ("1.00", "0")] {
            let kept = PayoutShare { less: Some(usd("2.50")), ..PayoutShare::of(Percent::WHOLE) };
            assert_eq!(payout_of(&Payout::Share(kept), usd(revenue)), usd(payout), "{revenue}");
        }
        assert_eq!(payout_of(&Payout::Fixed(usd("20")), usd("1.00")), usd("20"));
    }

    #[test]
    fn the_first_full_window_is_named() {
        let at = Wall::from_micros(1_763_632_800_000_000);
        let full = |limits, used: &dyn Fn(Period) -> u64| {
            let caps = PayoutCaps { limits, ..PayoutCaps::NONE };
            full_of_payouts(&caps, payout_periods(&caps, at), used)
        };
        let limits = PayoutLimits { day: Some(2), total: Some(5), ..PayoutLimits::default() };
        for (used, expected) in
            [(0, None), (1, None), (2, Some(Window::Day)), (9, Some(Window::Day))]
        {
            assert_eq!(full(limits, &|_| used), expected, "{used}");
        }
        let total = |period: Period| if period.window() == Window::Total { 5 } else { 0 };
        assert_eq!(full(limits, &total), Some(Window::Total));
        let none = PayoutLimits { hour: Some(0), ..PayoutLimits::default() };
        assert_eq!(full(none, &|_| 0), Some(Window::Hour));
        assert_eq!(full(PayoutLimits::NONE, &|_| u64::MAX), None);
    }
}
