//! Tests of form leads: their records, keys, money, and lists.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::BidResult;
use crate::base::BuyerReport;
use crate::base::End;
use crate::base::FieldName;
use crate::base::HoldId;
use crate::base::LeadId;
use crate::base::NodeName;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::PingId;
use crate::base::ReturnState;
use crate::base::Rng;
use crate::base::SourceId;
use crate::book::ConversionBy;
use crate::call::CallRecord;
use crate::call::CalledFor;
use crate::call::Scope;
use crate::caps::CapKey;
use crate::caps::Level;
use crate::lead::After;
use crate::lead::CallTerms;
use crate::lead::InFlight;
use crate::lead::LeadQuery;
use crate::lead::LeadRecord;
use crate::lead::LeadSale;
use crate::lead::LeadStatus;
use crate::lead::PingRecord;
use crate::lead::Refusal;
use crate::lead::Step;
use crate::lead::What;
use crate::nodes::Part;
use crate::nodes::RunId;
use crate::nodes::Takeover;
use crate::sale::BidRecord;
use crate::store::AskedReturn;
use crate::store::BidOn;
use crate::store::BidQuery;
use crate::store::LEAD_KEY_KEPT;
use crate::store::LeadChange;
use crate::store::LeadCursor;
use crate::store::LeadKey;
use crate::store::LeadOpened;
use crate::store::LeadOpening;
use crate::store::NewNode;
use crate::store::PINGS_KEPT;
use crate::store::PingQuery;
use crate::store::ReturnOutcome;
use crate::store::Sale;
use crate::store::Store;
use crate::store::Won;
use crate::store::sample::bridged;
use crate::store::sample::by;
use crate::store::sample::decision;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::node;
use crate::store::sample::open as open_call;
use crate::store::sample::ringing;
use crate::store::sample::second;
use crate::store::sample::update;
use crate::store::sample::usd;

pub(super) async fn all(fresh: &impl AsyncFn() -> Arc<dyn Store>) {
    a_lead_is_read_as_it_was_written(&*fresh().await).await;
    a_lead_may_be_stored_with_its_first_posts(&*fresh().await).await;
    a_change_may_be_repeated_and_an_ended_lead_stays(&*fresh().await).await;
    a_key_names_one_lead_for_a_day(&*fresh().await).await;
    a_key_may_be_kept_for_longer(&*fresh().await).await;
    a_refused_lead_has_ended_when_it_is_stored(&*fresh().await).await;
    a_certificate_is_not_used_for_two_people(&*fresh().await).await;
    leads_left_open_come_with_their_posts(&*fresh().await).await;
    leads_of_a_node_that_is_gone_are_given_to_another(&*fresh().await).await;
    leads_are_listed_by_what_is_asked_for(&*fresh().await).await;
    bids_are_stored_with_their_lead_and_listed(&*fresh().await).await;
    bids_are_stored_with_their_call_and_listed(&*fresh().await).await;
    bids_on_a_ping_are_listed_until_it_has_a_lead(&*fresh().await).await;
    a_ping_has_one_post_and_is_counted(&*fresh().await).await;
    a_ping_for_a_call_is_open_until_its_bid_ends_and_then_forgets_the_caller(&*fresh().await).await;
    pings_are_kept_for_a_month(&*fresh().await).await;
    a_reported_sale_of_a_lead_is_billed_later(&*fresh().await).await;
    a_sale_of_a_lead_may_be_returned(&*fresh().await).await;
}

/// Returns a lead that came in at `second(seconds)`.
pub(crate) fn received(seconds: u64) -> LeadRecord {
    let now = Now::at(second(seconds));
    LeadRecord {
        id: LeadId::new(now, &mut Rng::seeded(seconds)),
        status: LeadStatus::Received,
        offer: "auto-quote".parse().unwrap(),
        source: "search-ads".parse().unwrap(),
        book_version: 12,
        fields: BTreeMap::from([("phone".parse().unwrap(), "+13055550123".to_owned())]),
        received_at: now.wall,
        sold_at: None,
        ended_at: None,
        reason: None,
        bids: Vec::new(),
        attempts: Vec::new(),
        sales: Vec::new(),
        steps: vec![Step { at: now.wall, what: What::Received }],
        decision_id: None,
        billable: false,
        revenue: None,
        payout: None,
        conversion: None,
        returned: None,
        after: Vec::new(),
    }
}

