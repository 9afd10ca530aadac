//! Posts to simulated buyers over real sockets: repetitions, breakers, tokens.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use super::*;
use crate::base::AttemptId;
use crate::base::Fields;
use crate::base::LeadId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Origin;
use crate::base::Outcome;
use crate::base::Reach;
use crate::base::Rng;
use crate::base::Skip;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Channel;
use crate::book::Surroundings;
use crate::book::parse_with;
use crate::config::Settings;
use crate::demo::lead_buyers::LeadBuyers;
use crate::dispatch::Dispatch;
use crate::lead::Lead;
use crate::lead::LeadRecord;
use crate::lead::Reply;
use crate::lead::UnknownNames;
use crate::net::Clock;
use crate::outbox::Links;
use crate::quota::Quota;
use crate::routing::Decision;
use crate::routing::Snapshot;
use crate::sale::ConversionSecret;
use crate::score::Scorer;
use crate::store::sample::second;

/// Posts, and the decisions that they change, in simulated time.
struct Bench {
    buyers: Buyers,
    dispatch: Arc<Dispatch>,
    book: Arc<Book>,
    now: Arc<Mutex<Duration>>,
    rng: Rng,
}

impl Bench {
    /// Starts with contracts whose deliveries have these keys, each named by its place.
    fn new(deliveries: &[String]) -> Self {
        let mut text = "[[source]]\nid = \"web\"\n[[offer]]\nid = \"o\"\n".to_owned();
        for (place, keys) in deliveries.iter().enumerate() {
            text += &format!(
                "[[buyer]]\nid = \"b{place}\"\ntimezone = \"UTC\"\n[[contract]]\nid = \"c{place}\"\n\
                 buyer = \"b{place}\"\noffer = \"o\"\npriority = {place}\nchannels = [\"form\"]\n\
                 price = {{ amount = \"10.00\", currency = \"USD\" }}\ndelivery = {{ {keys} }}\n"
            );
        }
        let beside = Surroundings { areas: None, reach: Reach::Anywhere };
        let (book, faults) = parse_with("b", &text, beside);
        let book = Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}")));
        let snapshot = Snapshot::compile(book.clone(), 1);
        let dispatch = Arc::new(Dispatch::new(snapshot, Quota::memory()));
        let now = Arc::<Mutex<Duration>>::default();
        let read = now.clone();
        let clock = Clock::new(move || {
            let elapsed = *read.lock().unwrap();
            Now { mono: Mono::default() + elapsed, wall: second(0) + elapsed }
        });
        let buyers = Buyers::new(BuyersParts {
            reach: Reach::Anywhere,
            links: Links::new("https://x.example/", ConversionSecret::new([7; 32])),
            secrets: Arc::new(Settings::default().secrets),
            mailer: None,
            dispatch: dispatch.clone(),
            clock,
        });
        Self { buyers, dispatch, book, now, rng: Rng::seeded(1) }
    }

    fn now(&self) -> Now {
        let elapsed = *self.now.lock().unwrap();
        Now { mono: Mono::default() + elapsed, wall: second(0) + elapsed }
    }

    fn pass(&self, seconds: u64) {
        *self.now.lock().unwrap() += Duration::from_secs(seconds);
    }

    fn lead(&mut self) -> LeadRecord {
        let now = self.now();
        let mut fields = Fields::default();
        fields.set("phone".parse().unwrap(), "+13055550123", Origin::Form);
        let scored =
            Scorer::default().score(Channel::Form, &fields, None, None, &[], Wall::default());
        LeadRecord::of(&Lead {
            id: LeadId::new(now, &mut self.rng),
            offer: "o".parse().unwrap(),
            source: "web".parse().unwrap(),
            fields,
            unknown: UnknownNames::default(),
            at: now.wall,
            book_version: 1,
            scored,
            earlier: None,
            ping: None,
        })
    }

    async fn post(&mut self, contract: &str) -> Reply {
        let lead = self.lead();
        let posting = Posting {
            book: self.book.clone(),
            contract: contract.parse().unwrap(),
            attempt: AttemptId::new(self.now(), &mut self.rng),
            price: self.book.contract(&contract.parse().unwrap()).unwrap().price,
            at: self.now().wall,
            lead,
        };
        self.buyers.post(posting).await
    }

    async fn decision(&mut self) -> Decision {
        let inquiry = self.lead().inquiry();
        let snapshot = self.dispatch.snapshot();
        self.dispatch.preview(&snapshot, &inquiry, self.now()).await
    }

    /// Returns the contracts that may take a lead, in order, and those whose buyer is down.
    async fn routed(&mut self) -> (Vec<String>, Vec<String>) {
        let decision = self.decision().await;
        let picks = decision.picks().map(|pick| pick.contract.to_string()).collect();
        let down = decision.passed_over().filter(|passed| passed.reason == Skip::BuyerDown);
        (picks, down.map(|passed| passed.contract.to_string()).collect())
    }
}

