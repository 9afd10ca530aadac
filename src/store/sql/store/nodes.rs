//! Nodes of the database.

use std::time::Duration;

use tokio::sync::broadcast;

use super::Database;
use super::Engine;
use crate::nodes::RunId;
use crate::nodes::Takeover;
use crate::store::NewNode;
use crate::store::Nodes;
use crate::store::Pending;
use crate::store::SeenNodes;
use crate::store::sql::node;

impl Nodes for Database {
    /// On SQLite, a lock beside the file keeps a second node out.
    fn nodes_exclusive(&self) -> bool {
        matches!(self.engine, Engine::Sqlite { .. })
    }

    fn node_register(&self, new: NewNode) -> Pending<'_, ()> {
        self.writer.write(move |db| node::register(db, &new))
    }

    fn node_beat(&self, run: RunId) -> Pending<'_, bool> {
        self.writer.write(move |db| node::beat(db, run))
    }

    fn node_stop(&self, run: RunId) -> Pending<'_, ()> {
        self.writer.write(move |db| node::stop(db, run))
    }

    fn nodes(&self) -> Pending<'_, SeenNodes> {
        self.readers.read(node::list)
    }

    fn nodes_tell(&self, texts: Vec<String>) -> Pending<'_, ()> {
        match self.engine {
            Engine::Sqlite { .. } => Pending::new(async { Ok(()) }),
            Engine::Postgres { .. } => self.writer.write(move |db| node::tell(db, &texts)),
        }
    }

    fn nodes_told(&self) -> broadcast::Receiver<String> {
        self.notices.told()
    }

    fn takeover_claim(&self, takeover: Takeover, by: RunId, within: Duration) -> Pending<'_, bool> {
        self.writer.write(move |db| node::claim(db, &takeover, by, within))
    }

    fn takeover_done(&self, takeover: Takeover, by: RunId) -> Pending<'_, ()> {
        self.writer.write(move |db| node::done(db, &takeover, by))
    }
}
