//! Leads with a database, the dispatch, and buyers who answer as the test says.

mod backtest;
mod pings;

use std::collections::HashMap;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::base::End;
use crate::base::Outcome;
use crate::base::Rng;
use crate::base::Wall;
use crate::book;
use crate::delivery::Offered;
use crate::dispatch::CallBidders;
use crate::dispatch::CallConfirm;
use crate::dispatch::CallPing;
use crate::dispatch::Dispatch;
use crate::dispatch::restore;
use crate::lead::LeadQuery;
use crate::lead::LeadRecord;
use crate::lead::LeadStatus;
use crate::lead::Reply;
use crate::lead::Rules;
use crate::lead::Settled;
use crate::lead::SettledAs;
use crate::lead::platform::Platforms;
use crate::net::Clock;
use crate::proof::LiveLimits;
use crate::quota::Quota;
use crate::routing::Snapshot;
use crate::sale::BidReply;
use crate::sale::Confirmation;
use crate::store::Addition;
use crate::store::Database;
use crate::store::Destination;
use crate::store::IdempotencyKey;
use crate::store::LEAD_KEY_KEPT;
use crate::store::LeadKey;
use crate::store::Leads as _;
use crate::store::Ledger as _;
use crate::store::Remark;
use crate::store::Suppressions as _;
use crate::store::sample::by;
use crate::store::sample::node;
use crate::store::sample::proven;
use crate::store::sample::second;

const BOOK: &str = r#"
[[source]]
id = "web"
payout = { share = "40%" }
[[offer]]
id = "o"
[[buyer]]
id = "a"
timezone = "UTC"
prepaid = true
[[buyer]]
id = "b"
timezone = "UTC"
[[contract]]
id = "a"
buyer = "a"
offer = "o"
priority = 1
channels = ["form"]
price = { amount = "10.00", currency = "USD" }
caps = { day = 2 }
delivery = { post = "https://a.example/" }
[[contract]]
id = "b"
buyer = "b"
offer = "o"
priority = 2
channels = ["form"]
price = { amount = "7.00", currency = "USD" }
delivery = { post = "https://b.example/" }
[[offer]]
id = "auction"
strategy = "auction"
auction = { window = "2s" }
[[contract]]
id = "x"
buyer = "a"
offer = "auction"
channels = ["form"]
price = { amount = "1.00", currency = "USD" }
delivery = { post = "https://a.example/", ping = "https://a.example/ping" }
[[contract]]
id = "y"
buyer = "b"
offer = "auction"
channels = ["form"]
price = { amount = "1.00", currency = "USD" }
delivery = { post = "https://b.example/", ping = "https://b.example/ping" }
[[buyer]]
id = "late"
timezone = "UTC"
[[contract]]
id = "z"
buyer = "late"
offer = "auction"
channels = ["form"]
price = { amount = "1.00", currency = "USD" }
delivery = { post = "https://c.example/", ping = "https://c.example/ping" }
"#;

/// A post that waits for its answer, and the record as the database has it at that time.
struct Posted {
    contract: String,
    stored: LeadRecord,
    answer: oneshot::Sender<Reply>,
}

/// A ping that waits for its answer.
struct Pinged {
    contract: String,
    answer: oneshot::Sender<BidReply>,
}

/// Buyers whose posts and pings come to the test.
struct Buyers {
    store: Arc<Database>,
    posts: mpsc::Sender<Posted>,
    pings: mpsc::Sender<Pinged>,
}

impl Poster for Buyers {
    fn post(&self, posting: Posting) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
        Box::pin(async move {
            let stored = self.store.lead_fetch(posting.lead.id).await.unwrap().unwrap();
            let (answer, answered) = oneshot::channel();
            let contract = posting.contract.to_string();
            self.posts.send(Posted { contract, stored, answer }).await.unwrap();
            let lost = Reply::Unknown { reason: "the test ended".to_owned() };
            answered.await.unwrap_or(lost)
        })
    }

    fn ping(&self, pinging: Pinging) -> Pin<Box<dyn Future<Output = BidReply> + Send + '_>> {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let contract = pinging.contract.to_string();
            self.pings.send(Pinged { contract, answer }).await.unwrap();
            let lost = BidReply::Failed { reason: "the test ended".to_owned() };
            answered.await.unwrap_or(lost)
        })
    }
}

