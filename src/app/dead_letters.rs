//! `strowger postbacks`: deliveries of events that were given up, and signing keys.

use super::Fault;
use super::command;
use super::entropy;
use super::live_book;
use super::open_store;
use super::out::out;
use super::user;
use crate::base::OutboxId;
use crate::base::PostbackId;
use crate::base::suggest;
use crate::book::Book;
use crate::config::Settings;
use crate::net::Clock;
use crate::outbox::Key;
use crate::store::DeadDelivery;
use crate::store::EntityKind;
use crate::store::Mutation;
use crate::store::OUTBOX_PAGE_MAX;
use crate::store::Resend;
use crate::store::Store;
use crate::store::Verb;

pub(super) async fn run(settings: &Settings, command: command::Postbacks) -> Result<(), Fault> {
    match command {
        command::Postbacks::Dead { postback, json } => {
            dead(settings, postback.as_deref(), json).await
        }
        command::Postbacks::Resend { postback, event } => {
            let store = open_store(settings)?;
            let by = makes(Verb::Resend, "strowger postbacks resend").of(&postback);
            let asked = resend(settings, store.as_ref(), &postback, event.as_deref(), by.clone());
            let count = user::noted(store.as_ref(), &by, asked.await).await?;
            let plural = if count == 1 { "y" } else { "ies" };
            out!("{count} deliver{plural} of {postback} due again");
            Ok(())
        }
        command::Postbacks::Secret { postback } => {
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
    let mut all: Vec<DeadDelivery> = Vec::new();
    loop {
        let before = all.last().map(|last| last.delivery);
        let page = store.deliveries_dead(postback.clone(), before, OUTBOX_PAGE_MAX);
        let page = page.await.map_err(Fault::of)?;
        let count = page.len();
        all.extend(page);
        if count < OUTBOX_PAGE_MAX {
            break;
        }
    }
    if json {
        out!("{}", serde_json::to_string_pretty(&all).map_err(Fault::of)?);
        return Ok(());
    }
    let [dead_at, postback, kind, event, fault] = ["dead at", "postback", "kind", "event", "fault"];
    out!("{dead_at:<20}  {postback:<24}  {kind:<20}  {event:<36}  {fault}");
    for DeadDelivery { postback, event, kind, dead_at, fault, .. } in &all {
        let dead_at: String = dead_at.to_string().chars().take(19).collect();
        out!("{dead_at:<20}  {postback:<24}  {kind:<20}  {event:<36}  {fault}");
    }
    Ok(())
}

async fn resend(
    settings: &Settings,
    store: &dyn Store,
    postback: &str,
    event: Option<&str>,
    by: Mutation,
) -> Result<u64, Fault> {
    let postback = known(settings, postback).await?;
    let not_id = |text: &str| Fault::of(format!("`{text}` is not the id of an event"));
    let event = event.map(|text| text.parse::<OutboxId>().map_err(|_| not_id(text)));
    let resend = Resend { postback, event: event.transpose()? };
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
    found.map(|own| own.id.clone()).ok_or_else(|| {
        let ids = book.postbacks.iter().map(|own| own.id.as_str());
        let hint = suggest(postback, ids).map(|id| format!(" (did you mean `{id}`?)"));
        Fault::of(format!("unknown postback `{postback}`{}", hint.unwrap_or_default()))
    })
}
