//! A server on a loopback socket and a client that speaks plain HTTP/1.1 to it, for tests.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Books;
use super::Carriers;
use super::Flows;
use super::Kind;
use super::Metrics;
use super::Program;
use super::Readiness;
use super::Site;
use super::bind;
use super::connection::Bounded;
use super::serve::serve_on;
use crate::base::Diagnostic;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Place;
use crate::base::Rng;
use crate::book::Book;
use crate::book::Surroundings;
use crate::dispatch::CallBidders;
use crate::dispatch::CallConfirm;
use crate::dispatch::CallPing;
use crate::dispatch::Dispatch;
use crate::events::Events;
use crate::flow::Flow;
use crate::geo::DmaTable;
use crate::intake::Intake;
use crate::intake::Parts;
use crate::intake::Pinging;
use crate::intake::Poster;
use crate::intake::Posting;
use crate::lead::Reply;
use crate::lead::Rules;
use crate::lead::platform::Platforms;
use crate::library::Standing;
use crate::net::Clock;
use crate::proof::LiveLimits;
use crate::quota::Quota;
use crate::routing::Snapshot;
use crate::sale::BidReply;
use crate::sale::Confirmation;
use crate::sale::ConversionSecret;
use crate::store::Database;
use crate::store::Role;
use crate::store::Store;
use crate::store::sample::proven;
use crate::store::sample::second;
use crate::store::sample::token;
use crate::switch::Inquirer;
use crate::switch::Operator;
use crate::switch::Recordings;
use crate::switch::Shared;
use crate::switch::Webhooks;

/// A program without flows, with an imported table of market areas.
struct Desk {
    dispatch: Arc<Dispatch>,
    areas: Option<DmaTable>,
}

/// The table.
const AREAS: &str = "zip,dma_code,dma_name\n75201,623,Dallas\n";

impl Books for Desk {
    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { areas: self.areas.as_ref(), ..Surroundings::default() }
    }

    fn check(&self, book: &Book, shown: &str) -> Vec<Diagnostic> {
        match book.numbers.is_empty() {
            true => Vec::new(),
            false => vec![Diagnostic::error(shown, Place::START, "no flow here")],
        }
    }

    fn publish_book(&self, book: Book, version: u64) {
        self.dispatch.load(Snapshot::compile(Arc::new(book), version));
    }
}

impl Flows for Desk {
    fn live(&self) -> Vec<Arc<Flow>> {
        Vec::new()
    }

    fn standing(&self) -> Vec<Standing> {
        let faults = vec![Diagnostic::error("menu.xml", Place::START, "a fault")];
        vec![Standing { name: "menu".to_owned(), version: None, faults }]
    }

    fn failures(&self) -> usize {
        1
    }

    fn judge(&self, name: &str, text: &str) -> Vec<Diagnostic> {
        crate::flow::parse(&format!("{name}.xml"), text).1
    }
}

/// A server and the parts that it was started with.
pub(super) struct Server {
    pub(super) store: Arc<dyn Store>,
    pub(super) dispatch: Arc<Dispatch>,
    pub(super) events: Events,
    pub(super) shared: Arc<Shared>,
    pub(super) readiness: watch::Sender<Readiness>,
    pub(super) address: SocketAddr,
    shutdown: CancellationToken,
    served: JoinSet<io::Result<()>>,
    home: TempDir,
}

impl Server {
    /// Starts a server with an empty store. `bounded` sets the bounds of its listener.
    pub(super) async fn start(bounded: impl FnOnce(TcpListener) -> Bounded) -> Server {
        let home = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> =
            Arc::new(Database::sqlite(&home.path().join("strowger.db")).unwrap());
        let (readiness, watched) = watch::channel(Readiness::Ready);
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let empty = Snapshot::compile(Arc::new(Book::default()), 0);
        let dispatch = Arc::new(Dispatch::new(empty, Quota::memory()));
        let clock = Clock::new(|| Now::at(second(100)));
        let shared = Shared::deaf(clock.clone(), dispatch.clone(), store.clone());
        let journal = shared.records.journal.clone();
        let inquirer = Inquirer::new(HashMap::new(), shared.sounds.fetcher.clone());
        let public_url = "http://127.0.0.1".to_owned();
        let rng = Rng::seeded(1);
        let events = shared.events.clone();
        let shared = Arc::new(shared);
        let webhooks = Webhooks::new(shared.clone(), public_url.clone(), inquirer, rng);
        let webhooks = Arc::new(webhooks);
        let operator = Operator::new(shared.clone(), webhooks.clone());
        let carriers = Arc::new(Carriers {
            webhooks,
            public_url,
            proofs: Default::default(),
            forged: Default::default(),
        });
        let desk = Arc::new(Desk {
            dispatch: Arc::clone(&dispatch),
            areas: DmaTable::parse("areas.csv", AREAS).0,
        });
        let program = Program {
            conversions: ConversionSecret::new([7; 32]),
            carriers,
            store: Arc::clone(&store),
            journal,
            clock,
            books: desk.clone(),
            flows: desk,
            dispatch: Arc::clone(&dispatch),
            events: events.clone(),
            operator,
            intake: intake(&dispatch, &store),
            recordings: Recordings::at(home.path().join("recordings")),
        };
        let site = Site::new(program, watched, || {
            Metrics::default().family(Kind::Gauge, "of_the_program", "x").sample(&[], 42.0)
        });
        let mut served = JoinSet::new();
        served.spawn(serve_on(bounded(listener), site, shutdown.clone()));
        Server { store, dispatch, events, shared, readiness, address, shutdown, served, home }
    }

    /// Checks that records, ledger and counters agree.
    pub(super) fn verify(&self) {
        let found = proven(&self.home.path().join("strowger.db"), LiveLimits::none(), None);
        assert!(found.total() == 0, "{:#?}", found.listed());
    }

