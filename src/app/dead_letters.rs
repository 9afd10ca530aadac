//! `strowger postbacks`: deliveries of events that were given up, and signing keys. Sold leads whose
//! delivery was given up, for `strowger leads`.

use clap::Subcommand;

use super::Fault;
use super::entropy;
use super::live_book;
use super::open_store;
use super::out::out;
use super::user;
use crate::base::ContractId;
use crate::base::OutboxId;
use crate::base::PostbackId;
use crate::base::suggest;
use crate::book::Book;
use crate::config::Settings;
use crate::net::Clock;
use crate::outbox::Key;
use crate::outbox::Recipient;
use crate::outbox::Recipients;
use crate::store::DeadDelivery;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::OUTBOX_PAGE_MAX;
use crate::store::Resend;
use crate::store::Store;
use crate::store::Verb;

#[derive(Debug, Subcommand)]
pub(super) enum Postbacks {
    /// List deliveries of events that were given up, newest first.
    Dead {
        /// Only those of this postback.
        #[arg(long, value_name = "ID")]
        postback: Option<String>,
        /// Print as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Send dead deliveries of a postback again.
    Resend {
        /// The postback.
        postback: String,
        /// Only this event [default: all that are dead].
        #[arg(long, value_name = "ID")]
        event: Option<String>,
    },
    /// Make a new signing key for a postback and print it; it cannot be shown again.
    Secret {
        /// The postback.
        postback: String,
    },
}

pub(super) async fn run(settings: &Settings, command: Postbacks) -> Result<(), Fault> {
    match command {
        Postbacks::Dead { postback, json } => dead(settings, postback.as_deref(), json).await,
        Postbacks::Resend { postback, event } => {
            let store = open_store(settings)?;
            let by = makes(Verb::Resend, "strowger postbacks resend").of(&postback);
            let asked = resend(settings, store.as_ref(), &postback, event.as_deref(), by.clone());
            let count = user::noted(store.as_ref(), &by, asked.await).await?;
            let plural = if count == 1 { "y" } else { "ies" };
            out!("{count} deliver{plural} of {postback} due again");
            Ok(())
        }
        Postbacks::Secret { postback } => {
            let store = open_store(settings)?;
            let by = makes(Verb::MakeKey, "strowger postbacks secret").of(&postback);
            let made = make_key(settings, store.as_ref(), &postback, by.clone()).await;
            let key = user::noted(store.as_ref(), &by, made).await?;
            out!("{}", key.reveal());
            Ok(())
        }
    }
}

fn makes(verb: Verb, command: &str) -> Mutation {
    user::makes(verb, EntityKind::Postback, command, Clock::system().now().wall)
}

async fn dead(settings: &Settings, postback: Option<&str>, json: bool) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let postback = postback.map(str::parse::<PostbackId>).transpose().map_err(Fault::of)?;
    let only = postback.map(|id| Recipients::Only(Recipient::Postback(id)));
    let all = listed(store.as_ref(), only.unwrap_or(Recipients::Postbacks)).await?;
    print(&all, "postback", json)
}

/// Prints the sold leads whose delivery to a contract, or to any, was given up.
pub(super) async fn of_contracts(
    store: &dyn Store,
    contract: Option<&str>,
    json: bool,
) -> Result<(), Fault> {
    let contract = contract.map(str::parse::<ContractId>).transpose().map_err(Fault::of)?;
    let only = contract.map(|id| Recipients::Only(Recipient::Contract(id)));
    let all = listed(store, only.unwrap_or(Recipients::Contracts)).await?;
    print(&all, "contract", json)
}

async fn listed(store: &dyn Store, of: Recipients) -> Result<Vec<DeadDelivery>, Fault> {
    let mut all: Vec<DeadDelivery> = Vec::new();
    loop {
        let before = all.last().map(|last| last.delivery);
        let page = store.deliveries_dead(of.clone(), before, OUTBOX_PAGE_MAX);
        let page = page.await.map_err(Fault::of)?;
        let count = page.len();
        all.extend(page);
        if count < OUTBOX_PAGE_MAX {
            return Ok(all);
        }
    }
}

