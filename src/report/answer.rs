//! The answer to a question: rows and their total.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeMap as _;

use super::Cell;
use super::Column;
use super::Dimension;
use super::Question;
use super::Sums;
use super::Topic;
use crate::base::Currency;
use crate::base::Wall;

/// Most rows of a report.
pub const REPORT_ROWS_MAX: usize = 5_000;

/// A report has more than [`REPORT_ROWS_MAX`] rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "The report has more than {REPORT_ROWS_MAX} rows: ask for a shorter period or for fewer groups."
)]
pub struct TooManyRows;

/// A report. Its JSON is that of the API.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Which report.
    #[serde(skip)]
    pub topic: Topic,
    /// First instant of the period.
    pub from: Wall,
    /// First instant after the period.
    pub until: Wall,
    /// IANA name of the time zone of days and hours.
    pub zone: String,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Currencies of other amounts in the period, which the report leaves out.
    pub other_currencies: Vec<Currency>,
    /// Rows: by time, then the greatest first.
    pub rows: Vec<ReportRow>,
    /// Sum of the rows.
    pub total: ReportRow,
}

/// A row of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportRow {
    /// What the row is about: names and values of the grouping; `None` for calls without one.
    pub group: Vec<(&'static str, Option<String>)>,
    /// Columns and values.
    pub cells: Vec<(Column, Cell)>,
}

/// Sums by hour or day (a place in [`Question::spans`]), and by the values of the question's
/// dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Groups(BTreeMap<(usize, Vec<String>), Sums>);

impl Groups {
    /// Adds sums to a group; an empty value stands for none.
    ///
    /// # Errors
    /// [`TooManyRows`]: the groups would be more than [`REPORT_ROWS_MAX`].
    pub fn add(
        &mut self,
        place: usize,
        values: Vec<String>,
        sums: &Sums,
    ) -> Result<(), TooManyRows> {
        let key = (place, values);
        if self.0.len() >= REPORT_ROWS_MAX && !self.0.contains_key(&key) {
            return Err(TooManyRows);
        }
        self.0.entry(key).or_default().absorb(sums);
        Ok(())
    }
}

impl Report {
    /// Creates the answer to a question from its groups.
    pub fn new(question: &Question, groups: &Groups, other_currencies: Vec<Currency>) -> Self {
        let columns = question.columns();
        let currency = question.currency();
        let cells = |sums: &Sums| -> Vec<(Column, Cell)> {
            columns.iter().map(|column| (*column, column.cell(sums, currency))).collect()
        };
        let mut total = Sums::default();
        let spans = question.spans();
        let mut ordered: Vec<_> = groups.0.iter().collect();
        let weight = |sums: &Sums| columns.first().map(|first| first.weight(sums));
        ordered.sort_by_key(|((place, _), sums)| (*place, Reverse(weight(sums))));
        let mut rows = Vec::new();
        for ((place, values), sums) in ordered {
            total.absorb(sums);
            let time = spans.get(*place).and_then(|(time, _)| time.clone());
            let unit = question.unit.map(|unit| (unit.name(), time));
            let dimensions = question.dimensions().iter().map(|one| Dimension::name(*one));
            let values = values.iter().map(|value| Some(value.clone()).filter(|v| !v.is_empty()));
            let group = unit.into_iter().chain(dimensions.zip(values)).collect();
            rows.push(ReportRow { group, cells: cells(sums) });
        }
        let span = question.span();
        Self {
            topic: question.topic,
            from: span.from.start(),
            until: span.until.start(),
            zone: question.zone.clone(),
            currency,
            other_currencies,
            rows,
            total: ReportRow { group: Vec::new(), cells: cells(&total) },
        }
    }
}

impl Serialize for ReportRow {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(None)?;
        for (name, value) in &self.group {
            map.serialize_entry(name, value)?;
        }
        for (column, cell) in &self.cells {
            map.serialize_entry(column.name(), cell)?;
        }
        map.end()
    }
}
