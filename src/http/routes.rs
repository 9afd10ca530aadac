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
use axum::routing::post;
use tokio::time::timeout;

use super::Site;
use super::access;
use super::audit;
use super::book;
use super::calls;
use super::explain;
use super::health;
use super::problem::Problem;

/// Largest body of a request, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Largest body of a request that carries a book, in bytes: as much as the reader takes.
const BOOK_BYTES_MAX: usize = 16 * 1024 * 1024;

fn large() -> DefaultBodyLimit {
    DefaultBodyLimit::max(BOOK_BYTES_MAX)
}

/// Longest that a request is worked on.
const HANDLING_MAX: Duration = Duration::from_secs(10);

/// All routes. Those under `/v1` need a token, whichever they are.
pub(super) fn routes(site: Site) -> Router {
    let v1 = Router::new()
        .route("/calls", get(calls::list))
        .route("/calls/{id}", get(calls::fetch))
        .route("/calls/{id}/decision", get(calls::decision))
        .route("/calls/{id}/decisions", get(calls::decisions))
        .route("/book", get(book::fetch).put(book::put).layer(large()))
        .route("/book/versions", get(book::versions))
        .route("/book/versions/{version}", get(book::version))
        .route("/book/rollback", post(book::rollback))
        .route("/explain", post(explain::explain).layer(large()))
        .route("/reports/audit", get(audit::audit))
        .fallback(async || Problem::NoRoute)
        .method_not_allowed_fallback(async || Problem::Method)
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
    let most = match request.uri().path() {
        "/v1/book" | "/v1/explain" => BOOK_BYTES_MAX,
        _ => BODY_BYTES_MAX,
    };
    length.and_then(|text| text.parse::<usize>().ok()).is_some_and(|bytes| bytes > most)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::http::Readiness;
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::store::CallChange;
    use crate::store::Role;
    use crate::store::sample::decision;
    use crate::store::sample::finished;
    use crate::store::sample::ringing;

    async fn server() -> Server {
        Server::start(Bounded::new).await
    }

    #[tokio::test]
    async fn every_fault_is_a_problem_document() {
        let server = server().await;
        server.store.call_open(ringing(1)).await.unwrap();
        let admin = server.token(Role::Admin).await;
        let buyer = server.token(Role::Buyer("acme".parse().unwrap())).await;
        let source = server.token(Role::Source("search-ads".parse().unwrap())).await;
        let (known, unknown) = (ringing(1).id, ringing(2).id);
        let (known, unknown) = (format!("/v1/calls/{known}"), format!("/v1/calls/{unknown}"));
        for (request, headers, status, reason) in [
            ("GET /v1/calls", "", 401, "unauthorized"),
            ("GET /v1/calls", "Authorization: Bearer nonsense\r\n", 401, "unauthorized"),
            ("GET /v1/calls", "Authorization: Bearer \r\n", 401, "unauthorized"),
            ("GET /v1/calls", "Authorization: Bearer \u{e9}\r\n", 401, "unauthorized"),
            ("GET /v1/calls", &admin.replace("Bearer", "Basic"), 401, "unauthorized"),
            ("GET /v1/nothing", "", 401, "unauthorized"),
            ("POST /v1/calls", "", 401, "unauthorized"),
            ("GET /v1/calls", &buyer, 403, "forbidden"),
            (&format!("GET {known}"), &source, 403, "forbidden"),
            ("GET /", "", 404, "no_route"),
            ("GET /v1/nothing", &admin, 404, "no_route"),
            ("GET /v1/calls/", &admin, 404, "no_route"),
            (&format!("GET {unknown}"), &admin, 404, "not_found"),
            (&format!("GET {unknown}/decision"), &admin, 404, "not_found"),
            (&format!("GET {known}/decision"), &admin, 404, "not_found"),
            ("POST /v1/calls", &admin, 405, "method_not_allowed"),
            ("DELETE /healthz", "", 405, "method_not_allowed"),
            ("GET /v1/calls/1", &admin, 400, "unreadable"),
            ("GET /v1/calls/%FF", &admin, 400, "unreadable"),
            ("GET /v1/calls/..%2f..%2fetc", &admin, 400, "unreadable"),
            ("GET /v1/calls?cursor=x", &admin, 400, "unreadable"),
            ("GET /v1/calls?cursor=%FF", &admin, 400, "unreadable"),
            ("GET /v1/calls?cursor=", &admin, 400, "unreadable"),
            ("GET /v1/calls?cursor=a&cursor=b", &admin, 400, "unreadable"),
            ("GET /v1/calls?limit=0", &admin, 400, "unreadable"),
            ("GET /v1/calls?limit=201", &admin, 400, "unreadable"),
            ("GET /v1/calls?limit=-1", &admin, 400, "unreadable"),
            ("GET /healthz", "Content-Length: 65537\r\n", 413, "too_large"),
        ] {
            let answer = server.ask(request, headers).await;
            let case = format!("{request} {headers}: {answer:?}");
            assert_eq!(answer.status, status, "{case}");
            let problem: Value = serde_json::from_str(&answer.body).expect(&case);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{case}");
            assert_eq!(problem["reason"], reason, "{case}");
            assert_eq!(problem["status"], status, "{case}");
            assert!(problem["detail"].as_str().is_some_and(|text| text.ends_with('.')), "{case}");
            let challenged = answer.header("www-authenticate").is_some();
            assert_eq!(challenged, status == 401, "{case}");
            assert!(answer.header("allow").is_some() || status != 405, "{case}");
        }
    }

    #[tokio::test]
    async fn the_roles_that_read_everything_read_calls() {
        let server = server().await;
        for role in [Role::Admin, Role::Operator, Role::Analyst] {
            let token = server.token(role.clone()).await;
            assert_eq!(server.ask("GET /v1/calls", &token).await.status, 200, "{role:?}");
            let token = token.replace("Authorization: Bearer", "authorization: bearer");
            assert_eq!(server.ask("GET /v1/calls", &token).await.status, 200, "{role:?}");
        }
    }

    #[tokio::test]
    async fn calls_come_in_pages_newest_first() {
        let server = server().await;
        let admin = server.token(Role::Admin).await;
        for seconds in 0..5 {
            server.store.call_open(ringing(seconds)).await.unwrap();
        }
        let mut seen = Vec::new();
        let mut path = "/v1/calls?limit=2".to_owned();
        loop {
            let page = server.ask(&format!("GET {path}"), &admin).await.json();
            seen.extend(page["items"].as_array().unwrap().iter().map(|call| call["id"].clone()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("/v1/calls?limit=2&cursor={next}");
        }
        let expected: Vec<String> =
            (0..5).rev().map(|seconds| ringing(seconds).id.to_string()).collect();
        assert_eq!(seen, expected);
        assert_eq!(server.ask("GET /v1/calls", &admin).await.json()["next"], Value::Null);
    }

    #[tokio::test]
    async fn a_call_and_its_decision_are_shown_as_they_were_stored() {
        let server = server().await;
        let admin = server.token(Role::Admin).await;
        let change = CallChange { decisions: vec![decision(1)], ..finished(1).into() };
        server.store.call_finish(change).await.unwrap();
        let path = format!("GET /v1/calls/{}", finished(1).id);
        let call = server.ask(&path, &admin).await;
        assert_eq!(call.header("content-type"), Some("application/json"));
        assert_eq!(call.header("cache-control"), Some("no-store"));
        assert_eq!(call.json(), serde_json::to_value(finished(1)).unwrap());
        assert_eq!(call.json()["caller"], "+13055550123", "whole, for those who may read it");
        let document = server.ask(&format!("{path}/decision"), &admin).await;
        assert_eq!(document.body, decision(1).document);
        assert_eq!(document.header("content-type"), Some("application/json"));
    }

    #[tokio::test]
    async fn readiness_follows_the_program() {
        let server = server().await;
        for (readiness, status, body) in [
            (
                Readiness::Waiting("the book is not loaded".to_owned()),
                503,
                "the book is not loaded",
            ),
            (Readiness::Ready, 200, "ready"),
            (Readiness::Waiting("draining".to_owned()), 503, "draining"),
        ] {
            server.readiness.send(readiness).unwrap();
            let answer = server.ask("GET /readyz", "").await;
            assert_eq!((answer.status, answer.body.trim_end()), (status, body));
            assert_eq!(server.ask("GET /healthz", "").await.status, 200);
        }
    }

    #[tokio::test]
    async fn figures_are_those_of_the_program_and_of_the_store() {
        let server = server().await;
        server.store.call_open(ringing(1)).await.unwrap();
        let answer = server.ask("GET /metrics", "").await;
        assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        for line in ["of_the_program 42", "strowger_store_writes_total 1"] {
            assert!(answer.body.lines().any(|found| found == line), "{line}: {}", answer.body);
        }
    }
}
