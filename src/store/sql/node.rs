//! Nodes of the database.

use std::time::Duration;

use crate::base::Wall;
use crate::nodes::NodeRecord;
use crate::nodes::Part;
use crate::nodes::RunId;
use crate::nodes::Takeover;
use crate::store::NewNode;
use crate::store::SeenNodes;
use crate::store::StoreError;

use super::column::Columns;
use super::engine::Db;
use super::engine::Row;
use super::engine::params;

const REGISTER: &str = "
    INSERT INTO node (name, run, address, program, started_at, beat_at)
    VALUES ($1, $2, $3, $4, $5, $5)
    ON CONFLICT (name) DO UPDATE SET run = $2, address = $3, program = $4, started_at = $5,
        beat_at = $5, stopped_at = NULL";
const BEAT: &str = "UPDATE node SET beat_at = max(beat_at, $1) WHERE run = $2";
/// The channel of the texts that nodes send each other.
pub(super) const TOLD_CHANNEL: &str = "strowger_told";

const TELL: &str = "SELECT CAST(pg_notify($1, $2) AS TEXT)";
const IS_LATEST: &str = "SELECT EXISTS (SELECT 1 FROM node WHERE run = $1)";
const STOP: &str = "UPDATE node SET stopped_at = $1 WHERE run = $2";
const LIST: &str = "
    SELECT * FROM node WHERE $1 >
        (SELECT count(*) FROM node_takeover
         WHERE node_takeover.run = node.run AND node_takeover.done_at IS NOT NULL)
    ORDER BY name";
/// A run that is back may be gone again.
const BACK: &str = "DELETE FROM node_takeover WHERE run = $1 AND done_at IS NOT NULL";
/// A claim lasts until $5, and a done one for ever.
const CLAIM: &str = "
    INSERT INTO node_takeover (run, part, node, taken_by, taken_at)
    SELECT run, $1, name, $2, $3 FROM node WHERE run = $4
    ON CONFLICT (run, part) DO UPDATE SET taken_by = $2, taken_at = $3
        WHERE node_takeover.done_at IS NULL AND node_takeover.taken_at <= $5";
const DONE: &str = "
    UPDATE node_takeover SET done_at = $1
    WHERE run = $2 AND part = $3 AND taken_by = $4 AND done_at IS NULL";
/// What is of an earlier run of the name is not claimed any more.
const REMOVE: &str = "DELETE FROM node_takeover WHERE node = $1 AND run <> $2";

/// Returns the time by the database's clock: on SQLite, that of this machine.
pub(super) fn now(db: &Db) -> Result<Wall, StoreError> {
    let micros = match db {
        Db::Sqlite(_) => "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        Db::Postgres(_) => "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
    };
    let micros = db.prepare_cached(micros)?.query_row(params![], |row| row.get(0))?;
    Ok(Wall::from_micros(micros))
}

/// Stores that a run begins.
pub(super) fn register(db: &Db, node: &NewNode) -> Result<(), StoreError> {
    let NewNode { name, run, address, program } = node;
    let (run, address, at) = (run.to_string(), address.to_string(), now(db)?.micros());
    db.prepare_cached(REMOVE)?.execute(params![name.as_str(), run])?;
    db.prepare_cached(REGISTER)?.execute(params![name.as_str(), run, address, program, at])?;
    Ok(())
}

/// Stores a sign of life; returns whether the run is the latest of its name.
pub(super) fn beat(db: &Db, run: RunId) -> Result<bool, StoreError> {
    let (at, run) = (now(db)?.micros(), run.to_string());
    db.prepare_cached(BACK)?.execute(params![run])?;
    Ok(db.prepare_cached(BEAT)?.execute(params![at, run])? > 0)
}

/// Returns whether a run is the latest of its name.
pub(super) fn is_latest(db: &Db, run: RunId) -> Result<bool, StoreError> {
    let mut statement = db.prepare_cached(IS_LATEST)?;
    Ok(statement.query_row(params![run.to_string()], |row| row.get(0))?)
}

/// Stores that a run has stopped.
pub(super) fn stop(db: &Db, run: RunId) -> Result<(), StoreError> {
    let at = now(db)?.micros();
    db.prepare_cached(STOP)?.execute(params![at, run.to_string()])?;
    Ok(())
}

/// Returns the nodes of which something is left, and the time.
pub(super) fn list(db: &Db) -> Result<SeenNodes, StoreError> {
    let mut statement = db.prepare_cached(LIST)?;
    let parts = i64::try_from(Part::ALL.len()).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![parts])?;
    let mut nodes = Vec::new();
    while let Some(row) = rows.next()? {
        nodes.push(read(row)?);
    }
    Ok(SeenNodes { now: now(db)?, nodes })
}

/// Reads a row of the table.
pub(super) fn read(row: Row<'_>) -> Result<NodeRecord, StoreError> {
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

/// Sends texts to all programs that listen, once the transaction is committed. Only PostgreSQL can.
pub(super) fn tell(db: &Db, texts: &[String]) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(TELL)?;
    texts.iter().try_for_each(|text| {
        statement.query_row(params![TOLD_CHANNEL, text], |_| Ok(())).map_err(StoreError::from)
    })
}

/// Claims work that a run has left; returns whether `by` has it.
pub(super) fn claim(
    db: &Db,
    takeover: &Takeover,
    by: RunId,
    within: Duration,
) -> Result<bool, StoreError> {
    let (run, part) = (takeover.run.to_string(), takeover.part.name());
    let at = now(db)?;
    let expired = at - within;
    let values = params![part, by.to_string(), at.micros(), run, expired.micros()];
    Ok(db.prepare_cached(CLAIM)?.execute(values)? > 0)
}

/// Stores that work is done.
pub(super) fn done(db: &Db, takeover: &Takeover, by: RunId) -> Result<(), StoreError> {
    let (run, part, at) = (takeover.run.to_string(), takeover.part.name(), now(db)?.micros());
    db.prepare_cached(DONE)?.execute(params![at, run, part, by.to_string()])?;
    Ok(())
}
