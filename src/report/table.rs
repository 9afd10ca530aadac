//! A report as a table for people, at most [`WIDTH`] columns wide.

use super::Cell;
use super::Column;
use super::Measure;
use super::Report;
use super::ReportRow;

/// Widest table, in characters.
pub const WIDTH: usize = 100;
/// Narrowest column of a group.
const GROUP_MIN: usize = 6;
/// The column of costs.
const COST: Column = Column::Plain(Measure::Cost);
/// The column of form leads.
const LEADS: Column = Column::Plain(Measure::Leads);
/// Columns that are left out first when a table is too wide, the first one first.
const LEFT_OUT: [Column; 7] = [
    Column::Plain(Measure::Duplicates),
    Column::Plain(Measure::Returned),
    Column::Plain(Measure::Answered),
    Column::TalkSeconds,
    Column::Plain(Measure::Connected),
    Column::Plain(Measure::Missed),
    LEADS,
];

impl Report {
    /// Returns the lines of the table. A column that does not fit is left out, and the last line
    /// names it. Costs and leads have a column only if
    /// there are any.
    pub fn table(&self) -> Vec<String> {
        let mut columns: Vec<Column> = self.total.cells.iter().map(|(column, _)| *column).collect();
        columns.retain(|column| *column != COST || self.has_costs());
        columns.retain(|column| *column != LEADS || self.has_leads());
        let mut left_out = Vec::new();
        let groups = self.rows.first().map_or(0, |row| row.group.len());
        for column in LEFT_OUT {
            if groups * (GROUP_MIN + 1) + self.numbers_width(&columns) <= WIDTH {
                break;
            }
            if columns.contains(&column) {
                columns.retain(|one| *one != column);
                left_out.push(column.name());
            }
        }
        let mut lines = vec![self.heading()];
        if self.rows.is_empty() {
            lines.push("no calls".to_owned());
        } else {
            lines.extend(self.body(&columns));
        }
        if !self.other_currencies.is_empty() {
            let others: Vec<&str> = self.other_currencies.iter().map(|one| one.as_str()).collect();
            lines.push(format!(
                "Amounts in {} are left out: ask for them with --currency.",
                others.join(", ")
            ));
        }
        if !left_out.is_empty() {
            lines.push(format!("Left out: {}. See --csv.", left_out.join(", ")));
        }
        lines
    }

    fn has_costs(&self) -> bool {
        let rows = self.rows.iter().chain([&self.total]);
        let mut cells = rows.flat_map(|row| &row.cells);
        cells.any(|(column, cell)| {
            *column == COST && matches!(cell, Cell::Amount(cost) if cost.micros() != 0)
        })
    }

    fn has_leads(&self) -> bool {
        let rows = self.rows.iter().chain([&self.total]);
        let mut cells = rows.flat_map(|row| &row.cells);
        cells.any(|(column, cell)| *column == LEADS && !matches!(cell, Cell::Count(0)))
    }

    fn heading(&self) -> String {
        let Report { topic, from, until, zone, currency, .. } = self;
        let amounts = self.total.cells.iter().any(|(_, cell)| matches!(cell, Cell::Amount(_)));
        let amounts = if amounts { format!(", in {}", currency.as_str()) } else { String::new() };
        format!("{topic} from {from} until {until}, days and hours of {zone}{amounts}")
    }

    fn body(&self, columns: &[Column]) -> Vec<String> {
        let group: Vec<&str> = self
            .rows
            .first()
            .map_or(Vec::new(), |row| row.group.iter().map(|(name, _)| *name).collect());
        let widths = self.group_widths(&group, WIDTH.saturating_sub(self.numbers_width(columns)));
        let line = |names: Vec<String>, numbers: Vec<String>| {
            let names = names.iter().zip(&widths);
            let names = names.map(|(name, width)| format!("{:<width$} ", fit(name, *width)));
            let numbers = numbers.iter().zip(columns);
            let numbers = numbers
                .map(|(cell, column)| format!("{cell:>width$} ", width = self.width(*column)));
            names.chain(numbers).collect::<String>().trim_end().to_owned()
        };
        let heads = columns.iter().map(|column| head(*column).to_owned()).collect();
        let mut lines = vec![line(group.iter().map(|name| (*name).to_owned()).collect(), heads)];
        let of_row = |row: &ReportRow| columns.iter().map(|column| value(row, *column)).collect();
        for row in &self.rows {
            let names = row.group.iter().map(|(_, value)| shown(value.as_deref()).to_owned());
            lines.push(line(names.collect(), of_row(row)));
        }
        let total =
            group.iter().enumerate().map(|(place, _)| if place == 0 { "total" } else { "" });
        lines.push(line(total.map(str::to_owned).collect(), of_row(&self.total)));
        lines
    }

    /// Returns the width of the columns of numbers, each with a space before it.
    fn numbers_width(&self, columns: &[Column]) -> usize {
        columns.iter().map(|column| self.width(*column) + 1).sum()
    }

    fn width(&self, column: Column) -> usize {
        let rows = self.rows.iter().chain([&self.total]);
        let cells = rows.map(|row| value(row, column).chars().count());
        cells.chain([head(column).len()]).max().unwrap_or(0)
    }

