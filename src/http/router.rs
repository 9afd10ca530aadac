//! The table of routes as a service, and the headers of every answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::Method;
use axum::http::StatusCode;
use axum::http::header::ALLOW;
use axum::http::header::CACHE_CONTROL;
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::middleware::map_response;
use axum::response::IntoResponse as _;
use axum::response::Response;
use axum::routing::any;

use super::Site;
use super::access::Who;
use super::problem::Problem;
use super::route::Route;

/// Creates the service of a table. An unknown path is answered with 404, a method that the path
/// does not support with 405 and `Allow`; neither depends on the token.
pub(super) fn router(site: &Site, table: Vec<Route>) -> Router {
    let mut paths: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
    for route in table {
        paths.entry(route.path).or_default().push(route);
    }
    let router = paths.into_iter().fold(Router::new(), |router, (path, rows)| {
        let (site, rows) = (site.clone(), Arc::new(rows));
        let answer = move |request: Request| on_path(rows.clone(), site.clone(), request);
        router.route(path, any(answer))
    });
    router.fallback(async || Problem::NoRoute).layer(map_response(with_headers))
}

/// Answers a request at the path of these rows.
async fn on_path(rows: Arc<Vec<Route>>, site: Site, request: Request) -> Response {
    let method = request.method();
    if let Some(row) = rows.iter().find(|row| takes(row, method)) {
        return row.answer(site, request).await;
    }
    let allowed = allowed(&rows);
    match (*method == Method::OPTIONS, HeaderValue::try_from(&allowed)) {
        (true, Ok(value)) => (StatusCode::NO_CONTENT, [(ALLOW, value)]).into_response(),
        _ => Problem::Method(allowed).into_response(),
    }
}

/// Returns whether a row handles a method. A row for GET also handles HEAD, except for carriers and
/// sources: their requests are steps of a call and leads, which a HEAD must not take.
fn takes(row: &Route, method: &Method) -> bool {
    row.method == *method || (*method == Method::HEAD && answers_head(row))
}

fn answers_head(row: &Route) -> bool {
    row.method == Method::GET && !matches!(row.who, Who::Carrier | Who::Source)
}

/// Returns the methods of a path, for `Allow`.
pub(super) fn allowed(rows: &[Route]) -> String {
    let mut methods: Vec<&str> = rows.iter().map(|row| row.method.as_str()).collect();
    if rows.iter().any(answers_head) {
        methods.push(Method::HEAD.as_str());
    }
    methods.push(Method::OPTIONS.as_str());
    methods.sort_unstable();
    methods.join(", ")
}