/// No call is sold here.
struct NoCalls;

impl CallBidders for NoCalls {
    fn ask(&self, _: CallPing) -> Pin<Box<dyn Future<Output = BidReply> + Send + '_>> {
        let reply = BidReply::Failed { reason: "nobody is there".to_owned() };
        Box::pin(std::future::ready(reply))
    }

    fn confirm(&self, _: CallConfirm) -> Pin<Box<dyn Future<Output = Confirmation> + Send + '_>> {
        Box::pin(std::future::ready(Confirmation::Refused { reason: None }))
    }
}

/// A node.
struct Node {
    intake: Intake,
    dispatch: Arc<Dispatch>,
    store: Arc<Database>,
    posts: mpsc::Receiver<Posted>,
    pings: mpsc::Receiver<Pinged>,
}

impl Node {
    async fn start(home: &tempfile::TempDir) -> Self {
        Self::with(home, 8, Duration::from_secs(900)).await
    }

    async fn with(home: &tempfile::TempDir, leads_max: usize, unknown_after: Duration) -> Self {
        let store = Arc::new(Database::sqlite(&home.path().join("s.db")).unwrap());
        let (book, faults) = book::parse("b", BOOK);
        let book = Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}")));
        let dispatch = Dispatch::new(Snapshot::compile(book, 1), Quota::memory());
        let clock = Clock::system();
        restore(&*store, &dispatch, clock.now().wall).await.unwrap();
        let dispatch = Arc::new(dispatch);
        let (posts, received) = mpsc::channel(16);
        let (pings, pinged) = mpsc::channel(16);
        let intake = Intake::new(Parts {
            node: node(),
            store: store.clone(),
            dispatch: dispatch.clone(),
            clock,
            poster: Arc::new(Buyers { store: store.clone(), posts, pings }),
            bidders: Arc::new(NoCalls),
            sip_host: None,
            rules: Rules { unknown_after, park_max: Duration::from_secs(60) },
            leads_max,
            answer_within: Duration::from_secs(30),
            ping_life: Duration::from_secs(60),
            platforms: Platforms::default(),
            drain: CancellationToken::new(),
            rng: Rng::seeded(3),
        });
        intake.resume().await.unwrap();
        Self { intake, dispatch, store, posts: received, pings: pinged }
    }

    async fn credit(&self, amount: &str) {
        let amount = crate::store::sample::usd(amount);
        let by = crate::store::sample::by("ann", Wall::default());
        let (id, buyer) = ("c1".parse().unwrap(), "a".parse().unwrap());
        let note = String::new();
        let credit = crate::store::Credit { id, buyer, amount, note, by };
        self.store.balance_credit(credit).await.unwrap();
        self.dispatch.credit(&"a".parse().unwrap(), amount).await;
    }

    #[expect(clippy::disallowed_methods, reason = "the test awaits or forgets the task")]
    fn send(&self, phone: &str, key: Option<&str>) -> tokio::task::JoinHandle<Answer> {
        let (intake, wanted) = (self.intake.clone(), wanted(phone));
        let key = key.map(|key| LeadKey {
            client: "tok_000000000000".parse().unwrap(),
            key: key.parse::<IdempotencyKey>().unwrap(),
            digest: phone.to_owned(),
            kept: LEAD_KEY_KEPT,
        });
        tokio::spawn(async move { intake.receive(wanted, key).await })
    }

    async fn posted(&mut self) -> Posted {
        tokio::time::timeout(Duration::from_secs(60), self.posts.recv()).await.unwrap().unwrap()
    }

    async fn pinged(&mut self) -> Pinged {
        tokio::time::timeout(Duration::from_secs(60), self.pings.recv()).await.unwrap().unwrap()
    }

    /// Ends as a killed program does: its tasks are gone, what is stored stays.
    fn kill(self) {
        drop(self);
    }
}

