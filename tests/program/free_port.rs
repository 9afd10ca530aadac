//! Ports for programs that must be told theirs.

use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::TcpListener;
use std::net::UdpSocket;
use std::process;
use std::sync::LazyLock;
use std::sync::atomic::AtomicU16;
use std::sync::atomic::Ordering;

/// The first of the ports: below those that the kernel gives away for port 0, so that no other
/// socket takes one between this test's look and its program's start; above those of SIPp.
const FIRST: u16 = 12_000;
/// How many there are; those of media begin behind them.
const COUNT: u16 = 8_000;

/// Returns a port that is free on every address, for UDP and TCP, and that no other test of this
/// process gets.
pub(crate) fn free_port() -> u16 {
    // Another process of tests begins elsewhere.
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| {
        let start = process::id().wrapping_mul(97) % u32::from(COUNT);
        AtomicU16::new(u16::try_from(start).unwrap())
    });
    let mut ports = (0..COUNT).map(|_| FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT);
    ports.find(|port| is_free(*port)).expect("a free port")
}

fn is_free(port: u16) -> bool {
    // An IPv6 wildcard socket takes IPv4 too; a machine without IPv6 has none.
    let any = (Ipv6Addr::UNSPECIFIED, port);
    let udp = UdpSocket::bind(any).or_else(|_| UdpSocket::bind((Ipv4Addr::UNSPECIFIED, port)));
    let tcp = TcpListener::bind(any).or_else(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)));
    udp.is_ok() && tcp.is_ok()
}
