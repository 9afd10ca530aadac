//! Records of form leads.

use std::collections::BTreeSet;

use crate::base::InquiryId;
use crate::base::LeadId;
use crate::base::Money;
use crate::base::NodeName;
use crate::base::Wall;
use crate::lead::LeadRecord;
use crate::lead::LeadSale;
use crate::lead::LeadStatus;
use crate::lead::check::Holder;
use crate::nodes::Takeover;
use crate::outbox::Event;
use crate::outbox::LeadNews;
use crate::outbox::lead_news;
use crate::report::Additions;
use crate::sale::Winner;
use crate::store::LEAD_KEY_KEPT;
use crate::store::LeadChange;
use crate::store::LeadKey;
use crate::store::LeadOpened;
use crate::store::LeadOpening;
use crate::store::OpenLead;
use crate::store::StoreError;

use super::attempt;
use super::bid;
use super::case;
use super::case::Corrected;
use super::certificate;
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
use super::lead_after;
use super::node;
use super::payout_use::PayoutUse;
use super::ping;
use super::posting;
use super::report_of_sale;
use super::returned;
use super::rollup;
use super::sale;
use super::sale::SaleOf;

const FIND_KEY: &str =
    "SELECT digest, lead, created_at FROM lead_key WHERE client = $1 AND key = $2";
