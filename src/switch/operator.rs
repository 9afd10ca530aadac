//! An operator's actions on live calls: list, show, hang up.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::ForgetError;
use super::HangUpError;
use super::KnownPage;
use super::Recordings;
use super::Records;
use super::Shared;
use super::Webhooks;
use super::forget;
use super::gateways;
use super::live::Owner;
use crate::base::CallId;
use crate::base::End;
use crate::base::Person;
use crate::call::CallQuery;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::call::Forgotten;
use crate::call::LiveCall;
use crate::call::RefusedCalls;
use crate::call::TrunkStates;
use crate::store::AskedHangUp;
use crate::store::CallCursor;
use crate::store::CallPage;
use crate::store::Mutation;
use crate::store::StoreError;

/// Longest wait until the end of a hung-up call is stored.
const STORED_MAX: Duration = Duration::from_secs(3);

/// Longest wait until that end is applied to the database. After that the answer is sent: the end
/// is stored, and lists show it when the database can be written again.
const APPLIED_MAX: Duration = Duration::from_secs(1);

/// An operator's view of this switch: its live calls and its trunks.
#[derive(Clone)]
pub struct Operator {
    shared: Arc<Shared>,
    webhooks: Arc<Webhooks>,
}

impl Operator {
    /// Creates a view of SIP calls, webhook calls, refused calls, and trunks.
    pub fn new(shared: Arc<Shared>, webhooks: Arc<Webhooks>) -> Self {
        Self { shared, webhooks }
    }

    /// Returns the states of the gateways and registrations of this node.
    pub fn trunks(&self) -> TrunkStates {
        let snapshot = self.shared.dispatch.snapshot();
        TrunkStates {
            gateways: gateways::report(snapshot.book(), &self.shared),
            registrations: self.shared.registrations.report(),
        }
    }

    /// Lists the calls that were refused since the start, latest first.
    pub fn refused(&self) -> Vec<RefusedCalls> {
        self.shared.refusals.list()
    }

    /// Lists the live calls of all nodes that match the query, newest first, older than `before`.
    ///
    /// # Errors
    /// The database cannot be read, which has the calls of other nodes.
    pub async fn list(
        &self,
        query: &CallQuery,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<KnownPage, StoreError> {
        let query = CallQuery { state: Some(CallState::Live), ..query.clone() };
        let here = self.shared.calls.list(&query, before, limit);
        let elsewhere = self.elsewhere(query, before, limit).await?;
        Ok(KnownPage::merge(here, elsewhere, limit))
    }

    /// Returns one call; `None` if it is not live here.
    pub fn find(&self, id: CallId) -> Option<LiveCall> {
        self.shared.calls.find(id)
    }

    /// Returns live calls that other nodes keep. None on a database of one node.
    async fn elsewhere(
        &self,
        query: CallQuery,
        before: Option<CallId>,
        limit: usize,
    ) -> Result<CallPage, StoreError> {
        let store = &self.shared.records.store;
        if store.nodes_exclusive() {
            return Ok(CallPage { items: Vec::new(), next: None });
        }
        store
            .calls_elsewhere(self.shared.records.node.clone(), query, before.map(CallCursor), limit)
            .await
    }

    /// Hangs up a call. Returns its record once that is stored and lists show its end. For a call
    /// that an operator has hung up already, returns its record. If another node keeps the call, asks
    /// it, and returns the record of the call as it is, which is live.
    ///
    /// # Errors
    ///
    /// [`HangUpError`]: the call is unknown or has ended, its carrier does not hang up, its end is
    /// not stored within three seconds, or the node that keeps it is gone.
    pub async fn hang_up(&self, id: CallId) -> Result<CallRecord, HangUpError> {
        if let Some((owner, ended)) = self.shared.calls.owner(id) {
            match owner {
                Owner::Task(order) => order.cancel(),
                Owner::Carrier(token) => self.webhooks.hang_up(token).await?,
            }
            let stored = timeout(STORED_MAX, ended.cancelled()).await;
            stored.map_err(|_| HangUpError::NotStored)?;
            drop(timeout(APPLIED_MAX, self.shared.records.journal.drained()).await);
        }
        match self.shared.records.journal.call(self.shared.records.store.as_ref(), id).await? {
            None => Err(HangUpError::Unknown),
            Some(record) if record.state == CallState::Live => self.ask_its_node(record).await,
            Some(record) if record.reason == Some(End::HungUp) => Ok(record),
            Some(record) => Err(HangUpError::Ended(Box::new(record))),
        }
    }

    async fn ask_its_node(&self, record: CallRecord) -> Result<CallRecord, HangUpError> {
        let Records { node, store, .. } = &self.shared.records;
        match store.hang_up_ask(record.id, node.clone()).await? {
            AskedHangUp::Asked => Ok(record),
            AskedHangUp::Gone(node) => Err(HangUpError::Gone(node)),
            AskedHangUp::NotKept => Err(HangUpError::LeftOpen),
        }
    }
}

impl Operator {
    /// Removes a person's data from the store, the directory of recordings, the journal, and the
    /// list of refused calls. Live calls stay: the person's are counted.
    ///
    /// # Errors
    /// [`ForgetError`]: some data are left; a repetition removes them.
    pub async fn forget(
        &self,
        recordings: &Recordings,
        person: Person,
        by: Mutation,
    ) -> Result<Forgotten, ForgetError> {
        // Calls that ended a moment ago are ended in the store as well.
        drop(timeout(APPLIED_MAX, self.shared.records.journal.drained()).await);
        let store = self.shared.records.store.as_ref();
        let marks = store.person_marks(person.clone()).await?;
        let forgotten = forget(store, recordings, &person, by).await?;
        self.shared.dispatch.forget_sold(&marks).await;
        if let Person::Phone(phone) = &person {
            self.shared.refusals.forget(phone);
        }
        self.shared.records.journal.clear().await?;
        Ok(forgotten)
    }
}

impl std::fmt::Debug for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operator").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use tokio::task::JoinSet;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::base::Now;
    use crate::base::Rng;
    use crate::dispatch::Dispatch;
    use crate::journal::Applier;
    use crate::net::Clock;
    use crate::quota::Quota;
    use crate::routing::Snapshot;
    use crate::store::Database;
    use crate::store::Fact;
    use crate::store::Store;
    use crate::store::sample::node;
    use crate::store::sample::ringing;
    use crate::store::sample::second;
    use crate::switch::Inquirer;

