//! Capacity of a switch: SIPp on both sides for calls per second and CPU time, our own caller and
//! buyer for delays (SIPp's timers step by 4 ms) and relayed audio. Everything runs on this
//! machine's loopback, next to the switch. `docs/performance.md` has the results.
//!
//! `cargo bench --bench load`, or `make load`, takes about five minutes. `cargo bench --bench load
//! capacity` measures only calls per second, `cargo bench --bench load cost` only CPU time, with SQLite
//! and with PostgreSQL and Redis; `CALLS=100` makes that short. Needs SIPp, PostgreSQL and Redis.
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
#[path = "../tests/support/postgres.rs"]
mod postgres;
#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/support/redis_server.rs"]
mod redis_server;
#[path = "../tests/program/shared.rs"]
mod shared;
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

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use percentiles::percentiles;
use postgres::Postgres;
use redis_server::RedisServer;
use shared::counted_at;
use shared::on;
use stage::NUMBER;
use stage::Stage;
use stage::contract;
use town::Town;
use town::audio;
use until::until;

/// Ticks of CPU time per second, as Linux reports them.
const JIFFIES: f64 = 100.0;

/// Rates to try, in calls per second.
const RATES: [u32; 8] = [100, 200, 400, 600, 800, 1_000, 1_200, 1_600];

fn main() {
    println!("| what | calls | figure |\n|---|---|---|");
    if std::env::args().any(|argument| argument == "capacity") {
        return capacity(&RATES);
    }
    let calls = std::env::var("CALLS").map_or(1_000, |calls| calls.parse().expect("a number"));
    for at in [Servers::Embedded, Servers::shared()] {
        cost_at(&at, 50, calls);
        cost_at(&at, 200, 2 * calls);
    }
    if std::env::args().any(|argument| argument == "cost") {
        return;
    }
    delay(50, 1_000);
    relay(50, Duration::from_secs(20));
    memory(1_000);
    capacity(&RATES);
}

fn row(what: &str, calls: u32, figure: &str) {
    println!("| {what} | {calls} | {figure} |");
}

/// The result of a run of SIPp against SIPp.
struct Run {
    succeeded: u64,
    failed: u64,
    retransmissions: u64,
    seconds: f64,
    /// CPU seconds of the switch.
    cpu: f64,
}

/// What a switch stores and counts with.
enum Servers {
    /// SQLite, and counters in the process.
    Embedded,
    /// PostgreSQL and Redis on this machine.
    Shared(Postgres, RedisServer),
}

impl Servers {
    fn shared() -> Self {
        Self::Shared(Postgres::start(), RedisServer::start())
    }

    fn name(&self) -> &'static str {
        match self {
            Servers::Embedded => "SQLite",
            Servers::Shared(..) => "PostgreSQL and Redis",
        }
    }

    fn stage(&self, rate: u32) -> Stage {
        let contracts = [contract("acme", 10)];
        match self {
            Servers::Embedded => Stage::direct(&contracts),
            Servers::Shared(database, redis) => {
                let url = database.create(&format!("at_{rate}"), "template0");
                let shared = |text: String| on(&text, &url, "one") + &counted_at(redis.port);
                Stage::changed(&contracts, |_, text| shared(text), |_, book| book)
            }
        }
    }

    /// Returns the CPU seconds that the servers have used.
    fn processor(&self) -> f64 {
        match self {
            Servers::Embedded => 0.0,
            Servers::Shared(database, redis) => {
                let ids = "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()";
                let ids = database.sql("postgres", ids);
                let ids = ids.lines().map(|id| id.parse().unwrap());
                ids.chain([id_of(redis)]).map(processor).sum()
            }
        }
    }
}

/// Returns the id of a server's process.
fn id_of(server: &RedisServer) -> u32 {
    let told = server.ask(&["INFO", "server"]).unwrap();
    let text: String = redis::from_redis_value(told).unwrap();
    let id = text.lines().find_map(|line| line.strip_prefix("process_id:"));
    id.unwrap().trim().parse().unwrap()
}

/// Measures CPU time per call at a rate that any machine can handle.
fn cost_at(servers: &Servers, rate: u32, calls: u32) {
    let stage = servers.stage(rate);
    sipp(&stage, rate, 100, 0);
    let before = servers.processor();
    let run = sipp(&stage, rate, calls, 0);
    let per_thousand = |seconds: f64| seconds * 1_000.0 / f64::from(calls);
    let (own, theirs) = (per_thousand(run.cpu), per_thousand(servers.processor() - before));
    row(
        &format!("CPU seconds per 1,000 calls at {rate} calls/s on {}", servers.name()),
        calls,
        &format!("{own:.2}, and {theirs:.2} of the servers ({} failed)", run.failed),
    );
    let records = stage.records();
    let whole = records.iter().filter(|record| record["reason"] == "bridged").count();
    row("records of bridged calls, of 100 + these", calls, &whole.to_string());
}

