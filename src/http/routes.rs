//! The table of routes, and what holds for all of them.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::http::header::CONTENT_LENGTH;
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::middleware::Next;
use axum::middleware::from_fn;
use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse as _;
use axum::response::Response;
use axum::routing::get;
use tokio::time::timeout;

use super::Site;
use super::access;
use super::calls;
use super::health;
use super::problem::Problem;

/// Largest body of a request, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Longest that a request is worked on.
const HANDLING_MAX: Duration = Duration::from_secs(10);

/// All routes. Those under `/v1` need a token, whichever they are.
pub(super) fn routes(site: Site) -> Router {
    let v1 = Router::new()
        .route("/calls", get(calls::list))
        .route("/calls/{id}", get(calls::fetch))
        .route("/calls/{id}/decision", get(calls::decision))
        .fallback(async || Problem::NoRoute)
        .layer(from_fn_with_state(site.clone(), access::read_all));
    Router::new()
        .nest("/v1", v1)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(async || Problem::NoRoute)
        .method_not_allowed_fallback(async || Problem::Method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(bounded))
        .with_state(site)
}

/// The bounds of every request, and the headers of every answer.
async fn bounded(request: Request, next: Next) -> Response {
    let mut response = if declares_too_much(&request) {
        Problem::TooLarge.into_response()
    } else {
        let handled = timeout(HANDLING_MAX, next.run(request)).await;
        handled.unwrap_or_else(|_| Problem::Unavailable.into_response())
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn declares_too_much(request: &Request) -> bool {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|text| text.parse::<usize>().ok()).is_some_and(|bytes| bytes > BODY_BYTES_MAX)
}