    /// Returns the widths of the group's columns: what they need, or an equal share of what is left.
    fn group_widths(&self, group: &[&str], left: usize) -> Vec<usize> {
        let share = (left / group.len().max(1)).saturating_sub(1).max(GROUP_MIN);
        let needed = |(place, name): (usize, &&str)| {
            let values = self.rows.iter().filter_map(move |row| row.group.get(place));
            let widths = values.map(|(_, value)| shown(value.as_deref()).chars().count());
            widths.chain([name.len(), "total".len()]).max().unwrap_or(0)
        };
        let needed: Vec<usize> = group.iter().enumerate().map(needed).collect();
        let total: usize = needed.iter().map(|width| width + 1).sum();
        if total <= left { needed } else { needed.into_iter().map(|one| one.min(share)).collect() }
    }
}

fn shown(value: Option<&str>) -> &str {
    value.unwrap_or("-")
}

/// Cuts a text to a number of characters; the last one marks the cut.
fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

fn value(row: &ReportRow, column: Column) -> String {
    let found = row.cells.iter().find(|(own, _)| *own == column);
    match found.map(|(_, cell)| *cell) {
        Some(Cell::Rate(rate)) => format!("{:.1}%", rate * 100.0),
        Some(Cell::Time(millis)) => {
            let seconds = millis.unsigned_abs() / 1_000;
            format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
        }
        Some(Cell::Unknown) | None => "-".to_owned(),
        Some(cell @ (Cell::Count(_) | Cell::Amount(_))) => cell.text(),
    }
}

/// Returns the head of a column, short enough for tables.
const fn head(column: Column) -> &'static str {
    match column {
        Column::Plain(Measure::Answered) => "answ.",
        Column::Plain(Measure::Connected) => "conn.",
        Column::Plain(Measure::Transferred) => "transf.",
        Column::Plain(Measure::Billable) => "billable",
        Column::Plain(Measure::Duplicates) => "dupl.",
        Column::Plain(Measure::EndedEarly) => "early",
        Column::Plain(Measure::AttemptsAnswered) => "answ.",
        Column::Plain(Measure::AttemptsWon) => "won",
        Column::Plain(measure) => measure.name(),
        Column::TalkSeconds => "connected",
        Column::AverageTalkSeconds => "average",
        Column::ConnectRate | Column::MissedRate | Column::AnswerRate | Column::RecoveryRate => {
            "rate"
        }
        Column::Unanswered
        | Column::AverageDelayMs
        | Column::AverageAnswerMs
        | Column::Recovered => column.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Currency;
    use crate::base::Wall;
    use crate::call::Scope;
    use crate::report::Groups;
    use crate::report::Question;
    use crate::report::Sums;
    use crate::report::Topic;
    use crate::report::Wanted;

    fn report(topic: Topic, group_by: &str, values: &[&str], size: i64) -> Report {
        report_of(&Measure::ALL, topic, group_by, values, size)
    }

    fn report_of(
        measures: &[Measure],
        topic: Topic,
        group_by: &str,
        values: &[&str],
        size: i64,
    ) -> Report {
        let now: Wall = "2026-05-04T15:00:00Z".parse().unwrap();
        let wanted = Wanted { group_by: Some(group_by), ..Wanted::default() };
        let question = Question::new(topic, Scope::All, wanted, now, Currency::USD).unwrap();
        let mut sums = Sums::default();
        for measure in measures {
            sums.add(*measure, if measure.is_money() { size * 1_000_000 } else { size });
        }
        let mut groups = Groups::default();
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        groups.add(0, values, &sums).unwrap();
        Report::new(&question, &groups, vec!["EUR".parse().unwrap()])
    }

    #[test]
    fn every_table_fits_a_terminal() {
        for size in [0, 12, 99_999_999] {
            for topic in Topic::ALL {
                for dimension in topic.dimensions(&Scope::All) {
                    let name = dimension.name();
                    let report = report(topic, name, &["a-rather-long-name-of-something"], size);
                    let lines = report.table();
                    let widest = lines.iter().map(|line| line.chars().count()).max();
                    assert!(widest <= Some(WIDTH), "{topic} by {name}: {lines:#?}");
                }
            }
            let long = ["a-rather-long-name-of-something", "", "+18005550100"];
            let lines = report(Topic::Pnl, "day,offer,buyer,number", &long, size).table();
            let widest = lines.iter().map(|line| line.chars().count()).max();
            assert!(widest <= Some(WIDTH), "{lines:#?}");
        }
    }

    #[test]
    fn a_table_has_heads_rows_and_a_total() {
        let lines = report_of(Measure::OF_CALLS, Topic::Pnl, "buyer", &["acme"], 3_661_000).table();
        assert_eq!(
            lines[0],
            "pnl from 2026-04-05T00:00:00Z until 2026-05-04T15:00:00Z, days and hours of UTC, in USD"
        );
        let cells = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cells(&lines[1])[..3], ["buyer", "calls", "leads"]);
        assert_eq!(cells(&lines[2])[0], "acme");
        assert_eq!(cells(&lines[2])[1..], cells(&lines[3])[1..]);
        assert!(lines[2].contains(" 1:01:01 ") && lines[2].ends_with(" 3661000.00"), "{lines:#?}");
        assert_eq!(lines[4], "Amounts in EUR are left out: ask for them with --currency.");
        assert!(lines[5].starts_with("Left out: duplicates, returned. "), "{lines:#?}");
        let costs = report(Topic::Pnl, "buyer", &["acme"], 12).table();
        assert!(
            cells(&costs[1]).ends_with(&["cost".to_owned(), "margin".to_owned()]),
            "{costs:#?}"
        );
        let rates = report(Topic::Answer, "buyer", &[""], 4).table();
        assert!(rates[2].starts_with("-") && rates[2].contains(" 100.0% "), "{rates:#?}");
    }
}
