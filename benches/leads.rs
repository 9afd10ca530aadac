//! Form leads at a steady rate: the time from a lead's arrival to the answer that it is sold, with a
//! buyer that answers at once, and the CPU time of the switch. Clients, buyer, and switch share this
//! machine. `docs/performance.md` has the results.
//!
//! `cargo bench --bench leads` sends 500 leads per second for 20 seconds; `RATE=100 SECONDS=60 cargo
//! bench --bench leads` does otherwise.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement that cannot be made stops"
)]
#![expect(clippy::disallowed_methods, reason = "a load generator needs the clock")]

#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/support/http.rs"]
mod http;
#[path = "../tests/program/signals.rs"]
mod signals;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/program/switch.rs"]
mod switch;

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use switch::Switch;
use tokio::io::AsyncBufReadExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::io::BufReader;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Connections of the source.
const CONNECTIONS: u64 = 64;
/// Leads before the measurement.
const WARM_UP: u64 = 500;

fn main() {
    let number = |name: &str, usual: u64| {
        std::env::var(name).map_or(usual, |text| text.parse().expect("a number"))
    };
    let (rate, seconds) = (number("RATE", 500), number("SECONDS", 20));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let buyer = listener.local_addr().unwrap();
        tokio::spawn(sell_to(listener));
        let switch = start(buyer);
        send(&switch, 0, WARM_UP, rate).await;
        let before = processor(&switch);
        let count = rate * seconds;
        let mut times = send(&switch, WARM_UP, count, rate).await;
        let cost = (processor(&switch) - before) * 1_000.0 / count as f64;
        times.sort_unstable();
        let at =
            |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
        println!("| leads | per second | p50 ms | p99 ms | largest ms | CPU s per 1,000 |");
        println!("|---|---|---|---|---|---|");
        let (half, most, all) = (at(0.5), at(0.99), at(1.0));
        println!("| {count} | {rate} | {half:.1} | {most:.1} | {all:.1} | {cost:.2} |");
        let sold = switch.run("verify");
        assert!(sold.contains("no difference"), "{sold}");
    });
}

/// Starts a switch whose only contract posts to the buyer.
fn start(buyer: SocketAddr) -> Switch {
    let mut switch = Switch::new("strowger.db");
    let settings = switch.home.path().join("strowger.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(settings, format!("{text}[outbound]\nallow_private = true\n")).unwrap();
    let book = format!(
        "[[source]]\nid = \"web\"\npayout = {{ share = \"50%\" }}\n[[offer]]\nid = \"o\"\n\
         [[buyer]]\nid = \"acme\"\ntimezone = \"UTC\"\n\
         [[contract]]\nid = \"acme\"\nbuyer = \"acme\"\noffer = \"o\"\nchannels = [\"form\"]\n\
         caps = {{ day = 1000000 }}\nprice = {{ amount = \"10.00\", currency = \"USD\" }}\n\
         delivery = {{ post = \"http://{buyer}/\", format = \"json\" }}\n"
    );
    fs::write(switch.home.path().join("leads.toml"), book).unwrap();
    switch.run("book apply leads.toml --force");
    switch.end("-TERM");
    switch.start();
    switch
}

/// Sends leads at a rate, each at its time whatever became of those before. Returns the times from
/// when each was due until its answer.
async fn send(switch: &Switch, first: u64, count: u64, rate: u64) -> Vec<Duration> {
    let begin = Instant::now() + Duration::from_millis(20);
    let next = Arc::new(AtomicU64::new(0));
    let times = Arc::<Mutex<Vec<Duration>>>::default();
    let mut clients = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (address, token) = (switch.address, switch.token.clone());
        let (next, times) = (next.clone(), times.clone());
        clients.spawn(async move {
            let mut stream = BufReader::new(TcpStream::connect(address).await.unwrap());
            stream.get_ref().set_nodelay(true).unwrap();
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                if place >= count {
                    return;
                }
                let due = begin + Duration::from_nanos(1_000_000_000 / rate * place);
                tokio::time::sleep_until(due).await;
                let body = format!(
                    "{{\"offer\": \"o\", \"source\": \"web\", \"fields\": \
                     {{\"phone\": \"+1305{:07}\", \"zip\": \"90210\", \"first_name\": \"Ann\"}}}}",
                    first + place
                );
                let request = format!(
                    "POST /v1/leads HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
                     Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                );
                stream.get_mut().write_all(request.as_bytes()).await.unwrap();
                let (head, body) = message(&mut stream).await.expect("an answer");
                assert!(head.starts_with("HTTP/1.1 201"), "{head}{}", String::from_utf8_lossy(&body));
                times.lock().unwrap().push(due.elapsed());
            }
        });
    }
    while let Some(done) = clients.join_next().await {
        done.unwrap();
    }
    std::mem::take(&mut times.lock().unwrap())
}

/// Takes every lead that comes.
async fn sell_to(listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        tokio::spawn(async move {
            let mut stream = BufReader::new(stream);
            while message(&mut stream).await.is_some() {
                let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                              content-length: 22\r\n\r\n{\"status\": \"ACCEPTED\"}";
                if stream.get_mut().write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Reads a message: its head and its body. `None` at the end of the connection.
async fn message(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let start = head.len();
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
        let line = head[start..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((head, body))
}

/// Returns the CPU seconds of the switch: `utime + stime` of `/proc/PID/stat`.
fn processor(switch: &Switch) -> f64 {
    let process = switch.child.as_ref().unwrap().id();
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields = stat.rsplit_once(')').unwrap().1;
    let ticks = |n: usize| fields.split_whitespace().nth(n).unwrap().parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / 100.0
}
