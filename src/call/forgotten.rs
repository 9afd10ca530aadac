//! What the removal of a person's data removed.

use std::ops::AddAssign;

use serde::Deserialize;
use serde::Serialize;

/// Counts of what was removed. A repeated removal finds nothing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Forgotten {
    /// Ended calls whose caller, fields, and tags were removed; their amounts stay.
    pub calls: u64,
    /// Live calls of the person, which were left: repeat the removal when they have ended.
    pub live: u64,
    /// Routing decisions.
    pub decisions: u64,
    /// Lines of journals at webhook carriers.
    pub journal_lines: u64,
    /// Calls whose SIP messages were removed.
    pub ladders: u64,
    /// Recordings: files, and links to recordings of webhook carriers.
    pub recordings: u64,
    /// Events of postbacks without the person, also those that are still to be delivered.
    pub events: u64,
    /// Buyers' references, and notes of returns.
    pub notes: u64,
    /// Kept answers to requests with an idempotency key.
    pub answers: u64,
    /// Tag values of reports that name the person, or that only this person's calls had.
    pub tags: u64,
}

impl AddAssign for Forgotten {
    fn add_assign(&mut self, more: Self) {
        let Self {
            calls,
            live,
            decisions,
            journal_lines,
            ladders,
            recordings,
            events,
            notes,
            answers,
            tags,
        } = more;
        self.calls += calls;
        self.live += live;
        self.decisions += decisions;
        self.journal_lines += journal_lines;
        self.ladders += ladders;
        self.recordings += recordings;
        self.events += events;
        self.notes += notes;
        self.answers += answers;
        self.tags += tags;
    }
}