/// Returns the same lead, posted.
pub(super) fn posted(seconds: u64) -> LeadChange {
    let mut record = received(seconds);
    record.status = LeadStatus::Delivering;
    let mut attempt = bridged(seconds).attempts.remove(0);
    (attempt.outcome, attempt.sip_status, attempt.ring_ms) = (None, None, 0);
    attempt.post_dial_delay_ms = None;
    record.decision_id = Some(decision(seconds).id);
    let (id, contract, buyer) = (attempt.id, attempt.contract.clone(), attempt.buyer.clone());
    let at = second(seconds + 1);
    record.steps.push(Step { at, what: What::Posted { attempt: id, contract, buyer } });
    record.attempts.push(attempt);
    let hold = HoldId::new(Now::at(at), &mut Rng::seeded(seconds));
    let in_flight = vec![InFlight { attempt: id, hold, held_at: at, price: usd("45.00") }];
    LeadChange { decisions: vec![decision(seconds)], in_flight, ..LeadChange::of(record) }
}

/// Returns the same lead, sold.
pub(crate) fn sold(seconds: u64) -> LeadChange {
    let LeadChange { mut record, decisions, .. } = posted(seconds);
    let winner = bridged(seconds).winner.unwrap();
    let attempt = &mut record.attempts[0];
    (attempt.outcome, attempt.sip_status) = (Some(Outcome::Won), Some(200));
    let id = attempt.id;
    let at = second(seconds + 2);
    record.status = LeadStatus::Sold;
    (record.sold_at, record.ended_at, record.reason) = (Some(at), Some(at), Some(End::Delivered));
    record.steps.push(Step { at, what: What::Ended { reason: End::Delivered } });
    (record.billable, record.revenue) = (true, Some(usd("45.00")));
    record.payout = Some(usd("20.00"));
    let won = Won {
        attempt: id,
        contract: winner.contract.clone(),
        buyer: winner.buyer.clone(),
        taken: taken(seconds + 1),
    };
    record.sales.push(LeadSale { id, winner });
    LeadChange { record, decisions, sales: vec![won], in_flight: Vec::new() }
}

fn taken(seconds: u64) -> Sale {
    let level = Level::Contract("acme-auto-ca".parse().unwrap());
    let units = vec![CapKey { level, period: "2025-11-20".parse().unwrap() }];
    Sale {
        hold: None,
        at: second(seconds),
        units,
        price: usd("45.00"),
        prepaid: false,
        marks: Vec::new(),
        converted_marks: Vec::new(),
        balance_low: None,
        limits: Vec::new(),
    }
}

pub(super) async fn open(store: &dyn Store, seconds: u64) -> LeadId {
    let record = received(seconds);
    let id = record.id;
    let opened = store.lead_open(LeadOpening::of(record, node())).await;
    assert_eq!(opened, Ok(LeadOpened::Now));
    id
}

pub(super) async fn sell(store: &dyn Store, seconds: u64) -> AttemptId {
    open(store, seconds).await;
    let change = sold(seconds);
    let sale = change.record.sales[0].id;
    store.lead_save(&node(), change).await.unwrap();
    sale
}

async fn a_lead_is_read_as_it_was_written(store: &dyn Store) {
    let id = open(store, 1).await;
    assert_eq!(store.lead_fetch(id).await, Ok(Some(received(1))));
    for change in [posted(1), sold(1)] {
        store.lead_save(&node(), change.clone()).await.unwrap();
        assert_eq!(store.lead_fetch(id).await, Ok(Some(change.record)));
    }
    assert_eq!(store.lead_decisions(id).await, Ok(vec![decision(1)]));
    assert_eq!(store.lead_fetch(received(2).id).await, Ok(None));
    assert_eq!(store.call_fetch(id.to_string().parse().unwrap()).await, Ok(None), "no call");
}

