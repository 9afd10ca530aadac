//! Tests with a caller whose number, name, and address nobody else has, at every route of the
//! table. A role that may not see what tells of callers must not find them in any answer.

use std::collections::BTreeSet;

use super::client::Server;
use super::connection::Bounded;
use super::route::Route;
use super::segment;
use super::table::table;
use crate::base::Fields;
use crate::base::Now;
use crate::base::Origin;
use crate::book::Channel;
use crate::call::CallEvent;
use crate::call::CallRecord;
use crate::events::Subject;
use crate::ladder::sample::parts;
use crate::routing::Inquiry;
use crate::routing::Trace;
use crate::sale::DecisionRecord;
use crate::store::CallChange;
use crate::store::Role;
use crate::store::Sale;
use crate::store::Won;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::ringing;
use crate::store::sample::second;

/// What tells of the caller: the end of the number, and names.
const CANARIES: [&str; 5] = ["5550187", "555-0187", "quillon", "vantongeren", "peregrina"];

const BOOK: &str = "[[source]]\nid = \"search-ads\"\n[[source]]\nid = \"other-ads\"\n\
    [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n[[buyer]]\nid = \"blue\"\ntimezone = \"UTC\"\n\
    [[offer]]\nid = \"auto-quote\"\n";

fn personal(mut record: CallRecord) -> CallRecord {
    record.caller = Some("+12025550187".parse().unwrap());
    for (name, value) in [
        ("phone", "(202) 555-0187"),
        ("email", "quillon77@example.com"),
        ("name", "Peregrina Vantongeren"),
        ("zip", "90210"),
    ] {
        record.fields.insert(name.parse().unwrap(), value.to_owned());
    }
    record.tags.insert("who".parse().unwrap(), "2025550187".to_owned());
    record.tags.insert("mail".parse().unwrap(), "quillon77@example.com".to_owned());
    record
}

/// Returns a decision of the server's own book about a call.
async fn decided(server: &Server, record: &CallRecord) -> DecisionRecord {
    let mut fields = Fields::default();
    for (name, value) in &record.fields {
        fields.set(name.clone(), value, Origin::Ivr);
    }
    let inquiry = Inquiry {
        offer: record.offer.clone(),
        channel: Channel::Call,
        source: None,
        caller: record.caller.clone(),
        fields,
    };
    let now = Now::at(second(1));
    let decision = server.dispatch.preview(&server.dispatch.snapshot(), &inquiry, now).await;
    let document = serde_json::to_string(&Trace::of(&decision)).unwrap();
    DecisionRecord { id: decision.id, at: decision.at, document }
}

/// Starts a server with an ended call that was sold, and a live one.
async fn server() -> Server {
    let server = Server::start(Bounded::new).await;
    let admin = server.token(Role::Admin).await;
    assert_eq!(server.tell("PUT /v1/book", &admin, BOOK).await.status, 200);
    let record = personal(finished(1));
    let (at, price) = (record.started_at, record.revenue.unwrap());
    let sale = Sale {
        hold: None,
        at,
        units: Vec::new(),
        price,
        prepaid: false,
        marks: Vec::new(),
        converted_marks: Vec::new(),
        limits: Vec::new(),
        balance_low: None,
    };
    let decided = decided(&server, &record).await;
    let sales = Won::by(&record, Some(sale));
    let ladder = parts(record.id, at);
    finish(&*server.store, CallChange::of(record, vec![decided], sales)).await.unwrap();
    server.store.ladder_add(ladder).await.unwrap();
    server.shared.calls.begin(personal(ringing(2)));
    server
}

/// Returns the paths of a route for the ended call, the live call, and their parties.
fn filled(route: &Route) -> Vec<String> {
    let queries: &[&str] = match route.path {
        "/v1/calls" => &["?state=live", "?state=ended", "?tag=who&limit=1"],
        "/v1/calls/{id}/ladder" => &["?format=text", "?format=svg", "?format=pcap"],
        path if path.starts_with("/v1/statements/") => &["?since=2025-11-20&until=2025-11-21"],
        "/v1/reports/pnl" => &["?group_by=tag,day&since=2025-11-10&until=2025-11-30"],
        _ => &[],
    };
    let fill = |call: u64, party: [&str; 2]| {
        let mut path = route.path.to_owned();
        for name in segment::names(route.path) {
            let value = match name {
                "id" if route.path.starts_with("/v1/calls/") => ringing(call).id.to_string(),
                "source" => party[1].to_owned(),
                "version" | "n" | "return" => "1".to_owned(),
                _ => party[0].to_owned(),
            };
            path = path.replace(&format!("{{{name}}}"), &value);
            path = path.replace(&format!("{{*{name}}}"), &value);
        }
        path
    };
    let paths = [fill(1, ["acme", "search-ads"]), fill(2, ["blue", "other-ads"])];
    let with = |path: &String| {
        let asked: Vec<String> = queries.iter().map(|query| format!("{path}{query}")).collect();
        [path.clone()].into_iter().chain(asked)
    };
    paths.iter().flat_map(with).collect()
}

