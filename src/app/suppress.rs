//! `strowger suppress`: who is never routed.

mod arguments;
mod asked;
mod import;
mod read;
mod sorted;

pub(super) use arguments::Suppress;

use super::Fault;
use super::fault::counted;
use super::open_store;
use super::opening::open_existing;
use super::out::out;
use super::user;
use super::zone::Local;
use arguments::Said;
use arguments::ToList;
use asked::contacts_of;
use asked::destination;
use asked::makes;
use asked::name_of;
use asked::purge;
use asked::remark;

use crate::base::suggest;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::Added;
use crate::store::Addition;
use crate::store::Store;
use crate::store::SuppressionList;
use crate::store::Verb;
use crate::suppression::Contact;
use crate::suppression::Listed;

pub(super) async fn run(settings: &Settings, command: Suppress) -> Result<(), Fault> {
    match command {
        Suppress::Import(asked) => import::run(settings, asked).await,
        Suppress::Add { contacts, to, remark } => add(settings, &contacts, &to, &remark).await,
        Suppress::Remove { contacts, list } => remove(settings, &contacts, &list).await,
        Suppress::Check { contact, json } => check(settings, &contact, json).await,
        Suppress::Lists { json } => lists(settings, json).await,
        Suppress::Drop { list } => drop_list(settings, &list).await,
    }
}

async fn add(
    settings: &Settings,
    contacts: &[String],
    to: &ToList,
    said: &Said,
) -> Result<(), Fault> {
    let (contacts, to) = (contacts_of(contacts)?, destination(settings, to).await?);
    let store = open_store(settings)?;
    let by = makes(Verb::Create, "add", to.list.as_str());
    let list = to.list.clone();
    let remark = remark(said, by.at)?;
    let addition = Addition { to, contacts, remark, by: by.clone() };
    let added = store.suppression_add(addition).await.map_err(Fault::of);
    let added = added.and_then(|added| added.map_err(Fault::of));
    let Added { added, known } = user::noted(store.as_ref(), &by, added).await?;
    out!("{list}: {added} added, {known} listed before");
    Ok(())
}

async fn remove(settings: &Settings, contacts: &[String], list: &str) -> Result<(), Fault> {
    let (contacts, name) = (contacts_of(contacts)?, name_of(list)?);
    let store = open_store(settings)?;
    let by = makes(Verb::Delete, "remove", list);
    let asked = contacts.len();
    let removed = store.suppression_remove(name, contacts, by.clone()).await.map_err(Fault::of);
    let removed = match removed {
        Ok(Some(removed)) => Ok(removed),
        Ok(None) => Err(unknown(store.as_ref(), list).await),
        Err(fault) => Err(fault),
    };
    let removed = user::noted(store.as_ref(), &by, removed).await?;
    out!("{list}: {removed} of {} removed", counted(asked, "contact"));
    Ok(())
}

/// Prints which lists hold a contact. Shows the contact redacted.
async fn check(settings: &Settings, text: &str, json: bool) -> Result<(), Fault> {
    let contact: Contact = text.parse().map_err(Fault::of)?;
    let now = Clock::system().now().wall;
    let shown = contact.to_string();
    let found = match open_existing(settings)? {
        Some(store) => store.suppression_check(contact, now).await.map_err(Fault::of)?,
        None => Vec::new(),
    };
    if json {
        out!("{}", serde_json::to_string_pretty(&found).map_err(Fault::of)?);
        return Ok(());
    }
    if found.is_empty() {
        out!("{shown} is on no suppression list");
    }
    let local = Local::system();
    for Listed { list, applies_to, reason, since, until } in &found {
        let until = until.map(|until| format!(" until {}", local.show(until))).unwrap_or_default();
        let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let since = local.show(*since);
        out!("{shown} is on {list} (applies to {applies_to}) since {since}{until}{reason}");
    }
    Ok(())
}

async fn lists(settings: &Settings, json: bool) -> Result<(), Fault> {
    let lists = match open_existing(settings)? {
        Some(store) => store.suppression_lists().await.map_err(Fault::of)?,
        None => Vec::new(),
    };
    if json {
        out!("{}", serde_json::to_string_pretty(&lists).map_err(Fault::of)?);
        return Ok(());
    }
    let local = Local::system();
    let [name, entries, applies, created, changed] =
        ["list", "entries", "applies to", "created", "changed"];
    out!("{name:<24}  {entries:>11}  {applies:<24}  {created:<10}  {changed}");
    for SuppressionList { name, applies_to, entries, created_at, changed_at } in &lists {
        let (created, changed) = (local.day(*created_at), local.day(*changed_at));
        let applies = applies_to.to_string();
        out!("{name:<24}  {entries:>11}  {applies:<24}  {created:<10}  {changed}");
    }
    Ok(())
}

async fn drop_list(settings: &Settings, list: &str) -> Result<(), Fault> {
    let name = name_of(list)?;
    let store = open_store(settings)?;
    let by = makes(Verb::Delete, "drop", list);
    let dropped = match store.suppression_drop(name, by.clone()).await.map_err(Fault::of) {
        Ok(true) => Ok(()),
        Ok(false) => Err(unknown(store.as_ref(), list).await),
        Err(fault) => Err(fault),
    };
    user::noted(store.as_ref(), &by, dropped).await?;
    out!("{list}: dropped");
    purge(store.as_ref()).await
}

async fn unknown(store: &dyn Store, list: &str) -> Fault {
    let lists = store.suppression_lists().await.unwrap_or_default();
    let hint = match suggest(list, lists.iter().map(|known| known.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`strowger suppress lists` shows them".to_owned(),
    };
    Fault::of(format!("there is no suppression list `{list}`: {hint}"))
}
