//! Counters of look-ups on the suppression lists.

use std::sync::Mutex;
use std::sync::PoisonError;

use super::tally::Tally;
use crate::base::Mono;
use crate::base::Sparse;

/// What a look-up came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screened {
    /// The caller is on no list that applies.
    Clear,
    /// The caller is on one.
    Suppressed,
    /// The lists could not be read.
    Failed,
    /// The lists were not read in time.
    Late,
}

impl Screened {
    const ALL: &[Screened] =
        &[Screened::Clear, Screened::Suppressed, Screened::Failed, Screened::Late];

    /// Returns the name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Screened::Clear => "clear",
            Screened::Suppressed => "suppressed",
            Screened::Failed => "failed",
            Screened::Late => "late",
        }
    }
}

/// Counts look-ups since the start.
#[derive(Debug)]
pub struct Screening {
    counts: Tally<Screened>,
    log: Mutex<Sparse>,
}

impl Default for Screening {
    fn default() -> Self {
        Self { counts: Tally::new(Screened::ALL), log: Mutex::default() }
    }
}

impl Screening {
    /// Counts a look-up.
    pub(super) fn add(&self, screened: Screened) {
        self.counts.add(screened);
    }

    /// Returns how many look-ups came to what.
    pub fn counts(&self) -> Vec<(Screened, u64)> {
        self.counts.read()
    }

    /// Returns how many failures were not logged since the last one that was, if this one is to be.
    pub(super) fn unlogged(&self, now: Mono) -> Option<u64> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).take(now)
    }
}
