//! Deliveries to a real HTTP receiver that fails in every way, in simulated time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::*;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Reach;
use crate::base::Rng;
use crate::book::Surroundings;
use crate::book::parse_with;
use crate::config::Settings;
use crate::dispatch::Dispatch;
use crate::intake::Buyers;
use crate::intake::BuyersParts;
use crate::net::Clock;
use crate::net::Fetcher;
use crate::net::Mailer;
use crate::outbox::Key;
use crate::outbox::Links;
use crate::outbox::Recipients;
use crate::quota::Quota;
use crate::routing::Snapshot;
use crate::sale::ConversionSecret;
use crate::store::Database;
use crate::store::Resend;
use crate::store::Store;
use crate::store::sample::by;
use crate::store::sample::finish;
use crate::store::sample::finished;
use crate::store::sample::second;

mod later;

/// How a receiver answers a request.
#[derive(Debug, Clone, Copy)]
enum Answer {
    /// A status and further headers.
    Status(u16, &'static str),
    /// The connection is reset without an answer.
    Reset,
    /// No answer.
    Silent,
    /// A status, and a body that never ends; the flag says whether it flows.
    Endless(u16, bool),
}

const OK: Answer = Answer::Status(200, "");

/// A request as the receiver got it.
#[derive(Debug, Clone)]
struct Got {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }
}

/// An HTTP server that answers by a list, and with 200 when that is used up.
#[derive(Clone)]
struct Receiver {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    async fn start(tasks: &mut JoinSet<()>, answers: &[Answer]) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let own = Self {
            answers: Arc::new(Mutex::new(answers.iter().copied().collect())),
            got: Arc::default(),
        };
        let receiver = own.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(receiver.clone().serve(stream));
            }
        });
        (own, url)
    }

    async fn serve(self, mut stream: TcpStream) {
        while let Some(got) = request(&mut stream).await {
            self.got.lock().unwrap().push(got);
            let answer = self.answers.lock().unwrap().pop_front().unwrap_or(OK);
            let head = |status: u16, headers: &str| format!("HTTP/1.1 {status} X\r\n{headers}\r\n");
            match answer {
                Answer::Status(status, headers) => {
                    let head = head(status, &format!("{headers}content-length: 2\r\n"));
                    let text = format!("{head}ok");
                    if stream.write_all(text.as_bytes()).await.is_err() {
                        return;
                    }
                }
                Answer::Reset => {
                    drop(stream.set_zero_linger());
                    return;
                }
                Answer::Silent => std::future::pending().await,
                Answer::Endless(status, flows) => {
                    drop(stream.write_all(head(status, "").as_bytes()).await);
                    while flows && stream.write_all(&[b'x'; 4_096]).await.is_ok() {}
                    std::future::pending().await
                }
            }
        }
    }

    fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }
}

/// Reads one request; `None` at the end of the connection.
async fn request(stream: &mut TcpStream) -> Option<Got> {
    let mut text = String::new();
    let mut byte = [0; 1];
    while !text.ends_with("\r\n\r\n") {
        stream.read_exact(&mut byte).await.ok()?;
        text.push(char::from(byte[0]));
    }
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(Got { line, headers, body: String::from_utf8(body).unwrap() })
}

/// A deliverer with a database and simulated time.
struct Desk {
    store: Arc<dyn Store>,
    deliverer: Deliverer,
    attempts: JoinSet<crate::outbox::Sent>,
    now: Arc<Mutex<Duration>>,
    figures: Arc<Figures>,
    home: TempDir,
}

/// Start of simulated time: after every call of the tests.
const START: u64 = 1_000;

impl Desk {
    fn new(book: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self::within(home, book, Duration::ZERO)
    }

    fn within(home: TempDir, book: &str, elapsed: Duration) -> Self {
        Self::set_up(home, book, elapsed, &Settings::default())
    }