/// Checks that records, ledger, counters and reports agree.
fn verify(home: &tempfile::TempDir) {
    let found = proven(&home.path().join("s.db"), LiveLimits::none(), None);
    assert!(found.total() == 0, "{:#?}", found.listed());
}

/// The lead goes to the bid that came within the window, and the late one is stored as such.
#[tokio::test]
async fn an_auction_takes_the_bids_of_its_window_and_stores_them_with_the_lead() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    node.credit("100.00").await;
    let wanted = WantedLead { offer: "auction".parse().unwrap(), ..wanted(ONE) };
    let intake = node.intake.clone();
    #[expect(clippy::disallowed_methods, reason = "the test awaits the task")]
    let sent = tokio::spawn(async move { intake.receive(wanted, None).await });
    let mut pings = HashMap::new();
    for _ in 0..3 {
        let pinged = node.pinged().await;
        pings.insert(pinged.contract, pinged.answer);
    }
    let offer = |amount: &str| {
        let bid = Offered::of(crate::store::sample::usd(amount));
        BidReply::Offered(Box::new(Offered { ping_id: Some(format!("p-{amount}")), ..bid }))
    };
    pings.remove("x").unwrap().send(offer("12.00")).unwrap();
    pings.remove("y").unwrap().send(offer("15.00")).unwrap();
    let first = node.posted().await;
    assert_eq!((first.contract.as_str(), first.stored.bids.len()), ("y", 3));
    assert_eq!(first.stored.ping_id(&"y".parse().unwrap()), Some("p-15.00"));
    pings.remove("z").unwrap().send(offer("99.00")).unwrap();
    first.answer.send(rejected()).unwrap();
    let second = node.posted().await;
    assert_eq!(second.contract, "x");
    second.answer.send(accepted()).unwrap();
    let sold = record(sent.await.unwrap());
    assert_eq!(sold.revenue.unwrap().amount(), "12.00");
    let stored = node.store.lead_fetch(sold.id).await.unwrap().unwrap();
    let results: Vec<_> =
        stored.bids.iter().map(|bid| format!("{}:{}", bid.contract, bid.result)).collect();
    assert_eq!(results, ["x:won", "y:rejected", "z:late"]);
    assert_eq!(node.dispatch.live(), 0);
    node.intake.stop().await;
    verify(&home);
}

type Answer = Result<Received, Refused>;

fn wanted(phone: &str) -> WantedLead {
    let values = vec![("phone".to_owned(), phone.to_owned())];
    WantedLead {
        offer: "o".parse().unwrap(),
        source: "web".parse().unwrap(),
        values,
        purpose: Purpose::Sale,
        browser: None,
    }
}

fn accepted() -> Reply {
    Reply::Accepted { status: Some(200), reference: None }
}

fn rejected() -> Reply {
    Reply::Lost { outcome: Outcome::Declined, status: Some(200), reason: None }
}

fn record(answer: Answer) -> LeadRecord {
    match answer.unwrap() {
        Received::Now(record) | Received::Before(record) => record,
    }
}

const ONE: &str = "+13055550101";
const TWO: &str = "+13055550102";

#[tokio::test]
async fn a_lead_is_stored_before_it_is_posted_and_sold_once_with_its_money() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    node.credit("100.00").await;
    let sent = node.send(ONE, None);
    let first = node.posted().await;
    assert_eq!((first.contract.as_str(), first.stored.status), ("a", LeadStatus::Delivering));
    assert_eq!(first.stored.attempts.len(), 1, "the attempt is stored before it is sent");
    first.answer.send(rejected()).unwrap();
    let second = node.posted().await;
    assert_eq!(second.contract, "b");
    second.answer.send(accepted()).unwrap();
    let sold = record(sent.await.unwrap());
    assert_eq!((sold.status, sold.sales[0].winner.buyer.as_str()), (LeadStatus::Sold, "b"));
    let stored = node.store.lead_fetch(sold.id).await.unwrap().unwrap();
    assert_eq!(stored, sold, "what the source is told is stored");
    assert_eq!(sold.payout.unwrap().amount(), "2.80");
    assert_eq!(node.dispatch.live(), 0);
    node.intake.stop().await;
    verify(&home);
}

