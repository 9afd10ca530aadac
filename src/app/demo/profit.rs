//! Profit and loss of the demo's calls, as `strowger report pnl` computes it.

use super::screen::Ink;
use super::screen::Screen;
use crate::app::Fault;
use crate::base::Currency;
use crate::call::Scope;
use crate::net::Clock;
use crate::report::Question;
use crate::report::Report;
use crate::report::ReportRow;
use crate::report::Topic;
use crate::report::Wanted;
use crate::store::Store;

/// Columns of the table, of those that the report has.
const COLUMNS: [&str; 6] = ["calls", "connected", "billable", "revenue", "payout", "margin"];

/// Prints profit and loss by offer. The records of all calls must be in the database.
pub(super) async fn show(
    screen: &mut Screen,
    store: &dyn Store,
    currency: Currency,
) -> Result<(), Fault> {
    let now = Clock::system().now().wall;
    let wanted = Wanted { group_by: Some("offer"), ..Wanted::default() };
    let question = Question::new(Topic::Pnl, Scope::All, wanted, now, currency);
    let question = question.map_err(|faults| Fault::of(faults.join("; ")))?;
    let report = store.report(question).await.map_err(Fault::of)?.map_err(Fault::of)?;
    screen.gap();
    for (number, line) in lines(&report).iter().enumerate() {
        screen.print(if number == 0 { Ink::Title } else { Ink::Plain }, "", line);
    }
    Ok(())
}

/// Returns the lines of the table: its head, a line for each offer, and the totals.
fn lines(report: &Report) -> Vec<String> {
    let line = |name: &str, cells: [String; COLUMNS.len()]| {
        let cells = cells.iter().map(|cell| format!(" {cell:>9}"));
        format!("{name:<17}{}", cells.collect::<String>())
    };
    let cells = |row: &ReportRow| {
        COLUMNS.map(|name| {
            let cell = row.cells.iter().find(|(column, _)| column.name() == name);
            cell.map_or_else(String::new, |(_, cell)| cell.text())
        })
    };
    let title = format!("profit, {}", report.currency.as_str());
    let mut lines = vec![line(&title, COLUMNS.map(str::to_owned))];
    for row in &report.rows {
        let name = row.group.first().and_then(|(_, value)| value.as_deref()).unwrap_or("-");
        lines.push(line(name, cells(row)));
    }
    lines.push(line("total", cells(&report.total)));
    lines
}
