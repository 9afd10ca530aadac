//! Cost of an answer to a webhook carrier: whole calls at a simulated Twilio, against the program
//! in its own process. A call has a menu, a busy buyer, and a conversation. Its requests are signed
//! and use new connections, and every answer is on disk before it is sent.
//!
//! `cargo bench --bench webhook` takes about half a minute.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement that cannot be made stops"
)]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

#[path = "../tests/program/webhook_calls/gate.rs"]
mod gate;
#[path = "../tests/support/http.rs"]
#[expect(dead_code, reason = "it posts nothing as JSON")]
mod http;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/program/webhook_calls/program.rs"]
mod program;
#[path = "../tests/program/signals.rs"]
mod signals;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/program/webhook_calls/stage.rs"]
mod stage;

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use std::time::Instant;

use strowger::demo::carrier::Behaviour;
use strowger::demo::carrier::Kind;
use strowger::demo::carrier::Script;
use strowger::demo::carrier::Side;
use strowger::demo::carrier::Simulator;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use stage::Plot;
use stage::caller;
use stage::phone;
use stage::s;

/// Ticks of CPU time per second, as Linux reports them.
const JIFFIES: f64 = 100.0;
/// Calls before the measurement starts.
const WARM: usize = 20;
const CALLS: usize = 300;

#[tokio::main]
async fn main() {
    println!("| concurrent calls | requests | p50 ms | p99 ms | max ms | CPU ms per request |");
    println!("|---|---|---|---|---|---|");
    for at_once in [1, 8] {
        measure(at_once).await;
    }
}

async fn measure(at_once: usize) {
    let meter = Meter::new().await;
    let contracts = &[("a", ""), ("b", "caps = { concurrent = 100 }")];
    let plot = Plot { kind: Kind::Twilio, flow: "menu", offer: "", contracts };
    let (switch, mut carrier) = program::world(&plot, meter.address).await;
    let (address, id) = {
        let switch = switch.lock().unwrap();
        (switch.address, switch.child.id())
    };
    let times = meter.times.clone();
    let mut metering = JoinSet::new();
    metering.spawn(meter.run(address));
    place(&mut carrier, WARM, at_once).await;
    times.lock().unwrap().clear();
    let before = processor(id);
    place(&mut carrier, CALLS, at_once).await;
    let used = processor(id) - before;
    let mut times = std::mem::take(&mut *times.lock().unwrap());
    times.sort();
    let millis = |at: usize| times[at.min(times.len() - 1)].as_secs_f64() * 1e3;
    println!(
        "| {at_once} | {} | {:.2} | {:.2} | {:.2} | {:.2} |",
        times.len(),
        millis(times.len() / 2),
        millis(times.len() * 99 / 100),
        millis(times.len()),
        used * 1e3 / times.len() as f64,
    );
}

fn script() -> Script {
    let answers = Behaviour::answers(s(4), s(60)).ended_by(Side::Dialled);
    caller().presses("1").phone(&phone(0), Behaviour::busy()).phone(&phone(1), answers)
}

/// Places calls, `at_once` of them concurrently.
async fn place(carrier: &mut Simulator, calls: usize, at_once: usize) {
    let mut playing = JoinSet::new();
    for _ in 0..calls {
        if playing.len() >= at_once {
            check(playing.join_next().await);
        }
        playing.spawn(carrier.call(script()));
    }
    while !playing.is_empty() {
        check(playing.join_next().await);
    }
}

fn check(ended: Option<Result<strowger::demo::carrier::Transcript, tokio::task::JoinError>>) {
    let seen = ended.expect("a call was live").unwrap();
    assert_eq!(seen.complaints(), "");
    assert!(seen.bridged().is_some());
}

/// A port that forwards requests and measures the time of each, including its connection.
struct Meter {
    listener: TcpListener,
    address: SocketAddr,
    times: Arc<Mutex<Vec<Duration>>>,
}

impl Meter {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        Self { listener, address, times: Arc::default() }
    }

    async fn run(self, switch: SocketAddr) {
        let mut passing = JoinSet::new();
        loop {
            let (mut stream, _) = self.listener.accept().await.unwrap();
            let times = self.times.clone();
            passing.spawn(async move {
                let begun = Instant::now();
                let mut server = TcpStream::connect(switch).await.unwrap();
                // The carrier disconnects when it has the answer.
                let _ended = tokio::io::copy_bidirectional(&mut stream, &mut server).await;
                times.lock().unwrap().push(begun.elapsed());
            });
            while passing.try_join_next().is_some() {}
        }
    }
}

/// Returns the CPU seconds that a process has used.
fn processor(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<&str> = fields.split(' ').collect();
    // utime and stime are fields 14 and 15; the first two were cut off.
    let jiffies = |at: usize| fields[at].parse::<f64>().unwrap();
    (jiffies(11) + jiffies(12)) / JIFFIES
}