async fn a_lead_may_be_stored_with_its_first_posts(store: &dyn Store) {
    let LeadChange { record, decisions, in_flight, .. } = posted(1);
    let opening = LeadOpening { first: posted(1), ..LeadOpening::of(record.clone(), node()) };
    assert_eq!(store.lead_open(opening).await, Ok(LeadOpened::Now));
    let left = store.leads_left_open(&node()).await.unwrap().remove(0);
    assert_eq!((left.record, left.decisions, left.in_flight), (record, decisions, in_flight));
    store.lead_save(&node(), sold(1)).await.unwrap();
    assert_eq!(store.lead_fetch(received(1).id).await, Ok(Some(sold(1).record)));
}

async fn a_change_may_be_repeated_and_an_ended_lead_stays(store: &dyn Store) {
    let id = open(store, 1).await;
    for change in [posted(1), posted(1), sold(1), sold(1), posted(1)] {
        store.lead_save(&node(), change).await.unwrap();
    }
    assert_eq!(store.lead_fetch(id).await, Ok(Some(sold(1).record)));
    let used = store.cap_usage_since(second(0)).await.unwrap();
    assert_eq!(used.iter().map(|count| count.used).collect::<Vec<_>>(), [1]);
    store.lead_save(&node(), sold(2)).await.unwrap();
    assert_eq!(store.lead_fetch(received(2).id).await, Ok(None), "an unknown lead");
}

async fn a_key_names_one_lead_for_a_day(store: &dyn Store) {
    let key = |digest: &str| {
        Some(LeadKey {
            client: "tok_000000000001".parse().unwrap(),
            key: "k1".parse().unwrap(),
            digest: digest.to_owned(),
            kept: LEAD_KEY_KEPT,
        })
    };
    let first = received(1).id;
    let day = LEAD_KEY_KEPT.as_secs();
    for (seconds, digest, expected) in [
        (1, "a", LeadOpened::Now),
        (2, "a", LeadOpened::Before(first)),
        (3, "b", LeadOpened::OtherRequest),
        (day, "a", LeadOpened::Before(first)),
        (day + 1, "b", LeadOpened::Now),
        (day + 2, "b", LeadOpened::Before(received(day + 1).id)),
    ] {
        let opening = LeadOpening::of(received(seconds), node());
        let opened = store.lead_open(LeadOpening { key: key(digest), ..opening }).await;
        assert_eq!(opened, Ok(expected.clone()), "{seconds} {digest}");
        let stored = store.lead_fetch(received(seconds).id).await.unwrap();
        assert_eq!(stored.is_some(), expected == LeadOpened::Now, "{seconds} {digest}");
    }
}

/// Platforms send a lead again for longer than a day.
async fn a_key_may_be_kept_for_longer(store: &dyn Store) {
    let day = LEAD_KEY_KEPT.as_secs();
    let key = || LeadKey {
        client: "google:web:o".to_owned(),
        key: "id".parse().unwrap(),
        digest: String::new(),
        kept: 3 * LEAD_KEY_KEPT,
    };
    let first = LeadOpened::Before(received(1).id);
    for (seconds, expected) in
        [(1, LeadOpened::Now), (3 * day, first), (3 * day + 1, LeadOpened::Now)]
    {
        let opening = LeadOpening::of(received(seconds), node());
        let opened = store.lead_open(LeadOpening { key: Some(key()), ..opening }).await;
        assert_eq!(opened, Ok(expected), "{seconds}");
    }
}

async fn a_refused_lead_has_ended_when_it_is_stored(store: &dyn Store) {
    let mut record = received(1);
    record.refuse(Refusal::Suppressed("dnc".parse().unwrap()), record.received_at);
    let opened = store.lead_open(LeadOpening::of(record.clone(), node())).await;
    assert_eq!(opened, Ok(LeadOpened::Now));
    assert_eq!(store.lead_fetch(record.id).await, Ok(Some(record.clone())));
    assert!(store.leads_left_open(&node()).await.unwrap().is_empty());
    let rejected = LeadQuery { status: Some(LeadStatus::Rejected), ..Default::default() };
    assert_eq!(store.lead_list(rejected, None, 10).await.unwrap().items, [record]);
}

