//! `strowger route explain`: decides without side effects.

use std::sync::Arc;

use super::Fault;
use super::book;
use super::command::Route;
use super::open_store;
use crate::base::Now;
use crate::config::Settings;
use crate::dispatch::Dispatch;
use crate::dispatch::restore;
use crate::net::Clock;
use crate::quota::Quota;
use crate::routing;
use crate::routing::Question;
use crate::routing::Snapshot;

pub(super) async fn run(settings: &Settings, command: Route) -> Result<(), Fault> {
    let Route::Explain { offer, channel, fields, source, at, book, json } = command;
    let (version, book) = match book {
        Some(file) => (0, book::read(settings, &file)?.1),
        None => book::needed(settings).await?,
    };
    let now = instant(at.as_deref())?;
    let fields = fields.iter().map(|given| pair(given)).collect::<Result<_, _>>()?;
    let question = Question { offer, channel, source, fields };
    let inquiry = question.inquiry(&book).map_err(Fault::Sentence)?;
    let snapshot = Snapshot::compile(Arc::new(book), version);
    let dispatch = Dispatch::new(snapshot, Quota::memory());
    let store = open_store(settings)?;
    restore(store.as_ref(), &dispatch, now.wall).await.map_err(Fault::of)?;
    let decision = dispatch.preview(&dispatch.snapshot(), &inquiry, now).await;
    if json {
        println!("{}", serde_json::to_string_pretty(&decision).map_err(Fault::of)?);
    } else {
        print!("{}", routing::explain(&decision));
    }
    Ok(())
}

/// Returns the time of `--at`, else the current time.
pub(super) fn instant(at: Option<&str>) -> Result<Now, Fault> {
    let now = Clock::system().now();
    let Some(at) = at else { return Ok(now) };
    let wall = at.parse().map_err(|error| {
        Fault::of(format!("--at {at} is not a time (2026-11-20T15:00:00Z): {error}"))
    })?;
    Ok(Now { wall, ..now })
}

/// Splits a `--field` into name and value.
pub(super) fn pair(given: &str) -> Result<(String, String), Fault> {
    let (name, value) = given
        .split_once('=')
        .ok_or_else(|| Fault::of(format!("--field {given}: write it as name=value")))?;
    Ok((name.to_owned(), value.to_owned()))
}
