//! `strowger costs`: what traffic cost beside payouts.

use clap::Args;
use clap::Subcommand;

use super::Fault;
use super::entropy;
use super::live_book;
use super::open_store;
use super::out::out;
use super::user;
use super::wrap::fit;
use super::zone::Local;
use crate::base::Money;
use crate::base::suggest;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::COSTS_PAGE_MAX;
use crate::store::Cost;
use crate::store::CostId;
use crate::store::CostQuery;
use crate::store::EnteredCost;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::NOTE_BYTES_MAX;
use crate::store::NewCost;
use crate::store::Store;
use crate::store::Verb;

#[derive(Debug, Subcommand)]
pub(super) enum Costs {
    /// Enter what the traffic of a source cost on a day; a negative amount corrects a cost.
    Add(Entry),
    /// List costs, the latest entry first.
    List {
        /// First day, like 2026-05-01 [default: all].
        #[arg(long, value_name = "DAY")]
        since: Option<String>,
        /// The day after the last.
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// Only costs of this source.
        #[arg(long, value_name = "ID")]
        source: Option<String>,
        /// Print each cost as JSON, one per line.
        #[arg(long)]
        json: bool,
    },
}

/// `costs add`.
#[derive(Debug, Args)]
pub(super) struct Entry {
    /// The source.
    source: String,
    /// The offer that the traffic was for.
    offer: String,
    /// Amount, like 120.00, in the book's currency.
    #[arg(allow_hyphen_values = true)]
    amount: String,
    /// The day that it belongs to, like 2026-05-04.
    #[arg(long)]
    day: String,
    /// Note, like an invoice number.
    #[arg(long, default_value = "")]
    note: String,
    /// Unique id of the cost, so that a repeated command enters it once [default: random].
    #[arg(long)]
    id: Option<String>,
}

pub(super) async fn run(settings: &Settings, command: Costs) -> Result<(), Fault> {
    let store = open_store(settings)?;
    match command {
        Costs::Add(new) => {
            let at = Clock::system().now().wall;
            let by = user::makes(Verb::Create, EntityKind::Cost, "strowger costs add", at);
            let added = add(settings, store.as_ref(), new, by.clone()).await;
            user::noted(store.as_ref(), &by, added).await
        }
        Costs::List { since, until, source, json } => {
            let day = |name, text: Option<String>| text.map(|text| day(name, &text)).transpose();
            let source = source.map(|id| id.parse()).transpose().map_err(Fault::of)?;
            let (since, until) = (day("--since", since)?, day("--until", until)?);
            list(store.as_ref(), CostQuery { since, until, source }, json).await
        }
    }
}

async fn add(
    settings: &Settings,
    store: &dyn Store,
    new: Entry,
    by: Mutation,
) -> Result<(), Fault> {
    let Entry { source, offer, amount, day: on, note, id } = new;
    let (_, book) = live_book::needed(settings).await?;
    let sources = book.sources.iter().map(|known| &known.id);
    let offers = book.offers.iter().map(|known| &known.id);
    let source = known("source", &source, sources, |id| id.as_str())?;
    let offer = known("offer", &offer, offers, |id| id.as_str())?;
    let amount = Money::parse_entered(&amount, book.currency()).map_err(Fault::of)?;
    if amount.micros() == 0 {
        return Err(Fault::of("the amount must not be 0"));
    }
    if note.len() > NOTE_BYTES_MAX {
        return Err(Fault::of(format!("the note is longer than {NOTE_BYTES_MAX} bytes")));
    }
    let id = match id {
        Some(id) => id.parse().map_err(Fault::Sentence)?,
        None => CostId::random(entropy()?),
    };
    let day = day("--day", &on)?;
    let new = NewCost { id, source, offer, day, amount, note, by };
    match store.cost_add(new).await.map_err(Fault::of)? {
        EnteredCost::Now(cost) => out!("{}", line(&cost)),
        EnteredCost::Before(cost) => out!("{}, already entered", line(&cost)),
        EnteredCost::Other(cost) => {
            let (id, found) = (&cost.id, line(&cost));
            return Err(Fault::of(format!("id {id} is already used by another cost: {found}")));
        }
    }
    Ok(())
}

fn day(name: &str, text: &str) -> Result<jiff::civil::Date, Fault> {
    let day = text.parse().ok().filter(|day| CostQuery::has_day(*day));
    day.ok_or_else(|| Fault::of(format!("{name}: `{text}` is no date: write it like 2026-05-04")))
}

/// Returns the entry of the book with this id.
fn known<'b, T: Clone + 'b>(
    noun: &str,
    id: &str,
    all: impl Iterator<Item = &'b T> + Clone,
    name: fn(&T) -> &str,
) -> Result<T, Fault> {
    if let Some(found) = all.clone().find(|known| name(known) == id) {
        return Ok(found.clone());
    }
    let hint = match suggest(id, all.map(name)) {
        Some(near) => format!(" (did you mean `{near}`?)"),
        None => String::new(),
    };
    Err(Fault::of(format!("{noun} `{id}` is not in the book{hint}")))
}

fn line(cost: &Cost) -> String {
    let Cost { source, offer, day, amount, note, .. } = cost;
    let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
    format!("{day}  {source}  {offer}  {amount}{note}")
}

async fn list(store: &dyn Store, query: CostQuery, json: bool) -> Result<(), Fault> {
    let local = Local::system();
    let (mut before, mut rows) = (None, 0_usize);
    loop {
        let page = store.costs(query.clone(), before, COSTS_PAGE_MAX).await.map_err(Fault::of)?;
        if rows == 0 && !json && !page.is_empty() {
            out!("{}", row(["day", "source", "offer", "amount", "entered", "note"]));
        }
        for cost in &page {
            if json {
                out!("{}", serde_json::to_string(cost).map_err(Fault::of)?);
            } else {
                let (day, amount) = (cost.day.to_string(), cost.amount.to_string());
                let (source, offer) = (cost.source.as_str(), cost.offer.as_str());
                out!("{}", row([&day, source, offer, &amount, &local.day(cost.at), &cost.note]));
            }
        }
        rows += page.len();
        before = page.last().map(|cost| cost.number);
        if page.len() < COSTS_PAGE_MAX {
            break;
        }
    }
    if rows == 0 && !json {
        out!("no costs");
    }
    Ok(())
}

/// Returns a line of the table, at most 100 columns wide.
fn row(cells: [&str; 6]) -> String {
    let [day, source, offer, amount, entered, note] = cells;
    let (source, offer, note) = (fit(source, 18), fit(offer, 18), fit(note, 20));
    let line = format!("{day:<10}  {source:<18}  {offer:<18}  {amount:>16}  {entered:<10}  {note}");
    line.trim_end().to_owned()
}
