//! Tests of entries with real requests: the same cases for each kind, conditions, races,
//! idempotency keys.

use serde_json::Value;
use serde_json::json;
use tokio::task::JoinSet;

use crate::http::client::Answer;
use crate::http::client::Server;
use crate::http::connection::Bounded;
use crate::store::Role;

const BOOK: &str = "# the sample\n[[trunk]]\nid = \"t\"\naccept_from = \"203.0.113.1\"\n\
    outbound = \"sip:203.0.113.1\"\n[[source]]\nid = \"s\"\n\
    [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\nprepaid = true\n[[offer]]\nid = \"o\"\n\
    [[contract]]\nid = \"c\"\nbuyer = \"acme\"\noffer = \"o\"\n\
    price = { amount = \"5.00\", currency = \"USD\" }\n\
    destination = { phone = \"+13055550123\", trunk = \"t\" }\n";

const PATCH: &str = "Content-Type: application/merge-patch+json\r\n";

async fn empty() -> (Server, String) {
    let server = Server::start(Bounded::new).await;
    let operator = server.token(Role::Operator).await;
    (server, operator)
}

async fn server() -> (Server, String) {
    let (server, operator) = empty().await;
    assert_eq!(server.tell("PUT /v1/book", &operator, BOOK).await.status, 200);
    (server, operator)
}

/// Sends a request; the method decides how the body is sent.
async fn ask(server: &Server, headers: &str, request: &str, body: &Value) -> Answer {
    let kind = match request.split(' ').next() {
        Some("PATCH") => PATCH,
        Some("POST" | "PUT") => "Content-Type: application/json\r\n",
        _ => return server.ask(request, headers).await,
    };
    server.tell(request, &format!("{headers}{kind}"), &body.to_string()).await
}

/// Returns an entry of each kind, as a body, and a patch of it.
fn kinds() -> [(&'static str, &'static str, Value, Value); 5] {
    let price = json!({"amount": "9.00", "currency": "USD"});
    [
        (
            "trunks",
            "n",
            json!({"accept_from": ["203.0.113.9"]}),
            json!({"outbound": "sip:x@203.0.113.9"}),
        ),
        ("sources", "n", json!({}), json!({"payout": {"amount": "1.00", "currency": "USD"}})),
        ("buyers", "n", json!({"timezone": "UTC"}), json!({"caps": {"day": 3}})),
        ("offers", "n", json!({"dq": {"offer": "o"}}), json!({"ring_timeout": "9s"})),
        (
            "contracts",
            "n",
            json!({"buyer": "n", "offer": "o", "price": price,
                "destination": {"sip": "sip:a@198.51.100.9"}}),
            json!({"price": {"amount": "9.50"}}),
        ),
    ]
}

#[tokio::test]
async fn every_kind_is_created_read_changed_and_deleted() {
    let (server, operator) = server().await;
    let analyst = server.token(Role::Analyst).await;
    let mut version = 1;
    for (list, id, body, patch) in kinds() {
        let (path, noun) = (format!("/v1/{list}/{id}"), list.trim_end_matches('s'));
        assert_eq!(ask(&server, &analyst, &format!("GET {path}"), &Value::Null).await.status, 404);
        let mut new = body.clone();
        new["id"] = json!(id);
        let made = ask(&server, &operator, &format!("POST /v1/{list}"), &new).await;
        version += 1;
        assert_eq!((made.status, made.header("location")), (201, Some(path.as_str())), "{made:?}");
        let applied = made.json();
        assert_eq!((&applied["version"], &applied["changed"]), (&json!(version), &json!(true)));
        assert_eq!(applied["changes"], json!([{"noun": noun, "id": id, "change": "added"}]));
        let again = ask(&server, &operator, &format!("POST /v1/{list}"), &new).await;
        assert_eq!((again.status, &again.json()["reason"]), (409, &json!("conflict")), "{again:?}");
        let read = ask(&server, &analyst, &format!("GET {path}"), &Value::Null).await;
        assert_eq!((read.status, read.json()), (200, applied["item"].clone()));
        assert_eq!(read.header("etag"), made.header("etag"));
        let same = ask(&server, &operator, &format!("PUT {path}"), &read.json()).await;
        assert_eq!((same.status, same.json()["changed"].clone()), (200, json!(false)), "{same:?}");
        assert_eq!(same.json()["version"], version, "nothing changed: no new version");
        let patched = ask(&server, &operator, &format!("PATCH {path}"), &patch).await;
        version += 1;
        assert_eq!(patched.status, 200, "{patched:?}");
        assert_eq!(patched.json()["version"], version);
        assert_eq!(patched.json()["changes"].as_array().unwrap().len(), 1, "{patched:?}");
        let items = ask(&server, &analyst, &format!("GET /v1/{list}"), &Value::Null).await.json();
        let items = items["items"].as_array().unwrap();
        assert!(items.contains(&patched.json()["item"]), "{items:?}");
        assert_eq!(server.dispatch.snapshot().version(), version, "live when it is answered");
    }
    for (list, id, _, _) in kinds().into_iter().rev() {
        let path = format!("DELETE /v1/{list}/{id}");
        let gone = ask(&server, &operator, &path, &Value::Null).await;
        version += 1;
        assert_eq!(
            (gone.status, gone.json()["version"].clone()),
            (200, json!(version)),
            "{gone:?}"
        );
        assert_eq!(gone.json()["item"], Value::Null);
        assert_eq!(ask(&server, &operator, &path, &Value::Null).await.status, 404);
    }
    let history = server.ask("GET /v1/book/versions", &operator).await.json();
    assert_eq!(history["items"][0]["applied_by"], "DELETE /v1/trunks/n by token operator");
}

