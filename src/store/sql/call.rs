//! Records of calls.

use std::collections::BTreeMap;

use crate::base::CallId;
use crate::base::DecisionId;
use crate::base::InquiryId;
use crate::base::ListName;
use crate::base::Money;
use crate::base::NodeName;
use crate::base::Phone;
use crate::base::Wall;
use crate::book::Conversion;
use crate::book::Payout;
use crate::call::CallRecord;
use crate::call::CallState;
use crate::outbox::CallNews;
use crate::outbox::Event;
use crate::sale::Winner;
use crate::store::LeftOpen;
use crate::store::StoreError;

use super::attempt;
use super::bid;
use super::column::Columns;
use super::column::json;
use super::column::millis;
use super::column::natural;
use super::column::word;
use super::column::word_or_null;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::Value;
use super::engine::params;
use super::engine::row;
use super::event;
use super::gathered::Gathered;
use super::recording;
use super::report_of_sale;
use super::returned;
use super::sale;

/// The number, the trunk, the start and the node of a call never change.
const SAVE: &str = "
    INSERT INTO inquiry (id, state, number, caller, trunk, offer, source, flow, book_version,
        fields, started_at, answered_at, bridged_at, ended_at, ended_by, reason, sip_status,
        winner_contract, winner_buyer, price_micros, price_currency, buffer_ms,
        source_payout_micros, source_payout_currency, talk_ms, billable,
        revenue_micros, revenue_currency, payout_micros, payout_currency, decision_id, seen_at,
        dials, tags, node, media, payout_share, payout_caps, gate_ms, keyed_at, conversion,
        returns, suppressed_by, ping, payout_from_seconds, presumed, transferred_to,
        hangup_reason, channel)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
        $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,
        $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, 'call')
    ON CONFLICT (id) DO UPDATE SET
        state = excluded.state, caller = excluded.caller, offer = excluded.offer,
        source = excluded.source, flow = excluded.flow, book_version = excluded.book_version,
        fields = excluded.fields, answered_at = excluded.answered_at,
        bridged_at = excluded.bridged_at, ended_at = excluded.ended_at,
        ended_by = excluded.ended_by, reason = excluded.reason, sip_status = excluded.sip_status,
        winner_contract = excluded.winner_contract, winner_buyer = excluded.winner_buyer,
        price_micros = excluded.price_micros, price_currency = excluded.price_currency,
        buffer_ms = excluded.buffer_ms, source_payout_micros = excluded.source_payout_micros,
        source_payout_currency = excluded.source_payout_currency,
        payout_share = excluded.payout_share, payout_caps = excluded.payout_caps, talk_ms = excluded.talk_ms,
        billable = excluded.billable, revenue_micros = excluded.revenue_micros,
        revenue_currency = excluded.revenue_currency, payout_micros = excluded.payout_micros,
        payout_currency = excluded.payout_currency, decision_id = excluded.decision_id,
        dials = excluded.dials, tags = excluded.tags, media = excluded.media,
        gate_ms = excluded.gate_ms, keyed_at = excluded.keyed_at,
        conversion = excluded.conversion, returns = excluded.returns,
        suppressed_by = excluded.suppressed_by, presumed = excluded.presumed,
        transferred_to = excluded.transferred_to, hangup_reason = excluded.hangup_reason,
        payout_from_seconds = excluded.payout_from_seconds,
        seen_at = CASE WHEN excluded.seen_at > inquiry.seen_at THEN excluded.seen_at
                       ELSE inquiry.seen_at END
    WHERE inquiry.state = 'live' OR inquiry.presumed = 1";

const BEAT: &str = "UPDATE inquiry SET seen_at = $1
     WHERE id IN (SELECT value FROM json_each($2)) AND state = 'live' AND seen_at < $1";
const FETCH: &str = "SELECT * FROM inquiry WHERE id = $1 AND channel = 'call'";
const NAME_DECISION: &str = "
    UPDATE inquiry SET decision_id = last.column1 FROM (VALUES ($1, $2)) AS last
    WHERE inquiry.id = last.column2 AND inquiry.state = 'live'";
/// Leaves out calls at webhook carriers, which survive a restart of the switch.
const LIVE: &str = "
    SELECT * FROM inquiry
    WHERE state = 'live' AND channel = 'call' AND (CAST($1 AS TEXT) IS NULL OR node IS NULL OR node = $1) AND NOT EXISTS
        (SELECT 1 FROM carrier_call
         WHERE carrier_call.call_id = inquiry.id AND carrier_call.live = 1)
    ORDER BY id";

/// Needs no sort: the index of callers ends in the id, and ids sort by time.
const LAST_OF: &str = "
    SELECT started_at FROM inquiry
    WHERE caller = $1 AND id < $2 AND channel = 'call' ORDER BY id DESC LIMIT 1";

/// Writes an event of a call, with its record as it is stored. Writes nothing for a lead.
pub(super) fn write_event(
    db: &Db,
    news: CallNews,
    call: impl Into<InquiryId>,
    at: Wall,
) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let found = statement.query_row(params![word(&call.into())?], |row| Ok(read(db, row)));
    match found.optional()?.transpose()? {
        Some(record) => event::write(db, &Event::of_call(news, record, at)),
        None => Ok(()),
    }
}

