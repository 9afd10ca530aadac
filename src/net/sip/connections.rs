//! Table of the connections, over TCP and TLS.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::connection;
use super::connection::News;
use super::connection::Towards;
use super::connection::WRITES;
use super::handshakes;
use super::handshakes::Handshakes;
use super::handshakes::TooMany;
use crate::base::Mono;
use crate::net::tls::Tls;
use crate::sip::ConnectionId;
use crate::sip::Peer;
use crate::sip::Transport;

/// Most concurrent connections, where open files allow it.
const CONNECTIONS_MAX: usize = 16_384;
/// Part of the open files that connections may take: calls need the others for their audio.
const FILES_PART: u64 = 2;
/// Part of the connections that is kept for those that we make, so that callers cannot keep us from
/// buyers. Further ones are closed as soon as they are accepted.
const DIALED_PART: usize = 8;
/// Most connections with one address; more are closed when they are accepted.
const PER_ADDRESS_MAX: usize = 64;
/// Most connections of strangers, each closed with the response to its first message, or to the third
/// where strangers are asked who they are; more are closed when they are accepted.
const STRANGERS_MAX: usize = 64;
/// Messages of a stranger who is asked who it is: an INVITE, its ACK, and the INVITE that answers.
const ASKED_MAX: u8 = 3;
/// Most hosts that are remembered by their address, for connections that are made again.
const HOSTS_MAX: usize = 1_024;

/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A trunk's address, or the far end of a call.
    Known,
    /// Any other address: it gets one response.
    Stranger,
}

/// What a connection is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// Messages to an address.
    Address,
    /// Messages that name it.
    Call,
}

/// Why a further connection is not accepted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Full {
    /// There are [`STRANGERS_MAX`].
    #[error("{STRANGERS_MAX} of strangers")]
    Strangers,
    /// There are [`PER_ADDRESS_MAX`].
    #[error("{PER_ADDRESS_MAX} of the address")]
    Address,
    /// There are so many in all.
    #[error("{0} in all")]
    All(usize),
    /// There are [`handshakes::AT_ONCE_MAX`].
    #[error("{} handshakes of the address", handshakes::AT_ONCE_MAX)]
    Handshakes,
    /// There were [`handshakes::PER_SECOND_MAX`].
    #[error("{} handshakes of the address in a second", handshakes::PER_SECOND_MAX)]
    HandshakesPerSecond,
    /// There is no certificate.
    #[error("0 without a certificate")]
    NoTls,
}

impl From<TooMany> for Full {
    fn from(too_many: TooMany) -> Self {
        match too_many {
            TooMany::AtOnce => Full::Handshakes,
            TooMany::PerSecond => Full::HandshakesPerSecond,
        }
    }
}

/// Returns how many connections there may be with so many open files; `None`: without a limit.
pub(super) fn connections_max(files: Option<u64>) -> usize {
    let part = files.map_or(CONNECTIONS_MAX as u64, |files| files / FILES_PART);
    usize::try_from(part).unwrap_or(CONNECTIONS_MAX).min(CONNECTIONS_MAX)
}

/// All live connections and the tasks that serve them.
#[derive(Debug)]
pub(super) struct Connections {
    live: HashMap<ConnectionId, Live>,
    by_address: HashMap<(Transport, SocketAddr), ConnectionId>,
    /// Connections over TLS that we made, by address and the host that was verified.
    to_hosts: HashMap<(SocketAddr, Arc<str>), ConnectionId>,
    /// The host that was called last at an address over TLS.
    hosts: HashMap<SocketAddr, Arc<str>>,
    /// Our certificates; `None`: no TLS.
    tls: Option<Arc<Tls>>,
    /// Most live connections.
    most: usize,
    /// Number of live connections with each address.
    per_address: HashMap<IpAddr, usize>,
    /// Connections of strangers, the oldest first, with the number of their messages.
    strangers: BTreeMap<ConnectionId, u8>,
    handshakes: Handshakes,
    tasks: JoinSet<()>,
    news: mpsc::Sender<News>,
    next: u64,
}

#[derive(Debug)]
struct Live {
    transport: Transport,
    remote: SocketAddr,
    /// The host that was verified.
    host: Option<Arc<str>>,
    writes: mpsc::Sender<Bytes>,
}

impl Connections {
    pub(super) fn new(news: mpsc::Sender<News>) -> Self {
        Self {
            live: HashMap::new(),
            by_address: HashMap::new(),
            to_hosts: HashMap::new(),
            hosts: HashMap::new(),
            tls: None,
            most: CONNECTIONS_MAX,
            per_address: HashMap::new(),
            strangers: BTreeMap::new(),
            handshakes: Handshakes::default(),
            tasks: JoinSet::new(),
            news,
            next: 0,
        }
    }

