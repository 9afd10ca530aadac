//! Hangs up the calls of this node that operators ask other nodes to hang up.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::changes::LOOK;
use crate::base::CallId;
use crate::base::NodeName;
use crate::store::Change;
use crate::store::Store;
use crate::switch::HangUpError;
use crate::switch::Operator;

/// Hangs up calls until `end`. Looks at intervals, too: of two requests at once, the later number may
/// be committed first, and then hides the other.
pub(super) async fn run(
    store: Arc<dyn Store>,
    own: NodeName,
    operator: Operator,
    end: CancellationToken,
) {
    // No other node can ask.
    if store.nodes_exclusive() {
        return;
    }
    let mut changes = store.changes();
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            changed = changes.find(of_hang_ups) => if changed.is_none() { return },
            () = tokio::time::sleep(LOOK) => {}
        }
        // Writes report a database that fails. The next time takes what is left.
        let calls = store.hang_ups_take(own.clone()).await.unwrap_or_default();
        let mut hung_up = JoinSet::new();
        for call in calls {
            hung_up.spawn(hang_up(operator.clone(), call));
        }
        hung_up.join_all().await;
    }
}

fn of_hang_ups(change: Change) -> Option<()> {
    matches!(change, Change::HangUps { .. }).then_some(())
}

async fn hang_up(operator: Operator, call: CallId) {
    match operator.hang_up(call).await {
        Ok(_) | Err(HangUpError::Ended(_)) => {}
        Err(error) => tracing::warn!(call.id = %call, %error, "call not hung up"),
    }
}
