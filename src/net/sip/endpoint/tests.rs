use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::Mutex;

use tokio::sync::Notify;

use std::sync::atomic::AtomicU64;

use super::*;
use crate::base::Rng;
use crate::net::sip::Rejection;
use crate::net::sip::line;
use crate::sip::AgentConfig;
use crate::sip::RefusedInvite;
use crate::sip::RegistrationId;
use crate::sip::RegistrationOutcome;
use crate::sip::ServerPing;
use crate::sip::ServerPingId;
use crate::sip::Uri;
use crate::sip::digest::Accounts;

/// Datagrams that wait at one socket.
const FLOOD: usize = 6 * BURST;

/// Orders that wait for the endpoint.
const WAITING: usize = 1_024;
/// The address of a trunk.
const TRUSTED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 4));

/// What an endpoint has heard: sources, in order, and how many turns another task of its thread had
/// had at that time.
#[derive(Default)]
struct Heard {
    from: Mutex<Vec<(IpAddr, u64)>>,
    more: Notify,
    turns: AtomicU64,
}

struct Listener(Arc<Heard>);

impl CallHandler for Listener {
    fn sender(&self, address: IpAddr) -> Sender {
        let turns = self.0.turns.load(Ordering::Relaxed);
        self.0.from.lock().unwrap().push((address, turns));
        self.0.more.notify_one();
        if address == TRUSTED {
            Sender::Trusted("a-trunk".parse().unwrap())
        } else {
            Sender::Stranger
        }
    }

    fn accounts(&mut self) -> Option<Arc<Accounts>> {
        None
    }

    fn registered(&mut self, _: RegistrationId, _: RegistrationOutcome) {}

    fn pinged(&mut self, _: ServerPingId, _: Option<u16>) {}

    fn incoming(&mut self, _: Box<sip::Incoming>) -> Result<Mailbox, Rejection> {
        Err(Rejection { status: 480, retry_after: None, reason: None })
    }

    fn refused(&mut self, _: &RefusedInvite) {}
}

fn address(last: u8) -> IpAddr {
    [127, 0, 0, last].into()
}

