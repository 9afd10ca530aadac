//! Calls at webhook carriers and their journals.

use std::sync::Arc;

use crate::base::CallId;
use crate::base::NodeName;
use crate::base::Wall;
use crate::library::FlowText;
use crate::store::CarrierCall;
use crate::store::CarrierJournal;
use crate::store::CarrierLine;
use crate::store::CarrierStep;
use crate::store::Fact;
use crate::store::Origin;
use crate::store::StoreError;
use crate::store::Written;

use super::call;
use super::column::Columns;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;
use super::fact;

const FLOW: &str = "
    INSERT INTO flow_text (hash, file, text) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING";

const OPEN: &str = "
    INSERT INTO carrier_call
        (token, carrier, carrier_id, account, call_id, seed, flow, format, live)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)";

const WRITE: &str = "
    INSERT INTO carrier_line (token, place, errand, line, answer) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING";

const END: &str = "UPDATE carrier_call SET live = 0 WHERE token = $1";

const BY_TOKEN: &str = "SELECT * FROM carrier_call WHERE token = $1";
const SEEN_AT: &str = "SELECT seen_at FROM inquiry WHERE id = $1";
const CALL: &str = "SELECT call_id FROM carrier_call WHERE token = $1";
const TOKEN: &str = "SELECT token FROM carrier_call WHERE carrier = $1 AND carrier_id = $2";
const LIVE: &str = "
    SELECT token FROM carrier_call JOIN inquiry ON inquiry.id = carrier_call.call_id
    WHERE carrier_call.live = 1
        AND (CAST($1 AS TEXT) IS NULL OR inquiry.node IS NULL OR inquiry.node = $1)
    ORDER BY token";
const GIVE: &str = "
    UPDATE inquiry SET node = $1
    WHERE node = $2 AND id IN (SELECT call_id FROM carrier_call WHERE live = 1)";
const LINES: &str = "SELECT * FROM carrier_line WHERE token = $1 ORDER BY place";
const TEXT: &str = "SELECT hash, file, text FROM flow_text WHERE hash = $1";

/// Stores a new call and its first step. Stores nothing if the call is known.
pub(super) fn open(
    db: &Db,
    opened: &CarrierCall,
    step: &CarrierStep,
) -> Result<Written, StoreError> {
    if token(db, &opened.carrier, &opened.carrier_id)?.is_some() {
        return Ok(Written::Taken);
    }
    flows(db, &step.flows)?;
    fact::apply(db, Origin::Transaction, &step.facts)?;
    let seed: String = opened.seed.iter().map(|byte| format!("{byte:02x}")).collect();
    db.prepare_cached(OPEN)?.execute(params![
        opened.token,
        opened.carrier,
        opened.carrier_id,
        opened.account,
        word(&opened.call)?,
        seed,
        opened.flow,
        opened.format,
    ])?;
    write(db, step)
}

/// Stores a step.
pub(super) fn write(db: &Db, step: &CarrierStep) -> Result<Written, StoreError> {
    let CarrierStep { token, line, flows: texts, facts } = step;
    flows(db, texts)?;
    let CarrierLine { place, callback, line, answer } = line;
    let written =
        db.prepare_cached(WRITE)?.execute(params![token, place, callback, line, answer])?;
    if written == 0 {
        return Ok(Written::Taken);
    }
    fact::apply(db, Origin::Transaction, facts)?;
    if facts.iter().any(|fact| matches!(fact, Fact::Ended(_))) {
        db.prepare_cached(END)?.execute(params![token])?;
    }
    Ok(Written::Stored)
}

fn flows(db: &Db, texts: &[Arc<FlowText>]) -> Result<(), StoreError> {
    for FlowText { hash, file, text } in texts.iter().map(Arc::as_ref) {
        db.prepare_cached(FLOW)?.execute(params![hash, file, text])?;
    }
    Ok(())
}

