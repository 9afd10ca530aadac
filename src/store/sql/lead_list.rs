//! Lists of leads by filter.

use std::time::Duration;

use crate::base::LeadId;
use crate::call::Scope;
use crate::lead::LeadQuery;
use crate::store::LeadCursor;
use crate::store::LeadPage;
use crate::store::PAGE_LEADS_MAX;
use crate::store::StoreError;

use super::column::Columns;
use super::column::before;
use super::engine::Db;
use super::engine::params;
use super::engine::params_from_iter;
use super::lead;
use super::select::Select;
use super::select::text;

const IDS: &str = "
    SELECT id FROM lead WHERE id >= $1 AND id < $1 || '~' ORDER BY id DESC LIMIT $2";
const LEADS: &str = "
    SELECT inquiry.*, lead.status, lead.steps, lead.in_flight
    FROM lead JOIN inquiry ON inquiry.id = lead.id WHERE TRUE";
const SOLD_TO: &str = "
    EXISTS (SELECT 1 FROM sale WHERE sale.inquiry_id = lead.id AND sale.buyer = ?)";
const POSTED_TO: &str = "
    EXISTS (SELECT 1 FROM attempt WHERE attempt.inquiry_id = lead.id AND attempt.buyer = ?)";

/// Returns a page of leads, newest first.
pub(super) fn page(
    db: &Db,
    query: &LeadQuery,
    cursor: Option<LeadCursor>,
    limit: usize,
) -> Result<LeadPage, StoreError> {
    let limit = limit.clamp(1, PAGE_LEADS_MAX);
    let Select { sql, values } = select(query, cursor, limit + 1);
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(lead::read(db, row)?);
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| LeadCursor(last.id));
    Ok(LeadPage { items, next })
}

fn select(query: &LeadQuery, cursor: Option<LeadCursor>, limit: usize) -> Select {
    let LeadQuery { who, status, since, until, source, offer, buyer, phone } = query;
    let mut select = Select::from(LEADS);
    match who {
        Scope::All => {}
        Scope::Buyer(buyer) => select.only(SOLD_TO, text(buyer.as_str())),
        Scope::Source(source) => select.only("inquiry.source = ?", text(source.as_str())),
    }
    select.when("lead.status = ?", status.map(|status| text(status.name())));
    if let Some(since) = since {
        select.only("lead.id > ?", before(*since));
        select.only("inquiry.started_at >= ?", since.micros());
    }
    if let Some(until) = until {
        // Ids have a precision of milliseconds.
        select.only("lead.id < ?", before(*until + Duration::from_millis(1)));
        select.only("inquiry.started_at < ?", until.micros());
    }
    select.when("lead.id < ?", cursor.map(text));
    select.when("inquiry.source = ?", source.as_ref().map(|source| text(source.as_str())));
    select.when("inquiry.offer = ?", offer.as_ref().map(|offer| text(offer.as_str())));
    select.when("inquiry.caller = ?", phone.as_ref().map(|phone| text(phone.e164())));
    select.when(POSTED_TO, buyer.as_ref().map(|buyer| text(buyer.as_str())));
    select.limit("lead.id", limit);
    select
}

/// Returns the ids of leads that begin with a text, newest first.
pub(super) fn ids(db: &Db, start: &str, limit: usize) -> Result<Vec<LeadId>, StoreError> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(IDS)?;
    let mut rows = statement.query(params![start, most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Columns::of("lead", row).word("id")?);
    }
    Ok(found)
}
