//! Pauses of contracts.

use crate::base::ContractId;
use crate::base::Wall;
use crate::book::PauseCause;
use crate::outbox::paused;
use crate::store::ChangedPauses;
use crate::store::Mutation;
use crate::store::NewPause;
use crate::store::PAUSE_KEPT;
use crate::store::PAUSES_MAX;
use crate::store::Pause;
use crate::store::Resumed;
use crate::store::StoreError;

use super::activity;
use super::activity::Effect;
use super::column::Columns;
use super::column::natural;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Params;
use super::engine::Row;
use super::engine::params;
use super::event;

/// Most old pauses that a new pause deletes.
const REMOVED_AT_ONCE: i64 = 100;

/// Changes are numbered by their time, so that numbers grow even after old pauses are deleted.
const EXTEND: &str = "
    UPDATE pause SET until = $1,
        change = (SELECT max($2, coalesce(max(change), 0) + 1) FROM pause)
    WHERE contract = $3 AND resumed_at IS NULL AND until > $2 AND until < $1";
const INSERT: &str = "
    INSERT INTO pause (contract, because, since, until, change)
    SELECT $1, $2, $3, $4, max($3, coalesce(max(change), 0) + 1) FROM pause
    RETURNING number";
const REMOVE: &str = "
    DELETE FROM pause WHERE number IN
        (SELECT number FROM pause WHERE until < $1 ORDER BY until LIMIT $2)";
const OF_CONTRACT: &str = "
    SELECT * FROM pause WHERE contract = $1 AND resumed_at IS NULL AND until > $2
    ORDER BY number DESC LIMIT 1";
const RESUME: &str = "
    UPDATE pause SET resumed_at = $1, resumed_by = $2,
        change = (SELECT max($1, coalesce(max(change), 0) + 1) FROM pause)
    WHERE number = $3";
const OPEN: &str = "SELECT * FROM pause WHERE resumed_at IS NULL AND until > $1 ORDER BY number";
pub(super) const NEWEST: &str = "SELECT coalesce(max(change), 0) AS change FROM pause";
const CHANGED_AFTER: &str = "SELECT * FROM pause WHERE change > $1 ORDER BY change LIMIT $2";
const LIST: &str = "SELECT * FROM pause WHERE number < $1 ORDER BY number DESC LIMIT $2";

/// Stores a pause and its event, or extends the pause that lasts.
pub(super) fn begin(db: &Db, pause: &NewPause) -> Result<(), StoreError> {
    let NewPause { contract, because, since, until } = pause;
    let oldest = *since - PAUSE_KEPT;
    db.prepare_cached(REMOVE)?.execute(params![oldest.micros(), REMOVED_AT_ONCE])?;
    if of_contract(db, contract, *since)?.is_some() {
        let values = params![until.micros(), since.micros(), contract.as_str()];
        db.prepare_cached(EXTEND)?.execute(values)?;
        return Ok(());
    }
    let values = params![contract.as_str(), because.name(), since.micros(), until.micros()];
    let number: i64 = db.prepare_cached(INSERT)?.query_row(values, |row| row.get(0))?;
    let number = number.unsigned_abs();
    event::write(db, &paused((number, contract), *because, *since, *until))
}

/// Returns the pause that a contract has at an instant.
fn of_contract(db: &Db, contract: &ContractId, at: Wall) -> Result<Option<Pause>, StoreError> {
    let mut statement = db.prepare_cached(OF_CONTRACT)?;
    let values = params![contract.as_str(), at.micros()];
    statement.query_row(values, |row| Ok(read(row))).optional()?.transpose()
}

/// Ends the pause that a contract has at the time of the change, and returns it.
pub(super) fn resume(
    db: &Db,
    contract: &ContractId,
    by: &Mutation,
) -> Result<Option<Pause>, StoreError> {
    let Some(found) = of_contract(db, contract, by.at)? else { return Ok(None) };
    let who = by.who();
    db.prepare_cached(RESUME)?.execute(params![by.at.micros(), who, natural(found.number)])?;
    activity::done(db, by, Effect::of(contract))?;
    let resumed = Some(Resumed { at: by.at, by: who });
    Ok(Some(Pause { resumed, ..found }))
}

/// Returns the pauses that last at an instant, with the newest change.
pub(super) fn open(db: &Db, at: Wall) -> Result<ChangedPauses, StoreError> {
    // Read first: a change in between is then applied twice, which changes nothing.
    let sequence = newest(db)?;
    Ok(ChangedPauses { items: all(db, OPEN, params![at.micros()])?, sequence })
}

/// Returns the number of the newest change; 0 before the first.
fn newest(db: &Db) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(NEWEST)?;
    statement.query_row(params![], |row| Ok(Columns::of("pause", row).natural("change")))?
}

/// Returns the pauses that changed after a change, in the order of their last changes.
pub(super) fn changed_after(db: &Db, sequence: u64) -> Result<ChangedPauses, StoreError> {
    let mut statement = db.prepare_cached(CHANGED_AFTER)?;
    let mut rows = statement.query(params![natural(sequence), most(PAUSES_MAX)])?;
    let mut found = ChangedPauses::default();
    while let Some(row) = rows.next()? {
        found.items.push(read(row)?);
        found.sequence = Columns::of("pause", row).natural("change")?;
    }
    Ok(found)
}

/// Returns pauses below `before`, newest first.
pub(super) fn list(db: &Db, before: Option<u64>, limit: usize) -> Result<Vec<Pause>, StoreError> {
    all(db, LIST, params![before.map_or(i64::MAX, natural), most(limit)])
}

/// Returns a limit for a query: at most [`PAUSES_MAX`].
fn most(limit: usize) -> i64 {
    i64::try_from(limit.min(PAUSES_MAX)).unwrap_or(i64::MAX)
}

fn all(db: &Db, sql: &str, values: impl Params) -> Result<Vec<Pause>, StoreError> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: Row<'_>) -> Result<Pause, StoreError> {
    let column = Columns::of("pause", row);
    let because: String = column.plain("because")?;
    let known = PauseCause::ALL.iter().find(|cause| cause.name() == because);
    let unknown = || StoreError::Unreadable { what: "pause", cause: because.clone() };
    let by: Option<String> = column.plain("resumed_by")?;
    let resumed = column.wall_or_null("resumed_at")?.zip(by);
    Ok(Pause {
        number: column.natural("number")?,
        contract: column.word("contract")?,
        because: *known.ok_or_else(unknown)?,
        since: column.wall("since")?,
        until: column.wall("until")?,
        resumed: resumed.map(|(at, by)| Resumed { at, by }),
    })
}