async fn a_certificate_is_not_used_for_two_people(store: &dyn Store) {
    let (cert, phone): (FieldName, FieldName) = ("cert".parse().unwrap(), "phone".parse().unwrap());
    let url = "https://cert.trustedform.com/0.a".to_owned();
    let lead = |seconds, number: &str, source: &str| {
        let mut record = received(seconds);
        record.source = source.parse().unwrap();
        record.fields.insert(phone.clone(), number.to_owned());
        record.fields.insert(cert.clone(), url.clone());
        let certificates = vec![cert.clone()];
        LeadOpening { certificates, ..LeadOpening::of(record, node()) }
    };
    let first = received(1).id;
    let reused = Refusal::CertificateReused { field: cert.clone(), lead: first };
    for (seconds, number, source, expected) in [
        (1, "+13055550123", "search-ads", LeadOpened::Now),
        (2, "+13055550124", "search-ads", LeadOpened::Refused(reused.clone())),
        (3, "+13055550123", "news", LeadOpened::Refused(reused)),
        (4, "+13055550123", "search-ads", LeadOpened::Now),
    ] {
        assert_eq!(store.lead_open(lead(seconds, number, source)).await, Ok(expected));
    }
    let refused = store.lead_fetch(received(2).id).await.unwrap().unwrap();
    assert_eq!(
        (refused.status, refused.reason),
        (LeadStatus::Rejected, Some(End::CertificateReused))
    );
    let left = store.leads_left_open(&node()).await.unwrap();
    assert_eq!(left.iter().map(|lead| lead.record.id).collect::<Vec<_>>(), [first, received(4).id]);
}

async fn leads_left_open_come_with_their_posts(store: &dyn Store) {
    open(store, 1).await;
    open(store, 2).await;
    sell(store, 3).await;
    store.lead_save(&node(), posted(2)).await.unwrap();
    let left = store.leads_left_open(&node()).await.unwrap();
    let ids: Vec<LeadId> = left.iter().map(|lead| lead.record.id).collect();
    assert_eq!(ids, [received(1).id, received(2).id]);
    assert_eq!(left[1].in_flight, posted(2).in_flight);
    assert_eq!(left[1].decisions, [decision(2)]);
    assert!(store.calls_left_open(&node()).await.unwrap().is_empty(), "they are no calls");
}

/// What the node stores after that counts for nothing, and its new run keeps what it has.
async fn leads_of_a_node_that_is_gone_are_given_to_another(store: &dyn Store) {
    let run = |id: &str| -> RunId { id.parse().unwrap() };
    let register = async |name: NodeName, id| {
        let address = "192.0.2.11:8080".parse().unwrap();
        let new = NewNode { name, run: run(id), address, program: "0.1.0".to_owned() };
        store.node_register(new).await.unwrap();
    };
    let heir: NodeName = "heir".parse().unwrap();
    let given = async |id| {
        let takeover = Takeover { from: node(), run: run(id), part: Part::Leads };
        store.leads_move(takeover, heir.clone()).await.unwrap()
    };
    register(node(), "1").await;
    register(heir.clone(), "2").await;
    open(store, 1).await;
    sell(store, 2).await;
    assert_eq!(store.lead_save(&node(), posted(1)).await, Ok(true));
    let moved = given("1").await;
    assert_eq!(moved.len(), 1, "the other one has ended");
    assert_eq!((&moved[0].record, &moved[0].in_flight), (&posted(1).record, &posted(1).in_flight));
    assert_eq!(given("1").await, [], "it has none any more");
    // On SQLite no two nodes live at a time.
    if !store.nodes_exclusive() {
        assert_eq!(store.leads_left_open(&node()).await, Ok(vec![]));
        assert_eq!(store.lead_save(&node(), sold(1)).await, Ok(false));
        assert_eq!(store.lead_fetch(received(1).id).await, Ok(Some(posted(1).record)));
    }
    assert_eq!(store.leads_left_open(&heir).await, Ok(moved));
    assert_eq!(store.lead_save(&heir, sold(1)).await, Ok(true));
    assert_eq!(store.lead_fetch(received(1).id).await, Ok(Some(sold(1).record)));
    register(node(), "3").await;
    open(store, 3).await;
    assert_eq!(given("1").await, [], "it has begun another run");
}

