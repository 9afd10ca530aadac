//! Table of the TCP connections.

use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::net::SocketAddr;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::connection;
use super::connection::News;
use super::connection::Origin;
use super::connection::PATIENCE;
use super::connection::WRITES;
use crate::sip::ConnectionId;
use crate::sip::Peer;

/// Most concurrent connections; further ones are closed as soon as they are accepted.
const CONNECTIONS_MAX: usize = 4_096;
/// Most connections with one address; more are closed when they are accepted.
const PER_ADDRESS_MAX: usize = 64;
/// Most connections of strangers, each closed with the response to its first message; more are
/// closed when they are accepted.
const STRANGERS_MAX: usize = 64;

/// All live connections and the tasks that serve them.
/// Who is at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// A trunk's address, or the far end of a call.
    Known,
    /// Any other address: it gets one response.
    Stranger,
}

/// No further connection is accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

#[derive(Debug)]
pub(super) struct Connections {
    live: HashMap<ConnectionId, Live>,
    by_address: HashMap<SocketAddr, ConnectionId>,
    /// Number of live connections with each address.
    per_address: HashMap<IpAddr, usize>,
    /// Connections of strangers.
    strangers: HashSet<ConnectionId>,
    tasks: JoinSet<()>,
    news: mpsc::Sender<News>,
    next: u64,
}

#[derive(Debug)]
struct Live {
    remote: SocketAddr,
    writes: mpsc::Sender<Bytes>,
}

impl Connections {
    pub(super) fn new(news: mpsc::Sender<News>) -> Self {
        Self {
            live: HashMap::new(),
            by_address: HashMap::new(),
            per_address: HashMap::new(),
            strangers: HashSet::new(),
            tasks: JoinSet::new(),
            news,
            next: 0,
        }
    }

    /// Serves an accepted connection.
    ///
    /// # Errors
    /// [`Full`] if there are too many connections, in all or with that address.
    pub(super) fn accept(
        &mut self,
        stream: TcpStream,
        (remote, standing): (SocketAddr, Standing),
    ) -> Result<(), Full> {
        self.reap();
        if standing == Standing::Stranger && self.strangers.len() >= STRANGERS_MAX {
            return Err(Full);
        }
        let same = self.per_address.get(&remote.ip()).copied().unwrap_or(0);
        if self.live.len() >= CONNECTIONS_MAX || same >= PER_ADDRESS_MAX {
            return Err(Full);
        }
        let (id, writes) = self.enter(remote);
        if standing == Standing::Stranger {
            self.strangers.insert(id);
        }
        let accepted = (stream, Origin::Accepted, PATIENCE);
        self.tasks.spawn(connection::serve(accepted, remote, id, writes, self.news.clone()));
        Ok(())
    }

    /// Closes a stranger's connection once a message of it has been handled. What was to be sent is
    /// sent before.
    pub(super) fn handled(&mut self, id: ConnectionId) {
        if self.strangers.contains(&id) {
            self.close(id);
        }
    }

    /// Closes a connection; its end is reported.
    pub(super) fn close(&mut self, id: ConnectionId) {
        self.forget(id);
    }

    /// Closes the connection that a peer's messages go by: it swallows them.
    pub(super) fn close_to(&mut self, peer: &Peer) {
        let by_address = || self.by_address.get(&peer.remote).copied();
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
            Some(_) | None => self.by_address.get(&peer.remote).copied(),
        };
        let id = match known {
            Some(id) => id,
            None if self.live.len() < CONNECTIONS_MAX => self.connect(peer),
            None => return false,
        };
        self.live.get(&id).is_some_and(|live| live.writes.try_send(bytes).is_ok())
    }

    /// Returns a sender of reports to the SIP task.
    pub(super) fn reports(&self) -> mpsc::Sender<News> {
        self.news.clone()
    }

    fn connect(&mut self, peer: Peer) -> ConnectionId {
        self.reap();
        let (id, writes) = self.enter(peer.remote);
        self.tasks.spawn(connection::connect(peer, id, writes, self.news.clone()));
        id
    }

    fn enter(&mut self, remote: SocketAddr) -> (ConnectionId, mpsc::Receiver<Bytes>) {
        self.next += 1;
        let id = ConnectionId(self.next);
        let (writes, queue) = mpsc::channel(WRITES);
        self.live.insert(id, Live { remote, writes });
        self.by_address.insert(remote, id);
        *self.per_address.entry(remote.ip()).or_default() += 1;
        (id, queue)
    }

    /// Removes a connection that has ended.
    pub(super) fn forget(&mut self, id: ConnectionId) {
        self.strangers.remove(&id);
        let Some(Live { remote, .. }) = self.live.remove(&id) else { return };
        if self.by_address.get(&remote) == Some(&id) {
            self.by_address.remove(&remote);
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
    use crate::sip::Transport;

    #[tokio::test]
    async fn one_address_has_only_so_many_connections() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (news, mut heard) = mpsc::channel(8);
        let mut connections = Connections::new(news);
        let mut far = Vec::new();
        for n in 0..=PER_ADDRESS_MAX {
            far.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
            let (ours, remote) = listener.accept().await.unwrap();
            let expected = if n < PER_ADDRESS_MAX { Ok(()) } else { Err(Full) };
            assert_eq!(connections.accept(ours, (remote, Standing::Known)), expected, "{n}");
        }
        // One is closed for its silence towards us: there is room again.
        let (remote, local) = (far[0].local_addr().unwrap(), far[0].peer_addr().unwrap());
        let peer = Peer { transport: Transport::Tcp, remote, local, connection: None };
        connections.close_to(&peer);
        assert!(matches!(heard.recv().await, Some(News::Lost { .. })));
        far.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
        let (ours, remote) = listener.accept().await.unwrap();
        assert_eq!(connections.accept(ours, (remote, Standing::Known)), Ok(()));
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
            let expected = if n < STRANGERS_MAX { Ok(()) } else { Err(Full) };
            assert_eq!(connections.accept(ours, (remote, Standing::Stranger)), expected, "{n}");
        }
        far.push(TcpStream::connect(listener.local_addr().unwrap()).await.unwrap());
        let (ours, remote) = listener.accept().await.unwrap();
        assert_eq!(connections.accept(ours, (remote, Standing::Known)), Ok(()));
    }
}
