use std::collections::BTreeMap;
use std::collections::BTreeSet;

use super::*;
use crate::http::access::Who;
use crate::http::client::Answer;
use crate::http::client::Server;
use crate::http::connection::Bounded;
use crate::http::router::allowed;
use crate::http::segment;
use crate::store::Role;

/// Returns one role of each kind.
fn roles() -> [Role; 5] {
    [
        Role::Admin,
        Role::Operator,
        Role::Analyst,
        Role::Buyer("acme".parse().unwrap()),
        Role::Source("search-ads".parse().unwrap()),
    ]
}

/// Returns a path with a value in every variable part.
fn filled(route: &Route) -> String {
    let mut path = route.path.to_owned();
    for name in segment::names(route.path) {
        let value = match name {
            "id" => "01a1f8a9-adb7-7e45-aa08-e50b2e55f60f",
            "version" | "n" | "return" => "1",
            "carrier" => "twilio",
            _ => "acme",
        };
        path = path.replace(&format!("{{{name}}}"), value).replace(&format!("{{*{name}}}"), value);
    }
    path
}

async fn ask(server: &Server, route: &Route, headers: &str) -> Answer {
    server.ask(&format!("{} {}", route.method, filled(route)), headers).await
}

async fn server() -> Server {
    Server::start(Bounded::new).await
}

#[test]
fn every_row_is_whole() {
    let table = table();
    let mut rows = BTreeSet::new();
    for route in &table {
        let name = format!("{} {}", route.method, route.path);
        let described = (route.describe)(route, &mut Sheet::default());
        assert_eq!(described.segments.len(), segment::names(route.path).len(), "{name}");
        assert_eq!(described.body.is_some(), route.body_max > 0, "{name}");
        assert!(route.about.ends_with('.'), "{name} says what it does");
        assert!(!described.replies.is_empty(), "{name}");
        let strict = described.query.is_some();
        assert_eq!(strict, route.path.starts_with("/v1/"), "{name}: unknown parameters");
        assert!(rows.insert(name.clone()), "{name} stands twice");
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_its_row_names() {
    let server = server().await;
    let mut tokens = Vec::new();
    for role in roles() {
        tokens.push((server.token(role.clone()).await, role));
    }
    for route in table() {
        let name = format!("{} {}", route.method, route.path);
        for wrong in ["", "Authorization: Bearer nonsense\r\n", "Authorization: Basic x\r\n"] {
            let status = ask(&server, &route, wrong).await.status;
            match route.who {
                Who::Public => assert!(![401, 403].contains(&status), "{name} {wrong}: {status}"),
                Who::Carrier | Who::Platform => assert_eq!(status, 403, "{name} {wrong}"),
                Who::Source => assert_eq!(status, 404, "{name} {wrong}"),
                Who::Staff | Who::Writers | Who::Returners | Who::Admin | Who::Tenants => {
                    assert_eq!(status, 401, "{name} {wrong}");
                }
            }
        }
        for (token, role) in tokens.iter().filter(|_| route.who.wants_token()) {
            let status = ask(&server, &route, token).await.status;
            let refused = [401, 403].contains(&status);
            assert_eq!(refused, !route.who.admits(role), "{name} as {role:?}: {status}");
            assert_ne!(status, 500, "{name} as {role:?}");
        }
    }
}

#[tokio::test]
async fn every_body_is_read_up_to_its_bound_and_no_further() {
    let server = server().await;
    let admin = server.token(Role::Admin).await;
    for route in table().iter().filter(|route| route.who != Who::Carrier) {
        let line = format!("{} {}", route.method, filled(route));
        let within = server.tell(&line, &admin, &" ".repeat(route.body_max)).await.status;
        assert_ne!(within, 413, "{line}: {} bytes", route.body_max);
        let more = route.body_max + 1;
        let declared = server.ask(&line, &format!("{admin}Content-Length: {more}\r\n")).await;
        assert_eq!(declared.status, 413, "{line}: {more} bytes declared");
        let mut client = server.connect().await;
        let head = format!("{line} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{admin}");
        client.send(&format!("{head}\r\n{more:x}\r\n{}", " ".repeat(more))).await;
        assert_eq!(client.answer().await.status, 413, "{line}: {more} bytes in pieces");
    }
}

#[tokio::test]
async fn unknown_query_parameters_are_named() {
    let server = server().await;
    let admin = server.token(Role::Admin).await;
    for route in table().iter().filter(|route| route.path.starts_with("/v1/")) {
        let line = format!("{} {}?nonsense=1&more", route.method, filled(route));
        let answer = server.ask(&line, &admin).await;
        assert_eq!(answer.status, 400, "{line}: {answer:?}");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        for name in ["`nonsense`", "`more`"] {
            assert!(detail.contains(name), "{line}: {detail}");
        }
        let described = (route.describe)(route, &mut Sheet::default());
        for parameter in described.query.unwrap() {
            assert!(detail.contains(&format!("`{}`", parameter.name)), "{line}: {detail}");
        }
    }
    let near = server.ask("GET /v1/calls?curser=x", &admin).await;
    assert!(near.body.contains("did you mean `cursor`?"), "{near:?}");
    let both = server.ask("GET /v1/calls?cursor=x&limit=0", &admin).await;
    assert!(both.body.contains("`cursor`") && both.body.contains("`limit`"), "{both:?}");
}

#[tokio::test]
async fn other_methods_are_refused_with_those_that_are_taken() {
    let server = server().await;
    let mut paths: BTreeMap<&str, Vec<Route>> = BTreeMap::new();
    for route in table() {
        paths.entry(route.path).or_default().push(route);
    }
    for rows in paths.values() {
        let path = filled(&rows[0]);
        let allowed = allowed(rows);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"] {
            let line = format!("{method} {path}");
            let known = rows.iter().any(|row| row.method.as_str() == method);
            if known {
                assert!(allowed.split(", ").any(|one| one == method), "{line}: {allowed}");
                continue;
            }
            let mut client = server.connect().await;
            let head = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            client.send(&head).await;
            let answer = client.rest().await;
            let status = if method == "OPTIONS" { "204" } else { "405" };
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
            assert!(answer.contains(&format!("allow: {allowed}\r\n")), "{line}: {answer}");
        }
    }
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let server = server().await;
    let admin = server.token(Role::Admin).await;
    for route in table() {
        if route.method != axum::http::Method::GET {
            continue;
        }
        let expected = match route.who {
            Who::Carrier | Who::Source => 405,
            _ => ask(&server, &route, &admin).await.status,
        };
        let mut client = server.connect().await;
        let path = filled(&route);
        let head = format!("HEAD {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{admin}\r\n");
        client.send(&head).await;
        let answer = client.rest().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{path}: {answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn the_document_is_served_to_everyone() {
    let server = server().await;
    let served = server.ask("GET /v1/openapi.json", "").await.json();
    assert_eq!(served["openapi"], "3.1.0");
    let operations = served["paths"].as_object().unwrap().values();
    let count: usize = operations.map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(count, table().len());
    let refers = OPENAPI.matches("\"#/components/schemas/").count();
    assert!(refers > 20, "{refers}");
    for (place, _) in OPENAPI.match_indices("\"#/components/schemas/") {
        let name = &OPENAPI[place + "\"#/components/schemas/".len()..];
        let name = name.split('"').next().unwrap();
        assert!(served["components"]["schemas"][name].is_object(), "{name}");
    }
}
