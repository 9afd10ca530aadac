//! Reads calls by id from the store and from the journal facts beyond it. A reader sees everything
//! that was acknowledged, even while the store lags.

use super::Journal;
use super::JournalError;
use crate::base::CallId;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::sale::DecisionRecord;
use crate::store::CallChange;
use crate::store::Fact;
use crate::store::LeftOpen;
use crate::store::Store;
use crate::store::StoreError;

/// Why a call could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecallError {
    /// A fault of the store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of the journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl Journal {
    /// Returns one call; `None` if it is unknown.
    ///
    /// # Errors
    /// The store or the journal cannot be read.
    pub async fn call(
        &self,
        store: &dyn Store,
        id: CallId,
    ) -> Result<Option<CallRecord>, RecallError> {
        // The journal first: facts applied in between are then in the store.
        let facts = self.facts_of(id).await?;
        let stored = store.call_fetch(id).await?;
        Ok(facts.into_iter().fold(stored, with))
    }

    /// Returns a call that has not ended, with its sales; `None` if it is unknown or has ended.
    ///
    /// # Errors
    /// The store or the journal cannot be read.
    pub async fn left_open(
        &self,
        store: &dyn Store,
        id: CallId,
    ) -> Result<Option<LeftOpen>, RecallError> {
        let facts = self.facts_of(id).await?;
        let stored = store.call_left_open(id).await?;
        Ok(facts.into_iter().fold(stored, left_open_after))
    }

    /// Returns a call's last decision; `None` if there is none.
    ///
    /// # Errors
    /// The store or the journal cannot be read.
    pub async fn last_decision(
        &self,
        store: &dyn Store,
        id: CallId,
    ) -> Result<Option<DecisionRecord>, RecallError> {
        let facts = self.facts_of(id).await?;
        match facts.into_iter().flat_map(decisions_of).last() {
            Some(last) => Ok(Some(last)),
            None => Ok(store.decision_fetch(id).await?),
        }
    }

    /// Returns every decision of a call, in order.
    ///
    /// # Errors
    /// The store or the journal cannot be read.
    pub async fn decisions(
        &self,
        store: &dyn Store,
        id: CallId,
    ) -> Result<Vec<DecisionRecord>, RecallError> {
        let facts = self.facts_of(id).await?;
        let mut known = store.decisions_fetch(id).await?;
        for decision in facts.into_iter().flat_map(decisions_of) {
            if !known.iter().any(|other| other.id == decision.id) {
                known.push(decision);
            }
        }
        Ok(known)
    }
}

/// Returns a record after one more fact, as the store changes it.
fn with(known: Option<CallRecord>, fact: Fact) -> Option<CallRecord> {
    let Some(mut known) = known else {
        return match fact {
            Fact::Opened { record, .. } => Some(*record),
            Fact::Bridged(change) | Fact::Ended(change) | Fact::Presumed(change) => {
                Some(change.record)
            }
            Fact::Decided { .. }
            | Fact::Attempted { .. }
            | Fact::Carried { .. }
            | Fact::Beat { .. } => None,
        };
    };
    match (known.state, fact) {
        (CallState::Ended, _) => Some(known),
        (CallState::Live, Fact::Bridged(change) | Fact::Ended(change) | Fact::Presumed(change)) => {
            Some(change.record)
        }
        (CallState::Live, Fact::Attempted { attempts, decisions, .. }) => {
            if known.bridged_at.is_none() {
                known.attempts = attempts;
                known.decision_id = decisions.last().map(|last| last.id).or(known.decision_id);
            }
            Some(known)
        }
        (
            CallState::Live,
            Fact::Opened { .. } | Fact::Decided { .. } | Fact::Carried { .. } | Fact::Beat { .. },
        ) => Some(known),
    }
}

/// Returns an open call after one more fact.
fn left_open_after(known: Option<LeftOpen>, fact: Fact) -> Option<LeftOpen> {
    match fact {
        Fact::Ended(_) | Fact::Presumed(_) => None,
        Fact::Bridged(change) => {
            let CallChange { record, sales, .. } = *change;
            let seen_at = record.bridged_at.unwrap_or(record.started_at);
            Some(LeftOpen { record, seen_at, sales })
        }
        fact @ (Fact::Opened { .. } | Fact::Attempted { .. }) => {
            let (seen_at, sales) = known
                .as_ref()
                .map(|left| (Some(left.seen_at), left.sales.clone()))
                .unwrap_or_default();
            let record = with(known.map(|left| left.record), fact)?;
            Some(LeftOpen { seen_at: seen_at.unwrap_or(record.started_at), record, sales })
        }
        Fact::Decided { .. } | Fact::Carried { .. } | Fact::Beat { .. } => known,
    }
}

fn decisions_of(fact: Fact) -> Vec<DecisionRecord> {
    match fact {
        Fact::Decided { decisions, .. } | Fact::Attempted { decisions, .. } => decisions,
        Fact::Bridged(change) | Fact::Ended(change) | Fact::Presumed(change) => change.decisions,
        Fact::Opened { .. } | Fact::Carried { .. } | Fact::Beat { .. } => Vec::new(),
    }
}
