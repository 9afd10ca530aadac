//! Calls at webhook carriers and their journals.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::collections::HashSet;
use std::sync::Arc;

use crate::base::CallId;
use crate::base::NodeName;
use crate::base::Wall;
use crate::library::FlowText;
use crate::store::CarrierCall;
use crate::store::CarrierJournal;
use crate::store::CarrierLine;
use crate::store::CarrierStep;
use crate::store::StoreError;

use super::call;
use super::column::Columns;
use super::column::json;
use super::column::word;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;
use super::engine::row;
use super::fact;
use super::gathered::Gathered;

const FLOW: &str = "
    INSERT INTO flow_text (hash, file, text) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING";

const OPEN: &str = "
    INSERT INTO carrier_call
        (token, carrier, carrier_id, account, call_id, seed, flow, format, live)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)";

/// The number of a line and its callback are unique in a call.
const WRITE: &str = "
    INSERT INTO carrier_line (token, place, errand, line, answer) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
    RETURNING token, place, errand";

const END: &str = "
    UPDATE carrier_call SET live = 0 WHERE token IN (SELECT value FROM json_each($1))";
const KNOWN: &str = "
    SELECT carrier, carrier_id FROM carrier_call
    WHERE carrier_id IN (SELECT value FROM json_each($1))";

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

/// Names a line of a call's journal: the token, its number and its callback.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct LineKey<'a> {
    token: Cow<'a, str>,
    place: u32,
    callback: Cow<'a, str>,
}

impl<'a> LineKey<'a> {
    /// Returns the key of the line of a step.
    pub(super) fn of(step: &'a CarrierStep) -> Self {
        let CarrierStep { token, line: CarrierLine { place, callback, .. }, .. } = step;
        let (token, callback) = (Cow::Borrowed(token.as_str()), Cow::Borrowed(callback.as_str()));
        Self { token, place: *place, callback }
    }
}

/// Returns the name of a call at its carrier, unique among all carriers.
pub(super) fn name_of(call: &CarrierCall) -> String {
    name(&call.carrier, &call.carrier_id)
}

fn name(carrier: &str, id: &str) -> String {
    format!("{carrier} {id}")
}

/// Returns the names of the known calls with some of the carriers' ids.
pub(super) fn known(db: &Db, ids: &BTreeSet<&str>) -> Result<HashSet<String>, StoreError> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let read = |row: Row<'_>| {
        Ok(name(&row.get::<_, String>("carrier")?, &row.get::<_, String>("carrier_id")?))
    };
    let known = db.prepare_cached(KNOWN)?.query_all(params![json(&ids)?], read)?;
    Ok(known.into_iter().collect())
}

/// Stores texts of flows.
pub(super) fn store_flows<'a>(
    db: &Db,
    texts: impl IntoIterator<Item = &'a Arc<FlowText>>,
) -> Result<(), StoreError> {
    let mut rows = Gathered::default();
    for FlowText { hash, file, text } in texts.into_iter().map(Arc::as_ref) {
        rows.add(hash.clone(), row![hash, file, text]);
    }
    rows.write(db, FLOW)
}

/// Stores new calls, after their facts, and their first lines.
pub(super) fn store_opened<'a>(
    db: &Db,
    opened: impl IntoIterator<Item = (&'a CarrierCall, &'a CarrierStep)>,
) -> Result<(), StoreError> {
    let (mut rows, mut steps) = (Gathered::default(), Vec::new());
    for (call, step) in opened {
        let seed: String = call.seed.iter().map(|byte| format!("{byte:02x}")).collect();
        let CarrierCall { token, carrier, carrier_id, account, flow, format, .. } = call;
        let id = word(&call.call)?;
        let row = row![token, carrier, carrier_id, account, id, seed, flow, format];
        rows.add(token.clone(), row);
        steps.push(step);
    }
    rows.write(db, OPEN)?;
    store_lines(db, &steps).map(drop)
}

/// Stores the lines of steps, unless there are such lines. Returns those that were stored.
pub(super) fn store_lines<'a>(
    db: &Db,
    steps: &[&'a CarrierStep],
) -> Result<HashSet<LineKey<'a>>, StoreError> {
    let mut rows = Gathered::default();
    for CarrierStep { token, line: CarrierLine { place, callback, line, answer }, .. } in steps {
        let row = row![token, place, callback, line, answer];
        rows.add(format!("{token} {place} {callback}"), row);
    }
    let stored = rows.insert(db, WRITE, |row| {
        let (token, callback) = (row.get::<_, String>("token")?, row.get::<_, String>("errand")?);
        let (token, callback) = (Cow::Owned(token), Cow::Owned(callback));
        Ok(LineKey { token, place: row.get("place")?, callback })
    })?;
    Ok(stored.into_iter().collect())
}

/// Stores that calls are no longer live.
pub(super) fn end_all(db: &Db, tokens: Vec<&str>) -> Result<(), StoreError> {
    if !tokens.is_empty() {
        db.prepare_cached(END)?.execute(params![json(&tokens)?])?;
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
        fact::apply_one(db, &left.close(at))?;
    }
    end_all(db, vec![token])?;
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
