//! What the database knows of the calls that facts are about.

use std::collections::BTreeSet;
use std::collections::HashMap;

use crate::base::CallId;
use crate::call::CallRecord;
use crate::outbox::Before;
use crate::store::CallChange;
use crate::store::Fact;
use crate::store::LeftOpen;
use crate::store::StoreError;
use crate::store::sql::call;
use crate::store::sql::column::Columns;
use crate::store::sql::column::json;
use crate::store::sql::engine::Db;
use crate::store::sql::engine::Row;
use crate::store::sql::engine::params;
use crate::store::sql::payout_use::PayoutUse;
use crate::store::sql::posting;

const CALLS: &str = "
    SELECT id, state = 'live' AS is_live, presumed = 1 AS is_presumed,
        answered_at IS NOT NULL AS is_answered, bridged_at IS NOT NULL AS is_connected
    FROM inquiry WHERE id IN (SELECT value FROM json_each($1))";
const PRESUMED: &str = "
    SELECT id FROM inquiry WHERE presumed = 1 AND id IN (SELECT value FROM json_each($1))";

/// A known call.
#[derive(Debug, Clone)]
pub(super) enum State {
    /// It is live.
    Live(Before),
    /// It is presumed to have ended; what its node knows better replaces that.
    Presumed(Box<LeftOpen>),
    /// It has ended.
    Ended,
}

/// What is known of the calls, sales and sources of some facts; facts that are applied add to it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) calls: HashMap<CallId, State>,
    /// Stored records of calls that are presumed to have ended.
    pub(super) presumed: HashMap<CallId, CallRecord>,
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
        let mut known = Self {
            calls: HashMap::new(),
            presumed: HashMap::new(),
            postings: posting::Known::read(db, &sales)?,
            payouts: PayoutUse::read(db, sources, periods)?,
        };
        known.read_calls(db, &facts.iter().filter_map(|fact| call_of(fact)).collect())?;
        known.read_seen(db, &facts.iter().flat_map(|fact| seen(fact)).copied().collect())?;
        Ok(known)
    }

    fn read_calls(&mut self, db: &Db, ids: &BTreeSet<CallId>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut statement = db.prepare_cached(CALLS)?;
        let mut rows = statement.query(params![json(&ids)?])?;
        let mut presumed = Vec::new();
        while let Some(row) = rows.next()? {
            let column = Columns::of("inquiry", row);
            let id = column.word("id")?;
            let state = match (column.plain("is_live")?, column.plain("is_presumed")?) {
                (true, _) => State::Live(Before {
                    is_answered: column.plain("is_answered")?,
                    is_connected: column.plain("is_connected")?,
                }),
                (false, false) => State::Ended,
                (false, true) => {
                    presumed.push(id);
                    continue;
                }
            };
            self.calls.insert(id, state);
        }
        presumed.into_iter().try_for_each(|id| self.presume(db, id))
    }

    /// Reads those calls of heartbeats that are presumed to have ended.
    fn read_seen(&mut self, db: &Db, ids: &BTreeSet<CallId>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut statement = db.prepare_cached(PRESUMED)?;
        let id = |row: Row<'_>| Ok(Columns::of("inquiry", row).word("id"));
        let presumed = statement.query_all(params![json(&ids)?], id)?;
        presumed.into_iter().try_for_each(|id| self.presume(db, id?))
    }

    fn presume(&mut self, db: &Db, id: CallId) -> Result<(), StoreError> {
        if !self.presumed.contains_key(&id)
            && let Some(left) = call::with_sales(db, id)?
        {
            self.presumed.insert(id, left.record.clone());
            self.calls.insert(id, State::Presumed(Box::new(left)));
        }
        Ok(())
    }
}

/// Returns the call whose state decides what a fact does.
fn call_of(fact: &Fact) -> Option<CallId> {
    match fact {
        Fact::Opened { record, .. } => Some(record.id),
        Fact::Decided { call, .. } | Fact::Attempted { call, .. } => Some(*call),
        Fact::Bridged(change) | Fact::Ended(change) | Fact::Presumed(change) => {
            Some(change.record.id)
        }
        Fact::Carried { .. } | Fact::Beat { .. } => None,
    }
}

/// Returns the calls of a heartbeat.
fn seen(fact: &Fact) -> &[CallId] {
    match fact {
        Fact::Beat { calls, .. } => calls,
        Fact::Opened { .. }
        | Fact::Decided { .. }
        | Fact::Attempted { .. }
        | Fact::Bridged(_)
        | Fact::Ended(_)
        | Fact::Presumed(_)
        | Fact::Carried { .. } => &[],
    }
}

fn change(fact: &Fact) -> Option<&CallChange> {
    match fact {
        Fact::Bridged(change) | Fact::Ended(change) | Fact::Presumed(change) => Some(change),
        Fact::Opened { .. }
        | Fact::Decided { .. }
        | Fact::Attempted { .. }
        | Fact::Carried { .. }
        | Fact::Beat { .. } => None,
    }
}
