//! The documents that are generated from the table, and tests that run the examples of
//! `docs/api.md` against a server.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::client::Server;
use super::connection::Bounded;
use super::openapi::Sheet;
use super::route::Route;
use super::schema::accord;
use super::segment;
use super::specification::template;
use super::table::OPENAPI;
use super::table::table;
use crate::store::Role;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::recorded;

const OPENAPI_PAGE: &str = "docs/openapi.json";
const API_PAGE: &str = "docs/api.md";
/// Marks around the routes in the page.
const ROUTES: [&str; 2] = ["<!-- routes: written from src/http/table.rs -->\n", "<!-- end -->\n"];
/// The address of the examples.
const ADDRESS: &str = "127.0.0.1:8080";
/// Mark after the output of each example.
const SEPARATOR: char = '\u{1e}';

fn path(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(page)
}

fn read(page: &str) -> String {
    fs::read_to_string(path(page)).unwrap_or_default()
}

/// Compares a page with the expected text; `UPDATE=1` writes it.
fn compare(page: &str, wanted: &str) {
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path(page), wanted).unwrap();
    }
    let same = read(page) == wanted;
    assert!(same, "{page} is out of date: run UPDATE=1 cargo test --lib http::documents");
}

#[test]
fn the_openapi_document_is_the_tables() {
    compare(OPENAPI_PAGE, &OPENAPI);
}

#[test]
fn the_routes_of_the_page_are_the_tables() {
    let page = read(API_PAGE);
    let (before, rest) = page.split_once(ROUTES[0]).unwrap();
    let (_, after) = rest.split_once(ROUTES[1]).unwrap();
    let wanted = format!("{before}{}{}{}{after}", ROUTES[0], routes(), ROUTES[1]);
    compare(API_PAGE, &wanted);
}

fn routes() -> String {
    let mut text = "\n| route | who may | query | body | |\n|---|---|---|---|---|\n".to_owned();
    for route in table() {
        let described = (route.describe)(&route, &mut Sheet::default());
        let query = described.query.unwrap_or_default();
        let query: Vec<String> = query.iter().map(|one| format!("`{}`", one.name)).collect();
        let body = described.body.map(|body| {
            let types: Vec<&str> = body.content.keys().map(|name| short(name)).collect();
            format!("{}, {}", types.join(" or "), size(route.body_max))
        });
        let (method, path) = (&route.method, template(route.path));
        let (who, query, body) = (route.who.words(), query.join(", "), body.unwrap_or_default());
        let about = route.about;
        writeln!(text, "| `{method} {path}` | {who} | {query} | {body} | {about} |").unwrap();
    }
    text + "\n"
}

fn short(media_type: &str) -> &'static str {
    match media_type {
        "application/json" => "JSON",
        "application/toml" => "TOML",
        "application/merge-patch+json" => "merge patch",
        _ => "form",
    }
}

fn size(bytes: usize) -> String {
    match bytes / 1_024 {
        kib if kib < 1_024 => format!("{kib} KiB"),
        kib => format!("{} MiB", kib / 1_024),
    }
}

/// A fenced block of the page.
struct Block<'a> {
    language: &'a str,
    text: &'a str,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let fenced = page.split("```").skip(1).step_by(2);
    let fenced = fenced.filter_map(|fenced| fenced.split_once('\n'));
    fenced.map(|(language, text)| Block { language, text }).collect()
}

/// Starts a server with a call, and creates a directory with the files of the examples.
async fn stage(page: &str) -> (Server, TempDir) {
    let server = Server::start(Bounded::new).await;
    finish(&*server.store, finished(1)).await.unwrap();
    finish(&*server.store, recorded(2)).await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let header = server.token(Role::Admin).await;
    let token = header.trim().rsplit(' ').next().unwrap().to_owned();
    fs::write(home.path().join("token"), token).unwrap();
    let blocks = blocks(page);
    let book = blocks.iter().find(|block| block.language == "toml").unwrap();
    fs::write(home.path().join("book.toml"), book.text).unwrap();
    (server, home)
}

