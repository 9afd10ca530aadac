//! Lists of calls by filter. Every list uses an index that ends in the id, because ids sort by
//! time. The cost of a page therefore depends on its size, not on the number of calls.

use std::time::Duration;

use crate::base::CallId;
use crate::base::NodeName;
use crate::call::CallQuery;
use crate::call::CallState;
use crate::call::Scope;
use crate::call::TagFilter;
use crate::store::CallCursor;
use crate::store::CallPage;
use crate::store::PAGE_CALLS_MAX;
use crate::store::StoreError;

use super::call;
use super::column::Columns;
use super::column::before;
use super::engine::Db;
use super::engine::params;
use super::engine::params_from_iter;
use super::select::Select;
use super::select::text;

const IDS: &str = "
    SELECT id FROM inquiry
    WHERE id >= $1 AND id < $1 || '~' AND channel = 'call' ORDER BY id DESC LIMIT $2";

/// Selects all calls.
const CALLS: &str = "SELECT inquiry.* FROM inquiry WHERE inquiry.channel = 'call'";
/// Selects calls by their attempts. A call may have several attempts for one buyer: the first counts.
const RANG: &str = "
    SELECT inquiry.* FROM attempt AS rang CROSS JOIN inquiry
    WHERE inquiry.id = rang.inquiry_id AND inquiry.channel = 'call' AND NOT EXISTS
        (SELECT 1 FROM attempt AS earlier WHERE earlier.buyer = rang.buyer
             AND earlier.inquiry_id = rang.inquiry_id AND earlier.ordinal < rang.ordinal)";

/// Returns a page of calls, newest first.
pub(super) fn page(
    db: &Db,
    query: &CallQuery,
    cursor: Option<CallCursor>,
    limit: usize,
) -> Result<CallPage, StoreError> {
    read_page(db, query, cursor, limit, None)
}

/// Returns a page of the calls that other nodes keep, newest first.
pub(super) fn page_elsewhere(
    db: &Db,
    own: &NodeName,
    query: &CallQuery,
    cursor: Option<CallCursor>,
    limit: usize,
) -> Result<CallPage, StoreError> {
    read_page(db, query, cursor, limit, Some(own))
}

fn read_page(
    db: &Db,
    query: &CallQuery,
    cursor: Option<CallCursor>,
    limit: usize,
    except: Option<&NodeName>,
) -> Result<CallPage, StoreError> {
    let limit = limit.clamp(1, PAGE_CALLS_MAX);
    let mut select = select(query, cursor);
    select.when("inquiry.node <> ?", except.map(|own| text(own.as_str())));
    select.limit(id(query), limit + 1);
    let Select { sql, values } = select;
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(call::read(db, row)?);
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| CallCursor(last.id));
    Ok(CallPage { items, next })
}

/// Returns the column by which a list is ordered.
fn id(query: &CallQuery) -> &'static str {
    if query.buyer.is_some() { "rang.inquiry_id" } else { "inquiry.id" }
}

fn select(query: &CallQuery, cursor: Option<CallCursor>) -> Select {
    let CallQuery { who, state, since, until, number, source, offer, .. } = query;
    let CallQuery { buyer, reason, tag, caller, .. } = query;
    let id = id(query);
    let mut select = Select::from(if buyer.is_some() { RANG } else { CALLS });
    select.when("rang.buyer = ?", buyer.as_ref().map(|buyer| text(buyer.as_str())));
    match who {
        Scope::All => {}
        Scope::Buyer(buyer) => select.only("inquiry.winner_buyer = ?", text(buyer.as_str())),
        Scope::Source(source) => select.only("inquiry.source = ?", text(source.as_str())),
    }
    if query.asks_beyond_scope() {
        select.sql.push_str(" AND FALSE");
    }
    // The index covers only live calls; the planner uses it only if the state is a literal.
    select.sql.push_str(match state {
        Some(CallState::Live) => " AND inquiry.state = 'live'",
        Some(CallState::Ended) => " AND inquiry.state = 'ended'",
        None => "",
    });
    if let Some(since) = since {
        select.only(&format!("{id} > ?"), before(*since));
        select.only("inquiry.started_at >= ?", since.micros());
    }
    if let Some(until) = until {
        // Ids have a precision of milliseconds.
        select.only(&format!("{id} < ?"), before(*until + Duration::from_millis(1)));
        select.only("inquiry.started_at < ?", until.micros());
    }
    select.when(&format!("{id} < ?"), cursor.map(text));
    select.when("inquiry.number = ?", number.as_ref().map(|number| text(number.e164())));
    select.when("inquiry.source = ?", source.as_ref().map(|source| text(source.as_str())));
    select.when("inquiry.offer = ?", offer.as_ref().map(|offer| text(offer.as_str())));
    select.when("inquiry.reason = ?", reason.map(|reason| text(reason.code())));
    select.when("inquiry.caller = ?", caller.as_ref().map(|caller| text(caller.e164())));
    if let Some(TagFilter { name, value }) = tag {
        let tagged = "EXISTS (SELECT 1 FROM json_each(inquiry.tags) WHERE key = ?";
        select.only(tagged, text(name.as_str()));
        select.when("value = ?", value.clone());
        select.sql.push(')');
    }
    select
}

/// Returns the ids of calls that begin with a text, newest first.
pub(super) fn ids(db: &Db, start: &str, limit: usize) -> Result<Vec<CallId>, StoreError> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(IDS)?;
    let mut rows = statement.query(params![start, most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Columns::of("inquiry", row).word("id")?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Wall;
    use crate::store::Database;

    /// Returns the database's plan for a query.
    fn plan(db: &Db, query: &CallQuery) -> String {
        let mut select = select(query, None);
        select.limit(id(query), 51);
        db.plan(&select.sql)
    }

    #[test]
    fn every_list_goes_by_an_index_and_sorts_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("strowger.db");
        drop(Database::sqlite(&path).unwrap());
        let db = Db::file(&path);
        let now = Wall::default();
        for (filter, value, index) in [
            ("", "", "sqlite_autoindex_inquiry_1"),
            ("since", "30d", "sqlite_autoindex_inquiry_1"),
            ("state", "live", "inquiry_live"),
            ("number", "+18005550100", "inquiry_by_number"),
            ("caller", "+18005550100", "inquiry_by_caller"),
            ("source", "s", "inquiry_by_source"),
            ("offer", "o", "inquiry_by_offer"),
            ("reason", "hung_up", "inquiry_by_reason"),
            ("buyer", "b", "attempt_by_buyer"),
        ] {
            let mut query = CallQuery::default();
            query.set(filter, value, now).unwrap();
            let plan = plan(&db, &query);
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{filter}: {plan}");
        }
        let who = Scope::Buyer("b".parse().unwrap());
        let plan = plan(&db, &CallQuery { who, ..CallQuery::default() });
        assert!(plan.contains("inquiry_by_winner") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
