//! Sets up the log.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::LogFormat;

/// Starts logging to standard error. `STROWGER_LOG` sets the level (`info`, `strowger=debug` …);
/// the default is `default`.
pub(super) fn start(format: LogFormat, default: &str) {
    let filter =
        EnvFilter::try_from_env("STROWGER_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let colours = std::io::stderr().is_terminal();
    let log = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(colours);
    let started = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
    // A second start, as in tests, keeps the first log.
    drop(started);
}
