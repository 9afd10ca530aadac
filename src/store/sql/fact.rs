//! Applies facts in the order in which they are delivered.

use crate::base::CallId;
use crate::base::JournalId;
use crate::report::Additions;
use crate::sale::AttemptRecord;
use crate::sale::DecisionRecord;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::StoreError;

use super::attempt;
use super::call;
use super::carried;
use super::column::natural;
use super::column::word;
use super::decision;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::params;
use super::rollup;

const APPLIED: &str = "SELECT sequence FROM journal WHERE id = $1";
const ADVANCE: &str = "
    INSERT INTO journal (id, sequence) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence
    WHERE journal.sequence < excluded.sequence";

/// Applies facts in order. Skips facts of a journal that were applied before. Returns whether an end
/// applied a report that came before it.
pub(super) fn apply(db: &Db, origin: Origin, facts: &[Fact]) -> Result<bool, StoreError> {
    match origin {
        Origin::Transaction => all(db, facts),
        Origin::Journal { id, first } => {
            let seen = (applied(db, id)? + 1).saturating_sub(first);
            let seen = usize::try_from(seen).unwrap_or(usize::MAX);
            let Some(new) = facts.get(seen..).filter(|new| !new.is_empty()) else {
                return Ok(false);
            };
            let corrected = all(db, new)?;
            let count = u64::try_from(facts.len()).unwrap_or(u64::MAX);
            let last = first.saturating_add(count).saturating_sub(1);
            db.prepare_cached(ADVANCE)?.execute(params![word(&id)?, natural(last)])?;
            Ok(corrected)
        }
    }
}

/// Returns the number of the last applied fact of a journal; 0 before the first.
pub(super) fn applied(db: &Db, journal: JournalId) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(APPLIED)?;
    let last = statement.query_row(params![word(&journal)?], |row| row.get::<_, i64>(0));
    Ok(last.optional()?.map_or(0, i64::unsigned_abs))
}

fn all(db: &Db, facts: &[Fact]) -> Result<bool, StoreError> {
    let mut counted = Additions::default();
    let mut corrected = false;
    for fact in facts {
        corrected |= one(db, fact, &mut counted)?;
    }
    rollup::add(db, &counted)?;
    Ok(corrected)
}

fn one(db: &Db, fact: &Fact, counted: &mut Additions) -> Result<bool, StoreError> {
    if !fact.has_right_state() {
        return Err(StoreError::WrongState);
    }
    match fact {
        Fact::Opened { record, node } => call::open(db, record, node)?,
        Fact::Decided { call, decisions } => decided(db, *call, &[], decisions)?,
        Fact::Attempted { call, attempts, decisions } => decided(db, *call, attempts, decisions)?,
        Fact::Bridged(change) | Fact::Ended(change) => return call::save(db, change, counted),
        Fact::Carried { call, legs } => carried::save(db, *call, legs)?,
        Fact::Beat { at, calls } => call::beat(db, calls, *at)?,
    }
    Ok(false)
}

fn decided(
    db: &Db,
    call: CallId,
    attempts: &[AttemptRecord],
    decisions: &[DecisionRecord],
) -> Result<(), StoreError> {
    if !call::is_live(db, call)? {
        return Ok(());
    }
    attempt::save(db, call, attempts)?;
    decision::save(db, call, decisions)?;
    decisions.last().map_or(Ok(()), |last| call::name_decision(db, call, last.id))
}