#[tokio::test]
async fn a_prepaid_buyer_is_charged_once_and_its_cap_counts_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    node.credit("15.00").await;
    let sent = node.send(ONE, None);
    node.posted().await.answer.send(accepted()).unwrap();
    assert_eq!(record(sent.await.unwrap()).status, LeadStatus::Sold);
    let left = |dispatch: &Dispatch| dispatch.balance(&"a".parse().unwrap()) / 1_000_000;
    assert_eq!(left(&node.dispatch), 5);
    node.intake.stop().await;
    drop(node);
    let mut node = Node::start(&home).await;
    assert_eq!(left(&node.dispatch), 5);
    let sent = node.send(TWO, None);
    let next = node.posted().await;
    assert_eq!(next.contract, "b", "the balance does not cover the price");
    next.answer.send(accepted()).unwrap();
    sent.await.unwrap().unwrap();
    node.intake.stop().await;
    verify(&home);
}

/// The lead of a post in progress goes to nobody else after a kill; one that was only stored does.
#[test]
fn a_killed_program_loses_no_lead_and_sells_none_twice() {
    let home = tempfile::tempdir().unwrap();
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let first = runtime();
    let id = first.block_on(async {
        let mut node = Node::start(&home).await;
        node.credit("100.00").await;
        let _sent = node.send(ONE, None);
        let posted = node.posted().await;
        let id = posted.stored.id;
        std::mem::forget(posted.answer);
        node.kill();
        id
    });
    drop(first); // It waits until its tasks are gone, and with them their claim on the database.
    let second = runtime();
    second.block_on(async {
        let mut node = Node::start(&home).await;
        let mut shown = node.intake.own().live.find(id).unwrap();
        shown.wait_for(|record| record.status == LeadStatus::Unknown).await.unwrap();
        let stored = node.store.lead_fetch(id).await.unwrap().unwrap();
        assert_eq!(stored.status, LeadStatus::Unknown);
        assert_eq!(node.dispatch.live(), 1, "its units are held");
        let left = node.dispatch.balance(&"a".parse().unwrap()) / 1_000_000;
        assert_eq!(left, 90, "and its price");
        // A day's cap of two: one is held, one is left.
        for (phone, contract) in [(TWO, "a"), ("+13055550103", "b")] {
            let sent = node.send(phone, None);
            let posted = node.posted().await;
            assert_eq!(posted.contract, contract, "{phone}");
            posted.answer.send(accepted()).unwrap();
            sent.await.unwrap().unwrap();
        }
        node.intake.stop().await;
        verify(&home);
    });
}

#[tokio::test]
async fn an_unknown_post_counts_as_lost_in_the_end_and_the_next_buyer_gets_the_lead() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::with(&home, 8, Duration::from_millis(50)).await;
    node.credit("100.00").await;
    let sent = node.send(ONE, None);
    let first = node.posted().await;
    first.answer.send(Reply::Unknown { reason: "no answer".to_owned() }).unwrap();
    let told = record(sent.await.unwrap());
    assert_eq!(told.status.told(), "pending", "the source does not wait for it");
    let second = node.posted().await;
    assert_eq!(second.contract, "b");
    second.answer.send(accepted()).unwrap();
    node.intake.stop().await;
    let stored = node.store.lead_fetch(told.id).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.sales.len()), (LeadStatus::Sold, 1));
    verify(&home);
}

