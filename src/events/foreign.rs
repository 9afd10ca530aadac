//! An event of another node.

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::base::Wall;

/// An event of another node, as that one shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreign {
    /// Its name: `call.bridged`.
    pub name: String,
    /// Time of the event, by that node's clock.
    pub at: Wall,
    /// Its JSON object.
    pub data: Value,
}