    /// Deletes every answer that is stored for an idempotency key, as if the program had been
    /// killed before it stored them.
    pub(super) fn lose_answers(&self) {
        let file = self.home.path().join("strowger.db");
        crate::store::sample::lose_answers(&file);
    }

    /// Returns the directory of recordings, which does not exist at the start.
    pub(super) fn recordings(&self) -> PathBuf {
        self.home.path().join("recordings")
    }

    /// Returns a header line with a new token of a role.
    pub(super) async fn token(&self, role: Role) -> String {
        let mut entropy = [0; 32];
        let whose = format!("{} {}", role.name(), role.scope().unwrap_or_default());
        entropy.iter_mut().zip(whose.bytes()).for_each(|(to, from)| *to = from);
        let secret = token(self.store.as_ref(), role, entropy, second(0)).await;
        format!("Authorization: Bearer {}\r\n", secret.reveal())
    }

    /// Sends one request without a body on its own connection. Every line of `headers` has its line
    /// end.
    pub(super) async fn ask(&self, request: &str, headers: &str) -> Answer {
        let mut client = self.connect().await;
        let head = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        client.send(&head).await;
        client.answer().await
    }

    /// Sends one request with a body on its own connection.
    pub(super) async fn tell(&self, request: &str, headers: &str, body: &str) -> Answer {
        let mut client = self.connect().await;
        let length = body.len();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\
             {headers}\r\n{body}"
        );
        client.send(&head).await;
        client.answer().await
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Client {
        Client { stream: TcpStream::connect(self.address).await.unwrap() }
    }

    /// Stops the server and waits until it has stopped.
    pub(super) async fn stop(&mut self) -> io::Result<()> {
        self.shutdown.cancel();
        self.served.join_next().await.unwrap().unwrap()
    }
}

/// A connection to the server.
pub(super) struct Client {
    stream: TcpStream,
}

impl Client {
    /// Sends text.
    pub(super) async fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).await.unwrap();
    }

    /// Sends text to a server that may already have closed the connection.
    pub(super) async fn try_send(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(text.as_bytes()).await
    }

    /// Reads one answer, with as many bytes of body as its `Content-Length` says.
    pub(super) async fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            bytes.push(self.stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(bytes).unwrap();
        let mut lines = head.trim_end().lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut answer = Answer { status, headers, body: String::new() };
        let is_endless = answer.header("content-type") == Some("text/event-stream");
        if answer.header("transfer-encoding") == Some("chunked") && !is_endless {
            answer.body = self.chunks().await;
            return answer;
        }
        // A stream of events has no length and no end.
        let length = answer.header("content-length").map_or(0, |text| text.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        // A file may be other bytes than text.
        answer.body = String::from_utf8_lossy(&body).into_owned();
        answer
    }

    /// Reads a body that is sent in chunks (RFC 9112 §7.1).
    async fn chunks(&mut self) -> String {
        let mut bytes = Vec::new();
        loop {
            let size = self.until("\r\n").await;
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            self.stream.read_exact(&mut chunk).await.unwrap();
            if size == 0 {
                // A file may be other bytes than text.
                return String::from_utf8_lossy(&bytes).into_owned();
            }
            bytes.extend_from_slice(&chunk[..size]);
        }
    }

    /// Reads until a text and returns everything up to and including it.
    pub(super) async fn until(&mut self, end: &str) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end.as_bytes()) {
            bytes.push(self.stream.read_u8().await.unwrap());
        }
        String::from_utf8(bytes).unwrap()
    }

    /// Reads until the server closes the connection, and returns the text.
    pub(super) async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        // A reset also closes the connection.
        let _ = self.stream.read_to_end(&mut bytes).await;
        String::from_utf8(bytes).unwrap()
    }
}

/// An answer of the server.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    /// Returns the first value of a header; `name` is in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON.
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Returns an intake whose buyers cannot be reached.
fn intake(dispatch: &Arc<Dispatch>, store: &Arc<dyn Store>) -> Intake {
    struct Nobody;
    impl Poster for Nobody {
        fn post(&self, _: Posting) -> Pin<Box<dyn Future<Output = Reply> + Send + '_>> {
            let reply = Reply::Lost { outcome: Outcome::Unreachable, status: None, reason: None };
            Box::pin(std::future::ready(reply))
        }

        fn ping(&self, _: Pinging) -> Pin<Box<dyn Future<Output = BidReply> + Send + '_>> {
            let reply = BidReply::Failed { reason: "nobody is there".to_owned() };
            Box::pin(std::future::ready(reply))
        }
    }
    impl CallBidders for Nobody {
        fn ask(&self, _: CallPing) -> Pin<Box<dyn Future<Output = BidReply> + Send + '_>> {
            let reply = BidReply::Failed { reason: "nobody is there".to_owned() };
            Box::pin(std::future::ready(reply))
        }

        fn confirm(
            &self,
            _: CallConfirm,
        ) -> Pin<Box<dyn Future<Output = Confirmation> + Send + '_>> {
            Box::pin(std::future::ready(Confirmation::Refused { reason: None }))
        }
    }
    Intake::new(Parts {
        node: "strowger-1".parse().unwrap(),
        store: store.clone(),
        dispatch: dispatch.clone(),
        clock: Clock::system(),
        poster: Arc::new(Nobody),
        bidders: Arc::new(Nobody),
        sip_host: None,
        rules: Rules { unknown_after: Duration::from_secs(60), park_max: Duration::from_secs(60) },
        leads_max: 8,
        answer_within: Duration::from_secs(5),
        ping_life: Duration::from_secs(60),
        platforms: Platforms::default(),
        drain: CancellationToken::new(),
        rng: Rng::seeded(5),
    })
}