/// A row of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallRow<'a> {
    /// The call as it is known.
    pub(super) record: &'a CallRecord,
    /// Its node, if the call is new.
    pub(super) node: Option<&'a NodeName>,
    /// Its last decision, if that came after the record.
    pub(super) decision: Option<DecisionId>,
    /// When it was last seen live.
    pub(super) seen_at: Wall,
    /// Whether its end is presumed.
    pub(super) is_presumed: bool,
}

/// Stores calls: new ones and changes of those that are live or presumed to have ended. Does not change
/// ended ones.
pub(super) fn save_all<'a>(
    db: &Db,
    rows: impl IntoIterator<Item = &'a CallRow<'a>>,
) -> Result<(), StoreError> {
    let rows: Vec<_> = rows.into_iter().map(row).collect::<Result<_, _>>()?;
    Ok(db.execute_all(SAVE, rows)?)
}

/// Stores which decisions of live calls are their last.
pub(super) fn name_decisions(
    db: &Db,
    last: &BTreeMap<CallId, DecisionId>,
) -> Result<(), StoreError> {
    let mut rows = Gathered::default();
    for (call, decision) in last {
        let call = word(call)?;
        let row = row![word(decision)?, call];
        rows.add(call, row);
    }
    rows.write(db, NAME_DECISION)
}

fn row(of: &CallRow<'_>) -> Result<Vec<Value>, StoreError> {
    let CallRow { record, node, decision, seen_at, is_presumed } = of;
    let winner = record.winner.as_ref();
    let (price, price_currency) = money(winner.map(|winner| winner.price));
    let (fixed, share) = match winner.and_then(|winner| winner.payout) {
        None => (None, None),
        Some(Payout::Fixed(amount)) => (Some(amount), None),
        Some(Payout::Share(share)) => (None, Some(json(&share)?)),
    };
    let (source_payout, source_payout_currency) = money(fixed);
    let caps = winner.map(|winner| &winner.payout_caps).filter(|caps| !caps.is_none());
    let (revenue, revenue_currency) = money(record.revenue);
    let (payout, payout_currency) = money(record.payout);
    Ok(row![
        word(&record.id)?,
        word(&record.state)?,
        record.number.e164(),
        record.caller.as_ref().map(|caller| caller.e164()),
        record.ingress.to_string(),
        record.offer.as_str(),
        record.source.as_str(),
        record.flow.as_str(),
        natural(record.book_version),
        json(&record.fields)?,
        record.started_at.micros(),
        record.answered_at.map(Wall::micros),
        record.bridged_at.map(Wall::micros),
        record.ended_at.map(Wall::micros),
        word_or_null(record.ended_by.as_ref())?,
        record.reason.map(|reason| reason.code()),
        record.sip_status,
        winner.map(|winner| winner.contract.as_str()),
        winner.map(|winner| winner.buyer.as_str()),
        price,
        price_currency,
        winner.map(|winner| millis(winner.buffer)),
        source_payout,
        source_payout_currency,
        millis(record.talk),
        record.billable,
        revenue,
        revenue_currency,
        payout,
        payout_currency,
        word_or_null(decision.or(record.decision_id).as_ref())?,
        last_seen(record).max(*seen_at).micros(),
        json(&record.dials)?,
        json(&record.tags)?,
        node.map(NodeName::as_str),
        json(&record.media)?,
        share,
        caps.map(json).transpose()?,
        millis(record.gate),
        record.keyed_at.map(Wall::micros),
        json(&winner.map(|winner| &winner.conversion))?,
        json(&winner.and_then(|winner| winner.returns.as_ref()))?,
        record.suppressed_by.as_ref().map(ListName::as_str),
        record.ping.as_ref().map(json).transpose()?,
        winner.and_then(|winner| winner.payout_from_seconds).map(natural),
        is_presumed,
        record.transferred_to.as_deref(),
        record.hangup_reason.as_deref(),
    ])
}

fn money(amount: Option<Money>) -> (Option<i64>, Option<String>) {
    let code = amount.map(|amount| amount.currency().as_str().to_owned());
    (amount.map(Money::micros), code)
}

/// Returns the last time at which the record shows the call live.
fn last_seen(record: &CallRecord) -> Wall {
    [record.answered_at, record.bridged_at].into_iter().flatten().fold(record.started_at, Ord::max)
}

/// Stores that the switch saw live calls at `at`.
pub(super) fn beat(db: &Db, ids: &[CallId], at: Wall) -> Result<(), StoreError> {
    db.prepare_cached(BEAT)?.execute(params![at.micros(), json(&ids)?])?;
    Ok(())
}