    fn set_up(home: TempDir, book: &str, elapsed: Duration, settings: &Settings) -> Self {
        let path = home.path().join("strowger.db");
        let store: Arc<dyn Store> = Arc::new(Database::sqlite(&path).unwrap());
        let beside = Surroundings { areas: None, reach: Reach::Anywhere };
        let (book, faults) = parse_with("b", book, beside);
        let book = Arc::new(book.unwrap_or_else(|| panic!("{faults:#?}")));
        let snapshot = Snapshot::compile(book, 1);
        let dispatch = Arc::new(Dispatch::new(snapshot, Quota::memory()));
        let now = Arc::new(Mutex::new(elapsed));
        let read = now.clone();
        let clock = Clock::new(move || {
            let elapsed = *read.lock().unwrap();
            Now { mono: Mono::default() + elapsed, wall: second(START) + elapsed }
        });
        let figures = Arc::<Figures>::default();
        let links = Links::new("https://x.example/", ConversionSecret::new([7; 32]));
        let sender = Arc::new(Sender {
            store: store.clone(),
            fetcher: Fetcher::new(Reach::Anywhere),
            mailer: None,
            buyers: Arc::new(Buyers::new(BuyersParts {
                reach: Reach::Anywhere,
                links: links.clone(),
                secrets: Arc::new(settings.secrets.clone()),
                mailer: settings.smtp.as_ref().map(|smtp| Mailer::new(smtp).unwrap()),
                dispatch: dispatch.clone(),
                clock: clock.clone(),
            })),
            clock,
            keys: Keys::default(),
            links,
            attempt_max: Duration::from_millis(300),
        });
        let deliverer = Deliverer::new(sender, dispatch, Rng::seeded(1), figures.clone());
        Self { store, deliverer, attempts: JoinSet::new(), now, figures, home }
    }

