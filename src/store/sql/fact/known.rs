//! What the database knows of the calls that facts are about.

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::base::CallId;
use crate::outbox::Before;
use crate::store::CallChange;
use crate::store::Fact;
use crate::store::StoreError;
use crate::store::sql::column::Columns;
use crate::store::sql::column::json;
use crate::store::sql::engine::Db;
use crate::store::sql::engine::params;
use crate::store::sql::payout_use::PayoutUse;
use crate::store::sql::posting;

const CALLS: &str = "
    SELECT id, state = 'live' AS is_live, answered_at IS NOT NULL AS is_answered,
        bridged_at IS NOT NULL AS is_connected
    FROM inquiry WHERE id IN (SELECT value FROM json_each($1))";

/// A known call.
#[derive(Debug, Clone, Copy)]
pub(super) enum State {
    /// It is live.
    Live(Before),
    /// It has ended.
    Ended,
}

/// What is known of the calls, sales and sources of some facts; facts that are applied add to it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) calls: HashMap<CallId, State>,
    pub(super) postings: posting::Known,
    pub(super) payouts: PayoutUse,
}

impl Known {
    /// Reads what is known, with one query for each table.
    pub(super) fn read(db: &Db, facts: &[&Fact]) -> Result<Self, StoreError> {
        let changes = || facts.iter().filter_map(|fact| change(fact));
        let sales: BTreeSet<_> =
            changes().flat_map(|change| &change.postings).map(|posting| posting.sale).collect();
        let capped = || changes().filter(|change| change.has_payout_caps());
        let sources = capped().map(|change| &change.record.source);
        let periods = capped().filter_map(CallChange::payout_periods).flatten();
        Ok(Self {
            calls: calls(db, &facts.iter().filter_map(|fact| call(fact)).collect())?,
            postings: posting::Known::read(db, &sales)?,
            payouts: PayoutUse::read(db, sources, periods)?,
        })
    }
}

fn calls(db: &Db, ids: &BTreeSet<CallId>) -> Result<HashMap<CallId, State>, StoreError> {
    let mut calls = HashMap::new();
    if ids.is_empty() {
        return Ok(calls);
    }
    let mut statement = db.prepare_cached(CALLS)?;
    let mut rows = statement.query(params![json(&ids)?])?;
    while let Some(row) = rows.next()? {
        let column = Columns::of("inquiry", row);
        let state = match column.plain("is_live")? {
            true => State::Live(Before {
                is_answered: column.plain("is_answered")?,
                is_connected: column.plain("is_connected")?,
            }),
            false => State::Ended,
        };
        calls.insert(column.word("id")?, state);
    }
    Ok(calls)
}

/// Returns the call whose state decides what a fact does.
fn call(fact: &Fact) -> Option<CallId> {
    match fact {
        Fact::Opened { record, .. } => Some(record.id),
        Fact::Decided { call, .. } | Fact::Attempted { call, .. } => Some(*call),
        Fact::Bridged(change) | Fact::Ended(change) => Some(change.record.id),
        Fact::Carried { .. } | Fact::Beat { .. } => None,
    }
}

fn change(fact: &Fact) -> Option<&CallChange> {
    match fact {
        Fact::Bridged(change) | Fact::Ended(change) => Some(change),
        Fact::Opened { .. }
        | Fact::Decided { .. }
        | Fact::Attempted { .. }
        | Fact::Carried { .. }
        | Fact::Beat { .. } => None,
    }
}
