//! `strowger backtest`: routes past calls with a draft of the book.

use std::path::Path;
use std::sync::Arc;

use super::Fault;
use super::book;
use super::open_store;
use super::out;
use super::out::out;
use super::warn_without_book;
use crate::base::Wall;
use crate::base::parse_duration;
use crate::config::Settings;
use crate::net::Clock;
use crate::past::backtest;
use std::time::Duration;

pub(super) async fn run(
    settings: &Settings,
    file: &Path,
    since: &str,
    json: bool,
) -> Result<(), Fault> {
    let (_, book) = book::read(settings, file)?;
    let since = start(since, Clock::system().now().wall)?;
    let store = open_store(settings)?;
    warn_without_book(settings, store.as_ref()).await?;
    let report = backtest(store.as_ref(), Arc::new(book), since).await.map_err(Fault::of)?;
    if json {
        out!("{}", serde_json::to_string_pretty(&report).map_err(Fault::of)?);
    } else {
        out::print(format_args!("{}", report.table()));
    }
    Ok(())
}

/// Parses `--since`: an RFC 3339 time, or a duration before `now`. A duration of a day or more
/// starts at the UTC midnight before, a shorter one at the minute before, so that a repeated
/// command has the same result.
fn start(since: &str, now: Wall) -> Result<Wall, Fault> {
    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    if let Ok(since) = since.parse() {
        return Ok(since);
    }
    let back = parse_duration(since)
        .map_err(|error| Fault::of(format!("--since: {error}, or a time in RFC 3339")))?;
    let unit = if back >= DAY { DAY } else { MINUTE };
    Ok((now - back).max(Wall::default()).floor(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_command_starts_at_the_same_time() {
        let now = "2026-03-02T12:34:56Z".parse().unwrap();
        for (since, expected) in [
            ("30d", "2026-01-31T00:00:00Z"),
            ("1d", "2026-03-01T00:00:00Z"),
            ("12h", "2026-03-02T00:34:00Z"),
            ("90s", "2026-03-02T12:33:00Z"),
            ("2026-02-01T10:00:01Z", "2026-02-01T10:00:01Z"),
        ] {
            assert_eq!(start(since, now).unwrap().to_string(), expected, "{since}");
        }
        assert!(start("yesterday", now).is_err());
    }
}
