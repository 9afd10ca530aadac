//! Nodes of the database. Its clock is that of its machine.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::Row;
use rusqlite::params;

use crate::base::Wall;
use crate::nodes::NodeRecord;
use crate::nodes::RunId;
use crate::nodes::Takeover;
use crate::store::NewNode;
use crate::store::SeenNodes;
use crate::store::StoreError;

use super::column::Columns;

/// Microseconds since 1970, by the database's clock.
const NOW: &str = "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)";
const REGISTER: &str = "
    INSERT INTO node (name, run, address, program, started_at, beat_at)
    VALUES ($1, $2, $3, $4, $5, $5)
    ON CONFLICT (name) DO UPDATE SET run = $2, address = $3, program = $4, started_at = $5,
        beat_at = $5, stopped_at = NULL";
const BEAT: &str = "UPDATE node SET beat_at = max(beat_at, $2) WHERE run = $1";
const STOP: &str = "UPDATE node SET stopped_at = $2 WHERE run = $1";
const LIST: &str = "SELECT * FROM node ORDER BY name";
/// A claim lasts until $5, and a done one for ever.
const CLAIM: &str = "
    INSERT INTO node_takeover (run, part, node, taken_by, taken_at)
    SELECT run, $2, name, $3, $4 FROM node WHERE run = $1
    ON CONFLICT (run, part) DO UPDATE SET taken_by = $3, taken_at = $4
        WHERE done_at IS NULL AND taken_at <= $5";
const DONE: &str = "
    UPDATE node_takeover SET done_at = $4
    WHERE run = $1 AND part = $2 AND taken_by = $3 AND done_at IS NULL";
/// What is of an earlier run of the name is not claimed any more.
const REMOVE: &str = "DELETE FROM node_takeover WHERE node = $1 AND run <> $2";

fn now(db: &Connection) -> Result<Wall, StoreError> {
    let micros = db.prepare_cached(NOW)?.query_row([], |row| row.get(0))?;
    Ok(Wall::from_micros(micros))
}

/// Stores that a run begins.
pub(super) fn register(db: &Connection, node: &NewNode) -> Result<(), StoreError> {
    let NewNode { name, run, address, program } = node;
    let (run, address, at) = (run.to_string(), address.to_string(), now(db)?.micros());
    db.prepare_cached(REMOVE)?.execute(params![name.as_str(), run])?;
    db.prepare_cached(REGISTER)?.execute(params![name.as_str(), run, address, program, at])?;
    Ok(())
}

/// Stores a sign of life; returns whether the run is the latest of its name.
pub(super) fn beat(db: &Connection, run: RunId) -> Result<bool, StoreError> {
    let at = now(db)?.micros();
    Ok(db.prepare_cached(BEAT)?.execute(params![run.to_string(), at])? > 0)
}

/// Stores that a run has stopped.
pub(super) fn stop(db: &Connection, run: RunId) -> Result<(), StoreError> {
    let at = now(db)?.micros();
    db.prepare_cached(STOP)?.execute(params![run.to_string(), at])?;
    Ok(())
}

/// Returns the nodes, and the time.
pub(super) fn list(db: &Connection) -> Result<SeenNodes, StoreError> {
    let mut statement = db.prepare_cached(LIST)?;
    let mut rows = statement.query([])?;
    let mut nodes = Vec::new();
    while let Some(row) = rows.next()? {
        nodes.push(read(row)?);
    }
    Ok(SeenNodes { now: now(db)?, nodes })
}

fn read(row: &Row<'_>) -> Result<NodeRecord, StoreError> {
    let columns = Columns::of("node", row);
    Ok(NodeRecord {
        name: columns.text("name")?,
        run: columns.text("run")?,
        address: columns.text("address")?,
        program: columns.plain("program")?,
        started_at: columns.wall("started_at")?,
        beat_at: columns.wall("beat_at")?,
        stopped_at: columns.wall_or_null("stopped_at")?,
    })
}

/// Claims work that a run has left; returns whether `by` has it.
pub(super) fn claim(
    db: &Connection,
    takeover: &Takeover,
    by: RunId,
    within: Duration,
) -> Result<bool, StoreError> {
    let (run, part) = (takeover.run.to_string(), takeover.part.name());
    let at = now(db)?;
    let expired = at - within;
    let values = params![run, part, by.to_string(), at.micros(), expired.micros()];
    Ok(db.prepare_cached(CLAIM)?.execute(values)? > 0)
}

/// Stores that work is done.
pub(super) fn done(db: &Connection, takeover: &Takeover, by: RunId) -> Result<(), StoreError> {
    let (run, part, at) = (takeover.run.to_string(), takeover.part.name(), now(db)?.micros());
    db.prepare_cached(DONE)?.execute(params![run, part, by.to_string(), at])?;
    Ok(())
}