/// Runs ten seconds at each rate, until calls fail or the rate is not reached.
fn capacity(rates: &[u32]) {
    for rate in rates {
        let stage = Stage::direct(&[contract("acme", 10)]);
        let run = sipp(&stage, *rate, rate * 10, 0);
        let reached = (run.succeeded + run.failed) as f64 / run.seconds;
        row(
            &format!("{rate} calls/s asked for"),
            rate * 10,
            &format!(
                "{reached:.0} calls/s, {} failed, {} retransmissions, {:.2} processor s per 1,000",
                run.failed,
                run.retransmissions,
                run.cpu * 1_000.0 / run.succeeded.max(1) as f64
            ),
        );
        if run.failed > 0 {
            let errors = stage.home().join("uac-talks-then-hangs-up.errors");
            let errors = fs::read_to_string(errors).unwrap_or_default();
            eprintln!("{}", errors.lines().take(40).collect::<Vec<_>>().join("\n"));
        }
        if run.failed > 0 || reached < f64::from(*rate) * 0.8 {
            return;
        }
    }
}

/// Measures memory during calls, and what remains after them.
fn memory(calls: u32) {
    let stage = Stage::direct(&[contract("acme", 10)]);
    sipp(&stage, 100, 100, 0);
    stage.records();
    let before = resident(process_of(&stage));
    let held = std::thread::scope(|scope| {
        let run = scope.spawn(|| sipp(&stage, 100, calls, 20_000));
        until("all calls are live", || {
            stage.figure("strowger_calls_live") >= f64::from(calls) || run.is_finished()
        });
        let live = stage.figure("strowger_calls_live");
        (resident(process_of(&stage)) - before) / live.max(1.0)
    });
    row("kB of memory per held call with its sockets", calls, &format!("{held:.1}"));
    // Transactions are kept for half a minute after their calls (RFC 3261 §17).
    std::thread::sleep(Duration::from_secs(33));
    until("no transaction is left", || stage.figure("strowger_sip_transactions") == 0.0);
    let left = (resident(process_of(&stage)) - before) / f64::from(calls);
    row("kB per call not returned a minute later", calls, &format!("{left:.1}"));
    sipp(&stage, 100, calls * 5, 0);
    stage.records();
    let again = (resident(process_of(&stage)) - before) / f64::from(calls);
    row("the same after five times as many short calls", calls * 5, &format!("{again:.1}"));
}

/// Measures the time from INVITE to 200 at the caller; the buyer answers at once.
fn delay(rate: u32, calls: u32) {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let town = Town::new(&stage);
    let mut delays = Vec::new();
    let start = Instant::now();
    for call in 0..calls {
        let due = start + Duration::from_secs(1) * call / rate;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let sent = Instant::now();
        let answer = town.call(call);
        delays.push(sent.elapsed());
        town.hang_up(call, &answer);
    }
    let text = percentiles(&mut delays);
    row(&format!("ms from INVITE to 200 at {rate} calls/s, p50 / p99 / max"), calls, &text);
}

/// Relays audio both ways in every call, 50 packets per second each.
fn relay(calls: u32, time: Duration) {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let town = Town::new(&stage);
    let answers: Vec<String> = (0..calls).map(|call| town.call(call)).collect();
    let callers: Vec<SocketAddr> = answers.iter().map(|answer| audio(answer)).collect();
    let buyers: Vec<SocketAddr> = town.buyers.try_iter().take(answers.len()).collect();
    let before = processor(process_of(&stage));
    let ears = [Ear::start(&town.caller_sound), Ear::start(&town.buyer_sound)];
    let start = Instant::now();
    let mut sent = 0_u32;
    let slots = u32::try_from(time.as_millis() / 20).unwrap();
    for slot in 0..slots {
        let due = start + Duration::from_millis(20) * slot;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        for (to_callers_leg, to_buyers_leg) in callers.iter().zip(&buyers) {
            let packet = packet(slot, start.elapsed());
            town.caller_sound.send_to(&packet, to_callers_leg).unwrap();
            town.buyer_sound.send_to(&packet, to_buyers_leg).unwrap();
            sent += 2;
        }
    }
    let cpu = processor(process_of(&stage)) - before;
    let mut delays: Vec<Duration> = ears.into_iter().flat_map(|ear| ear.stop(start)).collect();
    let seconds = f64::from(calls) * time.as_secs_f64();
    row(
        "CPU seconds per 1,000 relayed call-seconds",
        calls,
        &format!("{:.2} ({} of {sent} packets arrived)", cpu * 1_000.0 / seconds, delays.len()),
    );
    row("ms of relay delay, p50 / p99 / max", calls, &percentiles(&mut delays));
    for (call, answer) in (0..calls).zip(&answers) {
        town.hang_up(call, answer);
    }
}

