//! `strowger report`: reports on ended calls, from the database, whether the switch runs or not.

use super::Fault;
use super::audit;
use super::command;
use super::command::ReportName;
use super::live_book;
use super::open_store;
use super::out::out;
use super::warn_without_book;
use crate::base::Currency;
use crate::base::Money;
use crate::base::csv::quoted;
use crate::base::csv::safe;
use crate::book::Book;
use crate::call::Scope;
use crate::config::Settings;
use crate::net::Clock;
use crate::past::caps_used;
use crate::report::CapsReport;
use crate::report::Question;
use crate::report::Report;
use crate::report::ReportRow;
use crate::report::Topic;
use crate::report::Wanted;
use crate::store::Store;

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Table,
    Csv,
    Json,
}

pub(super) async fn run(settings: &Settings, command: command::Report) -> Result<(), Fault> {
    let form = match (command.csv, command.json) {
        (true, _) => Form::Csv,
        (false, true) => Form::Json,
        (false, false) => Form::Table,
    };
    let topic = match command.report {
        ReportName::Audit => {
            refuse_options(&command)?;
            if form == Form::Csv {
                return Err(Fault::of("the audit has no --csv: use --json"));
            }
            return audit::run(settings, None, form == Form::Json).await;
        }
        ReportName::Caps => {
            refuse_options(&command)?;
            return caps(settings, form).await;
        }
        ReportName::Pnl => Topic::Pnl,
        ReportName::Rejections => Topic::Rejections,
        ReportName::Fallbacks => Topic::Fallbacks,
        ReportName::Answer => Topic::Answer,
        ReportName::Missed => Topic::Missed,
        ReportName::Latency => Topic::Latency,
    };
    let store = open_store(settings)?;
    warn_without_book(settings, store.as_ref()).await?;
    let currency = live_book(settings, store.as_ref()).await?.currency();
    let question = question(topic, &command, currency)?;
    let report = store.report(question).await.map_err(Fault::of)?.map_err(Fault::of)?;
    match form {
        Form::Json => out!("{}", serde_json::to_string_pretty(&report).map_err(Fault::of)?),
        Form::Table => report.table().iter().for_each(|line| out!("{line}")),
        Form::Csv => csv(&report).iter().for_each(|line| out!("{line}")),
    }
    Ok(())
}

fn question(
    topic: Topic,
    command: &command::Report,
    currency: Currency,
) -> Result<Question, Fault> {
    let command::Report { group_by, since, until, zone, currency: other, .. } = command;
    let wanted = Wanted {
        group_by: group_by.as_deref(),
        since: since.as_deref(),
        until: until.as_deref(),
        zone: zone.as_deref(),
        currency: other.as_deref(),
    };
    let now = Clock::system().now().wall;
    let question = Question::new(topic, Scope::All, wanted, now, currency);
    question.map_err(|faults| Fault::of(faults.join("\nstrowger: ")))
}

/// Refuses options of reports over a period.
fn refuse_options(command: &command::Report) -> Result<(), Fault> {
    let command::Report { group_by, since, until, zone, currency, .. } = command;
    let given = [
        ("--group-by", group_by),
        ("--since", since),
        ("--until", until),
        ("--zone", zone),
        ("--currency", currency),
    ];
    match given.iter().find(|(_, value)| value.is_some()) {
        Some((name, _)) => Err(Fault::of(format!("this report has no period: omit {name}"))),
        None => Ok(()),
    }
}

/// Returns the live book; an empty one if there is none.
async fn live_book(settings: &Settings, store: &dyn Store) -> Result<Book, Fault> {
    match store.book_version().await.map_err(Fault::of)? {
        0 => Ok(Book::default()),
        _ => Ok(live_book::needed(settings).await?.1),
    }
}

async fn caps(settings: &Settings, form: Form) -> Result<(), Fault> {
    let (_, book) = live_book::needed(settings).await?;
    let store = open_store(settings)?;
    let now = Clock::system().now().wall;
    let report = caps_used(store.as_ref(), &book, &Scope::All, now).await.map_err(Fault::of)?;
    match form {
        Form::Json => out!("{}", serde_json::to_string_pretty(&report).map_err(Fault::of)?),
        Form::Table => report.table().iter().for_each(|line| out!("{line}")),
        Form::Csv => caps_csv(&report).iter().for_each(|line| out!("{line}")),
    }
    Ok(())
}

/// Returns the lines of a report as CSV, without the total. Amounts have no currency of their own:
/// a column names it.
fn csv(report: &Report) -> Vec<String> {
    let names = report.rows.first().unwrap_or(&report.total);
    let group = names.group.iter().map(|(name, _)| *name);
    let columns = names.cells.iter().map(|(column, _)| column.name());
    let head: Vec<&str> = group.chain(columns).chain(["currency"]).collect();
    let row = |row: &ReportRow| {
        let group = row.group.iter().map(|(_, value)| text(value.as_deref().unwrap_or_default()));
        let cells = row.cells.iter().map(|(_, cell)| cell.text());
        let currency = [report.currency.as_str().to_owned()];
        group.chain(cells).chain(currency).collect::<Vec<_>>().join(",")
    };
    [head.join(",")].into_iter().chain(report.rows.iter().map(row)).collect()
}

/// Returns a text as a cell. A phone number is not a formula, although it begins with `+`.
fn text(value: &str) -> String {
    let digits = value.strip_prefix('+').filter(|rest| !rest.is_empty());
    let is_phone = digits.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    quoted(&if is_phone { value.to_owned() } else { safe(value) })
}

fn caps_csv(report: &CapsReport) -> Vec<String> {
    let head = "level,id,window,period,used,limit,spent,budget,share";
    let rows = report.rows.iter().map(|row| {
        let number = |value: Option<u64>| value.map(|one| one.to_string()).unwrap_or_default();
        let amount = |value: Option<Money>| value.map(Money::amount).unwrap_or_default();
        [
            row.level.to_owned(),
            text(&row.id),
            row.window.to_owned(),
            row.period.clone(),
            number(row.used),
            number(row.limit),
            amount(row.spent),
            amount(row.budget),
            format!("{:.4}", row.share),
        ]
        .join(",")
    });
    [head.to_owned()].into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Groups;
    use crate::report::Measure;
    use crate::report::Sums;

    #[test]
    fn no_cell_of_a_report_is_a_formula() {
        let now = "2026-05-04T15:00:00Z".parse().unwrap();
        let wanted = Wanted { group_by: Some("tag"), ..Wanted::default() };
        let question = Question::new(Topic::Pnl, Scope::All, wanted, now, Currency::USD).unwrap();
        let mut groups = Groups::default();
        let mut sums = Sums::default();
        sums.add(Measure::Calls, 1);
        sums.add(Measure::Revenue, -45_000_000);
        for tag in ["plan==HYPERLINK(\"x\"),1", "-x=1", "+18005550100", "+1+1", ""] {
            groups.add(0, vec![tag.to_owned()], &sums).unwrap();
        }
        let lines = csv(&Report::new(&question, &groups, Vec::new()));
        assert!(lines[0].starts_with("tag,calls,") && lines[0].ends_with(",margin,currency"));
        let mut firsts: Vec<&str> = lines[1..].iter().map(|line| &line[..6]).collect();
        firsts.sort_unstable();
        assert_eq!(firsts, ["\"plan=", "'+1+1,", "'-x=1,", "+18005", ",1,0,0"]);
        assert!(
            lines[1..].iter().all(|line| line.ends_with(",-45.00,0.00,0.00,0.00,USD")),
            "{lines:?}"
        );
    }
}