    /// Sets the most live connections.
    pub(super) fn limit(&mut self, most: usize) {
        self.most = most;
    }

    /// Returns whether no further connection can be made.
    pub(super) fn is_full(&self) -> bool {
        self.live.len() >= self.most
    }

    /// Sets the certificates for TLS.
    pub(super) fn secure(&mut self, tls: Arc<Tls>) {
        self.tls = Some(tls);
    }

    /// Serves an accepted connection.
    ///
    /// # Errors
    /// [`Full`] if there are too many connections: in all, of that address, or of strangers.
    pub(super) fn accept(
        &mut self,
        stream: TcpStream,
        transport: Transport,
        (remote, standing): (SocketAddr, Standing),
        now: Mono,
    ) -> Result<(), Full> {
        self.reap();
        let tls = match transport {
            Transport::Udp | Transport::Tcp => None,
            Transport::Tls => Some(self.tls.clone().ok_or(Full::NoTls)?),
        };
        if standing == Standing::Stranger && self.strangers.len() >= STRANGERS_MAX {
            // One that was asked, and has not answered, gives way.
            let asked = self.strangers.iter().find(|(_, messages)| **messages > 0);
            let asked = asked.map(|(id, _)| *id).ok_or(Full::Strangers)?;
            self.close(asked);
        }
        let same = self.per_address.get(&remote.ip()).copied().unwrap_or(0);
        if same >= PER_ADDRESS_MAX {
            return Err(Full::Address);
        }
        let most = self.most - self.most / DIALED_PART;
        if self.live.len() >= most {
            return Err(Full::All(most));
        }
        let secured = match tls {
            Some(tls) => Some((tls, self.handshakes.begin(remote.ip(), now)?)),
            None => None,
        };
        let (id, writes) = self.enter(transport, remote, None);
        if standing == Standing::Stranger {
            self.strangers.insert(id, 0);
        }
        let news = self.news.clone();
        self.tasks.spawn(connection::accept(stream, secured, (remote, id), writes, news));
        Ok(())
    }

    /// Notes that a message of a connection has been handled. A stranger's is closed, after what was to
    /// be sent is sent: unless it carries a call now, or `is_asked`, for the answer may come by it.
    pub(super) fn handled(&mut self, id: ConnectionId, carries: bool, is_asked: bool) {
        let Some(messages) = self.strangers.get_mut(&id) else { return };
        *messages += 1;
        if carries {
            self.strangers.remove(&id);
        } else if !is_asked || *messages >= ASKED_MAX {
            self.close(id);
        }
    }

    /// Closes a connection; its end is reported.
    pub(super) fn close(&mut self, id: ConnectionId) {
        self.forget(id);
    }

    /// Closes the connection that a peer's messages go by: it swallows them.
    pub(super) fn close_to(&mut self, peer: &Peer) {
        let by_address = || self.by_address.get(&(peer.transport, peer.remote)).copied();
        let id = peer.connection.filter(|id| self.live.contains_key(id)).or_else(by_address);
        if let Some(id) = id {
            self.close(id);
        }
    }

    /// Sends on the peer's connection, else on one to its address, else on a new one. Returns false
    /// if the message cannot be sent: there are too many connections, or the other end does not
    /// read.
    pub(super) fn send(&mut self, peer: Peer, bytes: Bytes) -> bool {
        let known = match peer.connection {
            Some(id) if self.live.contains_key(&id) => Some(id),
            // If the connection of a request is gone, RFC 3261 §18.2.2 falls back to the address.
            Some(_) | None => self.by_address.get(&(peer.transport, peer.remote)).copied(),
        };
        let id = match (known, peer.transport) {
            (Some(id), _) => Some(id),
            (None, Transport::Tls) => {
                let known = self.hosts.get(&peer.remote).cloned();
                let host = known.unwrap_or_else(|| peer.remote.ip().to_string().into());
                self.connect(peer, Some(host), For::Address)
            }
            (None, Transport::Udp | Transport::Tcp) => self.connect(peer, None, For::Address),
        };
        let Some(id) = id else { return false };
        self.live.get(&id).is_some_and(|live| live.writes.try_send(bytes).is_ok())
    }

    /// Returns the connection for a call to a host over TLS: one that was made to it, else a new one;
    /// `None` if there are too many. One to the same address whose certificate was verified for
    /// another host is not used (RFC 5922 §7.2).
    pub(super) fn call_host(&mut self, peer: Peer, host: &str) -> Option<ConnectionId> {
        let host: Arc<str> = host.to_ascii_lowercase().into();
        if let Some(id) = self.to_hosts.get(&(peer.remote, host.clone())) {
            return Some(*id);
        }
        if self.hosts.len() >= HOSTS_MAX {
            self.hosts.clear();
        }
        self.hosts.insert(peer.remote, host.clone());
        self.connect(peer, Some(host), For::Call)
    }