/// Returns the live calls of a node, or of all, and their sales, except calls at webhook carriers.
pub(super) fn left_open(db: &Db, node: Option<&NodeName>) -> Result<Vec<LeftOpen>, StoreError> {
    let mut statement = db.prepare_cached(LIVE)?;
    let mut rows = statement.query(params![node.map(NodeName::as_str)])?;
    let mut left = Vec::new();
    while let Some(row) = rows.next()? {
        left.push(read_left_open(db, row)?);
    }
    Ok(left)
}

/// Returns a live call and its sales; `None` if it is unknown or has ended.
pub(super) fn left_open_one(db: &Db, id: CallId) -> Result<Option<LeftOpen>, StoreError> {
    Ok(with_sales(db, id)?.filter(|left| left.record.state == CallState::Live))
}

/// Returns a call and its sales, whether it has ended or not; `None` if it is unknown.
pub(super) fn with_sales(db: &Db, id: CallId) -> Result<Option<LeftOpen>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let read = |row: Row<'_>| Ok(read_left_open(db, row));
    statement.query_row(params![word(&id)?], read).optional()?.transpose()
}

fn read_left_open(db: &Db, row: Row<'_>) -> Result<LeftOpen, StoreError> {
    let (record, seen_at) = (read(db, row)?, Columns::of("inquiry", row).wall("seen_at")?);
    let sales = sale::of_inquiry(db, record.id)?;
    Ok(LeftOpen { record, seen_at, sales })
}

/// Returns a call; `None` if it is unknown.
pub(super) fn fetch(db: &Db, id: CallId) -> Result<Option<CallRecord>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let found = statement.query_row(params![word(&id)?], |row| Ok(read(db, row))).optional()?;
    found.transpose()
}

/// Returns the time of a caller's last call before a call.
pub(super) fn last_of(db: &Db, caller: &Phone, before: CallId) -> Result<Option<Wall>, StoreError> {
    let mut statement = db.prepare_cached(LAST_OF)?;
    let found = statement.query_row(params![caller.e164(), word(&before)?], |row| row.get(0));
    Ok(found.optional()?.map(Wall::from_micros))
}

/// Reads a row of `inquiry` as a call, with its attempts.
pub(super) fn read(db: &Db, row: Row<'_>) -> Result<CallRecord, StoreError> {
    let column = Columns::of("inquiry", row);
    let id = column.word("id")?;
    Ok(CallRecord {
        id,
        state: column.word("state")?,
        number: column.word("number")?,
        caller: column.word_or_null("caller")?,
        ingress: column.text("trunk")?,
        offer: column.word("offer")?,
        source: column.word("source")?,
        flow: column.word("flow")?,
        book_version: column.natural("book_version")?,
        suppressed_by: column.word_or_null("suppressed_by")?,
        ping: column.json_or_null("ping")?,
        fields: column.json("fields")?,
        started_at: column.wall("started_at")?,
        answered_at: column.wall_or_null("answered_at")?,
        bridged_at: column.wall_or_null("bridged_at")?,
        ended_at: column.wall_or_null("ended_at")?,
        ended_by: column.word_or_null("ended_by")?,
        reason: column.word_or_null("reason")?,
        hangup_reason: column.plain("hangup_reason")?,
        sip_status: column.plain("sip_status")?,
        bids: bid::of_inquiry(db, id)?,
        attempts: attempt::of_inquiry(db, id)?,
        dials: column.json("dials")?,
        transferred_to: column.plain("transferred_to")?,
        tags: column.json("tags")?,
        media: column.json("media")?,
        recordings: recording::of_call(db, id)?,
        winner: read_winner(&column)?,
        talk: column.millis("talk_ms")?,
        gate: column.millis("gate_ms")?,
        keyed_at: column.wall_or_null("keyed_at")?,
        conversion: report_of_sale::of_inquiry(db, id)?,
        returned: returned::of_inquiry(db, id)?,
        billable: column.plain("billable")?,
        revenue: column.money_or_null("revenue_micros", "revenue_currency")?,
        payout: column.money_or_null("payout_micros", "payout_currency")?,
        decision_id: column.word_or_null("decision_id")?,
    })
}

fn read_winner(column: &Columns<'_>) -> Result<Option<Winner>, StoreError> {
    let Some(contract) = column.word_or_null("winner_contract")? else { return Ok(None) };
    let price = column.money_or_null("price_micros", "price_currency")?;
    let price = price.ok_or_else(|| StoreError::Unreadable {
        what: "inquiry",
        cause: "price_micros: missing for a call with a winner".to_owned(),
    })?;
    let fixed = column.money_or_null("source_payout_micros", "source_payout_currency")?;
    let share = column.json_or_null("payout_share")?.map(Payout::Share);
    let conversion: Option<Conversion> = column.json("conversion")?;
    Ok(Some(Winner {
        contract,
        buyer: column.word("winner_buyer")?,
        price,
        buffer: column.millis("buffer_ms")?,
        payout: share.or(fixed.map(Payout::Fixed)),
        payout_from_seconds: column.natural_or_null("payout_from_seconds")?,
        payout_caps: column.json_or_null("payout_caps")?.unwrap_or_default(),
        conversion: conversion.unwrap_or_default(),
        returns: column.json("returns")?,
    }))
}
