//! Answers to questions about calls, from the sums that are kept.

use crate::base::Currency;
use crate::report::About;
use crate::report::AttemptGroup;
use crate::report::CallGroup;
use crate::report::CubeGroup;
use crate::report::Dimension;
use crate::report::From;
use crate::report::Grain;
use crate::report::Groups;
use crate::report::Measure;
use crate::report::Pair;
use crate::report::Part;
use crate::report::Question;
use crate::report::ReasonGroup;
use crate::report::Report;
use crate::report::Span;
use crate::report::Sums;
use crate::report::TooManyRows;
use crate::store::CostQuery;
use crate::store::CostSum;
use crate::store::StoreError;

use super::aggregate::group_by;
use super::aggregate::halves;
use super::aggregate::texts;
use super::aggregate::whole;
use super::cost;
use super::engine::Db;
use super::engine::Row;
use super::engine::Value;
use super::engine::params_from_iter;

/// Returns the answer to a question; [`TooManyRows`] if it would be too long.
pub(super) fn answer(
    db: &Db,
    question: &Question,
) -> Result<Result<Report, TooManyRows>, StoreError> {
    let mut groups = Groups::default();
    for part in question.parts() {
        let tables = kept(question, &part);
        for (place, (_, span)) in question.spans().into_iter().enumerate() {
            let mut add = |values, sums: &Sums| groups.add(place, values, sums);
            let added = tables.iter().try_fold(Ok(()), |added, kept| match added {
                Ok(()) => kept.sum(db, question, span, &mut add),
                Err(TooManyRows) => Ok(Err(TooManyRows)),
            })?;
            if let Err(error) = added {
                return Ok(Err(error));
            }
        }
    }
    let mut others = other_currencies(db, question)?;
    if let Err(error) = add_costs(db, question, &mut groups, &mut others)? {
        return Ok(Err(error));
    }
    others.sort_unstable();
    others.dedup();
    Ok(Ok(Report::new(question, &groups, others)))
}

/// Adds costs of traffic to the groups of their day, source and offer. Costs in other currencies
/// are left out and their currencies added to `others`.
fn add_costs(
    db: &Db,
    question: &Question,
    groups: &mut Groups,
    others: &mut Vec<Currency>,
) -> Result<Result<(), TooManyRows>, StoreError> {
    let Some((since, until)) = question.cost_days() else { return Ok(Ok(())) };
    let spans = question.spans();
    let query = CostQuery { since: Some(since), until: Some(until), source: None };
    for CostSum { day, source, offer, currency, micros } in cost::sums(db, &query)? {
        let Some(at) = question.cost_instant(day) else { continue };
        let Some(place) = spans.iter().position(|(_, span)| span.contains(at)) else { continue };
        if currency != question.currency() {
            others.push(currency);
            continue;
        }
        let group = question.cost_group(&source, &offer);
        if let Err(error) = groups.add(place, group, &Sums::of_cost(micros)) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(()))
}

/// Rows of a table of sums: those of a pair, or of a kind of reason.
struct Kept {
    table: &'static str,
    /// Grains that are kept, from the finest.
    grains: &'static [Grain],
    /// Condition on the first column of the key.
    only: String,
    /// Expressions of the question's dimensions.
    by: Vec<String>,
    /// Condition on a buyer or source, and its value.
    own: Option<(&'static str, String)>,
    /// What the question needs.
    measures: Vec<Measure>,
}

/// Returns the sums that answer a part.
fn kept(question: &Question, part: &Part) -> Vec<Kept> {
    let needed = question.measures();
    let table = |table, grains, only: String, column: &dyn Fn(Dimension) -> &'static str| {
        let has = |measure: &Measure| needed.contains(measure);
        let measures = measures(part.from).iter().copied().filter(has).collect();
        let by = question.dimensions().iter().map(|one| column(*one).to_owned()).collect();
        let own = part.only.clone().map(|(dimension, value)| (column(dimension), value));
        Kept { table, grains, only, by, own, measures }
    };
    let all = || "TRUE".to_owned();
    match part.from {
        From::Calls(pair) => {
            let only = format!("pair = {}", pair.number());
            let column = |dimension| pair_column(pair, dimension);
            vec![table("call_rollup", CallGroup::GRAINS, only, &column)]
        }
        From::Cube => vec![table("cube_rollup", CubeGroup::GRAINS, all(), &Dimension::name)],
        From::Attempts => {
            vec![table("attempt_rollup", AttemptGroup::GRAINS, all(), &Dimension::name)]
        }
        From::Reasons(abouts) => {
            let of = |about: &About| {
                let only = format!("about = '{}'", about.name());
                table("reason_rollup", ReasonGroup::GRAINS, only, &reason_column)
            };
            abouts.iter().map(of).collect()
        }
    }
}

/// Returns the measures of a table.
const fn measures(from: From) -> &'static [Measure] {
    match from {
        From::Calls(_) | From::Cube => Measure::OF_CALLS,
        From::Attempts => Measure::OF_ATTEMPTS,
        From::Reasons(_) => Measure::OF_REASONS,
    }
}