    /// Returns a sender of reports to the SIP task.
    pub(super) fn reports(&self) -> mpsc::Sender<News> {
        self.news.clone()
    }

    /// Makes a connection, over TLS to a host. Returns `None` if there are too many, or no
    /// certificates to verify it by.
    fn connect(
        &mut self,
        peer: Peer,
        host: Option<Arc<str>>,
        for_whom: For,
    ) -> Option<ConnectionId> {
        self.reap();
        if self.is_full() {
            return None;
        }
        let towards = match &host {
            Some(host) => Some(Towards { tls: self.tls.clone()?, host: host.clone() }),
            None => None,
        };
        let (id, writes) = self.enter(peer.transport, peer.remote, host);
        // A message that named no connection fails with any to its address.
        let connection = match for_whom {
            For::Address => None,
            For::Call => Some(id),
        };
        let peer = Peer { connection, ..peer };
        self.tasks.spawn(connection::connect(peer, towards, id, writes, self.news.clone()));
        Some(id)
    }

    fn enter(
        &mut self,
        transport: Transport,
        remote: SocketAddr,
        host: Option<Arc<str>>,
    ) -> (ConnectionId, mpsc::Receiver<Bytes>) {
        self.next += 1;
        let id = ConnectionId(self.next);
        let (writes, queue) = mpsc::channel(WRITES);
        if let Some(host) = &host {
            self.to_hosts.insert((remote, host.clone()), id);
        }
        self.live.insert(id, Live { transport, remote, host, writes });
        self.by_address.insert((transport, remote), id);
        *self.per_address.entry(remote.ip()).or_default() += 1;
        (id, queue)
    }

    /// Removes a connection that has ended.
    pub(super) fn forget(&mut self, id: ConnectionId) {
        self.strangers.remove(&id);
        let Some(Live { transport, remote, host, .. }) = self.live.remove(&id) else { return };
        if self.by_address.get(&(transport, remote)) == Some(&id) {
            self.by_address.remove(&(transport, remote));
        }
        if let Some(key) = host.map(|host| (remote, host))
            && self.to_hosts.get(&key) == Some(&id)
        {
            self.to_hosts.remove(&key);
        }
        if let Entry::Occupied(mut count) = self.per_address.entry(remote.ip()) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }

    fn reap(&mut self) {
        while self.tasks.try_join_next().is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::*;
    use crate::net::tls::sample::tls;

    #[tokio::test]
    async fn one_address_has_only_so_many_connections() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (news, mut heard) = mpsc::channel(8);
        let mut connections = Connections::new(news);
        let mut far = Vec::new();
        for n in 0..=PER_ADDRESS_MAX {
            far.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
            let (ours, remote) = listener.accept().await.unwrap();
            let expected = if n < PER_ADDRESS_MAX { Ok(()) } else { Err(Full::Address) };
            assert_eq!(
                connections.accept(
                    ours,
                    Transport::Tcp,
                    (remote, Standing::Known),
                    Mono::default()
                ),
                expected,
                "{n}"
            );
        }
        // One is closed for its silence towards us: there is room again.
        let (remote, local) = (far[0].local_addr().unwrap(), far[0].peer_addr().unwrap());
        let peer = Peer { transport: Transport::Tcp, remote, local, connection: None };
        connections.close_to(&peer);
        assert!(matches!(heard.recv().await, Some(News::Lost { .. })));
        far.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
        let (ours, remote) = listener.accept().await.unwrap();
        assert_eq!(
            connections.accept(ours, Transport::Tcp, (remote, Standing::Known), Mono::default()),
            Ok(())
        );
    }

    #[test]
    fn connections_take_a_part_of_the_files() {
        for (files, most) in
            [(Some(1_024), 512), (Some(65_536), 16_384), (Some(u64::MAX), 16_384), (None, 16_384)]
        {
            assert_eq!(connections_max(files), most, "{files:?}");
        }
    }

