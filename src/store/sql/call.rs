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
use crate::report::Additions;
use crate::sale::Winner;
use crate::store::CallChange;
use crate::store::LeftOpen;
use crate::store::StoreError;
use crate::store::Won;

use super::attempt;
use super::bid;
use super::case;
use super::case::Corrected;
use super::column::Columns;
use super::column::json;
use super::column::millis;
use super::column::natural;
use super::column::word;
use super::column::word_or_null;
use super::decision;
use super::engine::Db;
use super::engine::OptionalExtension as _;
use super::engine::Row;
use super::engine::params;
use super::event;
use super::payout_use;
use super::ping;
use super::posting;
use super::recording;
use super::report_of_sale;
use super::returned;
use super::rollup;
use super::sale;

const INSERT: &str = "
    INSERT INTO inquiry (id, state, number, caller, trunk, offer, source, flow, book_version,
        fields, started_at, answered_at, bridged_at, ended_at, ended_by, reason, sip_status,
        winner_contract, winner_buyer, price_micros, price_currency, buffer_ms,
        source_payout_micros, source_payout_currency, talk_ms, billable,
        revenue_micros, revenue_currency, payout_micros, payout_currency, decision_id, seen_at,
        dials, tags, node, media, payout_share, payout_caps, gate_ms, keyed_at, conversion,
        returns, suppressed_by, ping, payout_from_seconds, channel)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
        $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,
        $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, 'call')
    ON CONFLICT (id) DO ";

/// The number, the trunk, the start and the node of a call never change.
const UPDATE: &str = "UPDATE SET
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
        suppressed_by = excluded.suppressed_by,
        payout_from_seconds = excluded.payout_from_seconds,
        seen_at = CASE WHEN excluded.seen_at > inquiry.seen_at THEN excluded.seen_at
                       ELSE inquiry.seen_at END
    WHERE inquiry.state = 'live'";

const BEAT: &str =
    "UPDATE inquiry SET seen_at = $1 WHERE id = $2 AND state = 'live' AND seen_at < $1";
const FETCH: &str = "SELECT * FROM inquiry WHERE id = $1 AND channel = 'call'";
const NAME_DECISION: &str = "UPDATE inquiry SET decision_id = $1 WHERE id = $2 AND state = 'live'";
const IS_LIVE: &str = "SELECT EXISTS (SELECT 1 FROM inquiry WHERE id = $1 AND state = 'live')";
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

/// Stores a new call. Does not change a known call.
pub(super) fn open(db: &Db, record: &CallRecord, node: &NodeName) -> Result<(), StoreError> {
    if insert(db, record, Some(node), "NOTHING")? {
        attempt::save(db, record.id, &record.attempts)?;
        use_bid(db, record)?;
        event::write_news(db, None, record)?;
    }
    Ok(())
}

/// Stores a change of a call, which may be unknown. Does not change an ended call. Counts a call
/// that ends, and applies what its buyer reported before. Returns whether that corrected the ledger.
pub(super) fn save(
    db: &Db,
    change: &CallChange,
    counted: &mut Additions,
) -> Result<bool, StoreError> {
    let source = &change.record.source;
    let periods = change.payout_periods();
    let used = match &periods {
        Some(periods) => payout_use::used(db, source, periods)?,
        None => BTreeMap::new(),
    };
    let capped = change.capped(|period| used.get(&period).copied().unwrap_or(0));
    let CallChange { record, decisions, sales, postings } = capped.as_ref().unwrap_or(change);
    let before = event::before(db, record.id)?;
    if !insert(db, record, None, UPDATE)? {
        return Ok(false);
    }
    use_bid(db, record)?;
    bid::save(db, record.id, &record.bids)?;
    attempt::save(db, record.id, &record.attempts)?;
    decision::save(db, record.id, decisions)?;
    recording::save(db, record.id, &record.recordings)?;
    for won in sales {
        sale::save(db, record.id, won)?;
    }
    for posting in postings {
        if posting::store(db, posting)? && posting.pays() {
            payout_use::take(
                db,
                source,
                periods.as_ref().map_or(&[][..], |periods| periods),
                posting.at,
            )?;
        }
    }
    event::write_news(db, before, record)?;
    let Some(ended_at) = record.ended_at else { return Ok(false) };
    rollup::end(db, record, counted)?;
    case::shown(db, record)?;
    settle_early(db, record.id, sales, ended_at)
}

/// Notes the call at the ping whose bid it came for.
fn use_bid(db: &Db, record: &CallRecord) -> Result<(), StoreError> {
    match record.promise() {
        Some(promise) => ping::came(db, promise.ping, record.id),
        None => Ok(()),
    }
}

/// Applies what the buyers of an ended call reported before. Returns whether that corrected the
/// ledger.
fn settle_early(db: &Db, call: CallId, sales: &[Won], at: Wall) -> Result<bool, StoreError> {
    let mut corrected = false;
    for won in sales {
        let settled = case::settle_early(db, won.attempt, at)?;
        corrected |= settled != Corrected::Nothing;
        if settled == Corrected::Converted {
            write_event(db, CallNews::Converted, call, at)?;
        }
    }
    Ok(corrected)
}

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

/// Returns whether a call is known and live.
pub(super) fn is_live(db: &Db, id: CallId) -> Result<bool, StoreError> {
    Ok(db.prepare_cached(IS_LIVE)?.query_row(params![word(&id)?], |row| row.get(0))?)
}

/// Stores which decision of a live call is its last.
pub(super) fn name_decision(db: &Db, id: CallId, decision: DecisionId) -> Result<(), StoreError> {
    db.prepare_cached(NAME_DECISION)?.execute(params![word(&decision)?, word(&id)?])?;
    Ok(())
}

/// Inserts or updates a row. Returns whether a row was inserted or changed.
fn insert(
    db: &Db,
    record: &CallRecord,
    node: Option<&NodeName>,
    conflict: &str,
) -> Result<bool, StoreError> {
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
    let mut statement = db.prepare_cached(&format!("{INSERT}{conflict}"))?;
    let changed = statement.execute(params![
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
        word_or_null(record.decision_id.as_ref())?,
        last_seen(record).micros(),
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
    ])?;
    Ok(changed > 0)
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
    let mut statement = db.prepare_cached(BEAT)?;
    for id in ids {
        statement.execute(params![at.micros(), word(id)?])?;
    }
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
    let mut statement = db.prepare_cached(FETCH)?;
    let read = |row: Row<'_>| Ok(read_left_open(db, row));
    let found = statement.query_row(params![word(&id)?], read).optional()?.transpose()?;
    Ok(found.filter(|left| left.record.state == CallState::Live))
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
        sip_status: column.plain("sip_status")?,
        bids: bid::of_inquiry(db, id)?,
        attempts: attempt::of_inquiry(db, id)?,
        dials: column.json("dials")?,
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
