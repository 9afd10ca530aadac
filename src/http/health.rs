//! For machines: is it alive, can it take calls, what are its figures.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::response::Response;

use super::Kind;
use super::Metrics;
use super::Readiness;
use super::Site;
use crate::store::Figures;

/// `GET /healthz`: 200 for as long as the program can answer at all.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// `GET /readyz`: 200 when calls can be taken, else 503 and why not.
pub(super) async fn ready(State(site): State<Site>) -> (StatusCode, String) {
    let readiness = site.readiness.borrow().clone();
    match readiness {
        Readiness::Waiting(why) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        Readiness::Ready => match site.store.book_version().await {
            Ok(_) => (StatusCode::OK, ready_text(site.flows.failures())),
            Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")),
        },
    }
}

/// Calls are taken by the flows in force; somebody should look at those that did not get there.
fn ready_text(failures: usize) -> String {
    match failures {
        0 => "ready\n".to_owned(),
        count => format!("ready\nflow files with errors: {count}, see /v1/flows\n"),
    }
}

/// `GET /metrics`: figures for Prometheus.
pub(super) async fn metrics(State(site): State<Site>) -> Response {
    let metrics = with_store((site.metrics)(), site.store.figures());
    let format = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (format, metrics.text().to_owned()).into_response()
}

fn with_store(metrics: Metrics, figures: Figures) -> Metrics {
    let Figures { writes, failures, commits, waits } = figures;
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