fn pair_column(pair: Pair, dimension: Dimension) -> &'static str {
    match pair.dimensions().iter().position(|own| *own == dimension) {
        Some(0) => "first",
        Some(_) | None => "second",
    }
}

fn reason_column(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Kind => "about",
        Dimension::Reason => "reason",
        Dimension::Offer => "offer",
        Dimension::Buyer
        | Dimension::Source
        | Dimension::Contract
        | Dimension::Number
        | Dimension::Tag
        | Dimension::Tier
        | Dimension::Trunk
        | Dimension::Flow => "party",
    }
}

impl Kept {
    /// Adds the sums of a span.
    fn sum(
        &self,
        db: &Db,
        question: &Question,
        span: Span,
        add: &mut impl FnMut(Vec<String>, &Sums) -> Result<(), TooManyRows>,
    ) -> Result<Result<(), TooManyRows>, StoreError> {
        let Kept { table, grains, only, by, own, measures } = self;
        if measures.is_empty() {
            return Ok(Ok(()));
        }
        let names = by.iter().map(|name| format!("{name}, ")).collect::<String>();
        let sums: Vec<String> = measures.iter().map(|measure| summed(*measure)).collect();
        let own_column = own.as_ref().map(|(column, _)| format!(" AND {column} = ?5"));
        let grouped = if by.is_empty() { String::new() } else { group_by(by.len()) };
        let sql = format!(
            "SELECT {names}{} FROM {table} \
             WHERE {only} AND grain = ?1 AND quarter >= ?2 AND quarter < ?3{}{grouped}",
            sums.join(", "),
            own_column.unwrap_or_default(),
        );
        let mut statement = db.prepare_cached(&sql)?;
        for segment in span.segments(grains) {
            let Span { from, until } = segment.span;
            let numbers = [segment.grain.number(), from.number(), until.number()].map(Value::from);
            let currency = Value::from(question.currency().as_str().to_owned());
            let own = own.iter().map(|(_, value)| Value::from(value.clone()));
            let values = numbers.into_iter().chain([currency]).chain(own);
            let count = statement.parameter_count();
            let mut rows = statement.query(params_from_iter(values.take(count)))?;
            while let Some(row) = rows.next()? {
                let Some(sums) = read(row, by.len(), measures)? else { continue };
                if let Err(error) = add(texts(row, by.len())?, &sums) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(Ok(()))
    }
}

/// Returns the expressions that sum a measure. SQLite fails when a sum exceeds 64 bits, which only
/// amounts can, so their 32-bit halves are summed separately. Amounts in other currencies are left
/// out.
fn summed(measure: Measure) -> String {
    let column = measure.name();
    if measure.is_greatest() {
        return format!("max({column})");
    }
    match measure.is_money() {
        false => format!("sum({column})"),
        true => halves(&format!("CASE WHEN currency = ?4 THEN {column} ELSE 0 END")),
    }
}

/// Reads the sums that follow `at` columns; `None` for sums over no rows.
fn read(row: Row<'_>, at: usize, measures: &[Measure]) -> Result<Option<Sums>, StoreError> {
    let (mut sums, mut place) = (Sums::default(), at);
    for measure in measures {
        let Some(value) = row.get::<_, Option<i64>>(place)? else { return Ok(None) };
        if measure.is_money() {
            sums.add(*measure, whole(value, row.get(place + 1)?));
            place += 2;
        } else {
            sums.add(*measure, value);
            place += 1;
        }
    }
    Ok(Some(sums))
}

/// Returns the currencies, other than the question's, of the reader's amounts in the period.
fn other_currencies(db: &Db, question: &Question) -> Result<Vec<Currency>, StoreError> {
    let Some(part) = question.parts().into_iter().next().filter(|_| question.has_amounts()) else {
        return Ok(Vec::new());
    };
    let wanted: Vec<Dimension> = part.only.iter().map(|(dimension, _)| *dimension).collect();
    let Some(pair) = Pair::with(&wanted) else { return Ok(Vec::new()) };
    let own = part.only.map(|(dimension, value)| (pair_column(pair, dimension), value));
    let condition = own.as_ref().map(|(column, _)| format!(" AND {column} = ?4"));
    let sql = format!(
        "SELECT DISTINCT currency FROM call_rollup \
         WHERE pair = {} AND grain = ?1 AND quarter >= ?2 AND quarter < ?3 AND currency <> ''{}",
        pair.number(),
        condition.unwrap_or_default(),
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for segment in question.span().segments(CallGroup::GRAINS) {
        let Span { from, until } = segment.span;
        let numbers = [segment.grain.number(), from.number(), until.number()].map(Value::from);
        let own = own.iter().map(|(_, value)| Value::from(value.clone()));
        let mut rows = statement.query(params_from_iter(numbers.into_iter().chain(own)))?;
        while let Some(row) = rows.next()? {
            let code: String = row.get(0)?;
            found.extend(code.parse::<Currency>().ok().filter(|one| *one != question.currency()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