#[tokio::test]
async fn a_book_is_made_from_nothing() {
    let (server, operator) = empty().await;
    let none = ask(&server, &operator, "GET /v1/sources", &Value::Null).await;
    assert_eq!((none.status, none.json()), (200, json!({"items": [], "next": null})));
    let made = ask(&server, &operator, "PUT /v1/sources/s", &json!({})).await;
    assert_eq!((made.status, made.json()["version"].clone()), (201, json!(1)), "{made:?}");
    let nothing = ask(&server, &operator, "PUT /v1/sources/s", &json!({"id": "s"})).await;
    assert_eq!((nothing.status, nothing.json()["version"].clone()), (200, json!(1)));
}

#[tokio::test]
async fn lists_come_in_pages_by_id() {
    let (server, operator) = server().await;
    for id in ["b", "a", "d", "c"] {
        let path = format!("PUT /v1/sources/{id}");
        assert_eq!(ask(&server, &operator, &path, &json!({})).await.status, 201);
    }
    let mut seen = Vec::new();
    let mut path = "/v1/sources?limit=2".to_owned();
    loop {
        let page = server.ask(&format!("GET {path}"), &operator).await.json();
        let items = page["items"].as_array().unwrap().clone();
        seen.extend(items.iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/sources?limit=2&cursor={next}");
    }
    assert_eq!(seen, ["a", "b", "c", "d", "s"]);
    for (query, status) in
        [("limit=200", 200), ("limit=201", 400), ("limit=0", 400), ("cursor=", 400)]
    {
        assert_eq!(server.ask(&format!("GET /v1/sources?{query}"), &operator).await.status, status);
    }
}

#[tokio::test]
async fn faults_are_problem_documents_with_their_place() {
    let (server, operator) = server().await;
    let analyst = server.token(Role::Analyst).await;
    let long = json!({"id": "x".repeat(65)});
    for (request, body, status, reason, pointers) in [
        ("POST /v1/buyers", json!([]), 422, "refused", &[""][..]),
        ("POST /v1/buyers", json!({"timezone": "UTC"}), 422, "refused", &[""]),
        ("POST /v1/sources", long, 422, "refused", &["/id"]),
        ("PUT /v1/sources/a%20b", json!({}), 422, "refused", &["/id"]),
        ("PUT /v1/sources/s", json!({"id": "t"}), 422, "refused", &["/id"]),
        (
            "PATCH /v1/contracts/c",
            json!({"price": {"amount": "x"}, "caps": {"day": -1}, "nonsense": 1}),
            422,
            "refused",
            &["/caps/day", "/nonsense", "/price/amount"],
        ),
        ("PATCH /v1/contracts/c", json!({"buyer": "acmee"}), 422, "refused", &["/buyer"]),
        ("PATCH /v1/contracts/x", json!({}), 404, "not_found", &[]),
        ("DELETE /v1/contracts/x", Value::Null, 404, "not_found", &[]),
        ("DELETE /v1/numbers/18005550100", Value::Null, 404, "not_found", &[]),
        ("DELETE /v1/buyers/acme", Value::Null, 409, "referred_to", &["/buyer"]),
        ("DELETE /v1/offers/o", Value::Null, 409, "referred_to", &["/offer"]),
        ("DELETE /v1/trunks/t", Value::Null, 409, "referred_to", &["/destination/trunk"]),
        ("GET /v1/contracts/%00", Value::Null, 404, "not_found", &[]),
    ] {
        let answer = ask(&server, &operator, request, &body).await;
        let case = format!("{request} {body}: {answer:?}");
        assert_eq!(answer.status, status, "{case}");
        let problem = answer.json();
        assert_eq!(problem["reason"], reason, "{case}");
        let list = if status == 409 { "referred_by" } else { "faults" };
        let found = problem[list].as_array().cloned().unwrap_or_default();
        let mut found: Vec<&str> =
            found.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
        found.sort();
        assert_eq!(found, pointers, "{case}");
        if !request.starts_with("GET") {
            assert_eq!(ask(&server, &analyst, request, &body).await.status, 403, "{case}");
        }
    }
    for (request, headers, body, status) in [
        ("PATCH /v1/sources/s", "Content-Type: application/json\r\n", "{}", 415),
        ("PATCH /v1/sources/s", "", "{}", 415),
        ("PUT /v1/sources/s", PATCH, "{}", 415),
        ("PUT /v1/sources/s", "Content-Type: text/plain\r\n", "{}", 415),
        ("PUT /v1/sources/s", "", "{", 400),
        ("PUT /v1/sources/s", "If-Match: 12\r\n", "{}", 400),
        ("PUT /v1/sources/s", "Idempotency-Key: a b\r\n", "{}", 400),
        ("PUT /v1/sources/s", "Idempotency-Key: a\r\nIdempotency-Key: b\r\n", "{}", 400),
    ] {
        let answer = server.tell(request, &format!("{operator}{headers}"), body).await;
        assert_eq!(answer.status, status, "{request} {headers}: {answer:?}");
    }
    assert_eq!(server.store.book_version().await, Ok(1), "nothing was applied");
}

/// Numbers are checked against the flows. This server has no flows, so every number is rejected.
#[tokio::test]
async fn numbers_are_checked_beside_the_flows() {
    let (server, operator) = server().await;
    let body = json!({"offer": "o", "source": "s", "flow": "menu"});
    let refused = ask(&server, &operator, "PUT /v1/numbers/%2B18005550100", &body).await;
    assert_eq!((refused.status, &refused.json()["reason"]), (422, &json!("refused")));
    assert_eq!(refused.json()["faults"][0]["message"], "no flow here");
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let (server, operator) = server().await;
    for path in ["/v1/book", "/v1/book/versions/1", "/v1/contracts", "/v1/contracts/c"] {
        let first = server.ask(&format!("GET {path}"), &operator).await;
        let tag = first.header("etag").unwrap().to_owned();
        let headers = format!("{operator}If-None-Match: {tag}\r\n");
        let mut client = server.connect().await;
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        client.send(&head).await;
        let second = client.rest().await;
        assert!(second.starts_with("HTTP/1.1 304 "), "{path}: {second}");
        assert!(second.contains(&format!("etag: {tag}\r\n")), "{path}: {second}");
        let other = format!("{operator}If-None-Match: \"7\"\r\n");
        assert_eq!(server.ask(&format!("GET {path}"), &other).await.status, 200);
    }
    // A change of another entry makes a new version of the book but does not change this entry's
    // tag.
    let tag = server.ask("GET /v1/contracts/c", &operator).await.header("etag").unwrap().to_owned();
    assert_eq!(ask(&server, &operator, "PUT /v1/sources/new", &json!({})).await.status, 201);
    let mut client = server.connect().await;
    let headers = format!("{operator}If-None-Match: {tag}\r\n");
    client.send(&format!("GET /v1/contracts/c HTTP/1.1\r\nHost: x\r\n{headers}\r\n")).await;
    client.send("").await;
    let head = format!("{operator}If-Match: {tag}\r\n");
    assert_eq!(
        ask(&server, &head, "PATCH /v1/contracts/c", &json!({"priority": 2})).await.status,
        200
    );
}

#[tokio::test]
async fn a_change_on_condition_names_what_changed_since() {
    let (server, operator) = server().await;
    let seen = server.ask("GET /v1/contracts/c", &operator).await;
    let tag = seen.header("etag").unwrap().to_owned();
    let price = json!({"price": {"amount": "6.00"}});
    let first = format!("{operator}If-Match: {tag}\r\n");
    let patched = ask(&server, &first, "PATCH /v1/contracts/c", &price).await;
    assert_eq!(patched.status, 200, "{patched:?}");
    for (request, body) in [
        ("PATCH /v1/contracts/c", json!({"priority": 3})),
        ("PUT /v1/contracts/c", json!({})),
        ("DELETE /v1/contracts/c", Value::Null),
    ] {
        let stale = ask(&server, &first, request, &body).await;
        assert_eq!((stale.status, &stale.json()["reason"]), (412, &json!("precondition_failed")));
        assert_eq!(
            stale.json()["changes"],
            json!([{"noun": "contract", "id": "c", "change": "changed", "key": "price",
                "from": "5.00 USD", "to": "6.00 USD"}]),
            "{request}"
        );
        assert!(stale.body.contains("price 5.00 → 6.00 USD"), "{stale:?}");
        assert_eq!(stale.header("etag"), patched.header("etag"), "{request}");
    }
    let book = format!("{operator}If-Match: \"1\"\r\n");
    let new = json!({"id": "n"});
    for (request, body) in [
        ("POST /v1/sources", new.to_string()),
        ("PUT /v1/book", BOOK.to_owned()),
        ("POST /v1/book/rollback", json!({"version": 1}).to_string()),
    ] {
        let stale = server.tell(request, &book, &body).await;
        assert_eq!(stale.status, 412, "{request}: {stale:?}");
        assert_eq!(stale.json()["changes"][0]["to"], "6.00 USD", "{request}");
    }
    let any = format!("{operator}If-Match: *\r\n");
    assert_eq!(ask(&server, &any, "PUT /v1/sources/none", &json!({})).await.status, 412);
    assert_eq!(ask(&server, &any, "PUT /v1/sources/s", &json!({})).await.status, 200);
    let none = format!("{operator}If-None-Match: *\r\n");
    assert_eq!(ask(&server, &none, "PUT /v1/sources/s", &json!({})).await.status, 412);
    assert_eq!(ask(&server, &none, "PUT /v1/sources/none", &json!({})).await.status, 201);
    assert_eq!(server.store.book_version().await, Ok(3));
}

/// Many clients write at once, each its own entry. No entry is lost.
#[tokio::test]
async fn writers_at_once_lose_nothing() {
    const WRITERS: usize = 12;
    let (server, operator) = server().await;
    let server = std::sync::Arc::new(server);
    let mut asked = JoinSet::new();
    for n in 0..WRITERS {
        let (server, operator) = (server.clone(), operator.clone());
        asked.spawn(async move {
            let path = format!("PUT /v1/sources/s{n}");
            ask(&server, &operator, &path, &json!({})).await.json()["version"].as_u64().unwrap()
        });
    }
    let mut versions = asked.join_all().await;
    versions.sort_unstable();
    let expected: Vec<u64> = (2..2 + WRITERS as u64).collect();
    assert_eq!(versions, expected, "each made a version of its own");
    let all = server.ask("GET /v1/sources?limit=200", &operator).await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), WRITERS + 1);
}

