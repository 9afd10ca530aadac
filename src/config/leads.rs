//! `[leads]`: form leads.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::toml::Report;
use crate::base::toml::Table;

use super::section::table_of;

const LIVE_MAX: u64 = 100_000;
/// Range of the time that a source waits. The web server gives a request up soon after.
const ANSWER_WITHIN: RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_secs(12);
const UNKNOWN_AFTER: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(7 * 86_400);
const PARK_MAX: RangeInclusive<Duration> =
    Duration::from_secs(1)..=Duration::from_secs(30 * 86_400);

const PING_LIFE: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(86_400);

/// `[leads]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leads {
    /// Most live leads at once, parked ones included; a further one is refused. 1 to 100,000.
    pub max: u32,
    /// How long a source waits for the result of its lead: 100 ms to 12 s. Then the answer is
    /// that the lead is pending.
    pub answer_within: Duration,
    /// How long a post whose result is unknown keeps its units, and the lead from other buyers: 1 s
    /// to 7 days.
    pub unknown_after: Duration,
    /// Longest wait for the opening of a contract that parks leads: 1 s to 30 days.
    pub park_max: Duration,
    /// Longest life of the offer that a ping is answered with: 1 s to 1 day.
    pub ping_life: Duration,
}

impl Default for Leads {
    fn default() -> Self {
        Self {
            max: 10_000,
            answer_within: Duration::from_secs(8),
            unknown_after: Duration::from_secs(900),
            park_max: Duration::from_secs(7 * 86_400),
            ping_life: Duration::from_secs(60),
        }
    }
}

pub(super) fn read(root: &Table<'_>, report: &mut Report<'_>) -> Leads {
    let default = Leads::default();
    let Some(table) = table_of(root, "leads", report) else { return default };
    let mut duration = |key, default, range| {
        let given = table.value(key).and_then(|value| value.duration(range, report));
        given.unwrap_or(default)
    };
    let answer_within = duration("answer_within", default.answer_within, ANSWER_WITHIN);
    let unknown_after = duration("unknown_after", default.unknown_after, UNKNOWN_AFTER);
    let park_max = duration("park_max", default.park_max, PARK_MAX);
    let ping_life = duration("ping_life", default.ping_life, PING_LIFE);
    let max = table.value("max").and_then(|value| value.whole(1..=LIVE_MAX, report));
    let max = max.and_then(|max| u32::try_from(max).ok()).unwrap_or(default.max);
    Leads { max, answer_within, unknown_after, park_max, ping_life }
}
