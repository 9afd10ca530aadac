//! Health, readiness and metrics, for monitoring.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse as _;
use axum::response::Response;
use utoipa::openapi::ResponseBuilder;

use super::Kind;
use super::Metrics;
use super::Readiness;
use super::Site;
use super::access::Public;
use super::handler::Admitted;
use super::openapi::Sheet;
use super::problem::Problem;
use super::query::AnyQuery;
use super::reply::Reply;
use super::reply::content;
use super::schema::text;
use crate::journal;
use crate::journal::Room;
use crate::store;

/// Lag of the database behind the journal above which `/readyz` reports it.
const LAG_SHOWN: Duration = Duration::from_secs(5);

/// A health report, as text.
pub(super) enum Report {
    /// The switch is healthy.
    Fine(String),
    /// The switch does not accept calls; the sentence says why.
    Waiting(String),
}

impl Reply for Report {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        let plain = || content("text/plain", text());
        let waiting = plain().description("The switch does not accept calls; the body says why.");
        vec![(StatusCode::OK, plain()), (StatusCode::SERVICE_UNAVAILABLE, waiting)]
    }

    fn reply(self) -> Response {
        match self {
            Report::Fine(text) => text.into_response(),
            Report::Waiting(why) => {
                (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response()
            }
        }
    }
}

/// Answers 200 for as long as the program answers at all.
pub(super) async fn alive(_: Admitted<Public, (), AnyQuery>) -> Result<Report, Problem> {
    Ok(Report::Fine("alive\n".to_owned()))
}

/// Answers 200 if the switch accepts calls, else 503 with the reason.
pub(super) async fn ready(request: Admitted<Public, (), AnyQuery>) -> Result<Report, Problem> {
    let site = request.site;
    let readiness = site.readiness.borrow().clone();
    let ready = match readiness {
        Readiness::Waiting(why) => Err(why),
        Readiness::Ready => takes_calls(&site).await,
    };
    Ok(match ready {
        Ok(()) => Report::Fine(ready_text(&site)),
        Err(why) => Report::Waiting(why),
    })
}

/// Returns why the switch rejects new calls, if it does.
async fn takes_calls(site: &Site) -> Result<(), String> {
    match site.journal.room() {
        Room::Free => {}
        Room::Kept => return Err("the journal is three quarters full".to_owned()),
        Room::Failing => return Err("the journal cannot be written".to_owned()),
    }
    site.store.book_version().await.map(drop).map_err(|error| error.to_string())
}

/// Returns the text of a ready switch. It names what needs attention: flow files with errors,
/// counters that cannot be reached, and a database that lags behind the journal.
fn ready_text(site: &Site) -> String {
    let mut text = "ready\n".to_owned();
    match site.flows.failures() {
        0 => {}
        count => text += &format!("flow files with errors: {count}, see /v1/flows\n"),
    }
    if !site.dispatch.quota().is_up() {
        text += "quota unavailable: contracts with limits are skipped\n";
    }
    let journal::Figures { facts, oldest, .. } = site.journal.figures();
    if oldest > LAG_SHOWN {
        let seconds = oldest.as_secs();
        text += &format!("facts not yet in the database: {facts}, the oldest for {seconds} s\n");
    }
    text
}

/// Metrics in the text format of Prometheus.
pub(super) struct Figures(Metrics);

/// The media type of that format.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Reply for Figures {
    fn describe(_: &mut Sheet) -> Vec<(StatusCode, ResponseBuilder)> {
        vec![(StatusCode::OK, content("text/plain", text()))]
    }

    fn reply(self) -> Response {
        ([(CONTENT_TYPE, PROMETHEUS)], self.0.text().to_owned()).into_response()
    }
}

/// Returns the metrics for Prometheus.
pub(super) async fn metrics(request: Admitted<Public, (), AnyQuery>) -> Result<Figures, Problem> {
    let site = request.site;
    let metrics = with_store((site.metrics)(), site.store.figures());
    Ok(Figures(with_journal(metrics, site.journal.figures())))
}

fn with_store(metrics: Metrics, figures: store::Figures) -> Metrics {
    let store::Figures { writes, failures, commits, waits } = figures;
    [
        ("strowger_store_writes_total", "Writes to the database that were committed.", writes),
        ("strowger_store_failures_total", "Writes to the database that failed.", failures),
        ("strowger_store_commits_total", "Transactions committed.", commits),
        ("strowger_store_waits_total", "Writes that waited for room in the queue.", waits),
    ]
    .into_iter()
    .fold(metrics, |metrics, (name, help, count)| {
        metrics.family(Kind::Counter, name, help).sample(&[], count as f64)
    })
}

fn with_journal(metrics: Metrics, figures: journal::Figures) -> Metrics {
    let journal::Figures { bytes, max, facts, oldest, ended_calls, .. } = figures;
    let journal::Figures { commits, failures, skipped, .. } = figures;
    [
        (Kind::Gauge, "strowger_journal_bytes", "Bytes of the journal in use.", bytes as f64),
        (Kind::Gauge, "strowger_journal_bytes_max", "The journal's bound.", max as f64),
        (Kind::Gauge, "strowger_journal_facts", "Facts not yet in the database.", facts as f64),
        (
            Kind::Gauge,
            "strowger_journal_oldest_seconds",
            "Age of the oldest fact that is not in the database.",
            oldest.as_secs_f64(),
        ),
        (
            Kind::Gauge,
            "strowger_journal_ended_calls",
            "Calls that have ended and are not in the database.",
            ended_calls as f64,
        ),
        (
            Kind::Counter,
            "strowger_journal_commits_total",
            "Commits of the journal.",
            commits as f64,
        ),
        (
            Kind::Counter,
            "strowger_journal_failures_total",
            "Commits of the journal that failed.",
            failures as f64,
        ),
        (
            Kind::Counter,
            "strowger_journal_skipped_total",
            "Facts that could not be read or applied.",
            skipped as f64,
        ),
    ]
    .into_iter()
    .fold(metrics, |metrics, (kind, name, help, value)| {
        metrics.family(kind, name, help).sample(&[], value)
    })
}