/// Many clients change the same entry at once on the same condition. One succeeds; the others get
/// the changes.
#[tokio::test]
async fn of_writers_on_one_condition_one_wins() {
    let (server, operator) = server().await;
    let seen = server.ask("GET /v1/contracts/c", &operator).await;
    let headers = format!("{operator}If-Match: {}\r\n", seen.header("etag").unwrap());
    let server = std::sync::Arc::new(server);
    let mut asked = JoinSet::new();
    for n in 2..10 {
        let (server, headers) = (server.clone(), headers.clone());
        asked.spawn(async move {
            let patch = json!({"priority": n});
            let answer = ask(&server, &headers, "PATCH /v1/contracts/c", &patch).await;
            (answer.status, answer.json())
        });
    }
    let answers = asked.join_all().await;
    let won = answers.iter().filter(|(status, _)| *status == 200).count();
    assert_eq!(won, 1, "{answers:?}");
    for (status, problem) in answers.iter().filter(|(status, _)| *status != 200) {
        assert_eq!((*status, &problem["changes"][0]["key"]), (412, &json!("priority")));
    }
}

/// Another program applies a book in between: the change is made again from that book.
#[tokio::test]
async fn a_book_that_comes_from_elsewhere_is_not_lost() {
    let (server, operator) = server().await;
    let by = crate::store::sample::by("ann", crate::store::sample::second(1));
    let text = BOOK.replace("id = \"s\"", "id = \"from-elsewhere\"");
    assert_eq!(server.store.book_apply(text, by).await, Ok(2));
    let made = ask(&server, &operator, "PUT /v1/sources/n", &json!({})).await;
    assert_eq!((made.status, made.json()["version"].clone()), (201, json!(3)), "{made:?}");
    let all = server.ask("GET /v1/sources", &operator).await.json();
    assert_eq!(all["items"], json!([{"id": "from-elsewhere"}, {"id": "n"}]));
}

