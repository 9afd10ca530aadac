//! Nodes of the database.

use std::net::SocketAddr;

use crate::base::NodeName;
use crate::base::Rng;
use crate::base::Wall;
use crate::nodes::NodeRecord;
use crate::nodes::RunId;

/// Most texts of nodes that wait for a receiver in this process; then it loses the oldest.
pub const TOLD_MAX: usize = 1_024;

/// A run of a node that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNode {
    /// Name of the node.
    pub name: NodeName,
    /// The run.
    pub run: RunId,
    /// Address of its web server.
    pub address: SocketAddr,
    /// Version of its program.
    pub program: String,
}

impl NewNode {
    /// Creates a new run of this program.
    pub fn of(name: NodeName, address: SocketAddr, rng: &mut Rng) -> Self {
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self { name, run: RunId::random(rng), address, program }
    }
}

/// The nodes of a database at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenNodes {
    /// The instant, by the database's clock.
    pub now: Wall,
    /// The latest run of each node, by name.
    pub nodes: Vec<NodeRecord>,
}