fn lost(reply: &Reply) -> Option<(Outcome, &str)> {
    match reply {
        Reply::Lost { outcome, reason, .. } => Some((*outcome, reason.as_deref().unwrap_or(""))),
        Reply::Accepted { .. } | Reply::Unknown { .. } => None,
    }
}

#[tokio::test]
async fn a_post_is_sent_again_only_if_the_buyer_took_nothing() {
    let buyers = LeadBuyers::start().await.unwrap();
    let cases = [
        ("status-503+accepts", 2, "accepted"),
        ("status-429+accepts", 2, "accepted"),
        ("pause-1+accepts", 2, "accepted"),
        ("pause-60+accepts", 1, "lost"),
        ("status-429", 3, "lost"),
        ("status-429+duplicate", 2, "lost"),
        ("status-503", 3, "unknown"),
        // The server may have stood in front of one that took the lead.
        ("status-503+duplicate", 2, "unknown"),
        ("status-500+accepts", 1, "unknown"),
        ("garbage+accepts", 1, "unknown"),
        ("hangs+accepts", 1, "unknown"),
        ("rejects+accepts", 1, "lost"),
    ];
    for (manners, times, expected) in cases {
        let path = format!("/generic/{manners}/post");
        // Each with breakers of its own.
        let keys = format!("post = \"{}\", timeout = \"3s\"", buyers.url(&path));
        let mut bench = Bench::new(&[keys]);
        let reply = bench.post("c0").await;
        let found = match &reply {
            Reply::Accepted { .. } => "accepted",
            Reply::Lost { .. } => "lost",
            Reply::Unknown { .. } => "unknown",
        };
        assert_eq!(found, expected, "{manners}: {reply:?}");
        assert_eq!(buyers.received(&path).len(), times, "{manners}: {reply:?}");
    }
}

#[tokio::test]
async fn a_buyer_without_a_connection_is_tried_three_times_and_got_nothing() {
    let buyers = LeadBuyers::start().await.unwrap();
    let gone = buyers.url("/generic/accepts/post");
    drop(buyers);
    let mut bench = Bench::new(&[format!("post = \"{gone}\"")]);
    let reply = bench.post("c0").await;
    let Some((Outcome::Unreachable, reason)) = lost(&reply) else { panic!("{reply:?}") };
    assert!(reason.ends_with("(sent 3 times)"), "{reason}");
}

/// Five failures open the breaker of a server: all contracts that post there are passed over, those
/// of other servers are not, and one answered probe closes it.
#[tokio::test]
async fn a_server_that_is_down_is_passed_over_until_one_probe_is_answered() {
    let (down, alive) = (LeadBuyers::start().await.unwrap(), LeadBuyers::start().await.unwrap());
    let fails = "/generic/status-500+status-500+status-500+status-500+status-500+status-500\
                 +accepts/post";
    let deliveries =
        [down.url(fails), down.url("/generic/accepts/post"), alive.url("/generic/accepts/post")];
    let mut bench = Bench::new(&deliveries.map(|url| format!("post = \"{url}\"")));
    for round in 0..5 {
        assert_eq!(bench.routed().await.1, [""; 0], "{round}");
        assert!(matches!(bench.post("c0").await, Reply::Unknown { .. }), "{round}");
    }
    let passed = (vec!["c2".to_owned()], vec!["c0".to_owned(), "c1".to_owned()]);
    assert_eq!(bench.routed().await, passed);
    assert_eq!(bench.buyers.down(), 1);
    let refused = bench.post("c1").await;
    assert_eq!(lost(&refused), Some((Outcome::Unreachable, "the buyer's server is down")));
    assert_eq!(down.received("/generic/accepts/post"), [], "nothing is posted there");
    let decision = bench.decision().await;
    let explained: Vec<String> =
        decision.passed_over().map(|passed| format!("{passed:?}")).collect();
    assert!(explained[0].contains("BuyerDown"), "{explained:?}");

    bench.pass(29);
    assert_eq!(bench.routed().await, passed);
    bench.pass(1);
    assert_eq!(bench.routed().await.1, [""; 0], "a probe is due");
    assert!(matches!(bench.post("c0").await, Reply::Unknown { .. }), "the probe fails");
    assert_eq!(down.received(fails).len(), 6);
    bench.pass(59);
    assert_eq!(bench.routed().await, passed, "the pause has doubled");
    bench.pass(1);
    assert!(matches!(bench.post("c0").await, Reply::Accepted { .. }), "the probe is answered");
    let all = ["c0", "c1", "c2"].map(str::to_owned).to_vec();
    assert_eq!(bench.routed().await, (all, Vec::new()));
    assert_eq!(bench.buyers.down(), 0);
    assert!(matches!(bench.post("c1").await, Reply::Accepted { .. }));
}

