//! Counts the calls that went on above a cap.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::caps::Level;
use crate::caps::Refused;

/// Counts by level and cap: at most one per combination.
#[derive(Debug, Default)]
pub(super) struct Overruns(Mutex<BTreeMap<(&'static str, String), u64>>);

impl Overruns {
    pub(super) fn count(&self, over: &Refused) {
        let key = match over {
            Refused::Full(full) => (kind(&full.level), full.cap.name()),
            Refused::Duplicate { .. } => ("person", "duplicate".to_owned()),
            Refused::TooMany | Refused::Settled(_) => ("node", "holds".to_owned()),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
    }

    pub(super) fn counts(&self) -> Vec<(&'static str, String, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|((level, cap), count)| (*level, cap.clone(), *count)).collect()
    }
}

fn kind(level: &Level) -> &'static str {
    match level {
        Level::Contract(_) => "contract",
        Level::Buyer(_) => "buyer",
        Level::Offer(_) => "offer",
    }
}