#[tokio::test]
async fn a_request_with_a_key_is_carried_out_once() {
    let (server, operator) = server().await;
    let keyed = format!("{operator}Idempotency-Key: k1\r\n");
    let new = json!({"id": "n"});
    let first = ask(&server, &keyed, "POST /v1/sources", &new).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, None), "{first:?}");
    for _ in 0..2 {
        let again = ask(&server, &keyed, "POST /v1/sources", &new).await;
        assert_eq!((again.status, &again.body), (201, &first.body), "{again:?}");
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.header("location"), first.header("location"));
        assert_eq!(again.header("etag"), first.header("etag"));
        assert_eq!(again.header("content-type"), first.header("content-type"));
    }
    let quoted = format!("{operator}Idempotency-Key: \"k1\"\r\n");
    assert_eq!(ask(&server, &quoted, "POST /v1/sources", &new).await.status, 201);
    for (request, body) in [
        ("POST /v1/sources", json!({"id": "m"})),
        ("POST /v1/offers", new.clone()),
        ("PUT /v1/sources/n", new.clone()),
        ("DELETE /v1/sources/n", Value::Null),
    ] {
        let other = ask(&server, &keyed, request, &body).await;
        assert_eq!(
            (other.status, &other.json()["reason"]),
            (422, &json!("key_reused")),
            "{request}"
        );
    }
    // A rejection is stored as well.
    let keyed = format!("{operator}Idempotency-Key: k2\r\n");
    assert_eq!(ask(&server, &keyed, "DELETE /v1/buyers/acme", &Value::Null).await.status, 409);
    let again = ask(&server, &keyed, "DELETE /v1/buyers/acme", &Value::Null).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (409, Some("true")));
    // Keys belong to a token: another token may use the same key.
    let admin = server.token(Role::Admin).await;
    let keyed = format!("{admin}Idempotency-Key: k1\r\n");
    assert_eq!(ask(&server, &keyed, "POST /v1/sources", &json!({"id": "m"})).await.status, 201);
    assert_eq!(server.store.book_version().await, Ok(3));
}