#[tokio::test]
async fn every_example_of_the_page_answers_as_the_page_shows() {
    let page = read(API_PAGE);
    let (server, home) = stage(&page).await;
    let blocks = blocks(&page);
    let shell = |block: &&Block<'_>| block.language == "sh";
    let mut script = format!("curl() {{ command curl -sS \"$@\"; }}\nCALL={}\n", finished(1).id);
    for block in blocks.iter().filter(shell) {
        let text = block.text.replace(ADDRESS, &server.address.to_string());
        writeln!(script, "{text}\nprintf '{SEPARATOR}'").unwrap();
    }
    let ran = Command::new("sh").args(["-c", &script]).current_dir(home.path()).output();
    let ran = ran.await.unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.is_empty(), "{said}");
    let printed = String::from_utf8(ran.stdout).unwrap();
    let mut answers = printed.split(SEPARATOR);
    for (place, block) in blocks.iter().enumerate() {
        if block.language != "sh" {
            continue;
        }
        let answer = answers.next().unwrap();
        let shown = blocks.get(place + 1).filter(|next| next.language == "json");
        let case = format!("{}\n{answer}", block.text);
        let Some(shown) = shown else {
            let problem = answer.contains("\"reason\"") && answer.contains("about:blank");
            assert!(!problem && !answer.is_empty(), "{case}");
            continue;
        };
        let shown: Value = serde_json::from_str(shown.text).expect(&case);
        let answer: Value = serde_json::from_str(answer).expect(&case);
        let mut differences = Vec::new();
        differ(&shown, &answer, "", &mut differences);
        assert_eq!(differences, Vec::<String>::new(), "{case}");
    }
}

/// Adds to `found` where the shapes of two values differ: names of fields and types. Null matches
/// anything; the items of a list are compared with the first item that is shown.
fn differ(shown: &Value, answer: &Value, at: &str, found: &mut Vec<String>) {
    match (shown, answer) {
        (Value::Null, _) | (_, Value::Null) => {}
        (Value::Object(shown), Value::Object(answer)) => {
            for name in shown.keys().filter(|name| !answer.contains_key(*name)) {
                found.push(format!("{at}/{name} is shown and not there"));
            }
            for (name, answer) in answer {
                match shown.get(name) {
                    Some(shown) => differ(shown, answer, &format!("{at}/{name}"), found),
                    None if shown.is_empty() => {}
                    None => found.push(format!("{at}/{name} is there and not shown")),
                }
            }
        }
        (Value::Array(shown), Value::Array(answer)) => {
            for (place, answer) in answer.iter().enumerate() {
                if let Some(first) = shown.first() {
                    differ(first, answer, &format!("{at}/{place}"), found);
                }
            }
        }
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_)) => {}
        _ => found.push(format!("{at}: {shown} is shown, {answer} is there")),
    }
}