    #[tokio::test]
    async fn a_list_right_after_a_hang_up_shows_the_end() {
        let home = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(Database::sqlite(&home.path().join("db")).unwrap());
        let clock = Clock::new(|| Now::at(second(100)));
        let dispatch = Dispatch::new(Snapshot::compile(Arc::default(), 0), Quota::memory());
        let shared = Arc::new(Shared::deaf(clock.clone(), Arc::new(dispatch), store.clone()));
        let journal = shared.records.journal.clone();
        let rng = Rng::seeded(1);
        let applier = Applier::start(journal.clone(), store.clone(), clock, rng).await.unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(applier.run(CancellationToken::new()));
        let opened = Fact::Opened { record: Box::new(ringing(1)), node: node() };
        journal.append(&[opened]).await.unwrap();
        journal.drained().await;

        let inquirer = Inquirer::new(HashMap::new(), shared.sounds.fetcher.clone());
        let webhooks = Webhooks::new(shared.clone(), String::new(), inquirer, Rng::seeded(1));
        let operator = Operator::new(shared.clone(), Arc::new(webhooks));
        let (id, order) = (ringing(1).id, shared.calls.begin(ringing(1)));
        // Stands for the call's task.
        tasks.spawn(async move {
            order.cancelled().await;
            let mut record = ringing(1);
            record.attempts.clear();
            record.state = CallState::Ended;
            (record.reason, record.ended_at) = (Some(End::HungUp), Some(record.started_at));
            journal.append(&[Fact::Ended(Box::new(record.into()))]).await.unwrap();
            shared.calls.end(id);
        });
        operator.hang_up(id).await.unwrap();
        let live = CallQuery { state: Some(CallState::Live), ..CallQuery::default() };
        assert_eq!(store.call_list(live, None, 10).await.unwrap().items, []);
        let ended = CallQuery { state: Some(CallState::Ended), ..CallQuery::default() };
        assert_eq!(store.call_list(ended, None, 10).await.unwrap().items.len(), 1);
    }
}
