//! `strowger calls`: lists, shows, hangs up and exports calls.
//!
//! Records come from the database, whether the switch runs or not. Live calls come from the
//! switch's socket beside it.

mod arguments;
mod export;
mod filters;
pub(super) mod find;
mod ladder;
mod list;
mod live;
mod paper;
mod refused;
mod show;

pub(super) use arguments::Calls;

use arguments::Command;
use arguments::List;
use filters::Filters;

use super::Fault;
use super::open_store;
use super::warn_without_book;
use crate::config::Settings;
use crate::store::Store;

pub(super) async fn run(settings: &Settings, calls: Calls) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let store = store.as_ref();
    warn_without_book(settings, store).await?;
    match calls.command {
        None => list(store, calls.list).await,
        Some(Command::List(wanted)) => list(store, wanted).await,
        Some(Command::Live { filters, json }) => live::list(store, &filters, json).await,
        Some(Command::Show { id, ladder: Some(format), .. }) => {
            ladder::run(store, &id, format).await
        }
        Some(Command::Show { id, json, ladder: None }) => show::run(store, &id, json).await,
        Some(Command::Hangup { id, json }) => live::hang_up(store, &id, json).await,
        Some(Command::Export { filters, json, csv: _ }) => {
            let form = if json { export::Form::Json } else { export::Form::Csv };
            export::run(store, &filters, form).await
        }
    }
}

async fn list(store: &dyn Store, wanted: List) -> Result<(), Fault> {
    if wanted.refused {
        refused::run(store, wanted.json).await
    } else {
        list::run(store, wanted).await
    }
}
