//! Applies facts: those of many calls together, table by table, so that they share statements. The
//! result is that of applying them one by one, in order.

mod effect;
mod known;
#[cfg(test)]
mod tests;
mod write;

use crate::base::JournalId;
use crate::report::Additions;
use crate::store::Fact;
use crate::store::StoreError;

use self::known::Known;

use super::column::natural;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::params;
use super::rollup;

const APPLIED: &str = "SELECT sequence FROM journal WHERE id = $1";
const ADVANCE: &str = "
    INSERT INTO journal (id, sequence) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence
    WHERE journal.sequence < excluded.sequence";

/// Applies facts in order, and counts the calls that end. Returns whether an end applied a report
/// that came before it.
pub(super) fn apply(db: &Db, facts: &[&Fact], counted: &mut Additions) -> Result<bool, StoreError> {
    if !facts.iter().all(|fact| fact.has_right_state()) {
        return Err(StoreError::WrongState);
    }
    let is_presumed = |fact: &&Fact| matches!(fact, Fact::Presumed(_));
    // What follows a presumption needs to find it stored.
    let groups = facts.chunk_by(|fact, next| !is_presumed(fact) || is_presumed(next));
    let mut corrected = false;
    for facts in groups {
        let mut known = Known::read(db, facts)?;
        let mut effects = Vec::with_capacity(facts.len());
        facts.iter().for_each(|fact| known.effects(fact, &mut effects));
        corrected |= write::all(db, &effects, known, counted)?;
    }
    Ok(corrected)
}

/// Applies one fact, and adds what it counts.
pub(super) fn apply_one(db: &Db, fact: &Fact) -> Result<(), StoreError> {
    let mut counted = Additions::default();
    // Whoever ends a call reads the ledger anyway.
    let _corrected = apply(db, &[fact], &mut counted)?;
    rollup::add(db, &counted)
}

/// Returns the number of the last applied fact of a journal; 0 before the first.
pub(super) fn applied(db: &Db, journal: JournalId) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(APPLIED)?;
    let last = statement.query_row(params![word(&journal)?], |row| row.get::<_, i64>(0));
    Ok(last.optional()?.map_or(0, i64::unsigned_abs))
}

/// Stores the number of the last applied fact of a journal.
pub(super) fn advance(db: &Db, journal: JournalId, last: u64) -> Result<(), StoreError> {
    db.prepare_cached(ADVANCE)?.execute(params![word(&journal)?, natural(last)])?;
    Ok(())
}