const SAVE_KEY: &str = "
    INSERT INTO lead_key (client, key, digest, lead, created_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (client, key) DO UPDATE SET
        digest = excluded.digest, lead = excluded.lead, created_at = excluded.created_at";
/// Deletes a few expired keys per lead, more than the lead adds, so that the table does not grow.
const FORGET_KEYS: &str = "
    DELETE FROM lead_key WHERE (client, key) IN
        (SELECT client, key FROM lead_key WHERE created_at <= $1 ORDER BY created_at LIMIT 4)";

/// Terms of the first sale stand in the inquiry as well, for lists and reports by buyer.
const INSERT: &str = "
    INSERT INTO inquiry (id, channel, state, node, offer, source, book_version, fields, tags,
        started_at, ended_at, reason, decision_id, seen_at, winner_contract, winner_buyer,
        price_micros, price_currency, buffer_ms, billable, revenue_micros, revenue_currency,
        payout_micros, payout_currency, caller, bridged_at, dials, talk_ms, payout_caps)
    VALUES ($1, 'form', $2, $3, $4, $5, $6, $7, '{}', $8, $9, $10, $11, $12, $13, $14, $15, $16,
        $17, $18, $19, $20, $21, $22, $23, $24, '[]', 0, $25)
    ON CONFLICT (id) DO ";
/// The start of a lead never changes, and its node only when another takes it over.
const UPDATE: &str = "UPDATE SET
        state = excluded.state, offer = excluded.offer, ended_at = excluded.ended_at,
        reason = excluded.reason, decision_id = excluded.decision_id,
        seen_at = excluded.seen_at, winner_contract = excluded.winner_contract,
        winner_buyer = excluded.winner_buyer, price_micros = excluded.price_micros,
        price_currency = excluded.price_currency, buffer_ms = excluded.buffer_ms,
        billable = excluded.billable, revenue_micros = excluded.revenue_micros,
        revenue_currency = excluded.revenue_currency, payout_micros = excluded.payout_micros,
        payout_currency = excluded.payout_currency, bridged_at = excluded.bridged_at,
        payout_caps = excluded.payout_caps
    WHERE inquiry.state = 'live'";
const DETAILS: &str = "
    INSERT INTO lead (id, status, steps, in_flight) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, steps = excluded.steps,
        in_flight = excluded.in_flight";
/// No row if the lead is unknown.
const STANDING: &str = "
    SELECT state = 'live',
        CAST($1 AS TEXT) IS NOT NULL AND inquiry.node IS NOT NULL AND inquiry.node <> $1
    FROM inquiry WHERE id = $2 AND channel = 'form'";
const GIVE: &str = "
    UPDATE inquiry SET node = $1 WHERE node = $2 AND channel = 'form' AND state = 'live'";
const STATUS: &str = "SELECT status FROM lead WHERE id = $1";
const TERMS: &str = "UPDATE sale SET terms = $1 WHERE id = $2 AND terms IS NULL";
const SHOWN: &str = "UPDATE sale SET shown = $1 WHERE id = $2";
const SALES: &str = "
    SELECT id, terms FROM sale WHERE inquiry_id = $1 AND terms IS NOT NULL ORDER BY rowid";
const FETCH: &str = "
    SELECT inquiry.*, lead.status, lead.steps, lead.in_flight
    FROM inquiry JOIN lead ON lead.id = inquiry.id WHERE inquiry.id = $1";
const LIVE: &str = "
    SELECT inquiry.*, lead.status, lead.steps, lead.in_flight
    FROM inquiry JOIN lead ON lead.id = inquiry.id
    WHERE inquiry.state = 'live' AND inquiry.channel = 'form'
        AND (CAST($1 AS TEXT) IS NULL OR inquiry.node IS NULL OR inquiry.node = $1)
    ORDER BY inquiry.id";

/// Stores a lead that came in, unless its request sent one before.
pub(super) fn open(
    db: &Db,
    opening: &LeadOpening,
    counted: &mut Additions,
) -> Result<LeadOpened, StoreError> {
    let LeadOpening { first, node, key, certificates, ping } = opening;
    let record = &first.record;
    if let Some(key) = key {
        if let Some(before) = of_key(db, key, record.received_at)? {
            return Ok(before);
        }
        let expired = (record.received_at - LEAD_KEY_KEPT).micros();
        db.prepare_cached(FORGET_KEYS)?.execute(params![expired])?;
    }
    let mut first = first.clone();
    let stored = &mut first.record;
    let refusal = match record.status.is_over() {
        true => None,
        false => {
            let own = Holder { source: &record.source, fields: &record.fields };
            certificate::refusal(db, own, certificates)?
        }
    };
    if let Some(refusal) = refusal.clone() {
        stored.refuse(refusal, record.received_at);
    }
    if let Some(ping) = ping.filter(|_| stored.is_test() || !stored.status.is_over())
        && let Some(before) = ping::post(db, ping, stored.id)?
    {
        return Ok(LeadOpened::Before(before));
    }
    insert(db, stored, Some(node), "NOTHING")?;
    let received = LeadRecord { status: LeadStatus::Received, ..stored.clone() };
    write_news(db, None, &received)?;
    if !stored.status.is_over() {
        certificate::note(db, stored, certificates)?;
    }
    // Nobody can have reported on a lead that was not stored.
    let _corrected = write(db, &first, LeadStatus::Received, counted)?;
    if let Some(LeadKey { client, key, digest, kept }) = key {
        // A key that is kept for longer than a day is entered as if it came later.
        let at = record.received_at + kept.saturating_sub(LEAD_KEY_KEPT);
        let (lead, at) = (word(&record.id)?, at.micros());
        let values = params![client, key.as_str(), digest, lead, at];
        db.prepare_cached(SAVE_KEY)?.execute(values)?;
    }
    Ok(refusal.map_or(LeadOpened::Now, LeadOpened::Refused))
}

/// Returns what became of an earlier request with a key; `None` if there was none.
fn of_key(db: &Db, key: &LeadKey, now: Wall) -> Result<Option<LeadOpened>, StoreError> {
    let LeadKey { client, key, digest, kept: _ } = key;
    let mut statement = db.prepare_cached(FIND_KEY)?;
    let mut rows = statement.query(params![client, key.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let column = Columns::of("lead_key", row);
    if now >= column.wall("created_at")? + LEAD_KEY_KEPT {
        return Ok(None);
    }
    let same = column.plain::<String>("digest")? == *digest;
    Ok(Some(if same { LeadOpened::Before(column.word("lead")?) } else { LeadOpened::OtherRequest }))
}

/// What storing a change of a lead did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Saved {
    /// The lead is stored as it is, or had ended, or is unknown.
    Now,
    /// It is stored, and what its buyers reported before corrected the ledger.
    Corrected,
    /// Another node has the lead: nothing changed.
    OfAnother,
}

/// Stores a change of a lead of a node, or of any. Does not change an ended one. Counts a lead that
/// ends, and applies what its buyers reported before.
pub(super) fn save(
    db: &Db,
    node: Option<&NodeName>,
    change: &LeadChange,
    counted: &mut Additions,
) -> Result<Saved, StoreError> {
    let record = &change.record;
    let mut standing = db.prepare_cached(STANDING)?;
    let values = params![node.map(NodeName::as_str), word(&record.id)?];
    let read = |row: Row<'_>| Ok((row.get::<_, bool>(0)?, row.get::<_, bool>(1)?));
    match standing.query_row(values, read).optional()? {
        Some((_, true)) => return Ok(Saved::OfAnother),
        Some((true, false)) => {}
        Some((false, false)) | None => return Ok(Saved::Now),
    }
    let before = db.prepare_cached(STATUS)?.query_row(params![word(&record.id)?], |row| {
        Ok(Columns::of("lead", row).word::<LeadStatus>("status"))
    })??;
    insert(db, record, None, UPDATE)?;
    let corrected = write(db, change, before, counted)?;
    Ok(if corrected { Saved::Corrected } else { Saved::Now })
}

/// Writes a change of a lead beside its row of `inquiry`. Returns whether what its buyers reported
/// before corrected the ledger.
fn write(
    db: &Db,
    change: &LeadChange,
    before: LeadStatus,
    counted: &mut Additions,
) -> Result<bool, StoreError> {
    let LeadChange { record, decisions, sales, .. } = change;
    details(db, change)?;
    write_news(db, Some(before), record)?;
    bid::save(db, record.id, &record.bids)?;
    attempt::save(db, record.id, &record.attempts)?;
    decision::save(db, record.id, decisions)?;
    let inquiry = record.id.into();
    let sales: Vec<SaleOf<'_>> = sales.iter().map(|won| SaleOf { inquiry, won }).collect();
    sale::save_all(db, &sales)?;
    for LeadSale { id, winner } in &record.sales {
        db.prepare_cached(TERMS)?.execute(params![json(winner)?, word(id)?])?;
    }
    let Some(ended_at) = record.ended_at else { return Ok(false) };
    let mut corrected = false;
    for sale in &record.sales {
        post(db, change, sale, ended_at)?;
        db.prepare_cached(SHOWN)?.execute(params![sale.bill().billable, word(&sale.id)?])?;
    }
    case::sum_amounts(db, record.id)?;
    rollup::end_lead(db, record, counted)?;
    for sale in &record.sales {
        let settled = case::settle_early(db, sale.id, ended_at)?;
        corrected |= settled != Corrected::Nothing;
        if settled == Corrected::Converted {
            write_event(db, LeadNews::Converted, record.id.into(), ended_at)?;
        }
    }
    Ok(corrected)
}

/// Writes an event of a lead, with its record as it is stored. Writes nothing for a call.
pub(super) fn write_event(
    db: &Db,
    news: LeadNews,
    lead: InquiryId,
    at: Wall,
) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let found = statement.query_row(params![word(&lead)?], |row| Ok(read(db, row)));
    match found.optional()?.transpose()? {
        Some(record) => event::write(db, &Event::of_lead(news, record, at)),
        None => Ok(()),
    }
}

/// Writes the event of a change of a lead.
fn write_news(db: &Db, before: Option<LeadStatus>, record: &LeadRecord) -> Result<(), StoreError> {
    lead_news(before, record).map_or(Ok(()), |event| event::write(db, &event))
}

/// Posts what is owed for a sale; nothing to its source if its payouts in a window are used up.
fn post(db: &Db, change: &LeadChange, own: &LeadSale, at: Wall) -> Result<(), StoreError> {
    let (taken, source) = (sale::taken(db, own.id)?, &change.record.source);
    let periods = LeadChange::payout_periods(own, at);
    let mut payouts = PayoutUse::read(db, [source], periods)?;
    let postings = change.owed(own, taken.as_ref(), at, |period| payouts.used(source, period))?;
    let mut known = posting::Known::read(db, &BTreeSet::from([own.id]))?;
    let new: Vec<_> = postings.iter().filter(|posting| known.add(posting)).collect();
    for posting in new.iter().filter(|posting| posting.pays()) {
        payouts.take(source, &periods, posting.at);
    }
    posting::store(db, &new)?;
    payouts.write(db)
}

fn insert(
    db: &Db,
    record: &LeadRecord,
    node: Option<&NodeName>,
    conflict: &str,
) -> Result<(), StoreError> {
    let winner = record.sales.first().map(|sale| &sale.winner);
    let (price, price_currency) = money(winner.map(|winner| winner.price));
    let (revenue, revenue_currency) = money(record.revenue);
    let (payout, payout_currency) = money(record.payout);
    let last = record.steps.last().map_or(record.received_at, |step| step.at);
    let caps = winner.map(|winner| &winner.payout_caps).filter(|caps| !caps.is_none());
    db.prepare_cached(&format!("{INSERT}{conflict}"))?.execute(params![
        word(&record.id)?,
        if record.status.is_over() { "ended" } else { "live" },
        node.map(NodeName::as_str),
        record.offer.as_str(),
        record.source.as_str(),
        natural(record.book_version),
        json(&record.fields)?,
        record.received_at.micros(),
        record.ended_at.map(Wall::micros),
        record.reason.map(|reason| reason.code()),
        word_or_null(record.decision_id.as_ref())?,
        last.micros(),
        winner.map(|winner| winner.contract.as_str()),
        winner.map(|winner| winner.buyer.as_str()),
        price,
        price_currency,
        winner.map(|winner| millis(winner.buffer)),
        record.billable,
        revenue,
        revenue_currency,
        payout,
        payout_currency,
        record.phone().map(|phone| phone.e164().to_owned()),
        record.sold_at.map(Wall::micros),
        caps.map(json).transpose()?,
    ])?;
    Ok(())
}

fn details(db: &Db, change: &LeadChange) -> Result<(), StoreError> {
    let LeadChange { record, in_flight, .. } = change;
    let (steps, in_flight) = (json(&record.steps)?, json(in_flight)?);
    let values = params![word(&record.id)?, record.status.name(), steps, in_flight];
    db.prepare_cached(DETAILS)?.execute(values)?;
    Ok(())
}

fn money(amount: Option<Money>) -> (Option<i64>, Option<String>) {
    let code = amount.map(|amount| amount.currency().as_str().to_owned());
    (amount.map(Money::micros), code)
}

/// Returns the live leads of a node, or of all, oldest first.
pub(super) fn left_open(db: &Db, node: Option<&NodeName>) -> Result<Vec<OpenLead>, StoreError> {
    let mut statement = db.prepare_cached(LIVE)?;
    let mut rows = statement.query(params![node.map(NodeName::as_str)])?;
    let mut left = Vec::new();
    while let Some(row) = rows.next()? {
        let record = read(db, row)?;
        left.push(OpenLead {
            decisions: decision::of_inquiry(db, record.id)?,
            sales: sale::of_inquiry(db, record.id)?,
            in_flight: Columns::of("lead", row).json("in_flight")?,
            record,
        });
    }
    Ok(left)
}

/// Gives the live leads of a node that is gone to another, and returns them, oldest first; none if
/// the node has begun another run.
pub(super) fn give(
    db: &Db,
    takeover: &Takeover,
    to: &NodeName,
) -> Result<Vec<OpenLead>, StoreError> {
    if !node::is_latest(db, takeover.run)? {
        return Ok(Vec::new());
    }
    let left = left_open(db, Some(&takeover.from))?;
    db.prepare_cached(GIVE)?.execute(params![to.as_str(), takeover.from.as_str()])?;
    Ok(left)
}

/// Returns a lead; `None` if it is unknown.
pub(super) fn fetch(db: &Db, id: LeadId) -> Result<Option<LeadRecord>, StoreError> {
    let mut statement = db.prepare_cached(FETCH)?;
    let found = statement.query_row(params![word(&id)?], |row| Ok(read(db, row))).optional()?;
    found.transpose()
}

/// Removes from the time line of an ended lead what its buyers said of it. Returns whether there was
/// anything; false for the id of a call.
pub(super) fn forget_person(db: &Db, id: &str) -> Result<bool, StoreError> {
    certificate::forget(db, id)?;
    let said_later = lead_after::forget_person(db, id)?;
    let mut statement = db.prepare_cached(FETCH)?;
    let found = statement.query_row(params![id], |row| Ok(read(db, row))).optional()?;
    let Some(before) = found.transpose()?.filter(|record| record.status.is_over()) else {
        return Ok(said_later);
    };
    let mut record = before.clone();
    record.forget_person();
    if record.steps == before.steps && record.bids == before.bids {
        return Ok(said_later);
    }
    bid::save(db, record.id, &record.bids)?;
    details(db, &LeadChange::of(record))?;
    Ok(true)
}

/// Reads a row of `inquiry` with that of `lead`.
pub(super) fn read(db: &Db, row: Row<'_>) -> Result<LeadRecord, StoreError> {
    let column = Columns::of("lead", row);
    let id: LeadId = column.word("id")?;
    Ok(LeadRecord {
        id,
        status: column.word("status")?,
        offer: column.word("offer")?,
        source: column.word("source")?,
        book_version: column.natural("book_version")?,
        fields: column.json("fields")?,
        received_at: column.wall("started_at")?,
        sold_at: column.wall_or_null("bridged_at")?,
        ended_at: column.wall_or_null("ended_at")?,
        reason: column.word_or_null("reason")?,
        bids: bid::of_inquiry(db, id)?,
        attempts: attempt::of_inquiry(db, id)?,
        sales: sales(db, id)?,
        steps: column.json("steps")?,
        decision_id: column.word_or_null("decision_id")?,
        billable: column.plain("billable")?,
        revenue: column.money_or_null("revenue_micros", "revenue_currency")?,
        payout: column.money_or_null("payout_micros", "payout_currency")?,
        conversion: report_of_sale::of_inquiry(db, id)?,
        returned: returned::of_inquiry(db, id)?,
        after: lead_after::of_lead(db, id)?,
    })
}

fn sales(db: &Db, id: LeadId) -> Result<Vec<LeadSale>, StoreError> {
    let mut statement = db.prepare_cached(SALES)?;
    let mut rows = statement.query(params![word(&id)?])?;
    let mut sales = Vec::new();
    while let Some(row) = rows.next()? {
        let column = Columns::of("sale", row);
        let winner: Winner = column.json("terms")?;
        sales.push(LeadSale { id: column.word("id")?, winner });
    }
    Ok(sales)
}