fn found(text: &str) -> Vec<&'static str> {
    let text = text.to_lowercase();
    CANARIES.into_iter().filter(|canary| text.contains(canary)).collect()
}

/// Returns the routes at which the holder of a token finds something of the caller.
async fn showing(server: &Server, token: &str) -> BTreeSet<&'static str> {
    let mut showing = BTreeSet::new();
    for route in table() {
        for path in filled(&route) {
            let answer = server.ask(&format!("{} {path}", route.method), token).await;
            assert_ne!(answer.status, 500, "{path}: {answer:?}");
            if !found(&answer.body).is_empty() {
                showing.insert(route.path);
            }
        }
    }
    showing
}

#[tokio::test]
async fn an_analyst_finds_nothing_of_a_caller_at_any_route() {
    let server = server().await;
    let operator = server.token(Role::Operator).await;
    let whole = showing(&server, &operator).await;
    for path in [
        "/v1/calls",
        "/v1/calls/{id}",
        "/v1/calls/{id}/decision",
        "/v1/calls/{id}/decisions",
        "/v1/statements/buyers/{buyer}",
        "/v1/reports/pnl",
    ] {
        assert!(whole.contains(path), "an operator sees the caller at {path}: {whole:?}");
    }
    let analyst = server.token(Role::Analyst).await;
    assert_eq!(showing(&server, &analyst).await, BTreeSet::new());
    // Nor by searching for a number.
    let asked = server.ask("GET /v1/calls?caller=%2B12025550187", &analyst).await;
    assert_eq!(asked.status, 400, "{asked:?}");
    let call = format!("GET /v1/calls/{}", finished(1).id);
    let seen = server.ask(&call, &analyst).await.json();
    assert_eq!(seen["caller"], "+1202555****");
    assert_eq!(seen["fields"]["zip"], "90210");
    assert_eq!(seen["fields"]["name"], "****");
    assert_eq!(seen["number"], "+18005550100", "an own number is no caller's");
}

#[tokio::test]
async fn a_buyer_and_a_source_find_the_callers_of_their_own_calls_only() {
    let server = server().await;
    for (role, sees) in [
        (Role::Buyer("acme".parse().unwrap()), true),
        (Role::Source("search-ads".parse().unwrap()), true),
        (Role::Buyer("blue".parse().unwrap()), false),
        (Role::Source("other-ads".parse().unwrap()), false),
    ] {
        let token = server.token(role.clone()).await;
        let showing = showing(&server, &token).await;
        assert_eq!(showing.contains("/v1/calls"), sees, "{role:?}: {showing:?}");
        assert_eq!(showing.is_empty(), !sees, "{role:?}: {showing:?}");
    }
}

#[tokio::test]
async fn an_analyst_follows_events_without_the_caller() {
    let server = server().await;
    for (role, sees) in [(Role::Operator, true), (Role::Analyst, false)] {
        let token = server.token(role.clone()).await;
        let mut client = server.connect().await;
        client.send(&format!("GET /v1/events HTTP/1.1\r\nHost: x\r\n{token}\r\n")).await;
        client.until("retry: 2000\n\n").await;
        let id = ringing(2).id;
        let learned = |field: &str, value: &str| CallEvent::Learned {
            field: field.parse().unwrap(),
            value: value.to_owned(),
            pool_before: 1,
            pool_after: 1,
        };
        for event in [
            learned("name", "Peregrina"),
            CallEvent::Digits("2025550187".to_owned()),
            CallEvent::Tagged { name: "who".parse().unwrap(), value: "2025550187".to_owned() },
        ] {
            server.events.publish(second(3), Subject::Call(id, event));
        }
        server.events.publish(second(4), Subject::Book { version: 7 });
        let text = client.until("\"version\":7}").await;
        assert_eq!(found(&text).is_empty(), !sees, "{role:?}: {text}");
    }
}
