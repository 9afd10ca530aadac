//! `strowger balance`: balances of prepaid buyers.

use super::Fault;
use super::calls::find;
use super::command;
use super::entropy;
use super::live_book;
use super::open_store;
use super::out::out;
use super::short_ids;
use super::user;
use super::wrap::fit;
use super::wrap::hanging;
use super::zone::Local;
use crate::base::BuyerId;
use crate::base::Currency;
use crate::base::Money;
use crate::base::suggest;
use crate::book::Book;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::Balance;
use crate::store::BalanceEntry;
use crate::store::Credit;
use crate::store::Entered;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::NOTE_BYTES_MAX;
use crate::store::ReturnedCall;
use crate::store::Store;
use crate::store::Verb;

/// Number of latest entries of a buyer to print.
const SHOWN: usize = 20;

pub(super) async fn run(settings: &Settings, command: command::Balance) -> Result<(), Fault> {
    match command {
        command::Balance::Credit { buyer, amount, note, id } => {
            let store = open_store(settings)?;
            let by = makes(Verb::Credit, "strowger balance credit").of(&buyer);
            let asked = Asked { buyer, amount, note, id, by: by.clone() };
            let credited = credit(settings, store.as_ref(), asked).await;
            user::noted(store.as_ref(), &by, credited).await
        }
        command::Balance::Return { call, note } => {
            let store = open_store(settings)?;
            let by = makes(Verb::Return, "strowger balance return").of(&call);
            let returned = give_back(store.as_ref(), &call, note, by.clone()).await;
            user::noted(store.as_ref(), &by, returned).await
        }
        command::Balance::Show { buyer, json } => show(settings, buyer.as_deref(), json).await,
    }
}

fn makes(verb: Verb, command: &str) -> Mutation {
    user::makes(verb, EntityKind::Balance, command, Clock::system().now().wall)
}

/// A requested credit.
struct Asked {
    buyer: String,
    amount: String,
    note: String,
    id: Option<String>,
    by: Mutation,
}

async fn credit(settings: &Settings, store: &dyn Store, asked: Asked) -> Result<(), Fault> {
    let Asked { buyer, amount, note, id, by } = asked;
    let (_, book) = live_book::needed(settings).await?;
    let buyer = known(&book, &buyer)?;
    let amount = Money::parse_entered(&amount, book.currency()).map_err(Fault::of)?;
    if amount.micros() == 0 {
        return Err(Fault::of("the amount of a credit must not be 0"));
    }
    if !book.buyer(&buyer).is_some_and(|buyer| buyer.prepaid) {
        eprintln!(
            "warning: buyer {buyer} is not `prepaid` in the book: routing ignores its balance"
        );
    }
    if note.len() > NOTE_BYTES_MAX {
        return Err(Fault::of(format!("the note is longer than {NOTE_BYTES_MAX} bytes")));
    }
    let id = match id {
        Some(id) => id,
        None => entropy()?.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    let id = id.parse().map_err(Fault::Sentence)?;
    let credit = Credit { id, buyer: buyer.clone(), amount, note, by };
    report(store.balance_credit(credit).await.map_err(Fault::of)?)?;
    let balance = of_buyer(store, &book, &buyer).await?;
    out!("balance of {buyer}: {}", balance.balance);
    Ok(())
}

async fn give_back(store: &dyn Store, call: &str, note: String, by: Mutation) -> Result<(), Fault> {
    let call = find::id(store, call).await?;
    let entered = store.balance_return(ReturnedCall { call, note, by }).await;
    let entered = entered.map_err(Fault::of)?;
    report(entered.ok_or_else(|| Fault::of(format!("call {call} was not charged to a balance")))?)
}

fn report(entered: Entered) -> Result<(), Fault> {
    let local = Local::system();
    match entered {
        Entered::Now(entry) => out!("{}", line(&entry, &local)),
        Entered::Before(entry) => out!("{}, already entered", line(&entry, &local)),
        Entered::Other(entry) => {
            let (id, found) = (&entry.reference, line(&entry, &local));
            return Err(Fault::of(format!("id {id} is already used by another credit: {found}")));
        }
    }
    Ok(())
}

/// Returns an entry as a line.
fn line(entry: &BalanceEntry, local: &Local) -> String {
    let BalanceEntry { kind, buyer, amount, note, at, reference, .. } = entry;
    let at = local.show(*at);
    let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
    format!("{at}  {:<6}  {buyer}  {amount}  {reference}{note}", kind.name())
}

async fn show(settings: &Settings, buyer: Option<&str>, json: bool) -> Result<(), Fault> {
    let (_, book) = live_book::needed(settings).await?;
    let store = open_store(settings)?;
    let Some(buyer) = buyer else { return show_all(store.as_ref(), &book, json).await };
    let buyer = known(&book, buyer)?;
    let balance = of_buyer(store.as_ref(), &book, &buyer).await?;
    let entries = store.balance_history(buyer, None, SHOWN).await.map_err(Fault::of)?;
    if json {
        let report = serde_json::json!({"balance": balance, "entries": entries});
        out!("{}", serde_json::to_string_pretty(&report).map_err(Fault::of)?);
        return Ok(());
    }
    table(std::slice::from_ref(&balance));
    let local = Local::system();
    for entry in short_ids(entries.iter().map(|entry| line(entry, &local))) {
        for line in hanging(&entry) {
            out!("{line}");
        }
    }
    if !entries.is_empty() {
        out!("Times are in {}.", local.name());
    }
    Ok(())
}

/// Prints the balances of all buyers that have an entry or are prepaid.
async fn show_all(store: &dyn Store, book: &Book, json: bool) -> Result<(), Fault> {
    let mut balances = store.balances().await.map_err(Fault::of)?.items;
    for buyer in book.buyers.iter().filter(|buyer| buyer.prepaid) {
        if balances.iter().all(|balance| balance.buyer != buyer.id) {
            balances.push(Balance::zero(buyer.id.clone(), book.currency()));
        }
    }
    if json {
        out!("{}", serde_json::to_string_pretty(&balances).map_err(Fault::of)?);
    } else {
        table(&balances);
    }
    Ok(())
}

fn table(balances: &[Balance]) {
    let head = ["buyer", "balance", "credited", "charged", "returned"];
    let [buyer, balance, credited, charged, returned] = head;
    out!("{buyer:<24} {balance:>16} {credited:>16} {charged:>16} {returned:>16}");
    for Balance { buyer, balance, credited, charged, returned } in balances {
        let buyer = fit(buyer.as_str(), 24);
        out!("{buyer:<24} {balance:>16} {credited:>16} {charged:>16} {returned:>16}");
    }
}

async fn of_buyer(store: &dyn Store, book: &Book, buyer: &BuyerId) -> Result<Balance, Fault> {
    let currency: Currency = book.currency();
    let mut balances = store.balances().await.map_err(Fault::of)?.items.into_iter();
    let own = balances.find(|found| found.buyer == *buyer && found.balance.currency() == currency);
    Ok(own.unwrap_or_else(|| Balance::zero(buyer.clone(), currency)))
}

fn known(book: &Book, id: &str) -> Result<BuyerId, Fault> {
    if let Some(buyer) = book.buyers.iter().find(|buyer| buyer.id.as_str() == id) {
        return Ok(buyer.id.clone());
    }
    let hint = match suggest(id, book.buyers.iter().map(|buyer| buyer.id.as_str())) {
        Some(name) => format!(" (did you mean `{name}`?)"),
        None => String::new(),
    };
    Err(Fault::of(format!("buyer `{id}` is not in the book{hint}")))
}
