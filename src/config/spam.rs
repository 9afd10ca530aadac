//! `[spam]`: callers whose calls are not wanted.

use std::ops::RangeInclusive;

use crate::base::toml::Report;
use crate::base::toml::Table;

use super::section::table_of;

/// Range of `calls_per_minute`.
const CALLS: RangeInclusive<u64> = 0..=1_000;

/// `[spam]`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spam {
    /// Most new calls of one caller in a minute, 1 to 1,000; `None` for no limit.
    pub calls_per_minute: Option<u32>,
    /// Calls without the caller's number.
    pub withheld: Withheld,
}

/// What is done with a caller who withholds the number, or has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Withheld {
    /// The call is taken.
    #[default]
    Accept,
    /// The call is refused.
    Refuse,
}

pub(super) fn read(root: &Table<'_>, report: &mut Report<'_>) -> Spam {
    const WITHHELD: &[(&str, Withheld)] =
        &[("accept", Withheld::Accept), ("refuse", Withheld::Refuse)];
    let Some(table) = table_of(root, "spam", report) else { return Spam::default() };
    let calls = table.value("calls_per_minute").and_then(|value| value.whole(CALLS, report));
    let calls = calls.and_then(|calls| u32::try_from(calls).ok()).filter(|calls| *calls > 0);
    let withheld = table.value("withheld").and_then(|value| value.choice(WITHHELD, &[], report));
    Spam { calls_per_minute: calls, withheld: withheld.unwrap_or_default() }
}
