//! Ended calls and leads with their decisions.

use crate::base::Wall;
use crate::book::Channel;
use crate::store::Decided;
use crate::store::PAGE_CALLS_MAX;
use crate::store::PastCursor;
use crate::store::PastInquiry;
use crate::store::PastPage;
use crate::store::StoreError;

use super::call;
use super::column::Columns;
use super::column::before;
use super::decision;
use super::engine::Db;
use super::engine::params;
use super::lead;

/// Ids of calls and leads sort by time, those of both together.
const DECIDED: &str = "
    SELECT inquiry.*, lead.status, lead.steps, lead.in_flight
    FROM inquiry LEFT JOIN lead ON lead.id = inquiry.id
    WHERE inquiry.id > $1 AND inquiry.state = 'ended' AND EXISTS
        (SELECT 1 FROM decision WHERE decision.inquiry_id = inquiry.id)
    ORDER BY inquiry.id LIMIT $2";

/// Returns a page of ended calls and leads and their decisions, oldest first.
pub(super) fn decided_since(
    db: &Db,
    since: Wall,
    cursor: Option<PastCursor>,
    limit: usize,
) -> Result<PastPage, StoreError> {
    let limit = limit.clamp(1, PAGE_CALLS_MAX);
    let with_one_more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let after = cursor.map_or_else(|| before(since), |cursor| cursor.0.to_string());
    let mut statement = db.prepare_cached(DECIDED)?;
    let mut rows = statement.query(params![after, with_one_more])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let channel: Channel = Columns::of("inquiry", row).word("channel")?;
        let inquiry = match channel {
            Channel::Call => PastInquiry::Call(Box::new(call::read(db, row)?)),
            Channel::Form => PastInquiry::Lead(Box::new(lead::read(db, row)?)),
        };
        let decisions = decision::of_inquiry(db, inquiry.id())?;
        items.push(Decided { inquiry, decisions });
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| PastCursor(last.inquiry.id()));
    Ok(PastPage { items, next })
}
