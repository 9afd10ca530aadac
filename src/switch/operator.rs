//! What an operator does with live calls: list them, look at one, hang up.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::HangUpError;
use super::LiveCalls;
use super::LivePage;
use super::Records;
use super::Refusals;
use super::Webhooks;
use super::live::Owner;
use crate::base::CallId;
use crate::base::End;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::LiveCall;
use crate::call::RefusedCalls;

/// How long the end of a call that was hung up may take to be stored.
const STORED_MAX: Duration = Duration::from_secs(3);

/// The operator's view of the live calls of this switch.
#[derive(Clone)]
pub struct Operator {
    calls: Arc<LiveCalls>,
    refusals: Arc<Refusals>,
    records: Records,
    webhooks: Arc<Webhooks>,
}

impl Operator {
    /// Of the calls by SIP and of those at webhook carriers.
    pub fn new(
        calls: Arc<LiveCalls>,
        refusals: Arc<Refusals>,
        records: Records,
        webhooks: Arc<Webhooks>,
    ) -> Self {
        Self { calls, refusals, records, webhooks }
    }

    /// Lists the calls that were refused since the start, latest first.
    pub fn refused(&self) -> Vec<RefusedCalls> {
        self.refusals.list()
    }

    /// Lists live calls that pass, newest first, older than `before`.
    pub fn list(&self, query: &CallQuery, before: Option<CallId>, limit: usize) -> LivePage {
        let query = CallQuery { state: Some(CallState::Live), ..query.clone() };
        self.calls.list(&query, before, limit)
    }

    /// Returns one call; `None` when it is not live here.
    pub fn find(&self, id: CallId) -> Option<LiveCall> {
        self.calls.find(id)
    }

    /// Hangs up a call and returns its record, once that is stored. Hanging up a call that an
    /// operator hung up before returns its record again.
    ///
    /// # Errors
    /// [`HangUpError`]: the call is not known or has ended, its carrier does not hang up, or its
    /// end is not stored within three seconds.
    pub async fn hang_up(&self, id: CallId) -> Result<CallRecord, HangUpError> {
        if let Some((owner, ended)) = self.calls.owner(id) {
            match owner {
                Owner::Task(order) => order.cancel(),
                Owner::Carrier(token) => self.webhooks.hang_up(token).await?,
            }
            let stored = timeout(STORED_MAX, ended.cancelled()).await;
            stored.map_err(|_| HangUpError::NotStored)?;
        }
        match self.records.journal.call(self.records.store.as_ref(), id).await? {
            None => Err(HangUpError::Unknown),
            Some(record) if record.state == CallState::Live => Err(HangUpError::Elsewhere),
            Some(record) if record.reason == Some(End::HungUp) => Ok(record),
            Some(record) => Err(HangUpError::Ended(Box::new(record))),
        }
    }
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").finish_non_exhaustive()
    }
}
