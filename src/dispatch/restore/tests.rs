use std::sync::Arc;

use super::*;
use crate::base::Fields;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Rng;
use crate::book;
use crate::book::Channel;
use crate::book::PauseCause;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::dispatch::take_up_pauses;
use crate::quota::Quota;
use crate::routing::Decision;
use crate::routing::Hold;
use crate::routing::Inquiry;
use crate::routing::Pick;
use crate::routing::Snapshot;
use crate::store::CallChange;
use crate::store::Conversions as _;
use crate::store::Credit;
use crate::store::Database;
use crate::store::Ledger as _;
use crate::store::NewPause;
use crate::store::Pauses as _;
use crate::store::ReturnedCall;
use crate::store::Sale;
use crate::store::Won;
use crate::store::sample::beat;
use crate::store::sample::bridged;
use crate::store::sample::by;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::node;
use crate::store::sample::second;
use crate::store::sample::update;
use crate::store::sample::usd;

const BOOK: &str = r#"
[[offer]]
id = "auto"
[[buyer]]
id = "bounded"
timezone = "America/New_York"
[[buyer]]
id = "paying"
timezone = "America/New_York"
prepaid = true
[[buyer]]
id = "choosy"
timezone = "America/New_York"
[[contract]]
id = "bounded"
buyer = "bounded"
offer = "auto"
priority = 1
price = { amount = "45.00", currency = "USD" }
caps = { budget = { month = { amount = "90.00", currency = "USD" } } }
destination = { sip = "sip:a@198.51.100.7" }
[[contract]]
id = "paying"
buyer = "paying"
offer = "auto"
priority = 2
price = { amount = "45.00", currency = "USD" }
destination = { sip = "sip:a@198.51.100.7" }
[[contract]]
id = "choosy"
buyer = "choosy"
offer = "auto"
priority = 3
price = { amount = "45.00", currency = "USD" }
duplicate = { fields = ["phone"], window = "1h" }
auto_pause = { unanswered = 3, window = "1h", pause = "1h" }
destination = { sip = "sip:a@198.51.100.7" }
"#;

/// A switch without SIP, and its database.
struct Node {
    dispatch: Dispatch,
    store: Arc<Database>,
    calls: u64,
}

impl Node {
    async fn start(home: &tempfile::TempDir, calls: u64) -> Self {
        let (book, faults) = book::parse("b", BOOK);
        let book = Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}")));
        let dispatch = Dispatch::new(Snapshot::compile(book, 1), Quota::memory());
        let store = Arc::new(Database::sqlite(&home.path().join("s.db")).unwrap());
        store.calls_close_open(&node(), second(calls * 10 + 5)).await.unwrap();
        restore(store.as_ref(), &dispatch, second(calls * 10)).await.unwrap();
        Self { dispatch, store, calls }
    }

    fn now(&self) -> Now {
        Now::at(second(self.calls * 10))
    }

    async fn decide(&self) -> Decision {
        let inquiry = Inquiry {
            offer: "auto".parse().unwrap(),
            channel: Channel::Call,
            source: None,
            caller: Some("+13055550123".parse().unwrap()),
            fields: Fields::default(),
        };
        let mut rng = Rng::seeded(self.calls);
        self.dispatch.decide(&self.dispatch.snapshot(), &inquiry, self.now(), &mut rng).await
    }

    async fn picks(&self) -> String {
        let decision = self.decide().await;
        let picks: Vec<String> = decision.picks().map(|p| p.contract.to_string()).collect();
        picks.join(" ")
    }

    /// Bridges one call to a contract; returns the hold and the change of the record.
    async fn bridge(&mut self, contract: &str) -> (Hold, CallChange) {
        let pick = |pick: &Pick| pick.contract.as_str() == contract;
        let pick = self.decide().await.picks().find(pick).unwrap();
        let hold = HoldId::new(self.now(), &mut Rng::seeded(self.calls + 1_000));
        let mut hold = self.dispatch.hold(&pick, hold, self.now()).await.unwrap();
        let committed = self.dispatch.settle(&mut hold, Settle::Commit, self.now()).await;
        assert_eq!(committed, Settled::Done);
        let sale = Some(Sale::of(&pick, hold.id, self.now().wall));
        let mut record = bridged(self.calls);
        let winner = record.winner.as_mut().unwrap();
        (winner.contract, winner.buyer) = (pick.contract, pick.buyer);
        self.calls += 1;
        let sales = Won::by(&record, sale);
        (hold, CallChange::of(record, Vec::new(), sales))
    }

    /// Bridges a call and ends it.
    async fn sell(&mut self, contract: &str, billable: bool) {
        let (mut hold, change) = self.bridge(contract).await;
        update(&*self.store, change.clone()).await.unwrap();
        let mut record = finished(self.calls - 1);
        record.winner = change.record.winner;
        record.billable = billable;
        if !billable {
            record.revenue = Some(usd("0.00"));
        }
        let ended = CallChange::of(record, Vec::new(), change.sales);
        finish(&*self.store, ended).await.unwrap();
        let how = if billable { Settle::End } else { Settle::Unbilled };
        assert_eq!(self.dispatch.settle(&mut hold, how, self.now()).await, Settled::Done);
    }

    async fn credit(&self, id: &str, amount: &str) {
        let (id, buyer) = (id.parse().unwrap(), "paying".parse().unwrap());
        let by = by("ann", self.now().wall);
        let credit = Credit { id, buyer, amount: usd(amount), note: String::new(), by };
        self.store.balance_credit(credit).await.unwrap();
    }

    fn balance(&self) -> i64 {
        self.dispatch.balance(&"paying".parse().unwrap()) / 1_000_000
    }
}

