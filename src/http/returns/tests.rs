use std::time::Duration;

use serde_json::Value as Json_;
use serde_json::json;

use super::*;
use crate::base::Wall;
use crate::billing::PostingKind;
use crate::book::PauseCause;
use crate::book::Returns;
use crate::book::TooManyReturns;
use crate::call::CallRecord;
use crate::caps::CapKey;
use crate::caps::Level;
use crate::http::client::Answer;
use crate::http::client::Server;
use crate::http::connection::Bounded;
use crate::outbox::Subject;
use crate::store::CallChange;
use crate::store::Role;
use crate::store::Sale;
use crate::store::Won;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::second;
use crate::store::sample::usd;

/// The contract's rule: half of its sales, for two reasons, accepted after an hour.
fn rule() -> Returns {
    Returns {
        window: Duration::from_secs(86_400),
        share: "50%".parse().unwrap(),
        reasons: vec!["wrong_number".to_owned(), "spam".to_owned()],
        accept_after: Some(Duration::from_secs(3_600)),
        reverse_payout: true,
        frees_cap: false,
        pause: None,
    }
}

fn unit() -> CapKey {
    let level = Level::Contract("acme-auto-ca".parse().unwrap());
    CapKey { level, period: "total".parse().unwrap() }
}

/// Returns a billed call with its sale.
fn sold(seconds: u64, returns: Option<Returns>) -> CallChange {
    let mut record = finished(seconds);
    record.winner.as_mut().unwrap().returns = returns;
    let taken = Sale {
        hold: None,
        at: record.started_at,
        units: vec![unit()],
        price: usd("45.00"),
        prepaid: true,
        marks: Vec::new(),
        converted_marks: Vec::new(),
        balance_low: None,
        limits: Vec::new(),
    };
    let sales = Won::by(&record, Some(taken));
    CallChange::of(record, Vec::new(), sales)
}

/// Starts a server with four billed calls of buyer `acme`, and returns the tokens of that buyer and
/// of the operator.
async fn server(returns: Option<Returns>) -> (Server, String, String) {
    let server = Server::start(Bounded::new).await;
    for seconds in 1..=4 {
        finish(server.store.as_ref(), sold(seconds, returns.clone())).await.unwrap();
    }
    let buyer = server.token(Role::Buyer("acme".parse().unwrap())).await;
    let operator = server.token(Role::Operator).await;
    (server, buyer, operator)
}

async fn tell(server: &Server, path: &str, token: &str, body: &Json_) -> Answer {
    let head = format!("{token}Content-Type: application/json\r\n");
    server.tell(&format!("POST {path}"), &head, &body.to_string()).await
}

async fn ask(server: &Server, token: &str, call: &CallRecord, reason: &str) -> Answer {
    let body = json!({"call": call.id, "reason": reason, "note": "fax machine"});
    tell(server, "/v1/returns", token, &body).await
}

/// Returns the sums of revenue, payout and margin, and of the balance, in cents.
async fn owed(server: &Server, call: &CallRecord) -> [i64; 4] {
    server.verify();
    let postings = server.store.postings(call.id).await.unwrap();
    let sum = |is: fn(&PostingKind) -> bool| -> i64 {
        let own = postings.iter().filter(|posting| is(&posting.kind));
        own.map(|posting| posting.amount.micros() / 10_000).sum()
    };
    [
        sum(|kind| matches!(kind, PostingKind::Revenue(_))),
        sum(|kind| matches!(kind, PostingKind::Payout(_))),
        sum(|kind| *kind == PostingKind::Margin),
        sum(PostingKind::is_in_balance),
    ]
}

async fn used(server: &Server) -> (u64, i64) {
    let counts = server.store.cap_usage_since(second(0)).await.unwrap();
    let count = counts.iter().find(|count| count.key == unit()).unwrap();
    (count.used, count.micros / 10_000)
}

