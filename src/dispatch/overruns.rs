//! Counts the calls that went on above a cap.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::caps::Level;
use crate::caps::Refused;

/// How often live calls continued above a cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overrun {
    /// Whose cap: `contract`, `buyer`, `offer`, `person` or `node`.
    pub level: &'static str,
    /// Which cap.
    pub cap: String,
    /// How often since the start.
    pub count: u64,
}

/// Counts by level and cap: at most one per combination.
#[derive(Debug, Default)]
pub(super) struct Overruns(Mutex<BTreeMap<(&'static str, String), u64>>);

impl Overruns {
    pub(super) fn count(&self, over: &Refused) {
        let key = match over {
            Refused::Full(full) => (kind(&full.level), full.cap.name()),
            Refused::Duplicate { .. } => ("person", "duplicate".to_owned()),
            Refused::TooMany | Refused::Settled(_) | Refused::Unavailable => {
                ("node", "holds".to_owned())
            }
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
    }

    pub(super) fn counts(&self) -> Vec<Overrun> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let overrun = |(key, count): (&(&'static str, String), &u64)| Overrun {
            level: key.0,
            cap: key.1.clone(),
            count: *count,
        };
        counts.iter().map(overrun).collect()
    }
}

fn kind(level: &Level) -> &'static str {
    match level {
        Level::Contract(_) => "contract",
        Level::Buyer(_) => "buyer",
        Level::Offer(_) => "offer",
    }
}