/// While the probe is awaited, other leads pass the server over.
#[tokio::test]
async fn one_probe_at_a_time_is_let_through() {
    let buyers = LeadBuyers::start().await.unwrap();
    let path = "/generic/status-500+status-500+status-500+status-500+status-500+hangs/post";
    let keys = format!("post = \"{}\", timeout = \"1s\"", buyers.url(path));
    let mut bench = Bench::new(&[keys]);
    for _ in 0..5 {
        bench.post("c0").await;
    }
    bench.pass(30);
    let lead = bench.lead();
    let posting = Posting {
        book: bench.book.clone(),
        contract: "c0".parse().unwrap(),
        attempt: AttemptId::new(bench.now(), &mut bench.rng),
        price: bench.book.contracts[0].price,
        at: bench.now().wall,
        lead,
    };
    let meanwhile = async {
        buyers.wait(path, 6).await;
        posting.clone()
    };
    let probe = bench.buyers.post(posting.clone());
    let (first, second) = tokio::join!(probe, async {
        let second = meanwhile.await;
        bench.buyers.post(second).await
    });
    assert!(matches!(first, Reply::Unknown { .. }), "{first:?}");
    assert_eq!(lost(&second), Some((Outcome::Unreachable, "the buyer's server is down")));
    assert_eq!(buyers.received(path).len(), 6);
    assert_eq!(bench.routed().await.1, ["c0"], "the failed probe opened it again");
}

#[tokio::test]
async fn a_token_is_kept_and_renewed_once_when_it_is_refused() {
    let buyers = LeadBuyers::start().await.unwrap();
    let token = "/generic/issues-T1+issues-T2/token";
    let (good, never) = ("/generic/needs-T2/post", "/generic/needs-T9/post");
    let keys = |path: &str| {
        format!(
            "post = \"{}\", auth = {{ token_url = \"{}\", client_id = \"us\", client_secret = \
             \"pass\" }}",
            buyers.url(path),
            buyers.url(token)
        )
    };
    let mut bench = Bench::new(&[keys(good), keys(never)]);
    assert!(matches!(bench.post("c0").await, Reply::Accepted { .. }));
    let sent: Vec<String> =
        buyers.received(good).into_iter().map(|own| own.authorization).collect();
    assert_eq!(sent, ["Bearer T1", "Bearer T2"]);
    assert_eq!(buyers.received(token).len(), 2);
    assert!(matches!(bench.post("c0").await, Reply::Accepted { .. }));
    assert_eq!((buyers.received(good).len(), buyers.received(token).len()), (3, 2), "it is kept");
    let reply = bench.post("c1").await;
    let refused = (Outcome::Failed, "the answer has status 401");
    assert_eq!(lost(&reply), Some(refused));
    assert_eq!(buyers.received(never).len(), 2, "a renewed token that is refused is an answer");
}

#[tokio::test]
async fn without_a_token_nothing_is_posted() {
    let buyers = LeadBuyers::start().await.unwrap();
    let (path, token) = ("/generic/accepts/post", "/generic/status-400/token");
    let keys = format!(
        "post = \"{}\", auth = {{ token_url = \"{}\", client_id = \"us\", client_secret = \"p\" }}",
        buyers.url(path),
        buyers.url(token)
    );
    let mut bench = Bench::new(&[keys]);
    let reply = bench.post("c0").await;
    let expected = (Outcome::Unreachable, "no token: the answer has status 400");
    assert_eq!(lost(&reply), Some(expected));
    assert_eq!(buyers.received(path), []);
}
