//! The carrier's list of calls, for its REST API.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::transcript::Status;
use crate::base::Wall;

/// Most calls that are kept; the oldest by id are removed.
const CALLS_MAX: usize = 10_000;

/// A call or a leg in the carrier's list.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) parent: Option<String>,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) status: Status,
    pub(super) began: Wall,
    pub(super) answered: Option<Wall>,
    pub(super) ended: Option<Wall>,
    /// Whether the customer hung it up by the API.
    pub(super) hung_up: bool,
}

impl Row {
    pub(super) fn new(
        parent: Option<&str>,
        from: &str,
        to: &str,
        status: Status,
        at: Wall,
    ) -> Self {
        Self {
            parent: parent.map(str::to_owned),
            from: from.to_owned(),
            to: to.to_owned(),
            status,
            began: at,
            answered: None,
            ended: None,
            hung_up: false,
        }
    }

    /// Returns the seconds from answer to end, rounded up; 0 if it was never answered.
    pub(super) fn seconds(&self) -> i64 {
        match (self.answered, self.ended) {
            (Some(answered), Some(ended)) => {
                let micros = ended.micros().saturating_sub(answered.micros());
                micros.saturating_add(999_999) / 1_000_000
            }
            (None, _) | (_, None) => 0,
        }
    }
}

/// All calls of an account. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<String, Row>>>);

impl Calls {
    pub(super) fn begin(&self, id: &str, row: Row) {
        let mut rows = self.rows();
        rows.insert(id.to_owned(), row);
        while rows.len() > CALLS_MAX {
            rows.pop_first();
        }
    }

    pub(super) fn change(&self, id: &str, status: Status, at: Wall) {
        if let Some(row) = self.rows().get_mut(id) {
            row.status = status;
            if status == Status::InProgress {
                row.answered.get_or_insert(at);
            }
            if status.is_final() {
                row.ended.get_or_insert(at);
            }
        }
    }

    /// Hangs up a call; it ends at its next step. Returns whether there was a live call.
    pub(super) fn hang_up(&self, id: &str) -> bool {
        match self.rows().get_mut(id).filter(|row| row.ended.is_none()) {
            Some(row) => {
                row.hung_up = true;
                true
            }
            None => false,
        }
    }

    /// Returns whether the customer hung up a call by the API.
    pub(super) fn is_hung_up(&self, id: &str) -> bool {
        self.rows().get(id).is_some_and(|row| row.hung_up)
    }

    pub(super) fn row(&self, id: &str) -> Option<Row> {
        self.rows().get(id).cloned()
    }

    fn rows(&self) -> MutexGuard<'_, BTreeMap<String, Row>> {
        // Each change of a row is atomic; a panic elsewhere leaves the rows consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
