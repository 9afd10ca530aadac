//! Auctions of form leads: the time that the switch adds to the slowest bid that counts, with 30
//! bidders over HTTP in the same process. It is the time from the arrival of a lead to the first
//! ping at a bidder, and from the last bid to the lead's result, which includes a post to the
//! winner.
//!
//! `cargo bench --bench auction` takes about half a minute.
#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made stops")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use strowger::base::Reach;
use strowger::base::Rng;
use strowger::base::SecretName;
use strowger::book::Surroundings;
use strowger::book::parse_with;
use strowger::delivery::Secrets;
use strowger::dispatch::Dispatch;
use strowger::intake::Buyers;
use strowger::intake::BuyersParts;
use strowger::intake::Intake;
use strowger::intake::Parts;
use strowger::intake::Purpose;
use strowger::intake::Received;
use strowger::intake::WantedLead;
use strowger::lead::LeadStatus;
use strowger::lead::Rules;
use strowger::lead::platform::Platforms;
use strowger::net::Clock;
use strowger::outbox::Links;
use strowger::quota::Quota;
use strowger::routing::Snapshot;
use strowger::sale::ConversionSecret;
use strowger::store::Database;
use tokio::io::AsyncBufReadExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::BufReader;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

const BIDDERS: u64 = 30;
/// Leads before the measurement starts.
const WARM: usize = 20;
const LEADS: usize = 200;

/// Settings without secrets.
struct Nothing;

impl Secrets for Nothing {
    fn secret(&self, _name: &SecretName) -> Option<&str> {
        None
    }
}

/// First ping and last bid of each lead.
type Seen = Arc<Mutex<HashMap<String, (Instant, Instant)>>>;

#[tokio::main]
async fn main() {
    println!("| leads at once | p50 ms | p99 ms | max ms |");
    println!("|---|---|---|---|");
    for at_once in [1, 8] {
        measure(at_once).await;
    }
}

async fn measure(at_once: usize) {
    let seen = Seen::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = JoinSet::new();
    server.spawn(serve(listener, seen.clone()));
    let home = tempfile::tempdir().unwrap();
    let intake = intake(&home.path().join("s.db"), address);
    run(&intake, &seen, WARM, at_once).await;
    let mut times = run(&intake, &seen, LEADS, at_once).await;
    times.sort();
    let millis = |at: usize| times[at.min(times.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "| {at_once} | {:.2} | {:.2} | {:.2} |",
        millis(times.len() / 2),
        millis(times.len() * 99 / 100),
        millis(times.len())
    );
    intake.stop().await;
}

fn intake(path: &std::path::Path, address: SocketAddr) -> Intake {
    let store = Arc::new(Database::sqlite(path).unwrap());
    let mut text = "[[source]]\nid = \"web\"\n[[offer]]\nid = \"o\"\nstrategy = \"auction\"\n\
                    auction = { window = \"2s\" }\n"
        .to_owned();
    for n in 0..BIDDERS {
        text += &format!(
            "[[buyer]]\nid = \"b{n}\"\ntimezone = \"UTC\"\n[[contract]]\nid = \"c{n}\"\n\
             buyer = \"b{n}\"\noffer = \"o\"\nchannels = [\"form\"]\n\
             price = {{ amount = \"1.00\", currency = \"USD\" }}\n[contract.delivery]\n\
             post = \"http://{address}/post\"\n[contract.delivery.ping]\n\
             url = \"http://{address}/ping/{n}\"\nfields = {{ id = \"{{lead_id}}\" }}\n"
        );
    }
    let beside = Surroundings { reach: Reach::Anywhere, ..Surroundings::default() };
    let (book, faults) = parse_with("b", &text, beside);
    let book = Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}")));
    let dispatch = Arc::new(Dispatch::new(Snapshot::compile(book, 1), Quota::memory()));
    let clock = Clock::system();
    let buyers = Arc::new(Buyers::new(BuyersParts {
        reach: Reach::Anywhere,
        links: Links::new("http://127.0.0.1", ConversionSecret::new([7; 32])),
        secrets: Arc::new(Nothing),
        mailer: None,
        dispatch: dispatch.clone(),
        clock: clock.clone(),
    }));
    Intake::new(Parts {
        node: "bench".parse().unwrap(),
        store,
        dispatch,
        clock,
        bidders: buyers.clone(),
        sip_host: None,
        poster: buyers,
        rules: Rules { unknown_after: Duration::from_secs(60), park_max: Duration::from_secs(60) },
        leads_max: 1_000,
        answer_within: Duration::from_secs(10),
        ping_life: Duration::from_secs(60),
        platforms: Platforms::default(),
        drain: CancellationToken::new(),
        rng: Rng::seeded(7),
    })
}

/// Sends leads, `at_once` of them concurrently. Returns what the switch added to each.
async fn run(intake: &Intake, seen: &Seen, leads: usize, at_once: usize) -> Vec<Duration> {
    let (mut sent, mut times) = (JoinSet::new(), Vec::new());
    for _ in 0..leads {
        if sent.len() >= at_once {
            times.extend(sent.join_next().await.map(Result::unwrap));
        }
        let (intake, seen) = (intake.clone(), seen.clone());
        sent.spawn(async move {
            let values = vec![("zip".to_owned(), "90210".to_owned())];
            let (offer, source) = ("o".parse().unwrap(), "web".parse().unwrap());
            let begun = Instant::now();
            let purpose = Purpose::Sale;
            let wanted = WantedLead { offer, source, values, purpose, browser: None };
            let sold = intake.receive(wanted, None).await.unwrap();
            let ended = Instant::now();
            let (Received::Now(record) | Received::Before(record)) = sold;
            assert_eq!(record.status, LeadStatus::Sold);
            let (first, last) = seen.lock().unwrap().remove(&record.id.to_string()).unwrap();
            (first - begun) + (ended - last)
        });
    }
    while let Some(done) = sent.join_next().await {
        times.push(done.unwrap());
    }
    times
}

async fn serve(listener: TcpListener, seen: Seen) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(answer(stream, seen.clone()));
    }
}

/// Answers the requests of one connection: bidder `n` bids after `n` milliseconds.
async fn answer(stream: TcpStream, seen: Seen) {
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    while let Some((path, body)) = read(&mut stream).await {
        let answer = match path.strip_prefix("/ping/") {
            Some(bidder) => {
                let came = Instant::now();
                let id = body.split('"').nth(3).unwrap().to_owned();
                seen.lock().unwrap().entry(id.clone()).or_insert((came, came));
                let bidder: u64 = bidder.parse().unwrap();
                sleep(Duration::from_millis(bidder)).await;
                if let Some((_, last)) = seen.lock().unwrap().get_mut(&id) {
                    *last = Instant::now().max(*last);
                }
                format!("{{\"ping_id\":\"p\",\"price\":\"{}.50\"}}", bidder + 1)
            }
            None => "{\"status\":\"accepted\"}".to_owned(),
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json";
        let text = format!("{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
        stream.get_mut().write_all(text.as_bytes()).await.unwrap();
    }
}

/// Reads a request: its path and body. `None` at the end of the connection.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<(String, String)> {
    let (mut line, mut path, mut length) = (String::new(), String::new(), 0);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if path.is_empty() {
            path = line.split(' ').nth(1)?.to_owned();
        } else if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((path, String::from_utf8(body).ok()?))
}
