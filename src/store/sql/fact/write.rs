//! Writes what facts change, table by table.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::AttemptId;
use crate::base::CallId;
use crate::base::DecisionId;
use crate::base::PingId;
use crate::base::Wall;
use crate::billing::Posting;
use crate::book::EventKind;
use crate::call::CallRecord;
use crate::outbox::Before;
use crate::outbox::CallNews;
use crate::outbox::Event;
use crate::outbox::news;
use crate::report::Additions;
use crate::sale::AttemptRecord;
use crate::sale::DecisionRecord;
use crate::store::CallChange;
use crate::store::StoreError;
use crate::store::sql::attempt;
use crate::store::sql::bid;
use crate::store::sql::call;
use crate::store::sql::call::CallRow;
use crate::store::sql::carried::Legs;
use crate::store::sql::case;
use crate::store::sql::case::Corrected;
use crate::store::sql::column::word;
use crate::store::sql::decision;
use crate::store::sql::engine::Db;
use crate::store::sql::event;
use crate::store::sql::gathered::Gathered;
use crate::store::sql::node;
use crate::store::sql::payout_use::PayoutUse;
use crate::store::sql::ping;
use crate::store::sql::posting;
use crate::store::sql::recording;
use crate::store::sql::report_of_sale;
use crate::store::sql::rollup;
use crate::store::sql::sale;
use crate::store::sql::sale::SaleOf;

use super::effect::Effect;
use super::effect::Replaced;
use super::known::Known;

/// Writes effects in their order, and counts the calls that end. Returns whether an end applied a
/// report that came before it.
pub(super) fn all(
    db: &Db,
    effects: &[Effect<'_>],
    known: Known,
    counted: &mut Additions,
) -> Result<bool, StoreError> {
    let mut changes = Changes::default();
    for effect in effects {
        changes.gather(effect)?;
    }
    let Known { presumed, payouts, .. } = known;
    let replaced: Vec<&CallRecord> =
        changes.replaced.iter().filter_map(|call| presumed.get(call)).collect();
    rollup::take_back(db, &replaced, counted)?;
    changes.write(db, payouts, &replaced, counted)
}

/// Rows of all tables.
#[derive(Default)]
struct Changes<'f> {
    calls: BTreeMap<CallId, CallRow<'f>>,
    /// Beats of calls that have no row here yet.
    beats: BTreeMap<Wall, Vec<CallId>>,
    last_decisions: BTreeMap<CallId, DecisionId>,
    came: Vec<(PingId, CallId)>,
    bids: Gathered,
    attempts: Gathered,
    decisions: Gathered,
    recordings: Gathered,
    legs: Legs,
    sales: Vec<SaleOf<'f>>,
    postings: Vec<&'f Posting>,
    news: Vec<Event>,
    ended: BTreeMap<CallId, &'f CallRecord>,
    /// Calls that were presumed to have ended, and end otherwise.
    replaced: BTreeSet<CallId>,
}

impl<'f> Changes<'f> {
    fn gather(&mut self, effect: &'f Effect<'f>) -> Result<(), StoreError> {
        match effect {
            Effect::Opened { record, node } => {
                self.row(record).node = Some(node);
                attempt::gather(&mut self.attempts, record.id, &record.attempts)?;
                self.came(record);
                self.news.extend(news(None, record));
                Ok(())
            }
            Effect::Decided { call, attempts, decisions } => {
                self.decided(*call, attempts, decisions)
            }
            Effect::Changed { before, change } => {
                self.changed(change)?;
                self.news.extend(news(*before, &change.record));
                Ok(())
            }
            Effect::Presumed { before, change } => {
                self.changed(change)?;
                self.row(&change.record).is_presumed = true;
                self.news.extend(news(Some(*before), &change.record));
                Ok(())
            }
            Effect::Replaced(replaced) => self.replaced(replaced),
            Effect::Carried { call, legs } => self.legs.gather(*call, legs),
            Effect::Beat { at, calls } => {
                calls.iter().for_each(|call| self.beat(*call, *at));
                Ok(())
            }
        }
    }

