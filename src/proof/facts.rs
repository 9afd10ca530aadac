//! The journal: its facts follow what was applied without a gap, and what was applied has its
//! effect.

use super::Differences;
use super::FactAbout;
use super::FactRow;
use super::Kind;
use crate::call::CallState;

/// Facts of a journal, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    applied: u64,
    last: Option<u64>,
    /// Facts that are still to be applied.
    pub(super) waiting: u64,
    pub(super) all: u64,
}

impl Facts {
    /// Begins a journal whose facts up to `applied` were applied.
    pub(super) fn begin(&mut self, applied: u64) {
        (self.applied, self.last) = (applied, None);
    }

    /// Adds a fact.
    pub(super) fn fact(&mut self, row: &FactRow, found: &mut Differences) {
        let before = self.last.unwrap_or(self.applied);
        let FactRow { sequence, about, stored } = row;
        let is_first_of_a_file = self.last.is_none() && *sequence <= self.applied;
        if !is_first_of_a_file && *sequence != before + 1 {
            found.add(Kind::FactsMissing, missing(before + 1, sequence - 1), "not in the journal");
        }
        self.last = Some(*sequence);
        self.all += 1;
        let is_applied = *sequence <= self.applied;
        self.waiting += u64::from(!is_applied);
        let subject = format!("fact {sequence}");
        match (about, is_applied) {
            (Err(cause), false) => found.add(Kind::FactUnreadable, subject, cause.clone()),
            // It was skipped and logged when it was applied.
            (Err(_), true) | (Ok(_), false) => {}
            (Ok(about), true) => effect(*about, *stored, &subject, found),
        }
    }

    /// Ends a journal. Its last fact always stays, so a shorter journal is another one, or damaged.
    pub(super) fn end(&mut self, found: &mut Differences) {
        let last = self.last.unwrap_or_default();
        if last < self.applied {
            let subject = missing(last + 1, self.applied);
            found.add(Kind::FactsMissing, subject, "applied, and behind the journal's end");
        }
    }
}

fn missing(first: u64, last: u64) -> String {
    if first == last { format!("fact {first}") } else { format!("facts {first} to {last}") }
}

/// Checks the effect of a fact that was applied.
fn effect(about: FactAbout, stored: Option<CallState>, subject: &str, found: &mut Differences) {
    let Some(call) = about.call() else { return };
    match (about, stored) {
        // A change of an unknown call stores nothing, and its end stores everything.
        (FactAbout::Opens(_) | FactAbout::Ends(_), None) => {
            let detail = format!("{subject} was applied; it has no record");
            found.add(Kind::CallWithoutRecord, format!("call {call}"), detail);
        }
        (FactAbout::Ends(_), Some(CallState::Live)) => {
            let detail = format!("{subject} was applied; the record is live");
            found.add(Kind::EndNotApplied, format!("call {call}"), detail);
        }
        (FactAbout::Ends(_), Some(CallState::Ended))
        | (FactAbout::Opens(_), Some(_))
        | (FactAbout::Changes(_), _)
        | (FactAbout::Node, _) => {}
    }
}
