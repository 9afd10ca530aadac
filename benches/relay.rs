//! Cost of relaying: calls with two legs, 50 packets per second each way, over loopback, plain and then
//! as SRTP on both legs. The far ends run in their own process, so the reported CPU time is that of the
//! relay alone.
//!
//! `cargo bench --bench relay -- [calls] [seconds] [threads]`; the defaults are 200 calls, 10 s,
//! and one thread.

#![expect(clippy::unwrap_used, reason = "a bench may panic")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time, and is its own program")]

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use strowger::base::Codec;
use strowger::base::LegId;
use strowger::base::MasterKey;
use strowger::base::Mono;
use strowger::base::Now;
use strowger::base::Rng;
use strowger::base::Security;
use strowger::base::Suite;
use strowger::base::Wall;
use strowger::media::LegMedia;
use strowger::net::Clock;
use strowger::net::rtp::MediaCommand;
use strowger::net::rtp::MediaConfig;
use strowger::net::rtp::MediaTask;
use strowger::net::rtp::PortRange;
use tokio::task::JoinSet;
use webrtc_srtp::context::Context;
use webrtc_srtp::protection_profile::ProtectionProfile;

const FRAME: Duration = Duration::from_millis(20);
const FAR_ENDS: &str = "far-ends";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let number = |n: usize, default| arguments.get(n).map_or(default, |a| a.parse().unwrap());
    if arguments.first().is_some_and(|a| a == FAR_ENDS) {
        let audio = if number(3, 0) == 0 { Audio::Plain } else { Audio::Secure };
        far_ends(number(1, 0), number(2, 0), audio);
        return;
    }
    let threads = number(2, 1);
    let mut builder = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(threads).enable_all().build().unwrap();
    let relay = |audio| runtime.block_on(relay(number(0, 200), number(1, 10), audio));
    let (plain, secure) = (relay(Audio::Plain), relay(Audio::Secure));
    println!("SRTP costs {:.2} times the CPU time of plain RTP", secure / plain);
}

/// What the far ends send.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Audio {
    Plain,
    /// SRTP, all under one key.
    Secure,
}

const KEY: [u8; 30] = [7; 30];

/// The relay: opens the calls, lets the far ends send, and prints the cost. Returns the CPU time in
/// seconds.
async fn relay(calls: usize, seconds: usize, audio: Audio) -> f64 {
    let mut far_ends = Command::new(std::env::current_exe().unwrap())
        .args([FAR_ENDS, &calls.to_string(), &seconds.to_string(), &(audio as u8).to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(far_ends.stdout.take().unwrap()).lines();
    let mut input = far_ends.stdin.take().unwrap();
    let remotes: Vec<SocketAddr> =
        (0..2 * calls).map(|_| lines.next().unwrap().unwrap().parse().unwrap()).collect();

    let origin = Instant::now();
    let clock = Clock::new(move || Now {
        mono: Mono::from_nanos(u64::try_from(origin.elapsed().as_nanos()).unwrap()),
        wall: Wall::from_micros(0),
    });
    let range = PortRange::new(Ipv4Addr::LOCALHOST.into(), 10_000..=29_999);
    let mut rng = Rng::seeded(1);
    let mut tasks = JoinSet::new();
    let mut handles = Vec::new();
    let before = memory_kb();
    for pair in remotes.chunks(2) {
        let (task, line) = MediaTask::new(MediaConfig::default(), clock.clone(), rng.fork());
        tasks.spawn(task);
        let mut batch = Vec::new();
        for (n, remote) in (1..).zip(pair) {
            let pair = range.bind(&mut rng).unwrap();
            writeln!(input, "{}", pair.address().unwrap()).unwrap();
            let media = leg_media(*remote, audio);
            batch.push(MediaCommand::Open { leg: LegId(n), pair, media });
        }
        batch.push(MediaCommand::Relay { a: LegId(1), b: LegId(2) });
        line.commands.send(batch).await.unwrap();
        handles.push(line);
    }
    input.flush().unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let held = memory_kb() - before;
    writeln!(input, "go").unwrap();
    let cpu = cpu_seconds();
    let report = tokio::task::spawn_blocking(move || lines.next().unwrap().unwrap());
    let report = report.await.unwrap();
    let cpu = cpu_seconds() - cpu;
    far_ends.wait().unwrap();
    let thousands = (calls * seconds) as f64 / 1_000.0;
    println!("{audio:?} relay of {calls} calls for {seconds} s: {report}");
    println!("  CPU s per 1,000 call-seconds: {:.3}", cpu / thousands);
    println!("  kB per held call: {:.1}", held as f64 / calls as f64);
    cpu
}

fn leg_media(remote: SocketAddr, audio: Audio) -> LegMedia {
    let key = MasterKey::new(KEY);
    let security = Security { suite: Suite::Sha1Tag80, ours: key, theirs: key };
    let security = (audio == Audio::Secure).then_some(security);
    LegMedia { events: Some(101), security, ..LegMedia::new(remote, Codec::Pcmu) }
}

/// Returns the CPU time of all threads of this process.
fn cpu_seconds() -> f64 {
    let of_thread = |entry: fs::DirEntry| -> f64 {
        let text = fs::read_to_string(entry.path().join("schedstat")).unwrap_or_default();
        text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0)
    };
    let threads = fs::read_dir("/proc/self/task").unwrap();
    threads.map(|entry| of_thread(entry.unwrap())).sum::<f64>() / 1e9
}

fn memory_kb() -> i64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<i64>().unwrap() * 4
}