#[tokio::test]
async fn an_accepted_return_reverses_both_sides_once() {
    let (server, buyer, operator) = server(Some(rule())).await;
    let call = finished(1);
    let asked = ask(&server, &buyer, &call, "spam").await;
    assert_eq!((asked.status, asked.json()["state"].clone()), (201, "open".into()), "{asked:?}");
    assert_eq!(asked.json()["accept_at"], (second(100) + Duration::from_secs(3_600)).to_string());
    let again = ask(&server, &buyer, &call, "wrong_number").await;
    assert_eq!((again.status, again.json()), (200, asked.json()), "it is the same return");
    assert_eq!(owed(&server, &call).await, [4_500, 2_000, 2_500, -4_500]);
    let id = asked.json()["id"].clone();
    for _ in 0..2 {
        let path = format!("/v1/returns/{id}/accept");
        let accepted = tell(&server, &path, &operator, &json!({"note": "sorry"})).await;
        assert_eq!((accepted.status, accepted.json()["state"].clone()), (200, "accepted".into()));
        assert_eq!(owed(&server, &call).await, [0, 0, 0, 0]);
        assert_eq!(used(&server).await, (4, 3 * 4_500), "no unit is freed");
        let balance = server.dispatch.balance(&"acme".parse().unwrap());
        assert_eq!(balance, 45_000_000, "this node's balance has the price back");
    }
    let after = ask(&server, &buyer, &call, "spam").await;
    assert_eq!((after.status, after.json()["state"].clone()), (200, "accepted".into()));
    let refused = tell(&server, &format!("/v1/returns/{id}/refuse"), &operator, &json!({})).await;
    assert_eq!((refused.status, refused.json()["reason"].clone()), (409, "conflict".into()));
    assert_eq!(owed(&server, &call).await, [0, 0, 0, 0]);
    let record = server.store.call_fetch(call.id).await.unwrap().unwrap();
    assert_eq!((record.billable, record.revenue), (false, Some(usd("0.00"))));
    assert_eq!(record.returned.unwrap().state, ReturnState::Accepted);
    let count = server.store.returns_of_contract("acme-auto-ca".parse().unwrap(), second(0)).await;
    assert_eq!(count, Ok(1));
}

#[tokio::test]
async fn a_contract_may_keep_the_payout_and_free_the_unit() {
    let kept = Returns { reverse_payout: false, frees_cap: true, ..rule() };
    let (server, buyer, operator) = server(Some(kept)).await;
    let call = finished(1);
    let id = ask(&server, &buyer, &call, "spam").await.json()["id"].clone();
    assert_eq!(used(&server).await, (4, 4 * 4_500));
    for _ in 0..2 {
        let path = format!("/v1/returns/{id}/accept");
        assert_eq!(tell(&server, &path, &operator, &json!({})).await.status, 200);
        assert_eq!(owed(&server, &call).await, [0, 2_000, -2_000, 0]);
        assert_eq!(used(&server).await, (3, 3 * 4_500));
    }
    let corrections = server.store.cap_corrections_after(0).await.unwrap();
    let [one] = corrections.as_slice() else { panic!("{corrections:?}") };
    assert_eq!((one.used, one.micros), (-1, -45_000_000));
}

#[tokio::test]
async fn a_refused_return_reverses_nothing_and_stays_refused() {
    let (server, buyer, operator) = server(Some(rule())).await;
    let call = finished(1);
    let id = ask(&server, &buyer, &call, "spam").await.json()["id"].clone();
    let note = json!({"note": "the caller asked for a quote"});
    let refused = tell(&server, &format!("/v1/returns/{id}/refuse"), &operator, &note).await;
    assert_eq!((refused.status, refused.json()["state"].clone()), (200, "refused".into()));
    assert_eq!(owed(&server, &call).await, [4_500, 2_000, 2_500, -4_500]);
    let again = ask(&server, &buyer, &call, "spam").await.json();
    assert_eq!(again["decision_note"], "the caller asked for a quote");
    assert_eq!((&again["state"], &again["decided_by"]), (&"refused".into(), &"staff".into()));
    let late = server.store.returns_accept_due(second(100_000)).await;
    assert_eq!(late, Ok(None));
    assert_eq!(owed(&server, &call).await, [4_500, 2_000, 2_500, -4_500]);
}

#[tokio::test]
async fn an_open_return_is_accepted_when_its_time_has_come() {
    let (server, buyer, _) = server(Some(rule())).await;
    let call = finished(1);
    ask(&server, &buyer, &call, "spam").await;
    let due = second(100) + Duration::from_secs(3_600);
    let early = due - Duration::from_secs(1);
    assert_eq!(server.store.returns_accept_due(early).await, Ok(Some(due)));
    assert_eq!(owed(&server, &call).await, [4_500, 2_000, 2_500, -4_500]);
    for _ in 0..2 {
        assert_eq!(server.store.returns_accept_due(due).await, Ok(None));
        assert_eq!(owed(&server, &call).await, [0, 0, 0, 0]);
    }
    let record = server.store.call_fetch(call.id).await.unwrap().unwrap();
    assert_eq!(record.returned.unwrap().decided_at, Some(due));
}

