//! Reports.

use super::Field;
use super::closed;
use super::count;
use super::field;
use super::list;
use super::moment;
use super::nullable;
use super::number;
use super::object;
use super::refer;
use super::text;
use super::word;
use crate::base::Money;
use crate::report::CapRow;
use crate::report::CapsReport;
use crate::report::Column;
use crate::report::Dimension;
use crate::report::Measure;
use crate::report::Report;
use crate::report::ReportRow;
use crate::report::Unit;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

/// Returns the columns that a row may have. Corrections may make a count or an amount negative.
fn columns() -> Vec<Field<'static>> {
    let mut fields = Vec::new();
    for measure in Measure::ALL {
        let schema = if measure.is_money() { refer::<Money>() } else { number() };
        fields.push(field(measure.name(), schema, ""));
    }
    fields.extend(Column::DERIVED.map(|column| field(column.name(), nullable(number()), "")));
    fields
}

fn row() -> RefOr<Schema> {
    let units = [Unit::Hour, Unit::Day].map(|unit| field(unit.name(), text(), ""));
    let groups = Dimension::ALL.map(|dimension| field(dimension.name(), nullable(text()), ""));
    let optional: Vec<Field<'_>> = units.into_iter().chain(groups).chain(columns()).collect();
    closed(&[], &optional)
}

schemas! {
    Report => object(&[
        field("from", moment(), "First instant of the period: a quarter hour."),
        field("until", moment(), "First instant after the period."),
        field("zone", text(), "Time zone of days and hours."),
        field("currency", text(), "Currency of the amounts."),
        field("other_currencies", list(text()), "Currencies of amounts that are left out."),
        field("rows", list(refer::<ReportRow>()), "By time, then the greatest first."),
        field("total", refer::<ReportRow>(), "Sum of the rows."),
    ]), needs ReportRow, Money;
    ReportRow => row(), needs Money;
    CapsReport => object(&[
        field("at", moment(), "When."),
        field("rows", list(refer::<CapRow>()), "The fullest first."),
    ]), needs CapRow, Money;
    CapRow => object(&[
        field("level", word(["contract", "buyer", "offer"]), "What is limited."),
        field("id", text(), "Its id."),
        field("window", word(["hour", "day", "week", "month", "total"]), "The cap's window."),
        field("period", text(), "The window's current span in the buyer's time zone."),
        field("used", nullable(count()), "Units in use; null for a budget."),
        field("limit", nullable(count()), "Units that may be used."),
        field("spent", nullable(refer::<Money>()), "Amount in use; null for a cap of units."),
        field("budget", nullable(refer::<Money>()), "Amount that may be spent."),
        field("share", number(), "Used part: 1 is full."),
    ]), needs Money;
}
