use std::net::IpAddr;
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
use crate::sip::ServerPingId;
use crate::sip::digest::Accounts;

/// Datagrams that wait at one socket.
const FLOOD: usize = 6 * BURST;

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
        Sender::Stranger
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