/// Whoever asks the buyer says what became of the post; the lead is sold once.
#[tokio::test]
async fn an_unknown_post_is_settled_by_whoever_asks_the_buyer() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    node.credit("100.00").await;
    let sent = node.send(ONE, None);
    let first = node.posted().await;
    first.answer.send(Reply::Unknown { reason: "no answer".to_owned() }).unwrap();
    let lead = record(sent.await.unwrap()).id;
    let says = |result| Settled { result, by: "user ann".to_owned() };
    let accepted = || says(SettledAs::Accepted { reference: Some("L-7".to_owned()) });
    let other = crate::base::AttemptId::new(crate::base::Now::default(), &mut Rng::seeded(9));
    let wrong = node.intake.settle(lead, Some(other), accepted()).await;
    assert_eq!(wrong, Err(Unsettled::NotUnknown));
    let sold = node.intake.settle(lead, None, accepted()).await.unwrap();
    assert_eq!((sold.status, sold.sales.len()), (LeadStatus::Sold, 1));
    assert_eq!(node.store.lead_fetch(lead).await.unwrap().unwrap(), sold, "it is stored");
    node.intake.stop().await;
    let again = node.intake.settle(lead, None, accepted()).await;
    assert_eq!(again, Err(Unsettled::NotUnknown), "it has ended");
    let unknown = crate::base::LeadId::new(crate::base::Now::default(), &mut Rng::seeded(5));
    assert_eq!(node.intake.settle(unknown, None, accepted()).await, Err(Unsettled::NoLead));
    verify(&home);
}

#[tokio::test]
async fn a_post_that_is_settled_as_rejected_frees_the_lead_for_the_next_buyer() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    node.credit("100.00").await;
    let sent = node.send(ONE, None);
    let first = node.posted().await;
    first.answer.send(Reply::Unknown { reason: "no answer".to_owned() }).unwrap();
    let lead = record(sent.await.unwrap()).id;
    let result = SettledAs::Rejected { reason: Some("never arrived".to_owned()) };
    let settled = Settled { result, by: "token ops".to_owned() };
    let told = node.intake.settle(lead, None, settled).await.unwrap();
    assert_eq!(told.status, LeadStatus::Delivering);
    let second = node.posted().await;
    assert_eq!(second.contract, "b");
    second.answer.send(self::accepted()).unwrap();
    node.intake.stop().await;
    let stored = node.store.lead_fetch(lead).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.sales.len()), (LeadStatus::Sold, 1));
    verify(&home);
}

#[tokio::test]
async fn the_same_request_sells_one_lead_and_another_with_its_key_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    let [first, second] = [node.send(ONE, Some("k1")), node.send(ONE, Some("k1"))];
    node.posted().await.answer.send(accepted()).unwrap();
    let [first, second] = [record(first.await.unwrap()), record(second.await.unwrap())];
    assert_eq!(first.id, second.id);
    let again = node.send(ONE, Some("k1")).await.unwrap().unwrap();
    assert!(matches!(again, Received::Before(record) if record.id == first.id));
    let other = node.send(TWO, Some("k1")).await.unwrap();
    assert!(matches!(other, Err(Refused::OtherRequest)), "{other:?}");
    assert!(node.posts.try_recv().is_err(), "one post");
    node.intake.stop().await;
    verify(&home);
}

/// What was taken before is sold; a ping is refused like a lead.
#[tokio::test]
async fn a_node_that_drains_sells_what_it_has_and_takes_no_more() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    let sent = node.send(ONE, None);
    let posted = node.posted().await;
    node.intake.own().drain.cancel();
    let late = node.send(TWO, None).await.unwrap();
    assert!(matches!(late, Err(Refused::Stopping)), "{late:?}");
    posted.answer.send(accepted()).unwrap();
    let Received::Now(record) = sent.await.unwrap().unwrap() else { panic!("sent once") };
    assert_eq!(record.status, LeadStatus::Sold);
    node.intake.stop().await;
}