async fn leads_are_listed_by_what_is_asked_for(store: &dyn Store) {
    sell(store, 1).await;
    open(store, 2).await;
    let all = LeadQuery::default;
    let (acme, search) = ("acme".parse().unwrap(), "search-ads".parse().unwrap());
    let blue = || "blue".parse().unwrap();
    for (query, expected) in [
        (all(), vec![2, 1]),
        (LeadQuery { status: Some(LeadStatus::Sold), ..all() }, vec![1]),
        (LeadQuery { since: Some(second(2)), ..all() }, vec![2]),
        (LeadQuery { until: Some(second(2)), ..all() }, vec![1]),
        (LeadQuery { phone: "+13055550123".parse().ok(), ..all() }, vec![2, 1]),
        (LeadQuery { phone: "+13055550124".parse().ok(), ..all() }, vec![]),
        (LeadQuery { buyer: Some("acme".parse().unwrap()), ..all() }, vec![1]),
        (LeadQuery { offer: "solar".parse().ok(), ..all() }, vec![]),
        (LeadQuery { who: Scope::Buyer(acme), ..all() }, vec![1]),
        (LeadQuery { who: Scope::Buyer(blue()), ..all() }, vec![]),
        (LeadQuery { who: Scope::Source(search), ..all() }, vec![2, 1]),
    ] {
        let page = store.lead_list(query.clone(), None, 10).await.unwrap();
        let ids: Vec<LeadId> = page.items.iter().map(|lead| lead.id).collect();
        let expected: Vec<LeadId> = expected.into_iter().map(|n| received(n).id).collect();
        assert_eq!((ids, page.next), (expected, None), "{query:?}");
    }
    let page = store.lead_list(all(), None, 1).await.unwrap();
    assert_eq!(page.next, Some(LeadCursor(received(2).id)));
    let rest = store.lead_list(all(), page.next, 1).await.unwrap();
    assert_eq!((rest.items[0].id, rest.next), (received(1).id, None));
    let start = received(2).id.to_string();
    assert_eq!(store.lead_ids(start, 5).await, Ok(vec![received(2).id]));
    assert!(store.call_list(Default::default(), None, 10).await.unwrap().items.is_empty());
}

fn bid(seconds: u64, contract: &str, result: BidResult) -> BidRecord {
    BidRecord {
        offer: "auto-quote".parse().unwrap(),
        contract: contract.parse().unwrap(),
        buyer: format!("b-{contract}").parse().unwrap(),
        asked_at: second(seconds),
        answer_ms: Some(41),
        amount: Some(usd("12.50")),
        ping_id: Some("p1".to_owned()),
        expires_at: Some(second(seconds + 60)),
        destination: None,
        buffer_seconds: None,
        repeated: false,
        result,
        reason: None,
    }
}

async fn bids_are_stored_with_their_lead_and_listed(store: &dyn Store) {
    let mut ids = Vec::new();
    for seconds in [1, 2] {
        open(store, seconds).await;
        let mut change = posted(seconds);
        change.record.bids =
            vec![bid(seconds, "a", BidResult::Standing), bid(seconds, "b", BidResult::Standing)];
        store.lead_save(&node(), change).await.unwrap();
        let mut change = sold(seconds);
        change.record.bids =
            vec![bid(seconds, "a", BidResult::Won), bid(seconds, "b", BidResult::Outbid)];
        store.lead_save(&node(), change.clone()).await.unwrap();
        let stored = store.lead_fetch(change.record.id).await.unwrap().unwrap();
        assert_eq!(stored.bids, change.record.bids, "the last word counts");
        ids.push(stored.id);
    }
    let all = BidQuery::default;
    for (query, expected) in [
        (all(), vec![(2, "b"), (2, "a"), (1, "b"), (1, "a")]),
        (BidQuery { since: Some(second(2)), ..all() }, vec![(2, "b"), (2, "a")]),
        (BidQuery { until: Some(second(2)), ..all() }, vec![(1, "b"), (1, "a")]),
        (BidQuery { buyer: "b-a".parse().ok(), ..all() }, vec![(2, "a"), (1, "a")]),
        (BidQuery { contract: "b".parse().ok(), ..all() }, vec![(2, "b"), (1, "b")]),
        (BidQuery { result: Some(BidResult::Won), ..all() }, vec![(2, "a"), (1, "a")]),
        (BidQuery { offer: "solar".parse().ok(), ..all() }, vec![]),
    ] {
        // Page by page, whatever their size.
        for limit in 1..4 {
            let (mut found, mut cursor) = (Vec::new(), None);
            loop {
                let page = store.bid_list(query.clone(), cursor, limit).await.unwrap();
                found.extend(page.items);
                let Some(next) = page.next else { break };
                assert_eq!(next.to_string().parse(), Ok(next.clone()));
                cursor = Some(next);
            }
            let found: Vec<_> =
                found.iter().map(|own| (own.on, own.bid.contract.as_str())).collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(lead, contract)| (BidOn::Lead(ids[lead - 1]), *contract))
                .collect();
            assert_eq!(found, expected, "{query:?} by {limit}");
        }
    }
}

