//! `strowger pings`: what became of the pings of sources, from the database, whether the switch
//! runs or not.

use clap::Args;
use jiff::tz::TimeZone;

use super::Fault;
use super::open_store;
use super::out::out;
use crate::base::SourceId;
use crate::base::Wall;
use crate::base::days_ago;
use crate::base::parse_instant;
use crate::config::Settings;
use crate::net::Clock;
use crate::store::PingCount;
use crate::store::PingQuery;

/// `pings`.
#[derive(Debug, Args)]
pub(super) struct Asked {
    /// Start: RFC 3339, a date, or how long ago, like 30d or 12h [default: the current day].
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// End, exclusive: as the start [default: now].
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only pings of this source.
    #[arg(long)]
    source: Option<SourceId>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Prints how many pings got an offer, were posted to, and were never used.
pub(super) async fn run(settings: &Settings, asked: Asked) -> Result<(), Fault> {
    let Asked { since, until, source, json } = asked;
    let (zone, now) = (TimeZone::system(), Clock::system().now().wall);
    let time = |text: Option<String>, usual: Wall| match text {
        None => Ok(usual),
        Some(text) => parse_instant(&text, &zone, now)
            .ok_or_else(|| Fault::of(format!("`{text}` is no time: 2026-12-24, RFC 3339, or 12h"))),
    };
    let since = time(since, days_ago(&zone, now, 0))?;
    let until = time(until, now)?;
    let query = PingQuery { since, until, source, now };
    let counts = open_store(settings)?.ping_sums(query).await.map_err(Fault::of)?;
    if json {
        out!("{}", serde_json::to_string(&counts).map_err(Fault::of)?);
        return Ok(());
    }
    out!("{:>9}  {:>9}  {:>9}  {:>9}  source / offer", "pings", "bids", "posted", "unused");
    for PingCount { source, offer, pings, bids, posted, unused } in &counts {
        out!("{pings:>9}  {bids:>9}  {posted:>9}  {unused:>9}  {source} / {offer}");
    }
    Ok(())
}