/// Adds the headers of every answer. Caches may store only answers that say so.
async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use crate::base::Fields;
    use crate::base::Now;
    use crate::book::Channel;
    use crate::call::CallRecord;
    use crate::http::Readiness;
    use crate::http::client::Server;
    use crate::http::connection::Bounded;
    use crate::routing::Inquiry;
    use crate::routing::Snapshot;
    use crate::routing::Trace;
    use crate::sale::DecisionRecord;
    use crate::store::CallChange;
    use crate::store::Role;
    use crate::store::sample::finish;
    use crate::store::sample::finished;
    use crate::store::sample::open;
    use crate::store::sample::ringing;
    use crate::store::sample::second;

    async fn server() -> Server {
        Server::start(Bounded::new).await
    }

    #[tokio::test]
    async fn every_fault_is_a_problem_document() {
        let server = server().await;
        open(&*server.store, ringing(1)).await.unwrap();
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
            ("GET /v1/nothing", "", 404, "no_route"),
            ("POST /v1/calls", "", 405, "method_not_allowed"),
            ("GET /v1/calls?state", "", 401, "unauthorized"),
            ("GET /v1/book", &buyer, 403, "forbidden"),
            (&format!("GET {known}/decision"), &source, 403, "forbidden"),
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
            ("GET /healthz", "Content-Length: 1\r\n", 413, "too_large"),
            (
                "POST /v1/explain",
                &format!("{admin}Content-Type: text/plain\r\n"),
                415,
                "media_type",
            ),
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
            open(&*server.store, ringing(seconds)).await.unwrap();
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
        let decisions = vec![decided(&server, 1).await, decided(&server, 2).await];
        let record = CallRecord { decision_id: Some(decisions[1].id), ..finished(1) };
        let change = CallChange { decisions, ..record.clone().into() };
        finish(&*server.store, change).await.unwrap();
        let path = format!("GET /v1/calls/{}", finished(1).id);
        let call = server.ask(&path, &admin).await;
        assert_eq!(call.header("content-type"), Some("application/json"));
        assert_eq!(call.header("cache-control"), Some("no-store"));
        assert_eq!(call.json(), serde_json::to_value(record).unwrap());
        assert_eq!(call.json()["caller"], "+13055550123", "whole, for those who may read it");
        let document = server.ask(&format!("{path}/decision"), &admin).await;
        assert_eq!(document.header("content-type"), Some("application/json"));
        let (last, all) = (document.json(), format!("{path}/decisions"));
        assert_eq!((&last["offer"], &last["replayed"]), (&"auto-quote".into(), &true.into()));
        for (asked, expected) in [("?n=1", Some(1)), ("?n=2", Some(2)), ("?n=3", None)] {
            let answer = server.ask(&format!("{path}/decision{asked}"), &admin).await;
            assert_eq!(answer.status, if expected.is_some() { 200 } else { 404 });
            let id = match expected {
                Some(n) => Some(decided(&server, n).await.id.to_string()),
                None => None,
            };
            assert_eq!(answer.json()["id"].as_str(), id.as_deref(), "{asked}");
        }
        for asked in ["?n=0", "?n=x", "?n=-1"] {
            let answer = server.ask(&format!("{path}/decision{asked}"), &admin).await;
            assert_eq!(answer.status, 400, "{asked}");
        }
        let all = server.ask(&all, &admin).await.json();
        assert_eq!(all["items"].as_array().unwrap().len(), 2);
        assert_eq!(all["items"][1], last);
    }

    /// Returns a decision of the server's own book, `seconds` after the start.
    async fn decided(server: &Server, seconds: u64) -> DecisionRecord {
        let inquiry = Inquiry {
            offer: "auto-quote".parse().unwrap(),
            channel: Channel::Call,
            source: None,
            caller: None,
            fields: Fields::default(),
        };
        let now = Now::at(second(seconds));
        let decision = server.dispatch.preview(&server.dispatch.snapshot(), &inquiry, now).await;
        let document = serde_json::to_string(&Trace::of(&decision)).unwrap();
        DecisionRecord { id: decision.id, at: decision.at, document }
    }

    const BOOK: &str = "[[buyer]]\nid = \"b\"\ntimezone = \"America/New_York\"\n\
        [[offer]]\nid = \"o\"\n[[contract]]\nid = \"c\"\nbuyer = \"b\"\noffer = \"o\"\n\
        price = { amount = \"5.00\", currency = \"USD\" }\nfilters = { states = [\"TX\"] }\n\
        destination = { sip = \"sip:a@198.51.100.7\" }\n";

    /// A book as TOML and as JSON, an entry, a patch of one, and a credit.
    #[tokio::test]
    async fn every_amount_that_comes_in_is_bounded() {
        let server = server().await;
        let operator = server.token(Role::Operator).await;
        let json = format!("{operator}Content-Type: application/json\r\n");
        let patch = format!("{operator}Content-Type: application/merge-patch+json\r\n");
        assert_eq!(server.tell("PUT /v1/book", &operator, BOOK).await.status, 200);
        for amount in ["1000000000.01", "9223372036854.775807", "99999999999999999999"] {
            let money = format!(r#"{{"amount":"{amount}","currency":"USD"}}"#);
            let keyed = format!("{operator}Idempotency-Key: {amount}\r\n");
            let budget = format!(r#"{{"caps":{{"budget":{{"month":{money}}}}}}}"#);
            for (request, headers, body) in [
                ("PUT /v1/book", &operator, BOOK.replace("5.00", amount)),
                ("PUT /v1/book", &json, format!(r#"{{"source":[{{"id":"s","payout":{money}}}]}}"#)),
                ("PUT /v1/sources/s", &json, format!(r#"{{"id":"s","payout":{money}}}"#)),
                ("PATCH /v1/contracts/c", &patch, format!(r#"{{"price":{money}}}"#)),
                ("PATCH /v1/contracts/c", &patch, budget.clone()),
                ("PATCH /v1/buyers/b", &patch, budget.clone()),
                ("PATCH /v1/offers/o", &patch, budget.clone()),
                ("POST /v1/balances/b/credits", &keyed, format!(r#"{{"amount":{money}}}"#)),
            ] {
                let answer = server.tell(request, headers, &body).await;
                assert!([400, 422].contains(&answer.status), "{request} {body}: {answer:?}");
                let said = answer.json().to_string();
                assert!(said.contains("is too large: at most 1000000000.00"), "{request}: {said}");
            }
        }
    }

    #[tokio::test]
    async fn a_book_is_not_emptied_by_mistake() {
        let server = server().await;
        let operator = server.token(Role::Operator).await;
        let json = format!("{operator}content-type: application/json\r\n");
        assert_eq!(server.tell("PUT /v1/book", &operator, BOOK).await.status, 200);
        for body in ["{}", "{\"trunk\":[]}"] {
            let put = server.tell("PUT /v1/book", &json, body).await;
            assert_eq!((put.status, &put.json()["reason"]), (409, &"large_removal".into()));
            let put = server.tell("PUT /v1/book?force=false", &json, body).await;
            assert_eq!(put.status, 409, "{put:?}");
        }
        let put = server.tell("PUT /v1/book", &operator, "# nothing\n").await;
        assert!(put.json()["detail"].as_str().unwrap().contains("?force=true"), "{put:?}");
        assert_eq!(server.tell("PUT /v1/book?force=yes", &json, "{}").await.status, 400);
        let put = server.tell("PUT /v1/book?force=true", &json, "{}").await;
        assert_eq!((put.status, &put.json()["version"]), (200, &2.into()), "{put:?}");
    }

    #[tokio::test]
    async fn a_book_is_put_whole_and_comes_back() {
        let server = server().await;
        let operator = server.token(Role::Operator).await;
        assert_eq!(server.ask("GET /v1/book", &operator).await.status, 404);
        let put = server.tell("PUT /v1/book", &operator, BOOK).await;
        assert_eq!((put.status, &put.json()["version"]), (200, &1.into()), "{put:?}");
        assert_eq!(put.json()["changes"].as_array().unwrap().len(), 3);
        assert_eq!(server.dispatch.snapshot().version(), 1, "live when it is answered");
        let again = server.tell("PUT /v1/book", &operator, BOOK).await.json();
        assert_eq!((&again["version"], &again["changed"]), (&1.into(), &false.into()));
        let toml = format!("{operator}Accept: application/toml\r\n");
        let text = server.ask("GET /v1/book", &toml).await;
        assert_eq!((text.body.as_str(), text.header("etag")), (BOOK, Some("\"1\"")));
        let json = server.ask("GET /v1/book", &operator).await;
        let body = json.body.replace("5.00", "6.00");
        let kind = format!("{operator}Content-Type: application/json\r\n");
        let put = server.tell("PUT /v1/book", &kind, &body).await.json();
        assert_eq!(put["version"], 2);
        assert_eq!(put["changes"][0]["key"], "price");
        assert_eq!(put["changes"][0]["to"], "6.00 USD");
        let versions = server.ask("GET /v1/book/versions", &operator).await.json();
        assert_eq!(versions["items"][0]["applied_by"], "PUT /v1/book by token operator");
        assert_eq!(versions["items"].as_array().unwrap().len(), 2);
        let back = server.tell("POST /v1/book/rollback", &operator, "{\"version\": 1}").await;
        assert_eq!(back.json()["version"], 3);
        assert_eq!(server.ask("GET /v1/book", &toml).await.body, BOOK);
        let first = server.ask("GET /v1/book/versions/1", &toml).await;
        assert_eq!(first.body, BOOK);
        assert_eq!(server.ask("GET /v1/book/versions/9", &toml).await.status, 404);
    }

    #[tokio::test]
    async fn market_areas_of_the_imported_table_are_read() {
        let server = server().await;
        let operator = server.token(Role::Operator).await;
        let json = format!("{operator}Content-Type: application/json\r\n");
        let areas = BOOK.replace("states = [\"TX\"]", "dma = [\"623\"]");
        assert_ne!(areas, BOOK);
        let put = server.tell("PUT /v1/book", &operator, &areas).await;
        assert_eq!(put.status, 200, "{put:?}");
        let shown = server.ask("GET /v1/book", &operator).await;
        assert_eq!(shown.status, 200, "{shown:?}");
        let again = server.tell("PUT /v1/book", &json, &shown.body).await;
        assert_eq!(again.status, 200, "{again:?}");
        for (zip, picks) in [("75201", 1), ("10001", 0)] {
            let asked = serde_json::json!({
                "offer": "o", "fields": {"zip": zip}, "book": areas,
                "at": "2026-01-06T15:00:00Z",
            });
            let answer = server.tell("POST /v1/explain", &operator, &asked.to_string()).await;
            let answer = answer.json();
            assert_eq!(answer["picks"].as_array().map(Vec::len), Some(picks), "{zip}: {answer}");
        }
        let unknown = areas.replace("623", "999");
        assert_eq!(server.tell("PUT /v1/book", &operator, &unknown).await.status, 422);
    }

    #[tokio::test]
    async fn a_faulty_book_changes_nothing() {
        let server = server().await;
        let admin = server.token(Role::Admin).await;
        let analyst = server.token(Role::Analyst).await;
        let json = format!("{admin}Content-Type: application/json\r\n");
        let wrong = BOOK.replace("New_York", "New_Yrok").replace("\"TX\"", "\"XX\"");
        let flow = format!(
            "{BOOK}[[source]]\nid = \"s\"\n[[number]]\nnumber = \"+18005550100\"\n\
             offer = \"o\"\nsource = \"s\"\nflow = \"f\"\n"
        );
        for (headers, body, status, faults) in [
            (&admin, wrong.as_str(), 422, 2),
            (&admin, flow.as_str(), 422, 1),
            (&admin, "x = [", 422, 1),
            (&json, "{\"buyer\": [{\"id\": \"a b\", \"timezone\": \"UTC\"}]}", 422, 1),
            (&json, "{", 400, 0),
            (&json, "", 400, 0),
            (&admin, "", 400, 0),
            (&analyst, BOOK, 403, 0),
        ] {
            let answer = server.tell("PUT /v1/book", headers, body).await;
            assert_eq!(answer.status, status, "{answer:?}");
            let found = answer.json()["faults"].as_array().map_or(0, Vec::len);
            assert_eq!(found, faults, "{answer:?}");
            assert_eq!(server.store.book_version().await, Ok(0));
        }
        let answer = server.tell("PUT /v1/book", &admin, &wrong).await.json();
        assert_eq!(
            (&answer["faults"][0]["line"], &answer["reason"]),
            (&3.into(), &"refused".into())
        );
        let huge =
            server.ask("PUT /v1/book", &format!("{admin}Content-Length: 16777217\r\n")).await;
        assert_eq!(huge.status, 413);
    }

    #[tokio::test]
    async fn explanations_have_no_effect() {
        let server = server().await;
        let analyst = server.token(Role::Analyst).await;
        let ask = async |body: serde_json::Value| {
            server.tell("POST /v1/explain", &analyst, &body.to_string()).await
        };
        let drafted = serde_json::json!({
            "offer": "o", "book": BOOK, "at": "2026-01-05T15:00:00Z",
            "fields": {"state": "TX", "age": 30, "phone": "+13055550123"},
        });
        let answer = ask(drafted.clone()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let decision = answer.json();
        assert_eq!(decision["picks"][0]["contract"], "c");
        assert_eq!(decision["fields"]["age"]["value"], "30");
        assert_eq!(decision["fields"]["area_code"]["value"], "305");
        assert_eq!(decision["at"], "2026-01-05T15:00:00Z");
        assert_eq!(ask(drafted).await.json(), decision, "the same every time");
        let elsewhere = ask(serde_json::json!({
            "offer": "o", "book": BOOK, "fields": {"state": "CA"},
        }));
        assert_eq!(elsewhere.await.json()["passed_over"][0]["reason"], "geo_mismatch");
        for (body, status) in [
            (serde_json::json!({"offer": "o"}), 400),
            (serde_json::json!({"offer": "x", "book": BOOK}), 400),
            (serde_json::json!({"offer": "o", "book": "x"}), 422),
            (serde_json::json!({"offer": "o", "book": BOOK, "channel": "fax"}), 400),
            (serde_json::json!({"offer": "o", "book": BOOK, "when": 1}), 400),
            (serde_json::json!({"offer": "o", "book": BOOK, "fields": {"A B": 1}}), 400),
            (serde_json::json!({"offer": "o", "book": BOOK, "fields": {"zip": "1234"}}), 400),
            (serde_json::json!([]), 400),
        ] {
            assert_eq!(ask(body.clone()).await.status, status, "{body}");
        }
        assert_eq!((server.dispatch.live(), server.store.book_version().await), (0, Ok(0)));
    }

    #[tokio::test]
    async fn the_audit_is_a_report() {
        let server = server().await;
        let analyst = server.token(Role::Analyst).await;
        let report = server.ask("GET /v1/reports/audit", &analyst).await.json();
        assert_eq!(report["items"], serde_json::json!([]));
        let (book, _) = crate::book::parse("b", BOOK);
        server.dispatch.load(Snapshot::compile(Arc::new(book.unwrap()), 7));
        let report = server.ask("GET /v1/reports/audit", &analyst).await.json();
        assert_eq!(report["book_version"], 7);
        assert_eq!(report["items"][0]["kind"], "no_fallback");
    }

    #[tokio::test]
    async fn flows_are_listed_and_texts_are_checked() {
        let server = server().await;
        let analyst = server.token(Role::Analyst).await;
        let flows = server.ask("GET /v1/flows", &analyst).await.json();
        assert_eq!(flows["items"][0]["name"], "menu");
        assert_eq!(flows["items"][0]["faults"][0]["line"], 1);
        for (text, ok, faults) in [
            ("<Flow name='t'><Route/></Flow>", true, 0),
            ("<Flow name='t'><Rute/></Flow>", false, 2),
        ] {
            let asked = serde_json::json!({ "name": "t", "text": text }).to_string();
            let answer = server.tell("POST /v1/flows/check", &analyst, &asked).await.json();
            assert_eq!(answer["ok"], ok, "{answer}");
            assert_eq!(answer["faults"].as_array().unwrap().len(), faults, "{answer}");
        }
        let refused = server.tell("POST /v1/flows/check", &analyst, "{}").await;
        assert_eq!(refused.status, 400);
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
            (Readiness::Ready, 200, "ready\nflow files with errors: 1, see /v1/flows"),
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
        open(&*server.store, ringing(1)).await.unwrap();
        let answer = server.ask("GET /metrics", "").await;
        assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        for line in ["of_the_program 42", "strowger_store_writes_total 1"] {
            assert!(answer.body.lines().any(|found| found == line), "{line}: {}", answer.body);
        }
    }
}