fn print(all: &[DeadDelivery], to: &str, json: bool) -> Result<(), Fault> {
    if json {
        out!("{}", serde_json::to_string_pretty(all).map_err(Fault::of)?);
        return Ok(());
    }
    let [dead_at, kind, event, fault] = ["dead at", "kind", "event", "fault"];
    let inquiry = "call or lead";
    out!("{dead_at:<20}  {to:<24}  {kind:<20}  {event:<36}  {inquiry:<36}  {fault}");
    for DeadDelivery { to, event, kind, inquiry, dead_at, fault, .. } in all {
        let dead_at: String = dead_at.to_string().chars().take(19).collect();
        let inquiry = inquiry.map(|id| id.to_string()).unwrap_or_default();
        let to = match to {
            Recipient::Postback(id) => id.as_str(),
            Recipient::Contract(id) => id.as_str(),
        };
        out!("{dead_at:<20}  {to:<24}  {kind:<20}  {event:<36}  {inquiry:<36}  {fault}");
    }
    Ok(())
}

/// Makes sold leads due again whose delivery to a contract was given up.
pub(super) async fn resend_leads(
    settings: &Settings,
    store: &dyn Store,
    contract: &str,
    event: Option<&str>,
) -> Result<(), Fault> {
    let at = Clock::system().now().wall;
    let by = user::makes(Verb::Resend, EntityKind::Contract, "strowger leads resend", at);
    let by = by.of(contract);
    let asked = async {
        let (_, book): (_, Book) = live_book::needed(settings).await?;
        let found = book.contracts.iter().find(|own| own.id.as_str() == contract);
        let found = found.map(|own| Recipient::Contract(own.id.clone()));
        let ids = || book.contracts.iter().map(|own| own.id.as_str());
        let to = found.ok_or_else(|| unknown("contract", contract, ids()))?;
        again(store, to, event, by.clone()).await
    };
    let count = user::noted(store, &by, asked.await).await?;
    let plural = if count == 1 { "y" } else { "ies" };
    out!("{count} deliver{plural} of {contract} due again");
    Ok(())
}

async fn resend(
    settings: &Settings,
    store: &dyn Store,
    postback: &str,
    event: Option<&str>,
    by: Mutation,
) -> Result<u64, Fault> {
    let to = Recipient::Postback(known(settings, postback).await?);
    again(store, to, event, by).await
}

async fn again(
    store: &dyn Store,
    to: Recipient,
    event: Option<&str>,
    by: Mutation,
) -> Result<u64, Fault> {
    let not_id = |text: &str| Fault::of(format!("`{text}` is not the id of an event"));
    let event = event.map(|text| text.parse::<OutboxId>().map_err(|_| not_id(text)));
    let resend = Resend { to, event: event.transpose()? };
    store.deliveries_resend(resend, by).await.map_err(Fault::of)
}

async fn make_key(
    settings: &Settings,
    store: &dyn Store,
    postback: &str,
    by: Mutation,
) -> Result<Key, Fault> {
    let postback = known(settings, postback).await?;
    let is_set = settings.postbacks.secrets.iter().any(|(id, _)| *id == postback);
    if is_set {
        return Err(Fault::of(format!(
            "the settings have the key of `{postback}`: remove it from [postbacks] secrets first"
        )));
    }
    let key = Key::of(entropy()?);
    store.postback_key_set(postback, key.clone(), by).await.map_err(Fault::of)?;
    Ok(key)
}

/// Returns the id of a postback of the live book.
async fn known(settings: &Settings, postback: &str) -> Result<PostbackId, Fault> {
    let (_, book): (_, Book) = live_book::needed(settings).await?;
    let found = book.postbacks.iter().find(|own| own.id.as_str() == postback);
    let ids = || book.postbacks.iter().map(|own| own.id.as_str());
    found.map(|own| own.id.clone()).ok_or_else(|| unknown("postback", postback, ids()))
}

/// Returns the fault of an id that the book does not have.
fn unknown<'i>(noun: &str, id: &str, ids: impl IntoIterator<Item = &'i str>) -> Fault {
    let hint = suggest(id, ids).map(|meant| format!(" (did you mean `{meant}`?)"));
    Fault::of(format!("unknown {noun} `{id}`{}", hint.unwrap_or_default()))
}
