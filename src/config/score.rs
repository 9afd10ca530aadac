//! `[score]`: models that score calls and leads.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::base::toml::Report;
use crate::base::toml::Table;

use super::section::table_of;

const RETRAIN: RangeInclusive<Duration> =
    Duration::from_secs(86_400)..=Duration::from_secs(365 * 86_400);

/// `[score]`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScoreModels {
    /// Age of the newest model at which another one is trained: 1 to 365 days. `None`: never.
    pub retrain: Option<Duration>,
}

pub(super) fn read(root: &Table<'_>, report: &mut Report<'_>) -> ScoreModels {
    let Some(table) = table_of(root, "score", report) else { return ScoreModels::default() };
    let retrain = table.value("retrain").and_then(|value| value.duration(RETRAIN, report));
    ScoreModels { retrain }
}
