//! The records of the database, from which shared counters are rebuilt.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::Dispatch;
use super::restore::restore_counters;
use super::take_up_credits;
use crate::base::HoldId;
use crate::base::NodeName;
use crate::base::Now;
use crate::journal::Journal;
use crate::net::Clock;
use crate::nodes::NodeRecord;
use crate::nodes::NodeState;
use crate::quota::QuotaAnswer;
use crate::quota::Records;
use crate::quota::Restored;
use crate::store::Store;
use crate::store::StoreError;

/// Longest wait until the journal's facts are in the database. A database that takes none cannot be
/// read either.
const DRAIN_MAX: Duration = Duration::from_secs(1);
/// Time within which the facts of a call that has ended are durable: its hold may end first.
const DURABLE: Duration = Duration::from_millis(300);

/// The database, and the journal of this node.
pub struct NodeRecords {
    /// Whose counters are rebuilt.
    pub dispatch: Arc<Dispatch>,
    /// The database.
    pub store: Arc<dyn Store>,
    /// The node's journal.
    pub journal: Arc<Journal>,
    /// The clock.
    pub clock: Clock,
    /// This node.
    pub node: NodeName,
}

impl std::fmt::Debug for NodeRecords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeRecords").field("journal", &self.journal).finish_non_exhaustive()
    }
}

impl NodeRecords {
    async fn take_up(&self) -> Result<(), StoreError> {
        if let Some(applied) = self.dispatch.quota.holds.applied().await {
            self.dispatch.applied(applied).await;
            let now = self.clock.now().wall;
            self.dispatch.continue_pauses(&self.store.pauses_open(now).await?).await;
            self.dispatch.quota.holds.recall_sold(&self.store.marks_at(now).await?);
            take_up_credits(self.store.as_ref(), &self.dispatch).await?;
        }
        Ok(())
    }
}

impl Records for NodeRecords {
    fn nodes(&self) -> QuotaAnswer<'_, Option<BTreeSet<String>>> {
        QuotaAnswer::later(async {
            if self.store.nodes_exclusive() {
                return Some(BTreeSet::from([self.node.to_string()]));
            }
            let seen = self.store.nodes().await.ok()?;
            let is_live = |node: &&NodeRecord| node.state(seen.now) == NodeState::Live;
            Some(seen.nodes.iter().filter(is_live).map(|node| node.name.to_string()).collect())
        })
    }

    fn drain(&self) -> QuotaAnswer<'_, ()> {
        QuotaAnswer::later(async {
            tokio::time::sleep(DURABLE).await;
            if tokio::time::timeout(DRAIN_MAX, self.journal.drained()).await.is_err() {
                tracing::warn!("facts of this node are not in the database yet");
            }
        })
    }

    fn restore(&self, holds: Vec<HoldId>) -> QuotaAnswer<'_, Result<Restored, String>> {
        QuotaAnswer::later(async {
            let now = self.clock.now().wall;
            let restored = restore_counters(self.store.as_ref(), &self.dispatch, now, holds).await;
            restored.map_err(|error| error.to_string())
        })
    }

    fn catch_up(&self) -> QuotaAnswer<'_, ()> {
        QuotaAnswer::later(async {
            if let Err(error) = self.take_up().await {
                tracing::error!(%error, "corrections of counters not taken up");
            }
            self.dispatch.doubt_everybody();
        })
    }

    fn now(&self) -> Now {
        self.clock.now()
    }
}
