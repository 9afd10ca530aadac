//! Nodes of the database.

use std::time::Duration;

use tokio::sync::broadcast;

use crate::nodes::RunId;
use crate::nodes::Takeover;
use crate::store::NewNode;
use crate::store::Pending;
use crate::store::SeenNodes;

/// Nodes of the database. Every time is that of the database's clock, which all nodes share.
pub trait Nodes: Send + Sync {
    /// Returns whether the database admits one node at a time, which then knows that every earlier
    /// run is gone.
    fn nodes_exclusive(&self) -> bool;

    /// Stores that a run of a node begins. It replaces the latest run of the name: ask
    /// [`crate::nodes::start`] before.
    fn node_register(&self, node: NewNode) -> Pending<'_, ()>;

    /// Stores a sign of life of a run. Returns false if the run is no longer the latest of its name:
    /// another node has taken it.
    fn node_beat(&self, run: RunId) -> Pending<'_, bool>;

    /// Stores that a run has stopped in good order. A run that is not the latest of its name is
    /// ignored.
    fn node_stop(&self, run: RunId) -> Pending<'_, ()>;

    /// Returns the latest run of each node, by name, and the time. Leaves out runs of which every part
    /// was taken over, until they give a sign of life again.
    fn nodes(&self) -> Pending<'_, SeenNodes>;

    /// Sends texts to the other nodes that are there now, in order. They are not stored. A text has at
    /// most [`crate::events::BATCH_BYTES_MAX`] bytes.
    fn nodes_tell(&self, texts: Vec<String>) -> Pending<'_, ()>;

    /// Returns what is sent by [`Nodes::nodes_tell`] from now on, by this node too. A receiver that is
    /// [`crate::store::TOLD_MAX`] texts behind loses the oldest, as does one whose connection breaks.
    fn nodes_told(&self) -> broadcast::Receiver<String>;

    /// Claims work that a node has left, for the run `by`. Returns true to one run only, until it
    /// has reported the end by [`Nodes::takeover_done`], or is itself not done `within` that time:
    /// then another may claim the same. Returns false if the node has begun another run.
    fn takeover_claim(&self, takeover: Takeover, by: RunId, within: Duration) -> Pending<'_, bool>;

    /// Stores that the work is done: no run claims it again. Ignored if another run has claimed it
    /// since.
    fn takeover_done(&self, takeover: Takeover, by: RunId) -> Pending<'_, ()>;
}