/// The far ends: each sends 50 packets per second. The packets of the first call are timed.
fn far_ends(calls: usize, seconds: usize, audio: Audio) {
    let sockets: Vec<UdpSocket> =
        (0..2 * calls).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    for socket in &sockets {
        println!("{}", socket.local_addr().unwrap());
    }
    let mut lines = std::io::stdin().lines();
    for socket in &sockets {
        let switch: SocketAddr = lines.next().unwrap().unwrap().parse().unwrap();
        socket.connect(switch).unwrap();
        socket.set_nonblocking(true).unwrap();
    }
    assert_eq!(lines.next().unwrap().unwrap(), "go");

    let probe = [sockets[0].try_clone().unwrap(), sockets[1].try_clone().unwrap()];
    probe[1].set_nonblocking(false).unwrap();
    probe[1].set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let timed = thread::spawn(move || delays(&probe, seconds, audio));
    let mut packets = Packets::new(audio);

    let others = &sockets[2..];
    let (mut sent, mut received) = (0_u64, 0_u64);
    let start = Instant::now();
    let slots = 20;
    for tick in 0..seconds * 1_000 {
        let due = Duration::from_millis(tick as u64);
        thread::sleep(due.saturating_sub(start.elapsed()));
        for socket in others.iter().skip(tick % slots).step_by(slots) {
            let mut buffer = [0; 2_048];
            while socket.recv(&mut buffer).is_ok() {
                received += 1;
            }
            let frame = u16::try_from(tick / slots).unwrap();
            sent += u64::from(socket.send(packets.of(frame)).is_ok());
        }
    }
    thread::sleep(FRAME * 5);
    let mut buffer = [0; 2_048];
    for socket in others {
        while socket.recv(&mut buffer).is_ok() {
            received += 1;
        }
    }
    let mut delays = timed.join().unwrap();
    delays.sort_unstable();
    let at = |share: usize| delays[(delays.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!(
        "{sent} packets sent, {received} received; delay p50 {:.3} ms, p99 {:.3} ms",
        at(50),
        at(99)
    );
}

fn delays([from, to]: &[UdpSocket; 2], seconds: usize, audio: Audio) -> Vec<Duration> {
    let mut packets = Packets::new(audio);
    let start = Instant::now();
    let mut delays = Vec::new();
    let mut buffer = [0; 2_048];
    for frame in 0..u16::try_from(seconds * 50).unwrap() {
        thread::sleep((FRAME * u32::from(frame)).saturating_sub(start.elapsed()));
        let packet = packets.of(frame);
        let sent = Instant::now();
        from.send(packet).unwrap();
        if to.recv(&mut buffer).is_ok() {
            delays.push(sent.elapsed());
        }
    }
    delays
}

/// The packets of all far ends, which have one source and one key: each is ciphered once.
struct Packets {
    keys: Option<Context>,
    frame: Option<u16>,
    packet: Vec<u8>,
}

impl Packets {
    fn new(audio: Audio) -> Self {
        let profile = ProtectionProfile::Aes128CmHmacSha1_80;
        let keys = Context::new(&KEY[..16], &KEY[16..], profile, None, None).unwrap();
        Self { keys: (audio == Audio::Secure).then_some(keys), frame: None, packet: Vec::new() }
    }

    fn of(&mut self, frame: u16) -> &[u8] {
        if self.frame.replace(frame) != Some(frame) {
            let plain = packet(frame);
            self.packet = match &mut self.keys {
                Some(keys) => keys.encrypt_rtp(&plain).unwrap().to_vec(),
                None => plain.to_vec(),
            };
        }
        &self.packet
    }
}

fn packet(frame: u16) -> [u8; 172] {
    let mut bytes = [0x55; 172];
    bytes[..2].copy_from_slice(&[0x80, 0]);
    bytes[2..4].copy_from_slice(&frame.to_be_bytes());
    bytes[4..8].copy_from_slice(&(u32::from(frame) * 160).to_be_bytes());
    bytes
}
