//! The audit: finds likely mistakes in a book.
//!
//! [`audit`] examines a book and its history, and returns findings, the most severe first; each
//! states the subject, the fault, and the remedy. Each kind of finding has its own file.

#![deny(clippy::wildcard_enum_match_arm)]

mod always_full;
mod auctions;
mod balance_low;
mod duplicate_unset;
mod evidence;
mod finding;
mod impossible_filters;
mod lists;
mod month_uncapped;
mod never_wins;
mod no_fallback;
mod no_holidays;
mod one_zone;
mod open_everywhere;
mod payout_above_price;
mod reach;
mod scores;
mod stale_zips;
mod tier_gaps;
mod tier_prices;
mod unasked_filters;
mod uncapped;
mod unknown_zips;
mod unused;
mod ways;

pub use evidence::Evidence;
pub use evidence::Full;
pub use evidence::ScopedList;
pub use evidence::Tried;
pub use finding::Finding;
pub use finding::Grade;
pub use finding::Kind;

/// Returns all findings, the most severe first, then by kind and subject.
pub fn audit(evidence: &Evidence<'_>) -> Vec<Finding> {
    let looks: [fn(&Evidence<'_>) -> Vec<Finding>; 21] = [
        impossible_filters::find,
        never_wins::find,
        unasked_filters::find,
        unknown_zips::find,
        no_fallback::find,
        open_everywhere::find,
        stale_zips::find,
        uncapped::find,
        payout_above_price::find,
        always_full::find,
        month_uncapped::find,
        one_zone::find,
        no_holidays::find,
        tier_prices::find,
        tier_gaps::find,
        unused::find,
        duplicate_unset::find,
        balance_low::find,
        auctions::find,
        lists::find,
        scores::find,
    ];
    let mut found: Vec<Finding> = looks.iter().flat_map(|find| find(evidence)).collect();
    found.sort_by(|a, b| {
        (a.grade, a.kind, &a.subject, &a.sentence).cmp(&(b.grade, b.kind, &b.subject, &b.sentence))
    });
    found
}

#[cfg(test)]
mod lead_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unasked_tests;