#[tokio::test]
async fn a_lead_above_the_bound_and_one_after_the_stop_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::with(&home, 1, Duration::from_secs(900)).await;
    let sent = node.send(ONE, None);
    let posted = node.posted().await;
    let above = node.send(TWO, None).await.unwrap();
    assert!(matches!(above, Err(Refused::Full)), "{above:?}");
    posted.answer.send(accepted()).unwrap();
    sent.await.unwrap().unwrap();
    node.intake.stop().await;
    let late = node.send(TWO, None).await.unwrap();
    assert!(matches!(late, Err(Refused::Stopping)), "{late:?}");
}

/// What a lead that is not stored reserved is free at once, and no buyer gets it.
#[tokio::test]
async fn a_lead_that_cannot_be_stored_takes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::start(&home).await;
    node.credit("20.00").await;
    let full_disk = Connection::open(home.path().join("s.db")).unwrap();
    let fail =
        "CREATE TRIGGER fail BEFORE INSERT ON inquiry BEGIN SELECT RAISE(ABORT, 'full'); END";
    full_disk.execute_batch(fail).unwrap();
    for _ in 0..3 {
        let refused = node.send(ONE, None).await.unwrap();
        assert!(matches!(refused, Err(Refused::Store(_))), "{refused:?}");
    }
    full_disk.execute_batch("DROP TRIGGER fail").unwrap();
    // Contract `a` takes two leads a day, and its buyer can pay for two.
    for phone in [ONE, TWO] {
        let sent = node.send(phone, None);
        let posted = node.posted().await;
        assert_eq!(posted.contract, "a");
        posted.answer.send(accepted()).unwrap();
        assert_eq!(record(sent.await.unwrap()).status, LeadStatus::Sold);
    }
    node.intake.stop().await;
    verify(&home);
}

/// Leads that share a cap never exceed it, however many come at once.
#[tokio::test]
async fn many_leads_at_once_stay_within_the_cap() {
    let home = tempfile::tempdir().unwrap();
    let mut node = Node::with(&home, 64, Duration::from_secs(900)).await;
    node.credit("1000.00").await;
    let phones: Vec<String> = (10..50).map(|n| format!("+130555501{n}")).collect();
    let mut sent: VecDeque<_> = phones.iter().map(|phone| node.send(phone, None)).collect();
    let mut sold: HashMap<String, u32> = HashMap::new();
    for _ in 0..phones.len() {
        let posted = node.posted().await;
        *sold.entry(posted.contract).or_default() += 1;
        posted.answer.send(accepted()).unwrap();
    }
    while let Some(one) = sent.pop_front() {
        assert_eq!(record(one.await.unwrap()).status, LeadStatus::Sold);
    }
    assert_eq!((sold["a"], sold["b"]), (2, 38));
    node.intake.stop().await;
    verify(&home);
}

/// Unlike a caller, the person did not call: a lead that cannot be looked up is not taken.
#[tokio::test]
async fn a_lead_is_not_taken_while_the_suppression_lists_cannot_be_read() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::start(&home).await;
    let addition = Addition {
        to: Destination { list: "dnc".parse().unwrap(), applies: None },
        contacts: vec![TWO.parse().unwrap()],
        remark: Remark::default(),
        by: by("ann", second(0)),
    };
    node.store.suppression_add(addition).await.unwrap().unwrap();
    let listed = record(node.send(TWO, None).await.unwrap());
    assert_eq!(listed.reason, Some(End::SuppressedLead));
    drop(node);
    std::fs::remove_file(home.path().join("s.db-suppression.key")).unwrap();
    let node = Node::start(&home).await;
    let refused = node.send(ONE, None).await.unwrap();
    assert!(matches!(refused, Err(Refused::Unscreened)), "{refused:?}");
    let all = node.store.lead_list(LeadQuery::default(), None, 10).await.unwrap();
    assert_eq!(all.items, [listed]);
    node.intake.stop().await;
    verify(&home);
}
