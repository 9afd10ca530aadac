//! Takes over what a node that is gone has left: its calls at webhook carriers and its leads go on
//! here, and its SIP calls are closed.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::base::End;
use crate::base::Wall;
use crate::intake::Intake;
use crate::nodes::NodeRecord;
use crate::nodes::Part;
use crate::nodes::RunId;
use crate::nodes::Takeover;
use crate::nodes::due;
use crate::store::Store;
use crate::store::StoreError;
use crate::switch::Webhooks;

/// How long a takeover may last until another node may begin it again.
const WITHIN: Duration = Duration::from_secs(30);
/// Heartbeats that wait while a takeover lasts. Further ones change nothing.
pub(super) const BEATS_WAITING: usize = 16;
/// How long a node that seems dead may take to accept a connection.
const ALIVE_MAX: Duration = Duration::from_secs(2);

/// What this node does for nodes that are gone.
pub(super) struct Takeovers {
    store: Arc<dyn Store>,
    webhooks: Arc<Webhooks>,
    intake: Intake,
    run: RunId,
    /// The first of its heartbeats since one of them failed.
    steady_since: Option<Wall>,
}

impl Takeovers {
    pub(super) fn new(
        store: Arc<dyn Store>,
        webhooks: Arc<Webhooks>,
        intake: Intake,
        run: RunId,
    ) -> Self {
        Self { store, webhooks, intake, run, steady_since: None }
    }

    /// Looks for what is due after each heartbeat, and does it, until there are no more: `beats` says
    /// whether each was stored.
    pub(super) async fn run(mut self, mut beats: mpsc::Receiver<bool>) {
        while let Some(stored) = beats.recv().await {
            self.after_beat(stored).await;
        }
    }

    async fn after_beat(&mut self, stored: bool) {
        if !stored {
            self.steady_since = None;
            return;
        }
        // The next heartbeat looks again.
        let Ok(seen) = self.store.nodes().await else { return };
        let since = *self.steady_since.get_or_insert(seen.now);
        for takeover in due(&seen.nodes, self.run, since, seen.now) {
            let from = seen.nodes.iter().find(|node| node.run == takeover.run);
            let goes_on = takeover.part == Part::WebhookCalls;
            if !goes_on && is_alive(from).await {
                continue;
            }
            if let Err(error) = self.take(&takeover, seen.now).await {
                tracing::warn!(node = %takeover.from, %error, "takeover not complete");
            }
        }
    }

    async fn take(&self, takeover: &Takeover, now: Wall) -> Result<(), StoreError> {
        let claim = self.store.takeover_claim(takeover.clone(), self.run, WITHIN);
        if !claim.await? {
            return Ok(());
        }
        let node = &takeover.from;
        match takeover.part {
            Part::WebhookCalls => {
                let calls = self.webhooks.take_over(node).await?;
                if calls > 0 {
                    tracing::warn!(%node, calls, "calls at webhook carriers taken over");
                }
            }
            Part::Leads => {
                let leads = self.intake.take_over(takeover).await?;
                if leads > 0 {
                    tracing::warn!(%node, leads, "leads of another node taken over");
                }
            }
            Part::SipCalls => {
                let closed = self.store.calls_presume_ended(node, now).await?;
                if !closed.is_empty() {
                    tracing::warn!(%node, calls = closed.len(), "calls of a dead node closed");
                }
                for id in closed {
                    tracing::info!(call.id = %id, reason = %End::SwitchRestart, "call ended");
                }
            }
        }
        self.store.takeover_done(takeover.clone(), self.run).await
    }
}

/// Returns whether a node that gives no sign of life in the database accepts connections: then it has
/// lost the database only, and its SIP calls and the posts of its leads go on. An address of its own
/// machine proves nothing.
async fn is_alive(node: Option<&NodeRecord>) -> bool {
    let Some(address) = node.map(|node| node.address) else { return false };
    if address.ip().is_loopback() || address.ip().is_unspecified() {
        return false;
    }
    let connected = tokio::time::timeout(ALIVE_MAX, TcpStream::connect(address)).await;
    matches!(connected, Ok(Ok(_)))
}