async fn bids_are_stored_with_their_call_and_listed(store: &dyn Store) {
    open_call(store, ringing(1)).await.unwrap();
    let with = |result: BidResult| {
        let destination = Some("+18885550101".to_owned());
        vec![BidRecord {
            destination,
            buffer_seconds: Some(90),
            repeated: true,
            ..bid(1, "a", result)
        }]
    };
    let live = CallRecord { bids: with(BidResult::Standing), ..bridged(1) };
    update(store, live.clone()).await.unwrap();
    assert_eq!(store.call_fetch(live.id).await.unwrap().unwrap().bids, live.bids);
    let ended = CallRecord { bids: with(BidResult::Won), ..finished(1) };
    finish(store, ended.clone()).await.unwrap();
    assert_eq!(store.call_fetch(live.id).await, Ok(Some(ended.clone())));
    let page = store.bid_list(BidQuery::default(), None, 10).await.unwrap();
    let listed: Vec<_> = page.items.iter().map(|own| (own.on, own.bid.result)).collect();
    assert_eq!(listed, [(BidOn::Call(live.id), BidResult::Won)]);
}

async fn bids_on_a_ping_are_listed_until_it_has_a_lead(store: &dyn Store) {
    let bids = vec![bid(1, "a", BidResult::Standing), bid(1, "b", BidResult::Refused)];
    let ping = PingRecord { bids, ..pinged(1) };
    store.ping_open(ping.clone()).await.unwrap();
    let listed = async || {
        let page = store.bid_list(BidQuery::default(), None, 10).await.unwrap();
        page.items.iter().map(|own| (own.on, own.bid.result)).collect::<Vec<_>>()
    };
    let on = BidOn::Ping(ping.id);
    assert_eq!(listed().await, [(on, BidResult::Refused), (on, BidResult::Unused)]);
    let record = LeadRecord { bids: ping.bids.clone(), ..received(2) };
    let opening = LeadOpening { ping: Some(ping.id), ..LeadOpening::of(record, node()) };
    assert_eq!(store.lead_open(opening).await, Ok(LeadOpened::Now));
    let on = BidOn::Lead(received(2).id);
    assert_eq!(listed().await, [(on, BidResult::Refused), (on, BidResult::Standing)]);
}

async fn a_reported_sale_of_a_lead_is_billed_later(store: &dyn Store) {
    let id = open(store, 1).await;
    let mut change = sold(1);
    change.record.sales[0].winner.conversion.by = ConversionBy::Report;
    (change.record.billable, change.record.revenue) = (false, Some(usd("0.00")));
    change.record.payout = Some(usd("0.00"));
    let sale = change.record.sales[0].id;
    store.lead_save(&node(), change).await.unwrap();
    let shown = async || store.lead_fetch(id).await.unwrap().unwrap();
    assert!(!shown().await.billable);
    let report = |amount| BuyerReport {
        sold: true,
        revenue: Some(usd(amount)),
        disposition: None,
        reference: None,
    };
    for amount in ["60.00", "60.00", "30.00"] {
        store.sale_report(sale, report(amount), second(100)).await.unwrap();
        let lead = shown().await;
        assert_eq!((lead.billable, lead.revenue), (true, Some(usd(amount))));
        assert_eq!(lead.payout, Some(usd("20.00")));
        assert!(lead.conversion.is_some());
    }
    let after: Vec<After> = shown().await.after.into_iter().map(|step| step.what).collect();
    // The same report again is none.
    assert_eq!(after, ["60.00", "30.00"].map(|amount| After::Reported { report: report(amount) }));
    assert_eq!(news(store).await, ["lead.received", "lead.sold", "lead.converted"]);
}

