//! `strowger statement`: the account of a buyer or a source in a period, from the database, whether
//! the switch runs or not. At most a page of it is in memory.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use clap::Args;

use super::Fault;
use super::live_book;
use super::open_store;
use super::out;
use super::out::out;
use super::warn_without_book;
use super::wrap::fit;
use super::zone::Local;
use crate::base::Currency;
use crate::book::Book;
use crate::config::Settings;
use crate::net::Clock;
use crate::statement::Form;
use crate::statement::Line;
use crate::statement::Party;
use crate::statement::Printer;
use crate::statement::Question;
use crate::statement::Statement;
use crate::statement::Sums;
use crate::statement::Wanted;
use crate::store::STATEMENT_PAGE_MAX;
use crate::store::Store;

/// `statement`.
#[derive(Debug, Args)]
pub(super) struct Account {
    /// Whose account.
    #[arg(value_enum)]
    of: PartyNoun,
    /// Id of the buyer or the source.
    id: String,
    /// Start: RFC 3339, a date, or how long ago, like 30d or 12h [default: the current month].
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// End, exclusive: as the start [default: now].
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Time zone of dates, like America/New_York [default: UTC].
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// Currency of the account [default: that of the book].
    #[arg(long, value_name = "CODE")]
    currency: Option<String>,
    /// Print every line as CSV with a header line.
    #[arg(long, conflicts_with_all = ["json", "parquet"])]
    csv: bool,
    /// Print the statement as JSON.
    #[arg(long, conflicts_with = "parquet")]
    json: bool,
    /// Write every line to a new Apache Parquet file.
    #[arg(long, value_name = "FILE")]
    parquet: Option<PathBuf>,
}

/// Whose account a statement is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum PartyNoun {
    /// A buyer: what it owes, and its balance.
    Buyer,
    /// A source: what it is owed.
    Source,
}

pub(super) async fn run(settings: &Settings, command: Account) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let store = store.as_ref();
    warn_without_book(settings, store).await?;
    let book = match store.book_version().await.map_err(Fault::of)? {
        0 => Book::default(),
        _ => live_book::needed(settings).await?.1,
    };
    let question = question(&command, book.currency())?;
    let sums = store.statement_sums(question.clone()).await.map_err(Fault::of)?;
    if sums.sums.is_empty() && sums.other_currencies.is_empty() && !knows(&book, &question.party) {
        let (noun, id) = (question.party.noun(), question.party.id());
        return Err(Fault::of(format!("neither the book nor the ledger has a {noun} `{id}`")));
    }
    match (command.csv, command.json, command.parquet) {
        (false, false, None) => show(store, question, sums).await,
        (true, _, _) => print(store, question, sums, Form::Csv).await,
        (false, true, _) => print(store, question, sums, Form::Json).await,
        (false, false, Some(path)) => save(store, question, sums, &path).await,
    }
}

fn question(command: &Account, currency: Currency) -> Result<Question, Fault> {
    let Account { of, id, since, until, zone, currency: other, .. } = command;
    let party = match of {
        PartyNoun::Buyer => Party::Buyer(id.parse().map_err(Fault::of)?),
        PartyNoun::Source => Party::Source(id.parse().map_err(Fault::of)?),
    };
    let wanted = Wanted {
        since: since.as_deref(),
        until: until.as_deref(),
        zone: zone.as_deref(),
        currency: other.as_deref(),
    };
    let question = Question::new(party, wanted, Clock::system().now().wall, currency);
    question.map_err(|faults| Fault::of(faults.join("\nstrowger: ")))
}

fn knows(book: &Book, party: &Party) -> bool {
    match party {
        Party::Buyer(buyer) => book.buyer(buyer).is_some(),
        Party::Source(source) => book.sources.iter().any(|known| known.id == *source),
    }
}