/// Half of four sales may be returned: the third return is one too many.
#[tokio::test]
async fn what_the_contract_does_not_allow_is_refused() {
    let (server, buyer, operator) = server(Some(rule())).await;
    let other = server.token(Role::Buyer("blue".parse().unwrap())).await;
    let source = server.token(Role::Source("search-ads".parse().unwrap())).await;
    for (token, seconds, reason, status, code) in [
        (&buyer, 1, "bored", 422, "return_reason"),
        (&other, 1, "spam", 404, "not_found"),
        (&source, 1, "spam", 403, "forbidden"),
        (&buyer, 9, "spam", 404, "not_found"),
        (&buyer, 1, "", 400, "unreadable"),
        (&buyer, 1, "spam", 201, ""),
        (&buyer, 2, "spam", 201, ""),
        (&buyer, 3, "spam", 422, "return_share"),
        (&operator, 3, "anything", 201, ""),
    ] {
        let answer = ask(&server, token, &finished(seconds), reason).await;
        let found = answer.json();
        let reason = if code.is_empty() { Json_::from("") } else { code.into() };
        let given = if code.is_empty() { "".into() } else { found["reason"].clone() };
        assert_eq!((answer.status, given), (status, reason), "{seconds}: {found}");
    }
    assert_eq!(owed(&server, &finished(3)).await, [4_500, 2_000, 2_500, -4_500]);
}

const PAUSING: &str = "[[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n\
    [[offer]]\nid = \"auto-quote\"\n[[contract]]\nid = \"acme-auto-ca\"\nbuyer = \"acme\"\n\
    offer = \"auto-quote\"\nprice = { amount = \"45.00\", currency = \"USD\" }\nreturns = {}\n\
    auto_pause = { returns = { share = \"50%\", sales = 4, pause = \"1d\" } }\n\
    destination = { sip = \"sip:a@198.51.100.7\" }\n";

/// Two of four sales are half: the second return pauses the contract, until it is resumed. Then the
/// third return pauses it again, and a return that is asked for again does not.
#[tokio::test]
async fn too_many_returns_pause_the_contract_until_it_is_resumed() {
    let (share, day) = ("50%".parse().unwrap(), Duration::from_secs(86_400));
    let pause = Some(TooManyReturns { share, sales: 4, window: day, pause: day });
    let whole = Returns { share: "100%".parse().unwrap(), pause, ..rule() };
    let (server, buyer, operator) = server(Some(whole)).await;
    assert_eq!(server.tell("PUT /v1/book", &operator, PAUSING).await.status, 200);
    let is_paused = async || {
        let asked = json!({"offer": "auto-quote"});
        let verdicts = tell(&server, "/v1/explain", &operator, &asked).await;
        assert_eq!(verdicts.status, 200, "{verdicts:?}");
        verdicts.json().to_string().contains("after too many returns")
    };
    ask(&server, &buyer, &finished(1), "spam").await;
    assert!(!is_paused().await);
    ask(&server, &buyer, &finished(2), "spam").await;
    assert!(is_paused().await);
    let listed = server.ask("GET /v1/pauses", &operator).await.json();
    let item = &listed["items"][0];
    assert_eq!((&item["because"], &item["state"]), (&"returns".into(), &"paused".into()));
    assert_eq!(item["until"], (second(100) + day).to_string());
    let resume = "POST /v1/contracts/acme-auto-ca/resume";
    assert_eq!(server.ask(resume, &operator).await.status, 200);
    assert!(!is_paused().await);
    ask(&server, &buyer, &finished(2), "spam").await;
    assert!(!is_paused().await, "it is the same return");
    ask(&server, &buyer, &finished(3), "spam").await;
    assert!(is_paused().await);
    let events = server.store.events_unplanned().await.unwrap().into_iter();
    let pauses = events.filter_map(|one| match one.event?.subject {
        Subject::Paused { because, .. } => Some(because),
        _ => None,
    });
    assert_eq!(pauses.collect::<Vec<_>>(), [PauseCause::Returns; 2]);
}

