//! What floods change for others: malformed messages from one address, and idle TCP connections, beside
//! calls of another trunk. The program runs with its own database, on this machine's loopback.
//!
//! `cargo bench --bench floods` takes about two minutes; `CALLS=50` makes it short. For 10,000
//! connections the limit of open files must be above 23,000 (`ulimit -n`): a switch gives callers seven
//! sixteenths of it. The first column says how many there were.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a measurement that cannot be made stops"
)]
#![expect(clippy::disallowed_methods, reason = "a load generator needs the clock")]

#[path = "../tests/support/http.rs"]
mod http;
#[path = "support/percentiles.rs"]
mod percentiles;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/program/sipp/stage.rs"]
mod stage;
#[path = "../tests/program/signals.rs"]
mod signals;
#[expect(dead_code, reason = "other measurements need more of it")]
#[path = "support/town.rs"]
mod town;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/program/until.rs"]
mod until;

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use percentiles::percentiles;
use stage::Stage;
use stage::contract;
use town::Town;

/// Malformed messages a second.
const FLOOD: u32 = 20_000;
/// Idle connections.
const IDLE: u32 = 10_000;
/// Connections that a switch accepts of one address.
const PER_ADDRESS: u32 = 64;
/// Calls a second.
const RATE: u32 = 50;

fn main() {
    let calls = std::env::var("CALLS").map_or(1_000, |calls| calls.parse().expect("a number"));
    println!(
        "| beside | calls | succeeded | ms from INVITE to BYE, p50 / p99 / max |\n|---|---|---|---|"
    );
    {
        let stage = stage();
        measure("nothing", &stage, calls);
    }
    for (host, who) in [(66, "of a stranger"), (23, "of a trunk")] {
        let stage = stage();
        let flood = Flood::start(&stage, host);
        let begun = Instant::now();
        let figures = calls_of(&stage, calls);
        let sent = flood.stop();
        let rate = f64::from(u32::try_from(sent).unwrap()) / begun.elapsed().as_secs_f64();
        row(&format!("{rate:.0} malformed messages/s {who}"), calls, figures);
    }
    let stage = stage();
    let idle = connect_all(&stage);
    let alive = |streams: &[TcpStream]| streams.iter().filter(|stream| is_open(stream)).count();
    let before = alive(&idle);
    let figures = calls_of(&stage, calls);
    row(&format!("{} of {before} idle connections", alive(&idle)), calls, figures);
}

fn measure(beside: &str, stage: &Stage, calls: u32) {
    row(beside, calls, calls_of(stage, calls));
}

fn row(beside: &str, calls: u32, (succeeded, delays): (u32, String)) {
    let share = f64::from(succeeded) * 100.0 / f64::from(calls);
    println!("| {beside} | {calls} | {succeeded} ({share:.2} %) | {delays} |");
}

/// A switch with a trunk for callers, and another, at 192 addresses, that only connects.
fn stage() -> Stage {
    let contracts = [contract("acme", 10)];
    let other = |stage: &Stage, book: String| {
        let (one, two) = (stage.ip(64), stage.ip(128));
        format!("[[trunk]]\nid = \"idle\"\naccept_from = [\"{one}/26\", \"{two}/25\"]\n{book}")
    };
    Stage::changed(&contracts, |_, settings| settings, other)
}

/// Places calls at [`RATE`], or as fast as they go; returns how many succeeded, and how long they took.
fn calls_of(stage: &Stage, calls: u32) -> (u32, String) {
    let town = Town::new(stage);
    let (mut delays, start) = (Vec::new(), Instant::now());
    for call in 0..calls {
        let due = start + Duration::from_secs(1) * call / RATE;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let sent = Instant::now();
        if town.persist(call).is_some() {
            delays.push(sent.elapsed());
        }
    }
    (u32::try_from(delays.len()).unwrap(), percentiles(&mut delays))
}

/// A thread that sends malformed messages.
struct Flood {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Flood {
    fn start(stage: &Stage, host: u8) -> Self {
        let socket = UdpSocket::bind((stage.ip(host), 5_099)).unwrap();
        socket.connect((stage.ip(1), 5_060)).unwrap();
        let messages = malformed();
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, count) = (stop.clone(), sent.clone());
        let thread = std::thread::spawn(move || {
            let (start, mut messages) = (Instant::now(), messages.iter().cycle());
            for slot in 0_u32.. {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let due = start + Duration::from_millis(1) * slot;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                for message in messages.by_ref().take((FLOOD / 1_000) as usize) {
                    // The system may have no room for another.
                    if socket.send(message).is_ok() {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        Self { stop, sent, thread }
    }

    /// Returns the number of messages that were sent.
    fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.sent.load(Ordering::Relaxed)
    }
}

/// Returns messages of RFC 4475, and parts of them.
fn malformed() -> Vec<Vec<u8>> {
    let folder = format!("{}/tests/data/rfc4475", env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|own| own == "dat"));
    let whole: Vec<Vec<u8>> = files.map(|path| fs::read(path).unwrap()).collect();
    let halves = whole.iter().map(|message| message[..message.len() / 2].to_vec());
    let bent = whole.iter().map(|message| {
        let bend = |(at, byte): (usize, &u8)| if at % 17 == 3 { b':' } else { *byte };
        message.iter().enumerate().map(bend).collect()
    });
    halves.chain(bent).collect()
}

/// Connects from many addresses, and lets each connection be known by a keep-alive.
fn connect_all(stage: &Stage) -> Vec<TcpStream> {
    let switch = SocketAddr::from((stage.ip(1), 5_060));
    let mut streams = Vec::new();
    for host in 64..=255_u8 {
        for _ in 0..PER_ADDRESS {
            if streams.len() == IDLE as usize {
                return streams;
            }
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
            // Without room for further sockets, there are as many as there are.
            let Ok(socket) = socket else { return streams };
            socket.bind(&SocketAddr::from((stage.ip(host), 0)).into()).unwrap();
            socket.connect(&switch.into()).unwrap();
            let mut stream = TcpStream::from(socket);
            if stream.write_all(b"\r\n\r\n").is_ok() {
                streams.push(stream);
            }
        }
    }
    streams
}

/// Returns whether the switch keeps a connection: it has answered the keep-alive, and not closed it.
fn is_open(stream: &TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    matches!(stream.peek(&mut [0; 8]), Ok(1..))
}