/// Returns the call with this token and its journal.
pub(super) fn by_token(db: &Db, token: &str) -> Result<Option<CarrierJournal>, StoreError> {
    let mut statement = db.prepare_cached(BY_TOKEN)?;
    let found = statement.query_row(params![token], |row| Ok(read(row))).optional()?;
    found.transpose()?.map(|call| journal(db, call)).transpose()
}

/// Returns the token of a call by the carrier's id for the call.
pub(super) fn token(db: &Db, carrier: &str, id: &str) -> Result<Option<String>, StoreError> {
    let mut statement = db.prepare_cached(TOKEN)?;
    statement.query_row(params![carrier, id], |row| row.get(0)).optional()
}

/// Ends a call that cannot continue, at the time it was last seen, but not after `at`.
pub(super) fn end(db: &Db, token: &str, at: Wall) -> Result<Option<CallId>, StoreError> {
    let mut statement = db.prepare_cached(CALL)?;
    let read = |row: Row<'_>| Ok(Columns::of("carrier_call", row).word("call_id"));
    let found = statement.query_row(params![token], read).optional()?;
    // Only this column is read: the rest of the row may be unreadable.
    let Some(call): Option<CallId> = found.transpose()? else { return Ok(None) };
    if let Some(left) = call::left_open_one(db, call)? {
        fact::apply(db, Origin::Transaction, &[left.close(at)])?;
    }
    db.prepare_cached(END)?.execute(params![token])?;
    Ok(Some(call))
}

/// Returns the tokens of the live calls of a node, or of all.
pub(super) fn live(db: &Db, node: Option<&NodeName>) -> Result<Vec<String>, StoreError> {
    let mut statement = db.prepare_cached(LIVE)?;
    Ok(statement.query_all(params![node.map(NodeName::as_str)], |row| row.get(0))?)
}

/// Gives the live calls of a node to another. Returns their tokens.
pub(super) fn give(db: &Db, from: &NodeName, to: &NodeName) -> Result<Vec<String>, StoreError> {
    let tokens = live(db, Some(from))?;
    db.prepare_cached(GIVE)?.execute(params![to.as_str(), from.as_str()])?;
    Ok(tokens)
}

/// Returns the text of a flow by its hash.
pub(super) fn flow_text(db: &Db, hash: &str) -> Result<Option<FlowText>, StoreError> {
    let read =
        |row: Row<'_>| Ok(FlowText { hash: row.get(0)?, file: row.get(1)?, text: row.get(2)? });
    db.prepare_cached(TEXT)?.query_row(params![hash], read).optional()
}

fn journal(db: &Db, call: CarrierCall) -> Result<CarrierJournal, StoreError> {
    let mut statement = db.prepare_cached(LINES)?;
    let mut rows = statement.query(params![call.token])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("carrier_line", row);
        lines.push(CarrierLine {
            place: column.plain("place")?,
            callback: column.plain("errand")?,
            line: column.plain("line")?,
            answer: column.plain("answer")?,
        });
    }
    let mut statement = db.prepare_cached(SEEN_AT)?;
    let seen_at = statement.query_row(params![word(&call.call)?], |row| row.get(0)).optional()?;
    let seen_at = Wall::from_micros(seen_at.unwrap_or_default());
    Ok(CarrierJournal { call, lines, seen_at })
}

fn read(row: Row<'_>) -> Result<CarrierCall, StoreError> {
    let column = Columns::of("carrier_call", row);
    let seed: String = column.plain("seed")?;
    let seed = seed_of(&seed).ok_or_else(|| StoreError::Unreadable {
        what: "carrier_call",
        cause: "seed: not 64 hexadecimal digits".to_owned(),
    })?;
    Ok(CarrierCall {
        token: column.plain("token")?,
        carrier: column.plain("carrier")?,
        carrier_id: column.plain("carrier_id")?,
        account: column.plain("account")?,
        call: column.word("call_id")?,
        seed,
        flow: column.plain("flow")?,
        format: column.plain("format")?,
    })
}

fn seed_of(text: &str) -> Option<[u8; 32]> {
    let mut seed = [0; 32];
    if text.len() != seed.len() * 2 || !text.is_ascii() {
        return None;
    }
    for (place, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(seed)
}
