//! Tests with two buyers and two sources at every route of the table. A route must report another
//! tenant's data as unknown.

use serde_json::Value;

use super::access::Who;
use super::client::Answer;
use super::client::Server;
use super::connection::Bounded;
use super::openapi::Sheet;
use super::route::Route;
use super::segment;
use super::table::table;
use crate::base::LeadId;
use crate::book::Payout;
use crate::call::CallRecord;
use crate::call::Scope;
use crate::lead::LeadSale;
use crate::lead::LeadStatus;
use crate::report::Dimension;
use crate::report::Topic;
use crate::store::CallChange;
use crate::store::Credit;
use crate::store::LeadChange;
use crate::store::LeadOpening;
use crate::store::Role;
use crate::store::Sale;
use crate::store::Won;
use crate::store::conformance::leads;
use crate::store::conformance::leads::received;
use crate::store::sample::by;
use crate::store::sample::decision;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::node;
use crate::store::sample::ringing;
use crate::store::sample::second;
use crate::store::sample::usd;

const BOOK: &str = "[[source]]\nid = \"search-ads\"\n[[source]]\nid = \"other-ads\"\n\
    [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\nprepaid = true\n\
    [[buyer]]\nid = \"blue\"\ntimezone = \"UTC\"\nprepaid = true\n\
    [[offer]]\nid = \"auto-quote\"\n\
    [[contract]]\nid = \"acme-auto-ca\"\nbuyer = \"acme\"\noffer = \"auto-quote\"\n\
    price = { amount = \"45.00\", currency = \"USD\" }\n\
    destination = { sip = \"sip:a@198.51.100.7\" }\ncaps = { day = 5 }\n\
    [[contract]]\nid = \"blue-auto\"\nbuyer = \"blue\"\noffer = \"auto-quote\"\n\
    price = { amount = \"33.00\", currency = \"USD\" }\n\
    destination = { sip = \"sip:b@198.51.100.7\" }\ncaps = { day = 6 }\n";

/// A tenant: its own data, the data of the other tenant of its kind, and the text that it must
/// never read.
struct Tenant {
    role: Role,
    call: CallRecord,
    other_call: CallRecord,
    lead: LeadId,
    other_lead: LeadId,
    buyer: &'static str,
    other_buyer: &'static str,
    source: &'static str,
    other_source: &'static str,
    hidden: &'static [&'static str],
}

fn tenants() -> [Tenant; 4] {
    let tenant = |role, own: CallRecord, other: CallRecord, parties: [&'static str; 4], hidden| {
        let [buyer, other_buyer, source, other_source] = parties;
        let (call, other_call) = (own, other);
        let is_acmes = buyer == "acme" || source == "search-ads";
        let [acmes, blues] = [acmes_lead(), blues_lead()].map(|change| change.record.id);
        let (lead, other_lead) = if is_acmes { (acmes, blues) } else { (blues, acmes) };
        Tenant {
            role,
            call,
            other_call,
            lead,
            other_lead,
            buyer,
            other_buyer,
            source,
            other_source,
            hidden,
        }
    };
    let (acme, blue) = (acme_won(), blue_won());
    [
        tenant(
            Role::Buyer("acme".parse().unwrap()),
            acme.clone(),
            blue.clone(),
            ["acme", "blue", "nobody", "search-ads"],
            &["blue", "-ads", "20.00", "11.00", "33.00", "user ann", "secret-tag"],
        ),
        tenant(
            Role::Buyer("blue".parse().unwrap()),
            blue.clone(),
            acme.clone(),
            ["blue", "acme", "nobody", "other-ads"],
            &["acme", "-ads", "20.00", "11.00", "45.00", "user ann", "secret-tag"],
        ),
        tenant(
            Role::Source("search-ads".parse().unwrap()),
            acme.clone(),
            blue.clone(),
            ["nobody", "acme", "search-ads", "other-ads"],
            &["blue", "acme", "other-ads", "45.00", "33.00", "11.00", "user ann", "secret-tag"],
        ),
        tenant(
            Role::Source("other-ads".parse().unwrap()),
            blue,
            acme,
            ["nobody", "blue", "other-ads", "search-ads"],
            &["blue", "acme", "search-ads", "45.00", "33.00", "20.00", "user ann", "secret-tag"],
        ),
    ]
}

