//! `strowger backtest`: a drafted book, tried on past calls.

use std::path::Path;
use std::sync::Arc;

use super::Fault;
use super::book;
use super::open_store;
use crate::base::Wall;
use crate::base::parse_duration;
use crate::config::Settings;
use crate::net::Clock;
use crate::past::backtest;

pub(super) async fn run(
    settings: &Settings,
    file: &Path,
    since: &str,
    json: bool,
) -> Result<(), Fault> {
    let (_, book) = book::read(file)?;
    let back = parse_duration(since).map_err(|error| Fault::of(format!("--since: {error}")))?;
    let back = i64::try_from(back.as_micros()).unwrap_or(i64::MAX);
    let now = Clock::system().now().wall;
    let since = Wall::from_micros(now.micros().saturating_sub(back).max(0));
    let store = open_store(settings)?;
    let report = backtest(store.as_ref(), Arc::new(book), since).await.map_err(Fault::of)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(Fault::of)?);
    } else {
        print!("{}", report.table());
    }
    Ok(())
}
