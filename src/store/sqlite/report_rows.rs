//! Answers from the calls and postings themselves, for groups that no sums are kept of.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::report::Billed;
use crate::report::Dimension;
use crate::report::Measure;
use crate::report::Part;
use crate::report::Question;
use crate::report::Span;
use crate::report::Sums;
use crate::report::TooManyRows;
use crate::store::StoreError;

use super::aggregate::group_by;
use super::aggregate::halves;
use super::aggregate::texts;
use super::aggregate::whole;
use super::column::before;

/// Selects ended calls and leads of a span; their ids begin with the time of arrival.
const ENDED: &str = "
    inquiry.id > ?1 AND inquiry.id < ?2 AND inquiry.started_at >= ?3 AND inquiry.started_at < ?4
    AND inquiry.state = 'ended'";

/// The kinds of postings that reports sum, and their measures.
const KINDS: [(&str, Measure); 3] =
    [("revenue", Measure::Revenue), ("payout", Measure::Payout), ("margin", Measure::Margin)];

/// Adds the sums of a span's calls, and of the postings of their sales.
pub(super) fn sum(
    db: &Connection,
    question: &Question,
    part: &Part,
    span: Span,
    add: &mut impl FnMut(Vec<String>, &Sums) -> Result<(), TooManyRows>,
) -> Result<Result<(), TooManyRows>, StoreError> {
    match calls(db, question, part, span, add)? {
        Ok(()) => amounts(db, question, part, span, add),
        Err(error) => Ok(Err(error)),
    }
}

/// Returns the values of the placeholders: the span, and a buyer's or source's id.
fn values(part: &Part, span: Span) -> impl Iterator<Item = Value> + use<> {
    let (from, until) = (span.from.start(), span.until.start());
    // Ids have a precision of milliseconds.
    let ids = [before(from), before(until + Duration::from_millis(1))].map(Value::from);
    let times = [from.micros(), until.micros()].map(Value::from);
    let own = part.only.clone().map(|(_, value)| Value::from(value));
    ids.into_iter().chain(times).chain(own)
}

/// Returns the condition on a buyer's or source's rows.
fn own(part: &Part, column: fn(Dimension) -> &'static str) -> String {
    let only = part.only.as_ref();
    only.map_or(String::new(), |(dimension, _)| format!(" AND {} = ?5", column(*dimension)))
}

fn calls(
    db: &Connection,
    question: &Question,
    part: &Part,
    span: Span,
    add: &mut impl FnMut(Vec<String>, &Sums) -> Result<(), TooManyRows>,
) -> Result<Result<(), TooManyRows>, StoreError> {
    let by = question.dimensions();
    let names = by.iter().map(|one| format!("{}, ", of_call(*one))).collect::<String>();
    let sql = format!(
        "SELECT {names}sum(channel = 'call'), sum(answered_at IS NOT NULL), \
             sum(channel = 'call' AND winner_buyer IS NOT NULL), sum(missed), sum(duplicate), \
             sum(ended_early), {}, sum(channel = 'form') \
         FROM inquiry WHERE {ENDED}{}{}",
        halves("talk_ms"),
        own(part, of_call),
        if by.is_empty() { String::new() } else { group_by(by.len()) },
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values(part, span)))?;
    while let Some(row) = rows.next()? {
        let count = |place: usize| row.get::<_, Option<i64>>(by.len() + place);
        let [all, connected] = [count(0)?, count(2)?].map(Option::unwrap_or_default);
        let missed = count(3)?.unwrap_or_default();
        let leads = count(8)?.unwrap_or_default();
        if all == 0 && leads == 0 {
            continue;
        }
        let mut sums = Sums::default();
        sums.add(Measure::Calls, all);
        sums.add(Measure::Leads, leads);
        sums.add(Measure::Answered, count(1)?.unwrap_or_default());
        sums.add(Measure::Connected, connected);
        sums.add(Measure::Missed, missed);
        sums.add(Measure::Transferred, all - connected - missed);
        sums.add(Measure::Duplicates, count(4)?.unwrap_or_default());
        sums.add(Measure::EndedEarly, count(5)?.unwrap_or_default());
        let halves = [count(6)?, count(7)?].map(Option::unwrap_or_default);
        sums.add(Measure::TalkMs, whole(halves[0], halves[1]));
        if let Err(error) = add(texts(row, by.len())?, &sums) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// Adds the postings, sale by sale: a sale is billed or not as a whole.
fn amounts(
    db: &Connection,
    question: &Question,
    part: &Part,
    span: Span,
    add: &mut impl FnMut(Vec<String>, &Sums) -> Result<(), TooManyRows>,
) -> Result<Result<(), TooManyRows>, StoreError> {
    let by = question.dimensions();
    let names = by.iter().map(|one| format!("{}, ", of_sale(*one))).collect::<String>();
    let of_kind = |(kind, _): (&str, Measure)| {
        halves(&format!("CASE WHEN posting.kind = '{kind}' THEN posting.micros ELSE 0 END"))
    };
    let sql = format!(
        "SELECT {names}posting.currency, sum(posting.kind = 'revenue'), \
             sum(posting.kind = 'revenue' AND posting.micros <> 0), {} \
         FROM inquiry CROSS JOIN sale ON sale.inquiry_id = inquiry.id \
             CROSS JOIN posting ON posting.sale = sale.id \
         WHERE {ENDED} AND posting.kind IN ('revenue', 'payout', 'margin'){} \
         GROUP BY sale.id, posting.currency",
        KINDS.map(of_kind).join(", "),
        own(part, of_sale),
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values(part, span)))?;
    while let Some(row) = rows.next()? {
        let value = |place: usize| row.get::<_, i64>(by.len() + place);
        let currency: String = row.get(by.len())?;
        let (postings, amounts) = (value(1)?.unsigned_abs(), value(2)?.unsigned_abs());
        let mut sums = Sums::default();
        let billed = Billed { postings, amounts, micros: whole(value(3)?, value(4)?) };
        sums.add(Measure::Billable, i64::from(billed.is_billable()));
        sums.add(Measure::Returned, i64::from(billed.is_returned()));
        if currency == question.currency().as_str() {
            for (place, (_, measure)) in (3..).step_by(2).zip(KINDS) {
                sums.add(measure, whole(value(place)?, value(place + 1)?));
            }
        }
        if let Err(error) = add(texts(row, by.len())?, &sums) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// Returns the column of a call's dimension.
fn of_call(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Offer => "inquiry.offer",
        Dimension::Buyer => "inquiry.winner_buyer",
        Dimension::Source => "inquiry.source",
        Dimension::Number => "inquiry.number",
        Dimension::Contract => "inquiry.winner_contract",
        Dimension::Trunk => "inquiry.trunk",
        Dimension::Flow => "inquiry.flow",
        Dimension::Reason => "inquiry.reason",
        Dimension::Tag | Dimension::Tier | Dimension::Kind => "NULL",
    }
}

/// Returns the column of a sale's dimension: a call that was sold twice has two buyers.
fn of_sale(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Buyer => "sale.buyer",
        Dimension::Contract => "sale.contract",
        Dimension::Offer
        | Dimension::Source
        | Dimension::Number
        | Dimension::Trunk
        | Dimension::Flow
        | Dimension::Reason
        | Dimension::Tag
        | Dimension::Tier
        | Dimension::Kind => of_call(dimension),
    }
}
