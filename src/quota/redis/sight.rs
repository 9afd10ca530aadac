//! What this node has seen of the shared counters.

use std::collections::HashMap;

use super::wire;
use crate::base::Wall;
use crate::book::PauseCause;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Full;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Marks;
use crate::caps::Periods;
use crate::caps::Seen;

/// Accounts and persons as the latest answers and announcements show them. There are no more
/// accounts than the book ever had, and no more than [`MARKS_MAX`](crate::caps::MARKS_MAX) persons.
#[derive(Debug, Default)]
pub(super) struct Sight {
    accounts: HashMap<Level, Seen>,
    marks: Marks,
}

impl Sight {
    /// Takes in accounts that have changed. An older version never replaces a newer one: answers
    /// overtake each other.
    pub(super) fn take_in(&mut self, changed: &[u8]) {
        for (level, seen) in wire::accounts(changed) {
            self.see(level, seen);
        }
    }

    fn see(&mut self, level: Level, seen: Seen) {
        match self.accounts.get_mut(&level) {
            Some(own) if own.version >= seen.version => {}
            Some(own) => *own = seen,
            None => {
                self.accounts.insert(level, seen);
            }
        }
    }

    /// Forgets all accounts: the counters begin anew, and so do their versions.
    pub(super) fn forget_accounts(&mut self) {
        self.accounts.clear();
    }

    /// Takes in all accounts.
    pub(super) fn take_in_all(&mut self, accounts: Vec<(Level, Seen)>) {
        for (level, seen) in accounts {
            self.see(level, seen);
        }
    }

    /// Takes in a rest that may not be at Redis yet.
    pub(super) fn rest(&mut self, level: &Level, until: Wall, because: PauseCause) {
        let own = self.accounts.entry(level.clone()).or_default();
        if own.rest.is_none_or(|(ends, _)| ends < until) {
            own.rest = Some((until, because));
        }
    }

    pub(super) fn of(&self, level: &Level) -> Option<&Seen> {
        self.accounts.get(level)
    }

    pub(super) fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        match self.of(&ceiling.level) {
            Some(seen) => seen.full(ceiling, periods),
            None => ceiling.full_at_rest(periods),
        }
    }

    pub(super) fn marks(&self) -> &Marks {
        &self.marks
    }

    pub(super) fn remember(&mut self, mark: Mark, at: Wall) {
        self.marks.remember(mark, at, None);
    }

    /// Remembers a sale that was announced. One without a window is forgotten.
    pub(super) fn hear(&mut self, mark: Mark, at: Wall) {
        if mark.window.is_zero() {
            self.marks.erase(mark.key());
        } else {
            self.remember(mark, at);
        }
    }

    /// Marks persons as being sold by a hold.
    pub(super) fn hold(&mut self, claim: Claim<'_>, at: Wall) {
        claim.marks.iter().for_each(|mark| self.marks.hold(*mark, claim.by, at));
    }

    /// Removes the marks of a hold.
    pub(super) fn let_go(&mut self, marks: &[Mark]) {
        marks.iter().for_each(|mark| self.marks.let_go(*mark));
    }
}
