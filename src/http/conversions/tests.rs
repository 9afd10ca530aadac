use serde_json::Value;
use serde_json::json;

use super::*;
use crate::base::AttemptId;
use crate::billing::PostingKind;
use crate::book::Conversion;
use crate::book::ConversionBy;
use crate::book::Payout;
use crate::book::PayoutCaps;
use crate::book::PayoutLimits;
use crate::book::PayoutShare;
use crate::call::CallRecord;
use crate::http::client::Answer;
use crate::http::client::Server;
use crate::http::connection::Bounded;
use crate::sale::ConversionSecret;
use crate::store::CallChange;
use crate::store::Fact;
use crate::store::LeadOpening;
use crate::store::Sale;
use crate::store::Won;
use crate::store::conformance::leads::received as received_lead;
use crate::store::conformance::leads::sold as sold_lead;
use crate::store::sample::bridged;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::node;
use crate::store::sample::open;
use crate::store::sample::ringing;
use crate::store::sample::second;
use crate::store::sample::update;
use crate::store::sample::usd;

/// Returns the key of a call's sale in the database of the test server.
fn key(record: &CallRecord) -> String {
    ConversionSecret::new([7; 32]).key(record.attempts[0].id).reveal().to_owned()
}

/// Returns a call of a contract that converts by report, with its sale.
fn by_report(mut record: CallRecord) -> CallChange {
    let winner = record.winner.as_mut().unwrap();
    winner.conversion = Conversion {
        by: ConversionBy::Report,
        min: Some(usd("10.00")),
        max: Some(usd("90.00")),
        ..Conversion::default()
    };
    if record.ended_at.is_some() {
        record.billable = false;
        (record.revenue, record.payout) = (Some(usd("0.00")), Some(usd("0.00")));
    }
    let taken = Sale {
        hold: None,
        at: record.started_at,
        units: Vec::new(),
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

/// Returns a server whose clock shows a time shortly after the calls.
async fn server() -> Server {
    Server::start(Bounded::new).await
}

async fn tell(server: &Server, key: &str, body: &Value) -> Answer {
    let head = "Content-Type: application/json\r\n";
    server.tell(&format!("POST /v1/conversions/{key}"), head, &body.to_string()).await
}

/// Returns the sums of revenue, payout and margin, and the balance, in cents.
async fn owed(server: &Server, record: &CallRecord) -> [i64; 4] {
    server.verify();
    let postings = server.store.postings(record.id).await.unwrap();
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

#[tokio::test]
async fn a_report_of_a_lead_is_answered_with_the_lead() {
    let server = server().await;
    let (record, change) = (received_lead(1), sold_lead(1));
    let sale = change.record.sales[0].id;
    server.store.lead_open(LeadOpening::of(record, node())).await.unwrap();
    server.store.lead_save(&node(), change.clone()).await.unwrap();
    let key = ConversionSecret::new([7; 32]).key(sale).reveal().to_owned();
    let answer = tell(&server, &key, &json!({ "sold": true, "reference": "P-1" })).await;
    assert_eq!((answer.status, answer.json()["lead"].clone()), (200, json!(change.record.id)));
    assert_eq!(answer.json().get("call"), None);
}

#[tokio::test]
async fn a_report_after_the_call_is_billed_once_and_may_be_changed() {
    let server = server().await;
    let call = finished(1);
    finish(server.store.as_ref(), by_report(call.clone())).await.unwrap();
    assert_eq!(owed(&server, &call).await, [0, 0, 0, 0]);
    let sold = json!({"sold": true});
    let large = json!({"sold": true, "revenue": {"amount": "60.00", "currency": "USD"},
        "disposition": "sold", "reference": "order-7"});
    let unsold = json!({"sold": false, "disposition": "no_interest"});
    let mut answers = Vec::new();
    for (body, expected) in [
        (&sold, [4_500, 2_000, 2_500, -4_500]),
        (&sold, [4_500, 2_000, 2_500, -4_500]),
        (&large, [6_000, 2_000, 4_000, -6_000]),
        (&large, [6_000, 2_000, 4_000, -6_000]),
        (&unsold, [0, 0, 0, 0]),
        (&large, [6_000, 2_000, 4_000, -6_000]),
    ] {
        let answer = tell(&server, &key(&call), body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answers.push(answer.json());
        assert_eq!(owed(&server, &call).await, expected, "{body}");
        // The node's own balance follows.
        let balance = server.dispatch.balance(&"acme".parse().unwrap());
        assert_eq!(balance, expected[3] * 10_000, "{body}");
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[2], answers[3]);
    assert_eq!(answers[2]["reference"], "order-7");
    let stored = server.store.call_fetch(call.id).await.unwrap().unwrap();
    assert_eq!((stored.billable, stored.revenue), (true, Some(usd("60.00"))));
    assert_eq!(stored.payout, Some(usd("20.00")));
    let report = stored.conversion.unwrap().report;
    assert_eq!(report.disposition.as_deref(), Some("sold"));
}

#[tokio::test]
async fn a_report_during_the_call_applies_at_its_end() {
    let server = server().await;
    let call = bridged(1);
    open(server.store.as_ref(), ringing(1)).await.unwrap();
    let early = tell(&server, &key(&call), &json!({"sold": true})).await;
    assert_eq!((early.status, early.json()["reason"].clone()), (409, "conflict".into()));
    update(server.store.as_ref(), by_report(call.clone())).await.unwrap();
    let first = tell(&server, &key(&call), &json!({"sold": true})).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(owed(&server, &call).await, [0, 0, 0, 0]);
    for _ in 0..2 {
        finish(server.store.as_ref(), by_report(finished(1))).await.unwrap();
        assert_eq!(owed(&server, &call).await, [4_500, 2_000, 2_500, -4_500]);
    }
    let again = tell(&server, &key(&call), &json!({"sold": true})).await;
    assert_eq!(again.json(), first.json());
    let stored = server.store.call_fetch(call.id).await.unwrap().unwrap();
    assert_eq!((stored.billable, stored.revenue), (true, Some(usd("45.00"))));
}

/// A restart closes the call at its last heartbeat. The report from before counts, once.
#[tokio::test]
async fn a_report_survives_a_restart_in_the_middle_of_the_call() {
    let server = server().await;
    let call = bridged(1);
    let store = server.store.as_ref();
    let (record, node) = (Box::new(ringing(1)), crate::store::sample::node());
    let facts = vec![
        Fact::Opened { record, node: node.clone() },
        Fact::Bridged(Box::new(by_report(call.clone()))),
    ];
    store.apply(crate::store::Origin::Transaction, facts).await.unwrap();
    assert_eq!(tell(&server, &key(&call), &json!({"sold": true})).await.status, 200);
    for _ in 0..2 {
        store.calls_close_open(&node, second(60)).await.unwrap();
        assert_eq!(owed(&server, &call).await, [4_500, 2_000, 2_500, -4_500]);
    }
    assert_eq!(tell(&server, &key(&call), &json!({"sold": true})).await.status, 200);
    assert_eq!(owed(&server, &call).await, [4_500, 2_000, 2_500, -4_500]);
}

#[tokio::test]
async fn what_is_no_report_of_a_sale_changes_nothing() {
    let server = server().await;
    let call = finished(1);
    finish(server.store.as_ref(), by_report(call.clone())).await.unwrap();
    let own = key(&call);
    let unknown: AttemptId = finished(9).attempts[0].id;
    let unknown = ConversionSecret::new([7; 32]).key(unknown).reveal().to_owned();
    let foreign = ConversionSecret::new([8; 32]).key(call.attempts[0].id).reveal().to_owned();
    let revenue = |amount: &str, currency: &str| {
        let revenue = json!({"amount": amount, "currency": currency});
        json!({"sold": true, "revenue": revenue})
    };
    let sold = json!({"sold": true});
    let long = json!({"sold": true, "disposition": "d".repeat(65)});
    let control = json!({"sold": true, "reference": "a\nb"});
    for (key, body, status, reason) in [
        ("x", &sold, 404, "not_found"),
        (&unknown, &sold, 404, "not_found"),
        (&foreign, &sold, 404, "not_found"),
        (&own, &revenue("9.99", "USD"), 422, "revenue_not_allowed"),
        (&own, &revenue("90.01", "USD"), 422, "revenue_not_allowed"),
        (&own, &revenue("45.00", "EUR"), 422, "revenue_not_allowed"),
        (&own, &revenue("-45.00", "USD"), 422, "revenue_not_allowed"),
        (&own, &json!({}), 400, "unreadable"),
        (&own, &json!({"sold": "yes"}), 400, "unreadable"),
        (&own, &json!({"sold": true, "amount": 4}), 400, "unreadable"),
        (&own, &long, 400, "unreadable"),
        (&own, &control, 400, "unreadable"),
        (&own, &json!({"sold": true, "reference": "r".repeat(5_000)}), 413, "too_large"),
    ] {
        let answer = tell(&server, key, body).await;
        let found = answer.json();
        assert_eq!((answer.status, &found["reason"]), (status, &reason.into()), "{body}: {found}");
    }
    assert_eq!(owed(&server, &call).await, [0, 0, 0, 0]);
    assert_eq!(server.store.call_fetch(call.id).await.unwrap().unwrap().conversion, None);
}

#[tokio::test]
async fn a_key_expires_with_the_window_of_its_contract() {
    let server = server().await;
    let mut call = by_report(finished(1));
    let winner = call.record.winner.as_mut().unwrap();
    winner.conversion.window = std::time::Duration::from_secs(60);
    let record = call.record.clone();
    finish(server.store.as_ref(), call).await.unwrap();
    let store = server.store.as_ref();
    let sold_at = record.bridged_at.unwrap();
    let report = BuyerReport { sold: true, revenue: None, disposition: None, reference: None };
    let told = async |after: u64| {
        let at = sold_at + std::time::Duration::from_secs(after);
        store.sale_report(record.attempts[0].id, report.clone(), at).await.unwrap()
    };
    assert_eq!(told(61).await, ReportOutcome::Refused(ReportRefused::Expired));
    assert!(matches!(told(60).await, ReportOutcome::Accepted(_)));
    assert_eq!(told(61).await, ReportOutcome::Refused(ReportRefused::Expired));
    let late = tell(&server, &key(&record), &json!({"sold": true})).await;
    assert_eq!(late.status, 404, "the server's clock is long after the call");
}

/// The source is paid 40 % of what the buyer reports, for one sale per day.
#[tokio::test]
async fn the_payout_follows_the_reported_revenue_within_its_caps() {
    let server = server().await;
    for seconds in [1, 2] {
        let mut change = by_report(finished(seconds));
        let winner = change.record.winner.as_mut().unwrap();
        let share = PayoutShare::of("40%".parse().unwrap());
        winner.payout = Some(Payout::Share(share));
        let limits = PayoutLimits { day: Some(1), ..PayoutLimits::NONE };
        winner.payout_caps = PayoutCaps { limits, ..PayoutCaps::NONE };
        finish(server.store.as_ref(), change).await.unwrap();
    }
    let (first, second) = (finished(1), finished(2));
    let report = |amount: &str| {
        let revenue = json!({"amount": amount, "currency": "USD"});
        json!({"sold": true, "revenue": revenue})
    };
    for (call, body, expected) in [
        (&first, report("60.00"), [6_000, 2_400, 3_600, -6_000]),
        (&second, report("50.00"), [5_000, 0, 5_000, -5_000]),
        (&first, report("30.00"), [3_000, 1_200, 1_800, -3_000]),
        (&second, report("80.00"), [8_000, 0, 8_000, -8_000]),
        (&first, json!({"sold": false}), [0, 0, 0, 0]),
        (&second, report("80.00"), [8_000, 0, 8_000, -8_000]),
        (&first, report("10.00"), [1_000, 400, 600, -1_000]),
    ] {
        assert_eq!(tell(&server, &key(call), &body).await.status, 200);
        assert_eq!(owed(&server, call).await, expected, "{body}");
        let stored = server.store.call_fetch(call.id).await.unwrap().unwrap();
        let payout = stored.payout.map_or(0, |payout| payout.micros() / 10_000);
        assert_eq!(payout, expected[1], "the record shows it: {body}");
    }
}