/// Calls `each` with every page of lines, and once without lines for an empty statement.
async fn pages(
    store: &dyn Store,
    question: &Question,
    last: u64,
    mut each: impl FnMut(&[Line]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut after = None;
    loop {
        let page = store.statement_lines(question.clone(), last, after, STATEMENT_PAGE_MAX);
        let page = page.await.map_err(Fault::of)?;
        each(&page)?;
        after = page.last().map(Line::place);
        if page.len() < STATEMENT_PAGE_MAX {
            return Ok(());
        }
    }
}

/// Passes the bytes of a statement to `write`, piece by piece.
async fn each_piece(
    store: &dyn Store,
    question: Question,
    sums: Sums,
    form: Form,
    mut write: impl FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let last = sums.last;
    let statement = Statement::new(&question, sums);
    let mut printer = Printer::begin(form, &statement).map_err(Fault::of)?;
    let each = |lines: &[Line]| write(&printer.lines(lines).map_err(Fault::of)?);
    pages(store, &question, last, each).await?;
    write(&printer.end().map_err(Fault::of)?)
}

async fn print(store: &dyn Store, question: Question, sums: Sums, form: Form) -> Result<(), Fault> {
    each_piece(store, question, sums, form, |piece| {
        out::print(format_args!("{}", String::from_utf8_lossy(piece)));
        Ok(())
    })
    .await
}

/// Writes a new file, which is removed again if it does not become complete.
async fn save(store: &dyn Store, question: Question, sums: Sums, path: &Path) -> Result<(), Fault> {
    let fault = |error: std::io::Error| Fault::of(format!("{}: {error}", path.display()));
    let mut file = File::create_new(path).map_err(fault)?;
    let write = |piece: &[u8]| file.write_all(piece).map_err(fault);
    let written = each_piece(store, question, sums, Form::Parquet, write).await;
    let written = written.and_then(|()| file.sync_all().map_err(fault));
    if written.is_err() {
        drop(std::fs::remove_file(path));
    }
    written
}

async fn show(store: &dyn Store, question: Question, sums: Sums) -> Result<(), Fault> {
    let local = Local::system();
    let last = sums.last;
    let statement = Statement::new(&question, sums);
    for line in head(&statement, &local) {
        out!("{line}");
    }
    let each = |lines: &[Line]| {
        lines.iter().for_each(|line| out!("{}", row(line, &local)));
        Ok(())
    };
    if !statement.totals.is_empty() {
        out!("{}", columns(["time", "kind", "call or cause", "caller", "contract", "amount"]));
    }
    pages(store, &question, last, each).await?;
    for line in foot(&statement) {
        out!("{line}");
    }
    out!("Times are in {}.", local.name());
    Ok(())
}

fn head(statement: &Statement, local: &Local) -> Vec<String> {
    let Statement { of, id, since, until, opening, .. } = statement;
    let (since, until) = (local.show(*since), local.show(*until));
    vec![format!("{of} {id}, from {since} to {until}"), format!("opening balance {opening}")]
}

fn foot(statement: &Statement) -> Vec<String> {
    let Statement { closing, due, totals, other_currencies, .. } = statement;
    let mut lines = vec![format!("closing balance {closing}")];
    for total in totals {
        lines.push(format!("{:<16} {:>9} {:>20}", total.kind, total.count, total.amount));
    }
    lines.push(format!("due in this period: {due}"));
    for other in other_currencies {
        lines.push(format!("There are postings in {other:?}: see --currency {other:?}."));
    }
    lines
}

fn row(line: &Line, local: &Local) -> String {
    let call = line.call.map_or_else(|| line.cause.clone(), |call| call.to_string());
    let caller = line.caller.as_ref().map_or("-", |caller| caller.e164());
    let contract = line.contract.as_ref().map_or("-", |contract| contract.as_str());
    let (at, amount) = (local.brief(line.at), line.amount.amount());
    columns([&at, line.kind.name(), &call, caller, contract, &amount])
}

/// Returns a line of the table, at most 120 columns wide: an id of a call is printed whole.
fn columns(cells: [&str; 6]) -> String {
    let [at, kind, call, caller, contract, amount] = cells;
    let (call, contract) = (fit(call, 36), fit(contract, 16));
    format!("{at:<14} {kind:<15} {call:<36} {caller:<16} {contract:<16} {amount:>16}")
}