/// Returns a call of one source that one buyer won after the other declined it.
fn won(record: CallRecord, loser: &str) -> CallRecord {
    let mut record = record;
    let mut lost = record.attempts[0].clone();
    lost.id = ringing(record.started_at.micros() as u64 % 1_000 + 50).attempts[0].id;
    lost.buyer = loser.parse().unwrap();
    lost.contract = format!("{loser}-lost").parse().unwrap();
    lost.outcome = Some(crate::base::Outcome::Busy);
    record.attempts.insert(0, lost);
    record.tags.insert("campaign".parse().unwrap(), "secret-tag".to_owned());
    record
}

fn acme_won() -> CallRecord {
    won(finished(1), "blue")
}

fn blue_won() -> CallRecord {
    let mut record = finished(2);
    record.source = "other-ads".parse().unwrap();
    for attempt in &mut record.attempts {
        attempt.buyer = "blue".parse().unwrap();
        attempt.contract = "blue-auto".parse().unwrap();
    }
    if let Some(winner) = &mut record.winner {
        winner.buyer = "blue".parse().unwrap();
        winner.contract = "blue-auto".parse().unwrap();
        winner.price = usd("33.00");
        winner.payout = Some(Payout::Fixed(usd("11.00")));
    }
    record.revenue = Some(usd("33.00"));
    record.payout = Some(usd("11.00"));
    won(record, "acme")
}

fn acmes_lead() -> LeadChange {
    leads::sold(501)
}

fn blues_lead() -> LeadChange {
    let mut change = leads::sold(502);
    change.record.source = "other-ads".parse().unwrap();
    for attempt in &mut change.record.attempts {
        attempt.buyer = "blue".parse().unwrap();
        attempt.contract = "blue-auto".parse().unwrap();
    }
    for LeadSale { winner, .. } in &mut change.record.sales {
        winner.buyer = "blue".parse().unwrap();
        winner.contract = "blue-auto".parse().unwrap();
        winner.price = usd("33.00");
        winner.payout = Some(Payout::Fixed(usd("11.00")));
    }
    for won in &mut change.sales {
        won.buyer = "blue".parse().unwrap();
        won.contract = "blue-auto".parse().unwrap();
    }
    change.record.steps.truncate(1);
    (change.record.revenue, change.record.payout) = (Some(usd("33.00")), Some(usd("11.00")));
    change
}

/// Stores a lead of each source, sold to the buyer that its calls were sold to.
async fn sell_leads(server: &Server) {
    for change in [acmes_lead(), blues_lead()] {
        let mut came_in = change.record.clone();
        (came_in.status, came_in.ended_at, came_in.reason) = (LeadStatus::Received, None, None);
        (came_in.sales, came_in.attempts) = (Vec::new(), Vec::new());
        server.store.lead_open(LeadOpening::of(came_in, node())).await.unwrap();
        server.store.lead_save(&node(), change).await.unwrap();
    }
}

/// Returns a call with its sale, its postings, and a decision that passed over contracts of both
/// buyers.
fn sold(record: CallRecord) -> CallChange {
    let (at, price) = (record.started_at, record.revenue.unwrap());
    let taken = Sale {
        hold: None,
        at,
        units: Vec::new(),
        price,
        prepaid: false,
        marks: Vec::new(),
        converted_marks: Vec::new(),
        balance_low: None,
        limits: Vec::new(),
    };
    let mut decision = decision(1);
    decision.document = "{\"offer\":\"auto-quote\",\"passed\":{\"cap_day\":[\"acme-auto-ca\",\
        \"blue-auto\"]}}"
        .to_owned();
    let sales = Won::by(&record, Some(taken));
    CallChange::of(record, vec![decision], sales)
}