#[tokio::test]
async fn without_a_rule_only_the_operator_returns() {
    let (server, buyer, operator) = server(None).await;
    let call = finished(1);
    let refused = ask(&server, &buyer, &call, "spam").await;
    assert_eq!((refused.status, refused.json()["reason"].clone()), (422, "no_returns".into()));
    let asked = ask(&server, &operator, &call, "goodwill").await.json();
    assert_eq!(asked["accept_at"], Json_::Null);
    let path = format!("/v1/returns/{}/accept", asked["id"]);
    assert_eq!(tell(&server, &path, &operator, &json!({})).await.status, 200);
    assert_eq!(owed(&server, &call).await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn returns_are_listed_by_state_and_buyer_and_buyers_see_their_own() {
    let (server, buyer, operator) = server(Some(rule())).await;
    for seconds in [1, 2] {
        ask(&server, &buyer, &finished(seconds), "spam").await;
    }
    tell(&server, "/v1/returns/1/accept", &operator, &json!({})).await;
    let blue = server.token(Role::Buyer("blue".parse().unwrap())).await;
    let source = server.token(Role::Source("search-ads".parse().unwrap())).await;
    for (token, query, expected) in [
        (&operator, "", vec![2, 1]),
        (&operator, "?state=open", vec![2]),
        (&operator, "?state=accepted&buyer=acme", vec![1]),
        (&operator, "?buyer=blue", vec![]),
        (&operator, "?limit=1", vec![2]),
        (&operator, "?limit=1&cursor=2", vec![1]),
        (&buyer, "", vec![2, 1]),
        (&blue, "", vec![]),
        (&source, "", vec![]),
    ] {
        let page = server.ask(&format!("GET /v1/returns{query}"), token).await.json();
        let items = page["items"].as_array().unwrap();
        let ids: Vec<u64> = items.iter().map(|item| item["id"].as_u64().unwrap()).collect();
        assert_eq!(ids, expected, "{query}: {page}");
    }
    let page = server.ask("GET /v1/returns?state=lost", &operator).await;
    assert_eq!(page.status, 400);
    let seen = server.ask("GET /v1/returns", &buyer).await.json();
    assert_eq!(seen["items"][1]["decided_by"], "staff");
    assert_eq!(seen["items"][1]["asked_by"], "buyer acme");
}

/// The answer of a request with a key is lost; the retry changes nothing and gets it again.
#[tokio::test]
async fn a_return_whose_answer_was_lost_is_answered_again() {
    let (server, buyer, _) = server(Some(rule())).await;
    let keyed = format!("{buyer}Idempotency-Key: r1\r\n");
    let first = ask(&server, &keyed, &finished(1), "spam").await;
    server.lose_answers();
    let again = ask(&server, &keyed, &finished(1), "spam").await;
    assert_eq!((again.status, again.json()["id"].clone()), (201, first.json()["id"].clone()));
}

/// A report after a return is stored, and owes nothing.
#[tokio::test]
async fn a_returned_sale_is_not_charged_by_a_later_report() {
    let mut change = sold(1, Some(rule()));
    let winner = change.record.winner.as_mut().unwrap();
    winner.conversion.by = crate::book::ConversionBy::Report;
    let server = Server::start(Bounded::new).await;
    let call = change.record.clone();
    finish(server.store.as_ref(), change).await.unwrap();
    let operator = server.token(Role::Operator).await;
    let report = |amount: Option<&str>| crate::base::BuyerReport {
        sold: true,
        revenue: amount.map(usd),
        disposition: None,
        reference: None,
    };
    let attempt = call.attempts[0].id;
    let at: Wall = second(120);
    server.store.sale_report(attempt, report(None), at).await.unwrap();
    assert_eq!(owed(&server, &call).await, [4_500, 2_000, 2_500, -4_500]);
    let id = ask(&server, &operator, &call, "spam").await.json()["id"].clone();
    tell(&server, &format!("/v1/returns/{id}/accept"), &operator, &json!({})).await;
    assert_eq!(owed(&server, &call).await, [0, 0, 0, 0]);
    server.store.sale_report(attempt, report(Some("60.00")), at).await.unwrap();
    assert_eq!(owed(&server, &call).await, [0, 0, 0, 0]);
}

/// What is returned is a call or a lead, and answers say which.
#[tokio::test]
async fn either_a_call_or_a_lead_is_returned() {
    let (server, _, operator) = server(None).await;
    let call = finished(1).id;
    let both = json!({ "call": call, "lead": call, "reason": "spam" });
    for body in [both, json!({ "reason": "spam" })] {
        assert_eq!(tell(&server, "/v1/returns", &operator, &body).await.status, 400, "{body}");
    }
    let asked = ask(&server, &operator, &finished(1), "spam").await;
    assert_eq!((asked.status, &asked.json()["call"]), (201, &json!(call)), "{asked:?}");
    assert_eq!(asked.json().get("lead"), None);
}
