//! What a node shares with others: counters, signs of life, and what it leaves when it is gone.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::app::Fault;
use crate::app::hang_ups;
use crate::app::join;
use crate::app::node_events;
use crate::app::takeover::BEATS_WAITING;
use crate::app::takeover::Takeovers;
use crate::app::tasks::Duty;
use crate::app::tasks::Tasks;
use crate::base::End;
use crate::base::NodeName;
use crate::base::Wall;
use crate::dispatch::NodeRecords;
use crate::http::Carriers;
use crate::intake::Intake;
use crate::journal::Applier;
use crate::nodes::RunId;
use crate::store::Store;
use crate::switch::Operator;
use crate::switch::Records;
use crate::switch::Shared;

/// How long the start waits for counters that nodes share.
const QUOTA_MAX: Duration = Duration::from_secs(5);

/// Closes the calls that an earlier run of this node left open.
pub(super) async fn close_left_open(
    store: &dyn Store,
    name: &NodeName,
    now: Wall,
) -> Result<(), Fault> {
    let closed = store.calls_close_open(name, now).await.map_err(Fault::of)?;
    if !closed.is_empty() {
        let calls = closed.len();
        tracing::warn!(calls, "calls closed that the previous run left open");
        for id in closed {
            tracing::info!(call.id = %id, reason = %End::SwitchRestart, "call ended");
        }
    }
    Ok(())
}

/// Starts the task that applies the journal, and the one that connects to the counters which nodes
/// share. Waits for these a while: without them, contracts with limits are skipped.
pub(super) async fn keep_counters(
    tasks: &mut Tasks,
    shared: &Shared,
    applier: Applier,
    end: &CancellationToken,
) {
    tasks.spawn("journal", Duty::Core, applier.run(end.clone()));
    let Some(redis) = shared.dispatch.quota().shared.clone() else { return };
    let records = NodeRecords {
        dispatch: shared.dispatch.clone(),
        store: shared.records.store.clone(),
        journal: shared.records.journal.clone(),
        clock: shared.clock.clone(),
        node: shared.records.node.clone(),
    };
    tasks.spawn("quota", Duty::Core, redis.clone().run(Arc::new(records), end.clone()));
    if tokio::time::timeout(QUOTA_MAX, redis.up()).await.is_err() {
        tracing::warn!("quota not available at the start: contracts with limits are skipped");
    }
}

/// Starts the tasks that send heartbeats, take over what nodes leave which are gone, hang up calls on
/// behalf of other nodes, and exchange events with them.
pub(super) fn live_among_nodes(
    tasks: &mut Tasks,
    shared: &Arc<Shared>,
    carriers: &Carriers,
    intake: &Intake,
    run: RunId,
    end: &CancellationToken,
) {
    let (stored, beats) = mpsc::channel(BEATS_WAITING);
    let (store, webhooks) = (shared.records.store.clone(), carriers.webhooks.clone());
    let takeovers = Takeovers::new(store, webhooks, intake.clone(), run);
    tasks.spawn("takeover", Duty::Side, takeovers.run(beats));
    let Records { store, node, .. } = shared.records.clone();
    let operator = operator(shared, carriers);
    let hang_ups = hang_ups::run(store.clone(), node, operator, end.clone());
    tasks.spawn("hang-ups", Duty::Side, hang_ups);
    let Shared { events, clock, .. } = &**shared;
    let events = node_events::run(
        store.clone(),
        events.clone(),
        shared.records.node.clone(),
        clock.clone(),
        end.clone(),
    );
    tasks.spawn("events of nodes", Duty::Side, events);
    let end = end.clone();
    let beat = async move {
        let say = |is_stored| {
            let _full = stored.try_send(is_stored);
        };
        join::beat(store.as_ref(), run, end, tokio::time::sleep, say).await;
    };
    tasks.spawn("heartbeat", Duty::Core, beat);
}

/// Returns who lists and hangs up live calls.
pub(super) fn operator(shared: &Arc<Shared>, carriers: &Carriers) -> Operator {
    Operator::new(shared.clone(), carriers.webhooks.clone())
}