/// Places calls from SIPp to SIPp through the switch; each lasts `hold` milliseconds.
fn sipp(stage: &Stage, rate: u32, calls: u32, hold: u32) -> Run {
    let switch = format!("{}:5060", stage.ip(1));
    let (rate, calls, hold) = (rate.to_string(), calls.to_string(), hold.to_string());
    let mut buyer = process(stage, 10, "uas-answers", &calls, &[]);
    let more = ["-r", &rate, "-d", &hold, "-l", "100000", "-s", NUMBER, &switch];
    let before = processor(process_of(stage));
    let start = Instant::now();
    let mut caller = process(stage, 20, "uac-talks-then-hangs-up", &calls, &more);
    // An overloaded SIPp waits for its calls long after its own timeout.
    for _ in 0..900 {
        if caller.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = caller.kill();
    caller.wait().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let cpu = processor(process_of(stage)) - before;
    let _ = buyer.kill();
    buyer.wait().unwrap();
    let path = stage.home().join("uac-talks-then-hangs-up.csv");
    let table = fs::read_to_string(&path).unwrap();
    fs::remove_file(path).unwrap();
    let mut lines = table.lines().map(|line| line.split(';'));
    let (names, last) = (lines.next().unwrap(), lines.next_back().unwrap());
    let figures: HashMap<&str, &str> = names.zip(last).collect();
    let figure = |name: &str| figures[name].parse::<u64>().unwrap();
    Run {
        succeeded: figure("SuccessfulCall(C)"),
        failed: figure("FailedCall(C)"),
        retransmissions: figure("Retransmissions(C)"),
        seconds,
        cpu,
    }
}

fn process(stage: &Stage, host: u8, scenario: &str, calls: &str, more: &[&str]) -> Child {
    let ip = stage.ip(host).to_string();
    let path = format!("{}/sip-tests/{scenario}.xml", env!("CARGO_MANIFEST_DIR"));
    let statistics = stage.home().join(format!("{scenario}.csv"));
    Command::new("sipp")
        .current_dir(stage.home())
        .args(["-sf", &path, "-i", &ip, "-p", "5060", "-mi", &ip, "-m", calls, "-nostdin"])
        .args(["-key", "caller", "+13055550123", "-timeout", "60", "-trace_stat", "-fd", "1"])
        .arg("-stf")
        .arg(&statistics)
        .args(["-trace_err", "-error_file"])
        .arg(stage.home().join(format!("{scenario}.errors")))
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sipp should be installed: scripts/install-test-tools.sh")
}

fn process_of(stage: &Stage) -> u32 {
    stage.switch.as_ref().unwrap().id()
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

/// Returns a process's memory in kilobytes.
fn resident(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Returns a 20 ms RTP packet whose first bytes hold the time when it was sent.
fn packet(slot: u32, sent: Duration) -> [u8; 172] {
    let mut packet = [0xFF; 172];
    packet[..2].copy_from_slice(&[0x80, 0]);
    packet[2..4].copy_from_slice(&u16::try_from(slot % 65_536).unwrap().to_be_bytes());
    packet[4..8].copy_from_slice(&(slot * 160).to_be_bytes());
    packet[8..12].copy_from_slice(&[0, 0, 0, 7]);
    packet[12..20].copy_from_slice(&u64::try_from(sent.as_nanos()).unwrap().to_be_bytes());
    packet
}

/// Receives packets and records when they arrive.
struct Ear {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<(Instant, u64)>>,
}

impl Ear {
    fn start(socket: &UdpSocket) -> Self {
        let socket = socket.try_clone().unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut heard = Vec::new();
            let mut buffer = [0; 2_048];
            loop {
                match socket.recv(&mut buffer) {
                    Ok(length) if length >= 20 => {
                        let sent = u64::from_be_bytes(buffer[12..20].try_into().unwrap());
                        heard.push((Instant::now(), sent));
                    }
                    Ok(_) => {}
                    Err(_) if stopped.load(Ordering::Relaxed) => return heard,
                    Err(_) => {}
                }
            }
        });
        Self { stop, thread }
    }

    /// Returns the delays of all received packets.
    fn stop(self, start: Instant) -> Vec<Duration> {
        self.stop.store(true, Ordering::Relaxed);
        let heard = self.thread.join().unwrap();
        let delay = |(at, sent): (Instant, u64)| {
            at.checked_duration_since(start + Duration::from_nanos(sent))
        };
        heard.into_iter().filter_map(delay).collect()
    }
}