/// Runs an endpoint with three sockets, one of them with a flood from `address(2)` and the others
/// with a datagram from `address(3)`, until it has heard all of that.
async fn flood(flooded: usize) -> Vec<(IpAddr, u64)> {
    let own = SocketAddr::new(address(1), 0);
    let sockets = Sockets::bind(&[(Transport::Udp, own); 3]).unwrap();
    let addresses: Vec<SocketAddr> = sockets.addresses().iter().map(|(_, at)| *at).collect();
    let client = |last: u8| UdpSocket::bind((address(last), 0)).unwrap();
    let (loud, quiet) = (client(2), client(3));
    for _ in 0..FLOOD {
        loud.send_to(b"flood", addresses[flooded]).unwrap();
    }
    for (_, at) in addresses.iter().enumerate().filter(|(place, _)| *place != flooded) {
        quiet.send_to(b"call", at).unwrap();
    }
    let heard = Arc::new(Heard::default());
    let agent = Agent::new(AgentConfig::new(addresses[0]), Rng::seeded(1));
    let (line, orders) = line(&sockets);
    let listener = Listener(heard.clone());
    let endpoint = Endpoint::new(agent, Clock::system(), sockets, listener, orders);
    let mut tasks = JoinSet::new();
    tasks.spawn(endpoint.run(CancellationToken::new()));
    let turns = heard.clone();
    tasks.spawn(async move {
        loop {
            turns.turns.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    while heard.from.lock().unwrap().len() < FLOOD + 2 {
        heard.more.notified().await;
    }
    drop(line);
    std::mem::take(&mut *heard.from.lock().unwrap())
}

/// Whichever it is.
#[tokio::test]
async fn a_flood_at_one_socket_leaves_the_others_their_turn() {
    for flooded in 0..3 {
        let heard = flood(flooded).await;
        let last = heard.iter().rposition(|(from, _)| *from == address(3)).unwrap();
        assert!(last <= 2 * BURST + 1, "socket {flooded} was flooded: heard at place {last}");
    }
}

/// The tasks of the calls run on the endpoint's thread.
#[tokio::test]
async fn a_flood_leaves_the_calls_their_turn() {
    let heard = flood(0).await;
    let longest = heard.chunk_by(|one, next| one.1 == next.1).map(<[_]>::len).max().unwrap();
    assert!(longest <= 2 * BURST, "{longest} datagrams without a turn for the calls");
}

/// Runs an endpoint with a flood at its socket and orders that wait. The last of them is an OPTIONS
/// to a server; returns how many turns another task had until it was sent.
async fn turns_until_the_last_order() -> u64 {
    let server = tokio::net::UdpSocket::bind((address(5), 0)).await.unwrap();
    let sockets = Sockets::bind(&[(Transport::Udp, SocketAddr::new(address(1), 0))]).unwrap();
    let (_, own) = sockets.addresses()[0];
    let loud = UdpSocket::bind((address(2), 0)).unwrap();
    for _ in 0..FLOOD {
        loud.send_to(b"flood", own).unwrap();
    }
    let heard = Arc::new(Heard::default());
    let (line, orders) = line(&sockets);
    for _ in 1..WAITING {
        let command = Command::Probe { session: LegId::random(&mut Rng::seeded(2)) };
        line.give(Order { command, mailbox: None }).await;
    }
    let peer = Peer {
        transport: Transport::Udp,
        remote: server.local_addr().unwrap(),
        local: own,
        connection: None,
    };
    let target = Uri::parse(&format!("sip:{}", peer.remote)).unwrap();
    let ping = ServerPing { id: ServerPingId(1), peer, target };
    line.give(Order { command: Command::Ping(Box::new(ping)), mailbox: None }).await;
    let agent = Agent::new(AgentConfig::new(own), Rng::seeded(1));
    let listener = Listener(heard.clone());
    let endpoint = Endpoint::new(agent, Clock::system(), sockets, listener, orders);
    let mut tasks = JoinSet::new();
    tasks.spawn(endpoint.run(CancellationToken::new()));
    let turns = heard.clone();
    tasks.spawn(async move {
        loop {
            turns.turns.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
    });
    server.readable().await.unwrap();
    heard.turns.load(Ordering::Relaxed)
}

/// One order a turn would let the calls wait for seconds when the thread is short of time.
#[tokio::test]
async fn orders_are_carried_out_as_fast_as_datagrams_come() {
    let turns = turns_until_the_last_order().await;
    assert!(turns < 256, "{WAITING} orders took {turns} turns");
}

/// The switch turns calls away from the moment of its stop: no OPTIONS is answered otherwise.
#[tokio::test]
async fn a_stop_does_not_wait_behind_orders() {
    let sockets = Sockets::bind(&[(Transport::Udp, SocketAddr::new(address(1), 0))]).unwrap();
    let (_, own) = sockets.addresses()[0];
    let (line, orders) = line(&sockets);
    for _ in 0..WAITING {
        let command = Command::Probe { session: LegId::random(&mut Rng::seeded(2)) };
        line.give(Order { command, mailbox: None }).await;
    }
    let peer = tokio::net::UdpSocket::bind((TRUSTED, 0)).await.unwrap();
    let from = peer.local_addr().unwrap();
    let options = format!(
        "OPTIONS sip:{own} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK1\r\n\
         From: <sip:{from}>;tag=1\r\nTo: <sip:{own}>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    peer.send_to(options.as_bytes(), own).await.unwrap();
    let drain = CancellationToken::new();
    drain.cancel();
    let agent = Agent::new(AgentConfig::new(own), Rng::seeded(1));
    let listener = Listener(Arc::default());
    let endpoint =
        Endpoint::new(agent, Clock::system(), sockets, listener, orders).drained_by(drain);
    let mut tasks = JoinSet::new();
    tasks.spawn(endpoint.run(CancellationToken::new()));
    let mut buffer = [0; 1_500];
    let (count, _) = peer.recv_from(&mut buffer).await.unwrap();
    let answer = String::from_utf8_lossy(&buffer[..count]);
    assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
}