#[tokio::test]
async fn answers_are_as_the_openapi_document_says() {
    let page = read(API_PAGE);
    let (server, home) = stage(&page).await;
    let header = format!("Authorization: Bearer {}\r\n", read_token(&home));
    let book = fs::read_to_string(home.path().join("book.toml")).unwrap();
    let toml = format!("{header}Content-Type: application/toml\r\n");
    let keyed = format!("{header}Idempotency-Key: k\r\n");
    let stale = format!("{header}If-Match: \"1\"\r\n");
    let patch = format!("{header}Content-Type: application/merge-patch+json\r\n");
    let payment = "{\"amount\": {\"amount\": \"1.00\", \"currency\": \"USD\"}}";
    let cost = "{\"source\": \"n\", \"offer\": \"quotes\", \"day\": \"2025-11-20\", \
        \"amount\": {\"amount\": \"1.00\", \"currency\": \"USD\"}}";
    let explained = "{\"offer\": \"quotes\", \"fields\": {\"zip\": \"90210\"}}";
    let flow = "{\"name\": \"t\", \"text\": \"<Flow name='t'><Rute/></Flow>\"}";
    let wrong = book.replace("UTC", "Mars/Olympus");
    let mut asked = vec![
        ("PUT", "/v1/book".to_owned(), &toml, book.as_str(), 200),
        ("PUT", "/v1/book".to_owned(), &toml, wrong.as_str(), 422),
        ("POST", "/v1/balances/acme/credits".to_owned(), &keyed, payment, 201),
        ("POST", "/v1/balances/acme/credits".to_owned(), &keyed, payment, 201),
        ("POST", "/v1/sources".to_owned(), &header, "{\"id\": \"n\"}", 201),
        ("POST", "/v1/sources".to_owned(), &header, "{\"id\": \"n\"}", 409),
        ("PUT", "/v1/sources/n".to_owned(), &header, "{}", 200),
        ("PUT", "/v1/sources/n".to_owned(), &stale, "{}", 412),
        ("POST", "/v1/costs".to_owned(), &header, cost, 201),
        ("GET", "/v1/costs".to_owned(), &header, "", 200),
        ("PATCH", "/v1/buyers/acme".to_owned(), &patch, "{\"caps\": {\"day\": 9}}", 200),
        ("PATCH", "/v1/buyers/acme".to_owned(), &patch, "{\"caps\": {\"day\": -1}}", 422),
        ("DELETE", "/v1/buyers/acme".to_owned(), &header, "", 409),
        ("DELETE", "/v1/sources/n".to_owned(), &header, "", 200),
        ("POST", "/v1/privacy/delete".to_owned(), &header, "{\"email\": \"a@b.example\"}", 200),
        ("POST", "/v1/privacy/delete".to_owned(), &header, "{}", 400),
        ("POST", "/v1/explain".to_owned(), &header, explained, 200),
        ("POST", "/v1/flows/check".to_owned(), &header, flow, 200),
        ("POST", "/v1/book/rollback".to_owned(), &header, "{\"version\": 1}", 200),
        ("GET", "/v1/calls/x".to_owned(), &header, "", 400),
    ];
    for path in ["calls", "book", "book/versions", "flows", "balances", "reports/audit"] {
        asked.push(("GET", format!("/v1/{path}"), &header, "", 200));
    }
    for report in ["pnl", "rejections", "fallbacks", "answer", "missed", "latency", "caps"] {
        asked.push(("GET", format!("/v1/reports/{report}"), &header, "", 200));
    }
    asked.push(("GET", format!("/v1/calls/{}", finished(1).id), &header, "", 200));
    asked.push(("GET", format!("/v1/calls/{}", recorded(2).id), &header, "", 200));
    asked.push(("GET", format!("/v1/calls/{}/recordings", recorded(2).id), &header, "", 200));
    for path in ["sources", "buyers/acme", "offers", "offers/quotes", "contracts/acme-quotes"] {
        asked.push(("GET", format!("/v1/{path}"), &header, "", 200));
    }
    asked.push(("GET", "/v1/balances/acme".to_owned(), &header, "", 200));
    let statement = "/v1/statements/buyers/acme?until=2026-01-01".to_owned();
    asked.push(("GET", statement, &header, "", 200));
    let document: Value = serde_json::from_str(&OPENAPI).unwrap();
    let table = table();
    for (method, path, headers, body, status) in asked {
        let answer = server.tell(&format!("{method} {path}"), headers, body).await;
        let case = format!("{method} {path}: {answer:?}");
        assert_eq!(answer.status, status, "{case}");
        let route = table.iter().find(|row| row.method == method && matches(row, &path));
        let template = template(route.expect(&case).path).replace('/', "~1");
        let response =
            format!("/paths/{template}/{}/responses/{status}/content", method.to_lowercase());
        let content = document.pointer(&response).unwrap_or_else(|| panic!("{response}"));
        let kind = if status < 400 { "application/json" } else { "application/problem+json" };
        let found = accord::faults(&document, &content[kind]["schema"], &answer.json());
        assert_eq!(found, Vec::<String>::new(), "{case}");
    }
}

fn read_token(home: &TempDir) -> String {
    fs::read_to_string(home.path().join("token")).unwrap()
}

fn matches(row: &Route, path: &str) -> bool {
    let (parts, wanted): (Vec<_>, Vec<_>) =
        (path.split('/').collect(), row.path.split('/').collect());
    let variable = |part: &str| !segment::names(part).is_empty();
    parts.len() == wanted.len()
        && parts.iter().zip(wanted).all(|(part, wanted)| variable(wanted) || *part == wanted)
}