    fn elapsed(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    /// Makes every attempt that can be made now, and waits for its end. Returns how long nothing
    /// more can be done.
    async fn work(&mut self) -> Duration {
        loop {
            let pause = self.deliverer.work(&mut self.attempts).await.unwrap();
            match self.attempts.join_next_with_id().await {
                Some(ended) => self.deliverer.ended(ended),
                None => return pause,
            }
        }
    }

    /// Works until `limit` has passed in simulated time.
    async fn until(&mut self, limit: Duration) {
        while self.elapsed() < limit {
            let pause = self.work().await;
            *self.now.lock().unwrap() += pause.max(Duration::from_millis(1));
        }
    }
}

fn postback(id: &str, url: &str, keys: &str) -> String {
    format!("[[postback]]\nid = \"{id}\"\nurl = \"{url}\"\n{keys}\n")
}

const REST: &str = "
[[source]]
id = \"search-ads\"
[[buyer]]
id = \"acme\"
timezone = \"UTC\"
";

const COMPLETED: &str = "event = \"call.completed\"";
const DAY: Duration = Duration::from_secs(25 * 3_600);

#[tokio::test]
async fn a_call_is_reported_to_each_party_as_it_may_see_it_and_signed() {
    let mut tasks = JoinSet::new();
    let (receiver, url) = Receiver::start(&mut tasks, &[]).await;
    let all = postback("all", &format!("{url}/all"), COMPLETED);
    let source = format!("source = \"search-ads\"\n{COMPLETED}");
    let source = postback("source", &format!("{url}/source"), &source);
    let buyer = format!(
        "buyer = \"acme\"\n{COMPLETED}\nmethod = \"PUT\"\nbody = '{{\"owed\": {{revenue}}, \
         \"report\": {{conversion_url}}}}'"
    );
    let buyer = postback("buyer", &format!("{url}/buyer/{{call_id}}?z={{field.zip}}"), &buyer);
    let other = postback("other", &format!("{url}/other"), "event = \"call.missed\"");
    let mut desk = Desk::new(&format!("{all}{source}{buyer}{other}{REST}"));
    let key = Key::of([7; 32]);
    let set =
        desk.store.postback_key_set("all".parse().unwrap(), key.clone(), by("ann", second(1)));
    set.await.unwrap();
    finish(&*desk.store, finished(1)).await.unwrap();
    desk.work().await;
    let mut got = receiver.got();
    got.sort_by(|a, b| a.line.cmp(&b.line));
    let lines: Vec<&str> = got.iter().map(|got| got.line.as_str()).collect();
    let put = format!("PUT /buyer/{}?z=90210 HTTP/1.1", finished(1).id);
    assert_eq!(lines, ["POST /all HTTP/1.1", "POST /source HTTP/1.1", put.as_str()]);
    let [all, source, buyer] = got.as_slice() else { panic!("{got:?}") };
    let body: serde_json::Value = serde_json::from_str(&all.body).unwrap();
    assert_eq!(body["type"], "call.completed");
    assert_eq!(body["data"]["revenue"]["amount"], "45.00");
    assert_eq!(body["data"]["payout"]["amount"], "20.00");
    assert_eq!(all.header("webhook-id"), body["id"].as_str());
    let at: i64 = all.header("webhook-timestamp").unwrap().parse().unwrap();
    assert_eq!(at, second(START).micros() / 1_000_000);
    let signed = key.sign(all.header("webhook-id").unwrap(), at, all.body.as_bytes());
    assert_eq!(all.header("webhook-signature"), Some(signed.as_str()));
    assert_eq!(all.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_str(&source.body).unwrap();
    assert_eq!(body["data"]["payout"]["amount"], "20.00");
    for hidden in ["45.00", "revenue", "acme", "winner"] {
        assert!(!source.body.contains(hidden), "{hidden}: {}", source.body);
    }
    let secret = ConversionSecret::new([7; 32]);
    let key = secret.key(finished(1).won().unwrap().id);
    let report = format!("https://x.example/v1/conversions/{}", key.reveal());
    let owed = format!("{{\"owed\": 45.00, \"report\": \"{report}\"}}");
    assert_eq!((source.header("webhook-signature"), buyer.body.as_str()), (None, owed.as_str()));
    assert_eq!(desk.figures.delivered.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_receiver_that_fails_in_every_way_gets_the_event_in_the_end() {
    let mut tasks = JoinSet::new();
    let answers = [
        Answer::Status(500, ""),
        Answer::Reset,
        Answer::Silent,
        Answer::Status(302, "location: http://127.0.0.1:1/\r\n"),
        Answer::Endless(503, false),
        Answer::Endless(404, true),
        OK,
    ];
    let (receiver, url) = Receiver::start(&mut tasks, &answers).await;
    let mut desk = Desk::new(&postback("a", &url, COMPLETED));
    finish(&*desk.store, finished(1)).await.unwrap();
    desk.until(DAY).await;
    let got = receiver.got();
    assert_eq!(got.len(), 7);
    let ids: Vec<_> = got.iter().map(|got| got.header("webhook-id").unwrap()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let state = desk.store.outbox_figures().await.unwrap();
    assert_eq!((state.waiting, state.dead), (0, 0));
    assert_eq!(desk.figures.failed.load(Ordering::Relaxed), 6);
}

#[tokio::test]
async fn a_status_counts_although_the_body_never_ends() {
    let mut tasks = JoinSet::new();
    let answers = [Answer::Endless(200, true), Answer::Endless(200, false)];
    let (receiver, url) = Receiver::start(&mut tasks, &answers).await;
    let mut desk =
        Desk::new(&postback("a", &url, "event = [\"call.completed\", \"call.connected\"]"));
    finish(&*desk.store, finished(1)).await.unwrap();
    desk.until(DAY).await;
    assert_eq!(receiver.got().len(), 2);
    assert_eq!(desk.figures.delivered.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_receiver_that_is_down_for_a_day_is_tried_by_the_schedule_then_resent() {
    let mut tasks = JoinSet::new();
    let (receiver, url) = Receiver::start(&mut tasks, &[Answer::Status(500, ""); 11]).await;
    let mut desk = Desk::new(&postback("a", &url, COMPLETED));
    finish(&*desk.store, finished(1)).await.unwrap();
    desk.until(DAY).await;
    assert_eq!(receiver.got().len(), 11);
    let dead = desk.store.deliveries_dead(Recipients::All, None, 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].attempts), (1, 11));
    assert_eq!(dead[0].fault, "the answer has status 500");
    assert_eq!(desk.figures.given_up.load(Ordering::Relaxed), 1);
    let resend = Resend { to: "a".parse().unwrap(), event: None };
    let at = second(START) + desk.elapsed();
    assert_eq!(desk.store.deliveries_resend(resend, by("ann", at)).await, Ok(1));
    desk.until(desk.elapsed() + Duration::from_secs(60)).await;
    assert_eq!(receiver.got().len(), 12);
    assert_eq!(desk.store.outbox_figures().await.unwrap().dead, 0);
}

#[tokio::test]
async fn a_receiver_that_wants_no_more_is_not_asked_again() {
    let mut tasks = JoinSet::new();
    let (receiver, url) = Receiver::start(&mut tasks, &[Answer::Status(410, "")]).await;
    let mut desk = Desk::new(&postback("a", &url, COMPLETED));
    finish(&*desk.store, finished(1)).await.unwrap();
    desk.until(DAY).await;
    assert_eq!(receiver.got().len(), 1);
    assert_eq!(desk.store.outbox_figures().await.unwrap().dead, 1);
}

#[tokio::test]
async fn a_receiver_may_ask_for_a_pause() {
    let mut tasks = JoinSet::new();
    let later = Answer::Status(429, "retry-after: 1800\r\n");
    let (receiver, url) = Receiver::start(&mut tasks, &[later]).await;
    let mut desk = Desk::new(&postback("a", &url, COMPLETED));
    finish(&*desk.store, finished(1)).await.unwrap();
    desk.until(Duration::from_secs(1_799)).await;
    assert_eq!(receiver.got().len(), 1);
    desk.until(Duration::from_secs(1_802)).await;
    assert_eq!(receiver.got().len(), 2);
}

#[tokio::test]
async fn a_dead_receiver_delays_no_other() {
    let mut tasks = JoinSet::new();
    let (dead, dead_url) = Receiver::start(&mut tasks, &[Answer::Silent; 10_000]).await;
    let (alive, url) = Receiver::start(&mut tasks, &[]).await;
    let book = postback("down", &dead_url, COMPLETED) + &postback("alive", &url, COMPLETED);
    let mut desk = Desk::new(&book);
    for call in 0..100 {
        finish(&*desk.store, finished(call)).await.unwrap();
    }
    desk.work().await;
    assert_eq!(alive.got().len(), 100, "all of them, at once");
    let tried = dead.got().len();
    assert!((5..=8).contains(&tried), "{tried} attempts, then the breaker opens");
    desk.until(Duration::from_secs(600)).await;
    let probes = dead.got().len() - tried;
    assert!((1..=4).contains(&probes), "{probes} probes in ten minutes");
    assert_eq!(desk.figures.open_breakers.load(Ordering::Relaxed), 1);
    dead.answers.lock().unwrap().clear();
    desk.until(Duration::from_secs(1_800)).await;
    assert_eq!(desk.figures.open_breakers.load(Ordering::Relaxed), 0);
    let mut ids: Vec<_> =
        dead.got().iter().map(|got| got.header("webhook-id").unwrap().to_owned()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 100, "every event arrives once it is back");
}

#[tokio::test]
async fn a_restart_in_the_middle_of_an_attempt_sends_the_event_again() {
    let mut tasks = JoinSet::new();
    let (receiver, url) = Receiver::start(&mut tasks, &[Answer::Silent]).await;
    let book = postback("a", &url, COMPLETED);
    let mut desk = Desk::new(&book);
    finish(&*desk.store, finished(1)).await.unwrap();
    desk.deliverer.work(&mut desk.attempts).await.unwrap();
    while receiver.got().is_empty() {
        tokio::task::yield_now().await;
    }
    let Desk { home, store, deliverer, attempts, .. } = desk;
    drop((store, deliverer, attempts));
    let mut desk = Desk::within(home, &book, Duration::from_secs(1));
    desk.work().await;
    let got = receiver.got();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].header("webhook-id"), got[1].header("webhook-id"));
    assert_eq!(desk.store.outbox_figures().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn private_addresses_are_refused_when_the_request_is_sent() {
    let mut tasks = JoinSet::new();
    let (receiver, url) = Receiver::start(&mut tasks, &[]).await;
    let local = url.replace("http://127.0.0.1", "https://localhost");
    let book = postback("a", &url, COMPLETED) + &postback("b", &local, COMPLETED);
    let mut desk = Desk::new(&book);
    let Some(sender) = Arc::get_mut(&mut desk.deliverer.sender) else { panic!("it is shared") };
    sender.fetcher = Fetcher::new(Reach::Public);
    finish(&*desk.store, finished(1)).await.unwrap();
    desk.until(DAY).await;
    assert_eq!(receiver.got().len(), 0);
    let dead = desk.store.deliveries_dead(Recipients::All, None, 10).await.unwrap();
    assert_eq!(dead.len(), 2);
    for own in dead {
        assert!(own.fault.contains("is not a public address"), "{own:?}");
    }
}

/// A mail server that answers `RCPT` by a list, and takes everything when that is used up. Returns
/// the e-mails that it took.
async fn mail_server(
    tasks: &mut JoinSet<()>,
    answers: &'static [&'static str],
) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let mails = taken.clone();
    tasks.spawn(async move {
        let mut answers = answers.iter();
        while let Ok((stream, _)) = listener.accept().await {
            converse(stream, &mut answers, &mails).await;
        }
    });
    (port, taken)
}

/// Serves one SMTP connection (RFC 5321).
async fn converse(
    stream: TcpStream,
    answers: &mut std::slice::Iter<'_, &str>,
    mails: &Mutex<Vec<String>>,
) {
    let (read, mut write) = stream.into_split();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(read));
    let mut mail: Option<String> = None;
    drop(write.write_all(b"220 mail.example\r\n").await);
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(text) = mail.as_mut() {
            if line != "." {
                text.push_str(&line);
                text.push('\n');
                continue;
            }
            mails.lock().unwrap().push(mail.take().unwrap_or_default());
        } else if line == "DATA" {
            mail = Some(String::new());
            drop(write.write_all(b"354 go on\r\n").await);
            continue;
        }
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250 mail.example",
            "RCPT" => answers.next().copied().unwrap_or("250 ok"),
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        drop(write.write_all(format!("{answer}\r\n").as_bytes()).await);
    }
}

#[tokio::test]
async fn alerts_are_mailed_until_the_server_takes_them() {
    let mut tasks = JoinSet::new();
    let (port, mails) =
        mail_server(&mut tasks, &["451 try again", "550 no such mailbox", "250 ok"]).await;
    let book = "[[postback]]\nid = \"ops\"\nevent = \"call.missed\"\n\
                email = [\"ops@example.com\"]\n";
    let mut desk = Desk::new(book);
    let smtp = crate::config::Smtp {
        server: format!("smtp://127.0.0.1:{port}").parse().unwrap(),
        from: "strowger@example.com".parse().unwrap(),
        account: None,
    };
    let Some(sender) = Arc::get_mut(&mut desk.deliverer.sender) else { panic!("it is shared") };
    sender.mailer = Some(crate::net::Mailer::new(&smtp).unwrap());
    let mut missed = crate::store::sample::ringing(1);
    missed.end(crate::call::EndedBy::Caller, crate::base::End::NoContract, second(9));
    finish(&*desk.store, missed.clone()).await.unwrap();
    desk.until(DAY).await;
    let mails = mails.lock().unwrap().clone();
    let [mail] = mails.as_slice() else { panic!("{mails:?}") };
    let call = missed.id;
    for part in [
        "From: strowger@example.com",
        "To: ops@example.com",
        "Subject: [strowger] Call",
        "Message-ID: <",
        &format!("Call {call} for offer auto-quote was missed."),
    ] {
        assert!(mail.contains(part), "{part}: {mail}");
    }
    assert_eq!(desk.figures.failed.load(Ordering::Relaxed), 2);
    assert_eq!(desk.store.outbox_figures().await.unwrap().waiting, 0);
}

#[tokio::test]
async fn an_email_without_a_mail_server_is_a_dead_letter_after_a_day() {
    let book = "[[postback]]\nid = \"ops\"\nevent = \"call.completed\"\n\
                email = \"ops@example.com\"\n";
    let mut desk = Desk::new(book);
    finish(&*desk.store, finished(1)).await.unwrap();
    desk.until(DAY).await;
    let dead = desk.store.deliveries_dead(Recipients::All, None, 10).await.unwrap();
    assert!(dead[0].fault.contains("[smtp]"), "{dead:?}");
}