/// A restarted switch has the same picks and balance as before, after every call.
#[tokio::test]
async fn a_restarted_switch_stands_as_the_one_before() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home, 0).await;
    node.credit("a", "100.00").await;
    take_up_credits(node.store.as_ref(), &node.dispatch).await.unwrap();
    for (contract, billable, picks, balance) in [
        ("bounded", false, "bounded paying choosy", 100),
        ("bounded", true, "bounded paying choosy", 100),
        ("paying", false, "bounded paying choosy", 100),
        ("paying", true, "bounded paying choosy", 55),
        ("choosy", false, "bounded paying", 55),
        ("bounded", true, "paying", 55),
        ("paying", true, "", 10),
    ] {
        node.sell(contract, billable).await;
        assert_eq!((node.picks().await.as_str(), node.balance()), (picks, balance), "{contract}");
        let calls = node.calls;
        drop(node);
        node = Node::start(&home, calls).await;
        assert_eq!(
            (node.picks().await.as_str(), node.balance()),
            (picks, balance),
            "anew: {contract}"
        );
    }
    node.calls += 360;
    assert_eq!(node.picks().await, "choosy", "an hour later");
}

#[tokio::test]
async fn a_call_that_was_up_is_charged_for_as_long_as_it_lived() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home, 0).await;
    node.credit("a", "90.00").await;
    take_up_credits(node.store.as_ref(), &node.dispatch).await.unwrap();
    for alive in [20, 200] {
        let (_, change) = node.bridge("paying").await;
        let id = change.record.id;
        update(&*node.store, change).await.unwrap();
        beat(&*node.store, vec![id], second(alive)).await.unwrap();
    }
    assert_eq!(node.balance(), 0, "both are held");
    drop(node);
    let node = Node::start(&home, 100).await;
    assert_eq!(node.balance(), 45, "one of them was connected for its buffer");
}

#[tokio::test]
async fn entries_are_taken_up_once_and_charges_never() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home, 0).await;
    for (id, amount, balance) in [("a", "50.00", 50), ("a", "50.00", 50), ("b", "-1.00", 49)] {
        node.credit(id, amount).await;
        for _ in 0..2 {
            take_up_credits(node.store.as_ref(), &node.dispatch).await.unwrap();
            assert_eq!(node.balance(), balance);
        }
    }
    node.sell("paying", true).await;
    take_up_credits(node.store.as_ref(), &node.dispatch).await.unwrap();
    assert_eq!(node.balance(), 4, "the hold had taken the price");
    let by = by("ann", second(99));
    let returned = ReturnedCall { call: finished(0).id, note: String::new(), by };
    node.store.balance_return(returned).await.unwrap();
    take_up_credits(node.store.as_ref(), &node.dispatch).await.unwrap();
    assert_eq!(node.balance(), 49);
}