/// Starts a server with two calls and two credits, and returns it with an administrator's token.
async fn server() -> (Server, String) {
    let server = Server::start(Bounded::new).await;
    let admin = server.token(Role::Admin).await;
    assert_eq!(server.tell("PUT /v1/book", &admin, BOOK).await.status, 200);
    for record in [acme_won(), blue_won()] {
        finish(&*server.store, sold(record)).await.unwrap();
    }
    for (buyer, id) in [("acme", "1"), ("blue", "2")] {
        let credit = Credit {
            id: id.parse().unwrap(),
            buyer: buyer.parse().unwrap(),
            amount: usd("7.00"),
            note: String::new(),
            by: by("ann", second(1)),
        };
        server.store.balance_credit(credit).await.unwrap();
    }
    (server, admin)
}

/// The tenant that a value in a path belongs to.
#[derive(Clone, Copy, PartialEq)]
enum Whose {
    Own,
    Other,
    Nobodys,
}

/// Returns a path with values of `whose` in its variable parts. Panics for a route that admits
/// tenants and has an unknown part: add the part here.
fn filled(route: &Route, tenant: &Tenant, whose: Whose) -> String {
    let mut path = route.path.to_owned();
    for name in segment::names(route.path) {
        let call = route.path.starts_with("/v1/calls/");
        let lead = route.path.starts_with("/v1/leads/");
        let value = match (name, whose) {
            ("id", Whose::Own) if lead => tenant.lead.to_string(),
            ("id", Whose::Other) if lead => tenant.other_lead.to_string(),
            ("id", Whose::Nobodys) if lead => received(503).id.to_string(),
            ("id", Whose::Own) if call => tenant.call.id.to_string(),
            ("id", Whose::Other) if call => tenant.other_call.id.to_string(),
            ("id", Whose::Nobodys) if call => ringing(999).id.to_string(),
            ("n", _) => "1".to_owned(),
            ("buyer", Whose::Own) => tenant.buyer.to_owned(),
            ("buyer", Whose::Other) => tenant.other_buyer.to_owned(),
            ("buyer" | "source", Whose::Nobodys) => "nobody".to_owned(),
            ("source", Whose::Own) => tenant.source.to_owned(),
            ("source", Whose::Other) => tenant.other_source.to_owned(),
            _ => {
                assert!(!route.who.admits(&tenant.role), "{}: what is `{name}`?", route.path);
                "1".to_owned()
            }
        };
        path =
            path.replace(&format!("{{{name}}}"), &value).replace(&format!("{{*{name}}}"), &value);
    }
    path
}

fn assert_hides(tenant: &Tenant, asked: &str, answer: &Answer) {
    for hidden in tenant.hidden {
        assert!(!answer.body.contains(hidden), "{asked} as {:?}: {answer:?}", tenant.role);
    }
}

#[tokio::test]
async fn no_tenant_sees_that_another_exists() {
    let (server, _) = server().await;
    sell_leads(&server).await;
    for tenant in tenants() {
        let token = server.token(tenant.role.clone()).await;
        for route in table().iter().filter(|route| route.who.wants_token()) {
            let ask = async |whose| {
                let path = filled(route, &tenant, whose);
                server.ask(&format!("{} {path}", route.method), &token).await
            };
            let name = format!("{} {} as {:?}", route.method, route.path, tenant.role);
            let (other, nobodys) = (ask(Whose::Other).await, ask(Whose::Nobodys).await);
            assert_eq!((other.status, &other.body), (nobodys.status, &nobodys.body), "{name}");
            assert_eq!(other.status == 403, !route.who.admits(&tenant.role), "{name}: {other:?}");
            assert_ne!(other.status, 500, "{name}");
            let own = ask(Whose::Own).await;
            for answer in [&own, &other] {
                assert_hides(&tenant, &name, answer);
            }
            let described = (route.describe)(route, &mut Sheet::default());
            for parameter in described.query.unwrap_or_default() {
                for value in ["blue", "acme", "search-ads", "other-ads", "secret-tag", "campaign"] {
                    let path = filled(route, &tenant, Whose::Own);
                    let path = format!("{path}?{}={value}", parameter.name);
                    let answer = server.ask(&format!("{} {path}", route.method), &token).await;
                    if answer.status == 200 {
                        assert_hides(&tenant, &path, &answer);
                    }
                }
            }
        }
    }
}

