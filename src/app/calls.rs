//! `strowger calls`: lists, shows, hangs up and exports calls.
//!
//! Records come from the database, whether the switch runs or not. Live calls come from the
//! switch's socket beside it.

mod arguments;
mod export;
mod filters;
mod find;
mod list;
mod live;
mod paper;
mod show;
mod zone;

pub(super) use arguments::Calls;

use arguments::Command;
use filters::Filters;

use super::Fault;
use super::open_store;
use crate::config::Settings;

pub(super) async fn run(settings: &Settings, calls: Calls) -> Result<(), Fault> {
    let store = open_store(settings)?;
    let store = store.as_ref();
    match calls.command {
        None => list::run(store, calls.list).await,
        Some(Command::List(list)) => list::run(store, list).await,
        Some(Command::Live { filters, json }) => live::list(store, &filters, json).await,
        Some(Command::Show { id, json }) => show::run(store, &id, json).await,
        Some(Command::Hangup { id, json }) => live::hang_up(store, &id, json).await,
        Some(Command::Export { filters, json, csv: _ }) => {
            let form = if json { export::Form::Json } else { export::Form::Csv };
            export::run(store, &filters, form).await
        }
    }
}