/// Returns the kinds of the events that are not planned yet, in order.
async fn news(store: &dyn Store) -> Vec<&'static str> {
    let events = store.events_unplanned().await.unwrap();
    events.iter().map(|own| own.event.as_ref().unwrap().kind().name()).collect()
}

async fn a_sale_of_a_lead_may_be_returned(store: &dyn Store) {
    let id = open(store, 1).await;
    let change = sold(1);
    store.lead_save(&node(), change).await.unwrap();
    let asked = AskedReturn {
        inquiry: id.into(),
        reason: "wrong_number".to_owned(),
        note: String::new(),
        scope: Scope::All,
        by: by("ann", second(9)),
    };
    let outcome = store.return_ask(asked).await.unwrap();
    let ReturnOutcome::Now(asked) = outcome else { panic!("{outcome:?}") };
    let decided = crate::store::DecidedReturn {
        id: asked.id,
        verdict: crate::store::ReturnVerdict::Accept,
        note: String::new(),
        by: by("ann", second(10) + Duration::from_secs(1)),
    };
    store.return_decide(decided).await.unwrap();
    let lead = store.lead_fetch(id).await.unwrap().unwrap();
    assert_eq!((lead.billable, lead.revenue), (false, Some(usd("0.00"))));
    assert!(lead.returned.is_some());
    let after: Vec<After> = lead.after.into_iter().map(|step| step.what).collect();
    let asked = After::ReturnAsked { said: "wrong_number".to_owned() };
    let decided = After::ReturnDecided { state: ReturnState::Accepted };
    assert_eq!(after, [asked, decided]);
    assert_eq!(news(store).await.last(), Some(&"sale.returned"));
}

/// Returns a ping that came in at `second(seconds)`; its offer lasts a minute.
fn pinged(seconds: u64) -> PingRecord {
    let now = Now::at(second(seconds));
    PingRecord {
        id: PingId::new(now, &mut Rng::seeded(seconds)),
        offer: "auto-quote".parse().unwrap(),
        source: "search-ads".parse().unwrap(),
        book_version: 12,
        test: false,
        fields: BTreeMap::from([("zip".parse().unwrap(), "90210".to_owned())]),
        bids: Vec::new(),
        at: now.wall,
        price: Some(usd("9.00")),
        expires_at: Some(second(seconds + 60)),
        reason: None,
        lead: None,
        call: None,
    }
}

async fn a_ping_has_one_post_and_is_counted(store: &dyn Store) {
    let none = PingRecord { expires_at: None, reason: Some(End::NoBuyer), ..pinged(4) };
    let test = PingRecord { test: true, ..pinged(5) };
    let other = PingRecord { source: "other".parse().unwrap(), ..pinged(6) };
    for ping in [pinged(1), pinged(2), pinged(3), none, test, other] {
        store.ping_open(ping.clone()).await.unwrap();
        store.ping_open(ping.clone()).await.unwrap();
        assert_eq!(store.ping_fetch(ping.id).await.unwrap(), Some(ping));
    }
    assert_eq!(store.ping_fetch(pinged(9).id).await.unwrap(), None);
    let open = async |seconds: u64, ping: &PingRecord, refused: bool| {
        let mut record = received(seconds);
        if refused {
            record.refuse(Refusal::Suppressed("dnc".parse().unwrap()), record.received_at);
        }
        let opening = LeadOpening { ping: Some(ping.id), ..LeadOpening::of(record, node()) };
        store.lead_open(opening).await.unwrap()
    };
    assert_eq!(open(20, &pinged(1), true).await, LeadOpened::Now, "refused: the ping is free");
    assert_eq!(open(21, &pinged(1), false).await, LeadOpened::Now);
    let again = open(22, &pinged(1), false).await;
    assert_eq!(again, LeadOpened::Before(received(21).id));
    assert_eq!(store.lead_fetch(received(22).id).await.unwrap(), None);
    let used = store.ping_fetch(pinged(1).id).await.unwrap().unwrap();
    assert_eq!(used.lead, Some(received(21).id));
    let source: SourceId = "search-ads".parse().unwrap();
    assert_eq!(store.ping_count(source.clone(), second(2)).await.unwrap(), 4);
    let sums = async |source: Option<SourceId>, now: u64| {
        let (since, until) = (second(0), second(100));
        store.ping_sums(PingQuery { since, until, source, now: second(now) }).await.unwrap()
    };
    let all = sums(None, 62).await;
    let sources: Vec<&str> = all.iter().map(|count| count.source.as_str()).collect();
    assert_eq!(sources, ["other", "search-ads"]);
    let own = &sums(Some(source), 62).await[0];
    assert_eq!((own.pings, own.bids, own.posted, own.unused), (4, 3, 1, 1), "the third is open");
}