/// Every report of every tenant, by every dimension that there is.
#[tokio::test]
async fn reports_show_each_tenant_its_own_side() {
    let (server, _) = server().await;
    let since = "since=2025-11-01";
    for tenant in tenants() {
        let token = server.token(tenant.role.clone()).await;
        let is_buyer = matches!(tenant.role, Role::Buyer(_));
        let ask = async |path: &str| server.ask(&format!("GET /v1/reports/{path}"), &token).await;
        for topic in Topic::ALL {
            let asked = format!("{topic}?{since}");
            let answer = ask(&asked).await;
            assert_hides(&tenant, &asked, &answer);
            if topic == Topic::Fallbacks {
                assert_eq!(answer.status, 403, "{asked}: {answer:?}");
                continue;
            }
            assert_eq!(answer.status, 200, "{asked}: {answer:?}");
            let scope = match &tenant.role {
                Role::Buyer(buyer) => Scope::Buyer(buyer.clone()),
                Role::Source(source) => Scope::Source(source.clone()),
                Role::Admin | Role::Operator | Role::Analyst => panic!("a tenant"),
            };
            for dimension in Dimension::ALL {
                // A question that is answered from the calls has a shorter period.
                let period = "since=2025-11-10&until=2025-11-30";
                let asked = format!("{topic}?group_by={dimension},day&{period}");
                let answer = ask(&asked).await;
                let allowed = topic.dimensions(&scope).contains(&dimension);
                assert_eq!(answer.status == 200, allowed, "{asked}: {answer:?}");
                if answer.status == 200 {
                    assert_hides(&tenant, &asked, &answer);
                }
            }
        }
        let pnl = ask(&format!("pnl?{since}")).await.json();
        let row = &pnl["rows"][0];
        assert_eq!(
            (&row["offer"], &row["calls"], &row["billable"]),
            (&"auto-quote".into(), &1.into(), &1.into())
        );
        let (own, other) = if is_buyer { ("revenue", "payout") } else { ("payout", "revenue") };
        let owed = if is_buyer { tenant.call.revenue } else { tenant.call.payout };
        assert_eq!(pnl["total"][own]["amount"], owed.unwrap().amount());
        for hidden in [other, "margin"] {
            assert!(row[hidden].is_null() && pnl["total"][hidden].is_null(), "{pnl}");
        }
        let rejections = ask(&format!("rejections?{since}")).await.json();
        let reasons: Vec<&Value> =
            rejections["rows"].as_array().unwrap().iter().map(|row| &row["reason"]).collect();
        let expected: &[&str] = if is_buyer { &["busy"] } else { &["bridged"] };
        assert_eq!(reasons, expected, "{rejections}");
        let caps = ask("caps").await.json();
        let caps = caps["rows"].as_array().unwrap();
        assert_eq!(caps.len(), usize::from(is_buyer), "{caps:?}");
        let attempts = ask(&format!("latency?{since}")).await.json()["total"]["attempts"].clone();
        assert_eq!(attempts, if is_buyer { 2 } else { 0 }, "{:?}", tenant.role);
    }
}

