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
use crate::net::sip::SipLine;
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

/// Orders, or messages of connections, that wait for the endpoint.
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

/// An endpoint that does not run yet.
struct Bench {
    addresses: Vec<SocketAddr>,
    heard: Arc<Heard>,
    line: SipLine,
    endpoint: Endpoint<Listener>,
}

impl Bench {
    /// An endpoint at so many UDP sockets of `address(1)`.
    fn new(sockets: usize) -> Self {
        let own = (Transport::Udp, SocketAddr::new(address(1), 0));
        let sockets = Sockets::bind(&vec![own; sockets]).unwrap();
        let addresses: Vec<SocketAddr> = sockets.addresses().iter().map(|(_, at)| *at).collect();
        let agent = Agent::new(AgentConfig::new(addresses[0]), Rng::seeded(1));
        let (line, orders) = line(&sockets);
        let heard = Arc::new(Heard::default());
        let listener = Listener(heard.clone());
        let endpoint = Endpoint::new(agent, Clock::system(), sockets, listener, orders);
        Self { addresses, heard, line, endpoint }
    }

    /// Lets [`FLOOD`] datagrams of `address(2)` wait at a socket.
    fn flood(&self, socket: usize) {
        let loud = UdpSocket::bind((address(2), 0)).unwrap();
        for _ in 0..FLOOD {
            loud.send_to(b"flood", self.addresses[socket]).unwrap();
        }
    }

    /// Lets orders wait that change nothing.
    async fn order(&self, count: usize) {
        for _ in 0..count {
            let command = Command::Probe { session: LegId::random(&mut Rng::seeded(2)) };
            self.line.give(Order { command, mailbox: None }).await;
        }
    }

    /// Runs it, beside a task that counts its turns. It ends with the line and the tasks.
    fn run(self) -> (Arc<Heard>, (SipLine, JoinSet<()>)) {
        let mut tasks = JoinSet::new();
        tasks.spawn(self.endpoint.run(CancellationToken::new()));
        let turns = self.heard.clone();
        tasks.spawn(async move {
            loop {
                turns.turns.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
        (self.heard, (self.line, tasks))
    }
}

/// Runs an endpoint with three sockets, one of them with a flood from `address(2)` and the others
/// with a datagram from `address(3)`, until it has heard all of that.
async fn flood(flooded: usize) -> Vec<(IpAddr, u64)> {
    let bench = Bench::new(3);
    bench.flood(flooded);
    let quiet = UdpSocket::bind((address(3), 0)).unwrap();
    for (_, at) in bench.addresses.iter().enumerate().filter(|(place, _)| *place != flooded) {
        quiet.send_to(b"call", at).unwrap();
    }
    let (heard, _running) = bench.run();
    while heard.from.lock().unwrap().len() < FLOOD + 2 {
        heard.more.notified().await;
    }
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

/// One order a turn would let the calls wait for seconds when the thread is short of time.
#[tokio::test]
async fn orders_are_carried_out_as_fast_as_datagrams_come() {
    let server = tokio::net::UdpSocket::bind((address(5), 0)).await.unwrap();
    let bench = Bench::new(1);
    bench.flood(0);
    bench.order(WAITING - 1).await;
    let (remote, local) = (server.local_addr().unwrap(), bench.addresses[0]);
    let peer = Peer { transport: Transport::Udp, remote, local, connection: None };
    let target = Uri::parse(&format!("sip:{remote}")).unwrap();
    let ping = ServerPing { id: ServerPingId(1), peer, target };
    bench.line.give(Order { command: Command::Ping(Box::new(ping)), mailbox: None }).await;
    let (heard, _running) = bench.run();
    server.readable().await.unwrap();
    let turns = heard.turns.load(Ordering::Relaxed);
    assert!(turns < 256, "{WAITING} orders took {turns} turns");
}

/// Callers over TCP and TLS are served beside a flood over UDP.
#[tokio::test]
async fn connections_are_heard_as_fast_as_datagrams_come() {
    let bench = Bench::new(1);
    bench.flood(0);
    let reports = bench.endpoint.connections.reports();
    let (remote, local) = (SocketAddr::new(TRUSTED, 5_060), bench.addresses[0]);
    for _ in 0..WAITING {
        let peer = Peer { transport: Transport::Tcp, remote, local, connection: None };
        reports.try_send(News::Message { peer, bytes: "call".into() }).unwrap();
    }
    let (heard, _running) = bench.run();
    while heard.from.lock().unwrap().len() < FLOOD + WAITING {
        heard.more.notified().await;
    }
    let turns = heard.from.lock().unwrap().last().unwrap().1;
    assert!(turns < 256, "{WAITING} messages took {turns} turns");
}

/// The switch turns calls away from the moment of its stop: no OPTIONS is answered otherwise.
#[tokio::test]
async fn a_stop_does_not_wait_behind_orders() {
    let mut bench = Bench::new(1);
    bench.order(WAITING).await;
    let peer = tokio::net::UdpSocket::bind((TRUSTED, 0)).await.unwrap();
    let (from, own) = (peer.local_addr().unwrap(), bench.addresses[0]);
    let options = format!(
        "OPTIONS sip:{own} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK1\r\n\
         From: <sip:{from}>;tag=1\r\nTo: <sip:{own}>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    );
    peer.send_to(options.as_bytes(), own).await.unwrap();
    let drain = CancellationToken::new();
    drain.cancel();
    bench.endpoint = bench.endpoint.drained_by(drain);
    let (_heard, _running) = bench.run();
    let mut buffer = [0; 1_500];
    let (count, _) = peer.recv_from(&mut buffer).await.unwrap();
    let answer = String::from_utf8_lossy(&buffer[..count]);
    assert!(answer.starts_with("SIP/2.0 503 "), "{answer}");
}