/// The budget of 90.00 is full after two calls. A report of less makes room at once, and after a
/// restart; the same report again changes nothing.
#[tokio::test]
async fn a_report_corrects_the_budgets_of_a_running_and_of_a_restarted_switch() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home, 0).await;
    for _ in 0..2 {
        let (mut hold, mut change) = node.bridge("bounded").await;
        let winner = change.record.winner.as_mut().unwrap();
        winner.conversion.by = crate::book::ConversionBy::Report;
        let seconds = node.calls - 1;
        let mut record = finished(seconds);
        (record.winner, record.billable) = (change.record.winner.clone(), false);
        record.revenue = Some(usd("0.00"));
        let change = CallChange::of(record, Vec::new(), change.sales);
        finish(&*node.store, change).await.unwrap();
        let ended = node.dispatch.settle(&mut hold, Settle::Unbilled, node.now()).await;
        assert_eq!(ended, Settled::Done);
    }
    assert!(node.picks().await.contains("bounded"), "nothing is owed yet");
    let sold = |amount: &str| crate::base::BuyerReport {
        sold: true,
        revenue: Some(usd(amount)),
        disposition: None,
        reference: None,
    };
    for (call, amount, has_room) in [
        (0, "45.00", true),
        (1, "45.00", false),
        (1, "45.00", false),
        (1, "44.00", false),
        (1, "0.00", true),
    ] {
        let sale = finished(call).attempts[0].id;
        node.store.sale_report(sale, sold(amount), second(500)).await.unwrap();
        for _ in 0..2 {
            take_up_credits(node.store.as_ref(), &node.dispatch).await.unwrap();
            assert_eq!(node.picks().await.contains("bounded"), has_room, "{call} {amount}");
        }
        let calls = node.calls;
        drop(node);
        node = Node::start(&home, calls).await;
        assert_eq!(node.picks().await.contains("bounded"), has_room, "{call} {amount} restarted");
    }
}

/// A prepaid balance pays for a report after the call, and gets it back.
#[tokio::test]
async fn a_report_charges_the_balance_of_a_running_and_of_a_restarted_switch() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home, 0).await;
    node.credit("a", "100.00").await;
    take_up_credits(node.store.as_ref(), &node.dispatch).await.unwrap();
    let (mut hold, change) = node.bridge("paying").await;
    let mut winner = change.record.winner.clone().unwrap();
    winner.conversion.by = crate::book::ConversionBy::Report;
    let mut record = finished(0);
    (record.winner, record.billable, record.revenue) = (Some(winner), false, Some(usd("0.00")));
    finish(&*node.store, CallChange::of(record, Vec::new(), change.sales)).await.unwrap();
    let ended = node.dispatch.settle(&mut hold, Settle::Unbilled, node.now()).await;
    assert_eq!(ended, Settled::Done);
    assert_eq!(node.balance(), 100);
    for (revenue, balance) in [("60.00", 40), ("60.00", 40), ("10.00", 90), ("0.00", 100)] {
        let report = crate::base::BuyerReport {
            sold: true,
            revenue: Some(usd(revenue)),
            disposition: None,
            reference: None,
        };
        let sale = finished(0).attempts[0].id;
        node.store.sale_report(sale, report, second(500)).await.unwrap();
        for _ in 0..2 {
            take_up_credits(node.store.as_ref(), &node.dispatch).await.unwrap();
            assert_eq!(node.balance(), balance, "{revenue}");
        }
        drop(node);
        node = Node::start(&home, 1).await;
        assert_eq!(node.balance(), balance, "{revenue} restarted");
    }
}

#[tokio::test]
async fn a_pause_survives_a_restart_and_ends_when_it_is_resumed() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(&home, 1).await;
    assert_eq!(node.picks().await, "bounded choosy");
    let choosy = || "choosy".parse().unwrap();
    let (because, since, until) = (PauseCause::Unanswered, second(10), second(3_610));
    let pause = NewPause { contract: choosy(), because, since, until };
    node.store.pause_begin(pause).await.unwrap();
    drop(node);
    let node = Node::start(&home, 2).await;
    assert_eq!(node.picks().await, "bounded");
    node.store.pause_resume(choosy(), by("ann", second(21))).await.unwrap().unwrap();
    assert_eq!(node.picks().await, "bounded", "another program resumed it");
    for _ in 0..2 {
        take_up_pauses(node.store.as_ref(), &node.dispatch).await.unwrap();
        assert_eq!(node.picks().await, "bounded choosy");
    }
    drop(node);
    assert_eq!(Node::start(&home, 3).await.picks().await, "bounded choosy");
    // A pause that is over has no effect.
    assert_eq!(Node::start(&home, 400).await.picks().await, "bounded choosy");
}