/// The same request is sent many times at once. One is carried out; the others wait for it or are
/// reported as in progress.
#[tokio::test]
async fn a_request_that_is_sent_many_times_at_once_is_carried_out_once() {
    let (server, operator) = server().await;
    let server = std::sync::Arc::new(server);
    let mut asked = JoinSet::new();
    for _ in 0..10 {
        let (server, keyed) = (server.clone(), format!("{operator}Idempotency-Key: k\r\n"));
        asked.spawn(async move {
            let body = json!({"amount": {"amount": "5.00", "currency": "USD"}});
            let answer = ask(&server, &keyed, "POST /v1/balances/acme/credits", &body).await;
            (answer.status, answer.body)
        });
    }
    let answers = asked.join_all().await;
    assert!(answers.iter().any(|(status, _)| *status == 201), "{answers:?}");
    for (status, body) in &answers {
        let waits = *status == 409 && body.contains("in_progress");
        assert!(*status == 201 || waits, "{status} {body}");
    }
    assert_eq!(server.dispatch.balance(&"acme".parse().unwrap()), 5_000_000);
}

/// The program is killed after the change and before it stores the answer. The retry does not make
/// the change again and gets the result.
#[tokio::test]
async fn a_change_whose_answer_was_lost_is_not_made_again() {
    let (server, operator) = server().await;
    let credit = json!({"amount": {"amount": "5.00", "currency": "USD"}});
    for (number, (request, body)) in [
        ("PUT /v1/sources/n", json!({})),
        ("PATCH /v1/contracts/c", json!({"priority": 4})),
        ("DELETE /v1/sources/n", Value::Null),
        ("PUT /v1/book?force=true", json!({"source": [{"id": "only"}]})),
        ("POST /v1/book/rollback", json!({"version": 1})),
        ("POST /v1/balances/acme/credits", credit),
    ]
    .into_iter()
    .enumerate()
    {
        let keyed = format!("{operator}Idempotency-Key: key-{number}\r\n");
        let first = ask(&server, &keyed, request, &body).await;
        assert!(first.status < 300, "{request}: {first:?}");
        let version = server.store.book_version().await.unwrap();
        server.lose_answers();
        let again = ask(&server, &keyed, request, &body).await;
        assert_eq!(again.status, first.status, "{request}: {again:?}");
        assert_eq!(again.header("idempotent-replayed"), Some("true"), "{request}");
        assert_eq!(again.json(), first.json(), "{request}");
        assert_eq!(again.header("etag"), first.header("etag"), "{request}");
        assert_eq!(server.store.book_version().await, Ok(version), "{request}");
    }
}