    /// Returns the row of a call, which has this record from now on.
    fn row(&mut self, record: &'f CallRecord) -> &mut CallRow<'f> {
        let first = CallRow {
            record,
            node: None,
            decision: None,
            seen_at: record.started_at,
            is_presumed: false,
        };
        let row = self.calls.entry(record.id).or_insert(first);
        (row.record, row.decision) = (record, None);
        row
    }

    fn decided(
        &mut self,
        call: CallId,
        attempts: &[AttemptRecord],
        decisions: &[DecisionRecord],
    ) -> Result<(), StoreError> {
        attempt::gather(&mut self.attempts, call, attempts)?;
        decision::gather(&mut self.decisions, call, decisions)?;
        let Some(last) = decisions.last() else { return Ok(()) };
        match self.calls.get_mut(&call) {
            Some(row) => row.decision = Some(last.id),
            None => {
                self.last_decisions.insert(call, last.id);
            }
        }
        Ok(())
    }

    fn changed(&mut self, change: &'f CallChange) -> Result<(), StoreError> {
        self.postings.extend(&change.postings);
        self.stands(change)
    }

    /// A call that was presumed to have ended: what is due for its sales is posted at the end.
    fn replaced(&mut self, replaced: &'f Replaced<'f>) -> Result<(), StoreError> {
        let Replaced { change, seen_at, is_presumed } = replaced;
        self.stands(change)?;
        let row = self.row(&change.record);
        (row.seen_at, row.is_presumed) = (row.seen_at.max(*seen_at), *is_presumed);
        self.replaced.insert(change.record.id);
        Ok(())
    }

    /// Gathers a record and what stands in it.
    fn stands(&mut self, change: &'f CallChange) -> Result<(), StoreError> {
        let CallChange { record, decisions, sales, postings: _ } = change;
        let id = record.id;
        self.row(record);
        self.came(record);
        bid::gather(&mut self.bids, &word(&id)?, &record.bids)?;
        attempt::gather(&mut self.attempts, id, &record.attempts)?;
        decision::gather(&mut self.decisions, id, decisions)?;
        recording::gather(&mut self.recordings, id, &record.recordings)?;
        self.sales.extend(sales.iter().map(|won| SaleOf { inquiry: id.into(), won }));
        if record.ended_at.is_some() {
            self.ended.insert(id, record);
        }
        Ok(())
    }

    /// Notes the call at the ping whose bid it came for.
    fn came(&mut self, record: &CallRecord) {
        self.came.extend(record.promise().map(|promise| (promise.ping, record.id)));
    }

    fn beat(&mut self, call: CallId, at: Wall) {
        match self.calls.get_mut(&call) {
            Some(row) if row.record.ended_at.is_none() => row.seen_at = row.seen_at.max(at),
            Some(_) => {}
            None => self.beats.entry(at).or_default().push(call),
        }
    }

    fn write(
        self,
        db: &Db,
        payouts: PayoutUse,
        replaced: &[&CallRecord],
        counted: &mut Additions,
    ) -> Result<bool, StoreError> {
        for (at, calls) in &self.beats {
            call::beat(db, calls, *at)?;
        }
        call::name_decisions(db, &self.last_decisions)?;
        call::save_all(db, self.calls.values())?;
        for (ping, call) in self.came {
            ping::came(db, ping, call)?;
        }
        bid::write(db, self.bids)?;
        attempt::write(db, self.attempts)?;
        decision::write(db, self.decisions)?;
        recording::write(db, self.recordings)?;
        self.legs.write(db)?;
        sale::save_all(db, &self.sales)?;
        posting::store(db, &self.postings)?;
        payouts.write(db)?;
        event::write_all(db, &self.news)?;
        let ended: Vec<&CallRecord> = self.ended.into_values().collect();
        rollup::end(db, &ended, counted)?;
        case::shown(db, &ended)?;
        let (again, first): (Vec<_>, Vec<_>) =
            ended.into_iter().partition(|record| self.replaced.contains(&record.id));
        let corrected = settle_early(db, &first, &self.sales)?;
        Ok(end_otherwise(db, &again, replaced, &self.sales)? || corrected)
    }
}

/// Corrects what was billed for calls that were presumed to have ended, and tells what nobody was told.
/// Returns whether that corrected the ledger.
fn end_otherwise(
    db: &Db,
    ended: &[&CallRecord],
    replaced: &[&CallRecord],
    sales: &[SaleOf<'_>],
) -> Result<bool, StoreError> {
    let mut corrected = false;
    for record in ended {
        let Some(old) = replaced.iter().find(|old| old.id == record.id) else { continue };
        let at = node::now(db)?;
        let of: BTreeSet<AttemptId> = sales
            .iter()
            .filter(|sale| sale.inquiry == record.id.into())
            .map(|sale| sale.won.attempt)
            .collect();
        let mut converted = false;
        for sale in of {
            let settled = case::ended_otherwise(db, sale, at)?;
            corrected |= settled != Corrected::Nothing;
            converted |= settled == Corrected::Converted;
        }
        let told = event::kinds_of(db, record.id)?;
        let before = Before {
            is_answered: old.answered_at.is_some(),
            is_connected: old.bridged_at.is_some(),
        };
        let is_converted = |event: &Event| event.kind() == EventKind::CallConverted;
        let news = news(Some(before), record);
        let new = |event: &&Event| !is_converted(event) && !told.contains(event.kind().name());
        event::write_all(db, news.iter().filter(new))?;
        if converted && !told.contains(EventKind::CallConverted.name()) {
            call::write_event(db, CallNews::Converted, record.id, at)?;
        }
    }
    Ok(corrected)
}

/// Applies what the buyers of ended calls reported before. Returns whether that corrected the
/// ledger.
fn settle_early(db: &Db, ended: &[&CallRecord], sales: &[SaleOf<'_>]) -> Result<bool, StoreError> {
    let of: Vec<AttemptId> = sales.iter().map(|sale| sale.won.attempt).collect();
    if ended.is_empty() || of.is_empty() {
        return Ok(false);
    }
    let mut corrected = false;
    for sale in report_of_sale::reported(db, &of)? {
        let Some(sold) = sales.iter().find(|sold| sold.won.attempt == sale) else { continue };
        let Some(record) = ended.iter().find(|ended| sold.inquiry == ended.id.into()) else {
            continue;
        };
        let Some(at) = record.ended_at else { continue };
        let settled = case::settle_early(db, sale, at)?;
        corrected |= settled != Corrected::Nothing;
        if settled == Corrected::Converted {
            call::write_event(db, CallNews::Converted, record.id, at)?;
        }
    }
    Ok(corrected)
}