#[tokio::test]
async fn each_tenant_sees_its_own() {
    let (server, _) = server().await;
    for tenant in tenants() {
        let token = server.token(tenant.role.clone()).await;
        let id = tenant.call.id.to_string();
        let list = server.ask("GET /v1/calls", &token).await.json();
        let ids: Vec<&Value> =
            list["items"].as_array().unwrap().iter().map(|call| &call["id"]).collect();
        assert_eq!(ids, [id.as_str()], "{:?}", tenant.role);
        let call = server.ask(&format!("GET /v1/calls/{id}"), &token).await.json();
        assert_eq!(call, list["items"][0]);
        assert_eq!(call["caller"], "+13055550123");
        let balances = server.ask("GET /v1/balances", &token).await.json();
        let balances = balances["items"].as_array().unwrap().clone();
        match &tenant.role {
            Role::Buyer(buyer) => {
                assert_eq!(
                    call["winner"]["price"]["amount"],
                    tenant.call.revenue.unwrap().amount()
                );
                assert_eq!(call["attempts"].as_array().unwrap().len(), 1);
                assert_eq!(balances.len(), 1);
                assert_eq!(balances[0]["buyer"], buyer.as_str());
                let own = server.ask(&format!("GET /v1/balances/{buyer}"), &token).await.json();
                assert_eq!(own["entries"][0]["made_by"], "staff");
            }
            Role::Source(source) => {
                assert_eq!(call["payout"]["amount"], tenant.call.payout.unwrap().amount());
                assert_eq!(call["source"], source.as_str());
                assert_eq!(balances, Vec::<Value>::new());
            }
            Role::Admin | Role::Operator | Role::Analyst => panic!("a tenant"),
        }
    }
}

#[tokio::test]
async fn a_token_that_ended_opens_nothing_at_once() {
    let (server, admin) = server().await;
    let analyst = server.token(Role::Analyst).await;
    assert_eq!(server.ask("GET /v1/calls", &analyst).await.status, 200);
    server.store.token_revoke("analyst", by("ann", second(5))).await.unwrap();
    for route in table().iter().filter(|route| route.who == Who::Staff) {
        let path = route.path.replace(['{', '}'], "");
        let answer = server.ask(&format!("{} {path}", route.method), &analyst).await;
        assert_eq!(answer.status, 401, "{path}: {answer:?}");
    }
    let listed = server.ask("GET /v1/tokens", &admin).await;
    let secret = admin.split(['_', '\r']).nth(1).unwrap();
    assert!(!listed.body.contains(secret), "{listed:?}");
    let states: Vec<(String, String)> = listed.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| {
            [&token["name"], &token["state"]].map(|text| text.as_str().unwrap().to_owned())
        })
        .map(|[name, state]| (name, state))
        .collect();
    let of = |name: &str, state: &str| (name.to_owned(), state.to_owned());
    assert_eq!(states, [of("analyst", "revoked"), of("admin", "live")]);
}

#[tokio::test]
async fn the_activity_log_comes_in_pages() {
    let (server, _) = server().await;
    let analyst = server.token(Role::Analyst).await;
    let (mut seen, mut path) = (Vec::new(), "/v1/activity?limit=2".to_owned());
    loop {
        let page = server.ask(&format!("GET {path}"), &analyst).await.json();
        for entry in page["items"].as_array().unwrap() {
            let text = |name: &str| entry[name].as_str().unwrap().to_owned();
            seen.push(format!("{} {} {}", text("action"), text("kind"), text("outcome")));
        }
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/activity?limit=2&cursor={next}");
    }
    // The log shows every token of the tests as an applied book.
    let applied = "apply book done";
    assert_eq!(seen, [applied; 5]);
    let since = server.ask("GET /v1/activity?since=2999-01-01T00:00:00Z", &analyst).await.json();
    assert_eq!(since["items"].as_array().unwrap().len(), 0);
    assert_eq!(server.ask("GET /v1/activity?since=soon", &analyst).await.status, 400);
}
