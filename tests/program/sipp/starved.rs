//! The switch at its limit of file descriptors, and strangers over TCP.

use std::fs;
use std::io::Read as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::process::getrlimit;
use rustix::process::setrlimit;
use socket2::Domain;
use socket2::Socket;
use socket2::Type;

use super::phone::Phone;
use super::scenario::Sipp;
use super::stage::Stage;
use super::stage::contract;
use crate::until::until;

/// Sets the limit of file descriptors of the running switch.
fn limit(stage: &Stage, descriptors: usize) {
    let switch = stage.switch.as_ref().unwrap().id();
    let done = Command::new("prlimit")
        .args([&format!("--pid={switch}"), &format!("--nofile={descriptors}:")])
        .status();
    assert!(done.unwrap().success());
}

#[test]
fn without_file_descriptors_calls_are_refused_at_once_and_the_log_counts() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let switch = stage.switch.as_ref().unwrap().id();
    let open = fs::read_dir(format!("/proc/{switch}/fd")).unwrap().count();
    limit(&stage, open.saturating_sub(4));
    for host in [20, 21, 22, 23] {
        let caller = Phone::new(&stage, host);
        caller.send(&caller.invite());
        caller.await_status(503);
    }
    // One search for ports, of one try; the calls after it were not even begun.
    let said = stage.log();
    assert_eq!(said.matches("after 1 tries").count(), 1, "{said}");
    let _connection = connect(&stage, 20);
    until("the accept error is logged", || stage.log().contains("TCP connections not accepted"));
    limit(&stage, 4_096);
    until("the switch has recovered", || {
        let caller = Phone::new(&stage, 23);
        caller.send(&caller.invite().replace("Call-ID: phone@", "Call-ID: again@"));
        caller.answer_is(480)
    });
}

fn connect(stage: &Stage, host: u8) -> TcpStream {
    let (own, switch) = (at(stage.ip(host), 0), at(stage.ip(1), 5060));
    let socket = Socket::new(Domain::for_address(own), Type::STREAM, None).unwrap();
    socket.bind(&own.into()).unwrap();
    socket.connect(&switch.into()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket.into()
}

fn at(ip: IpAddr, port: u16) -> SocketAddr {
    SocketAddr::new(ip, port)
}

#[test]
fn strangers_over_tcp_take_no_room_from_trunks() {
    let stage = Stage::direct(&[contract("acme", 10)]);
    let idle: Vec<_> = (0..200).map(|_| connect(&stage, 66)).collect();
    // A trunk's connection stays, a further stranger's is closed at once.
    let mut trunk = connect(&stage, 20);
    let mut closed = connect(&stage, 67);
    assert_eq!(closed.read(&mut [0; 1]).unwrap_or(0), 0);
    for _ in 0..2 {
        trunk.write_all(b"\r\n\r\n").unwrap();
        let mut pong = [0; 2];
        trunk.read_exact(&mut pong).unwrap();
        assert_eq!(&pong, b"\r\n");
    }
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 1);
    Sipp::caller(&stage, "uac-talks-then-hangs-up", 1).succeed();
    buyer.succeed();
    drop(idle);
    assert!(stage.log().contains("TCP connection closed: too many"), "{}", stage.log());
}

/// Connections that only keep themselves alive.
#[test]
fn ten_thousand_idle_connections_change_nothing_for_callers_over_udp() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    // No stage has an address in this network.
    let book = |_: &Stage, text: String| {
        text.replace("accept_from = [", "accept_from = [\"127.251.0.0/16\", ")
    };
    let stage = Stage::changed(&[contract("acme", 10)], |_, text| text, book);
    let connect = |address: u8| {
        let own = at(IpAddr::from([127, 251, 1, address]), 0);
        let socket = Socket::new(Domain::for_address(own), Type::STREAM, None).unwrap();
        socket.bind(&own.into()).unwrap();
        socket.connect(&at(stage.ip(1), 5060).into()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        TcpStream::from(socket)
    };
    let is_kept = |mut stream: &TcpStream| {
        stream.write_all(b"\r\n\r\n").is_ok() && stream.read_exact(&mut [0; 2]).is_ok()
    };
    let mut idle = Vec::new();
    for address in 1..=200 {
        let connected: Vec<_> = (0..50).map(|_| connect(address)).collect();
        idle.extend(connected.into_iter().filter(&is_kept));
    }
    // Half of the open files, without an eighth.
    let most = maximum.map_or(16_384, |files| usize::try_from(files / 2).unwrap().min(16_384));
    assert_eq!(idle.len(), 10_000.min(most - most / 8));
    let calls = ["-m", "60", "-r", "20", "-d", "300"];
    let buyer = Sipp::buyer(&stage, 10, "uas-answers", 60);
    Sipp::caller_with(&stage, "uac-talks-then-hangs-up", 60, &calls).succeed();
    buyer.succeed();
    assert!(idle.iter().all(is_kept), "a connection was closed");

    // A line of the log names the bound, and there is room again.
    let is_full = idle.len() < 10_000;
    let expected = if is_full { " in all" } else { "there_are=64 of the address" };
    let _more: Vec<_> = (0..15).map(|_| connect(1)).collect();
    until("the bound is logged", || stage.log().contains(expected));
    drop(idle);
    until("a connection is kept", || is_kept(&connect(201)));
}