    #[tokio::test]
    async fn callers_leave_room_for_connections_that_we_make() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let (news, _heard) = mpsc::channel(8);
        let mut connections = Connections::new(news);
        connections.limit(8);
        let mut far = Vec::new();
        for n in 0..8 {
            far.push(TcpStream::connect(at).await.unwrap());
            let (ours, remote) = listener.accept().await.unwrap();
            let expected = if n < 7 { Ok(()) } else { Err(Full::All(7)) };
            let known = (remote, Standing::Known);
            assert_eq!(
                connections.accept(ours, Transport::Tcp, known, Mono::default()),
                expected,
                "{n}"
            );
        }
        let peer = Peer { transport: Transport::Tcp, remote: at, local: at, connection: None };
        assert!(connections.send(peer, Bytes::from_static(b"x")));
        assert!(connections.is_full());
        let other = Peer { remote: ([127, 0, 0, 9], 9).into(), ..peer };
        assert!(!connections.send(other, Bytes::from_static(b"x")));
    }

    #[tokio::test]
    async fn strangers_leave_room_for_others() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (news, _heard) = mpsc::channel(8);
        let mut connections = Connections::new(news);
        let mut far = Vec::new();
        for n in 0..=STRANGERS_MAX {
            // Each from an address of its own.
            let own = SocketAddr::from(([127, 0, 7, u8::try_from(n).unwrap() + 1], 0));
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(own).unwrap();
            far.push(socket.connect(listener.local_addr().unwrap()).await.unwrap());
            let (ours, remote) = listener.accept().await.unwrap();
            let expected = if n < STRANGERS_MAX { Ok(()) } else { Err(Full::Strangers) };
            assert_eq!(
                connections.accept(
                    ours,
                    Transport::Tcp,
                    (remote, Standing::Stranger),
                    Mono::default()
                ),
                expected,
                "{n}"
            );
        }
        far.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
        let (ours, remote) = listener.accept().await.unwrap();
        assert_eq!(
            connections.accept(ours, Transport::Tcp, (remote, Standing::Known), Mono::default()),
            Ok(())
        );
    }

    /// A caller with a user name and a password answers by the connection that asked for them.
    #[tokio::test]
    async fn a_stranger_who_is_asked_may_answer() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (news, _heard) = mpsc::channel(8);
        // Messages that were handled, whether a call came of the last, and whether the stranger is asked.
        for (messages, carries, is_asked, stays) in [
            (1, false, false, false),
            (1, false, true, true),
            (2, false, true, true),
            (3, false, true, false),
            (3, true, true, true),
        ] {
            let mut connections = Connections::new(news.clone());
            let _far = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (ours, remote) = listener.accept().await.unwrap();
            let stranger = (remote, Standing::Stranger);
            connections.accept(ours, Transport::Tcp, stranger, Mono::default()).unwrap();
            let id = *connections.live.keys().next().unwrap();
            for n in 1..=messages {
                connections.handled(id, carries && n == messages, is_asked);
            }
            assert_eq!(connections.live.contains_key(&id), stays, "{messages} {is_asked}");
            connections.handled(id, false, is_asked);
            assert_eq!(connections.live.contains_key(&id), stays && (carries || messages < 2));
        }
    }

    /// Those who were asked and do not answer give way to others.
    #[tokio::test]
    async fn strangers_who_do_not_answer_give_way() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (news, _heard) = mpsc::channel(256);
        let mut connections = Connections::new(news);
        let mut far = Vec::new();
        for n in 0..3 * STRANGERS_MAX {
            let own = SocketAddr::from(([127, 0, 8, u8::try_from(n).unwrap() + 1], 0));
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(own).unwrap();
            far.push(socket.connect(listener.local_addr().unwrap()).await.unwrap());
            let (ours, remote) = listener.accept().await.unwrap();
            let stranger = (remote, Standing::Stranger);
            let accepted = connections.accept(ours, Transport::Tcp, stranger, Mono::default());
            assert_eq!(accepted, Ok(()), "{n}");
            let newest = *connections.strangers.keys().next_back().unwrap();
            connections.handled(newest, false, true);
            assert!(connections.strangers.len() <= STRANGERS_MAX);
        }
    }

    /// One address begins handshakes and never goes on: others finish theirs.
    #[tokio::test]
    async fn half_done_handshakes_of_one_address_leave_others_connecting() {
        let home = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (news, _heard) = mpsc::channel(8);
        let mut connections = Connections::new(news);
        let tls = tls(&home);
        connections.secure(tls.clone());
        let mut far = Vec::new();
        for n in 0..handshakes::AT_ONCE_MAX + 3 {
            far.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
            let (ours, remote) = listener.accept().await.unwrap();
            let expected = if n < handshakes::AT_ONCE_MAX { Ok(()) } else { Err(Full::Handshakes) };
            let known = (remote, Standing::Known);
            let accepted = connections.accept(ours, Transport::Tls, known, Mono::default());
            assert_eq!(accepted, expected, "{n}");
        }
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 7, 1], 0))).unwrap();
        let other = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        let (ours, remote) = listener.accept().await.unwrap();
        let known = (remote, Standing::Known);
        assert_eq!(connections.accept(ours, Transport::Tls, known, Mono::default()), Ok(()));
        let shaken = tls.connect("127.0.0.1", other).await;
        assert!(shaken.is_ok(), "{:?}", shaken.err());
    }
}