/// Returns a ping for a call that came in at `second(seconds)`.
fn call_pinged(seconds: u64) -> PingRecord {
    let call = CallTerms {
        caller: "+13055550123".parse().ok(),
        reference: Some("call-1".to_owned()),
        number: "+18005550100".parse().ok(),
        by_sip: false,
        buffer: Duration::from_secs(90),
        came: None,
    };
    PingRecord { call: Some(call), ..pinged(seconds) }
}

async fn a_ping_for_a_call_is_open_until_its_bid_ends_and_then_forgets_the_caller(
    store: &dyn Store,
) {
    let (own, test) = (call_pinged(1), PingRecord { test: true, ..call_pinged(2) });
    let none = PingRecord { expires_at: None, ..call_pinged(3) };
    for ping in [own.clone(), test, none.clone(), pinged(4)] {
        store.ping_open(ping).await.unwrap();
    }
    let caller = async |ping: &PingRecord| {
        store.ping_fetch(ping.id).await.unwrap().unwrap().call.unwrap().caller
    };
    assert_eq!(caller(&none).await, None, "no call comes");
    assert_eq!(store.pings_open(second(60)).await, Ok(vec![own.clone()]));
    assert_eq!(store.pings_open(second(61)).await, Ok(vec![]));
    store.ping_open(pinged(60)).await.unwrap();
    assert!(caller(&own).await.is_some());
    // Another one is used by a call: its caller is known by the call from now on.
    let used = call_pinged(50);
    store.ping_open(used.clone()).await.unwrap();
    let record = CallRecord { ping: used.promise().map(CalledFor::Bid), ..ringing(51) };
    open_call(store, record.clone()).await.unwrap();
    assert_eq!(store.pings_open(second(52)).await, Ok(vec![own.clone()]));
    let call = store.ping_fetch(used.id).await.unwrap().unwrap().call.unwrap();
    assert_eq!((call.came, call.caller), (Some(record.id), None));
    let stored = store.call_fetch(record.id).await.unwrap().unwrap();
    assert_eq!(stored.ping, record.ping);
    let list = async |id: Option<PingId>, limit| {
        let (since, until, now) = (second(0), second(100), second(61));
        let query = PingQuery { since, until, source: None, now };
        let found = store.ping_list(query, id, limit).await.unwrap();
        found.iter().map(|ping| ping.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 2).await, [pinged(60).id, used.id]);
    assert_eq!(list(Some(own.id), 200).await, [own.id]);
    store.ping_open(pinged(61)).await.unwrap();
    assert_eq!(caller(&own).await, None);
}

async fn pings_are_kept_for_a_month(store: &dyn Store) {
    for seconds in 0..3 {
        store.ping_open(pinged(seconds)).await.unwrap();
    }
    let month = PINGS_KEPT.as_secs();
    store.ping_open(pinged(month + 1)).await.unwrap();
    for (seconds, kept) in [(0, false), (1, false), (2, true)] {
        let found = store.ping_fetch(pinged(seconds).id).await.unwrap();
        assert_eq!(found.is_some(), kept, "{seconds}");
    }
}
