//! Table of the TCP connections.

use std::collections::HashMap;
use std::net::SocketAddr;

use bytes::Bytes;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::connection;
use super::connection::News;
use super::connection::WRITES;
use crate::sip::ConnectionId;
use crate::sip::Peer;

/// Most concurrent connections; further ones are closed as soon as they are accepted.
const CONNECTIONS_MAX: usize = 4_096;

/// All live connections and the tasks that serve them.
#[derive(Debug)]
pub(super) struct Connections {
    live: HashMap<ConnectionId, Live>,
    by_address: HashMap<SocketAddr, ConnectionId>,
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
            tasks: JoinSet::new(),
            news,
            next: 0,
        }
    }

    /// Serves an accepted connection.
    pub(super) fn accept(&mut self, stream: TcpStream, remote: SocketAddr) {
        self.reap();
        if self.live.len() >= CONNECTIONS_MAX {
            return;
        }
        let (id, writes) = self.enter(remote);
        self.tasks.spawn(connection::serve(stream, remote, id, writes, self.news.clone()));
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
        (id, queue)
    }

    /// Removes a connection that has ended.
    pub(super) fn forget(&mut self, id: ConnectionId) {
        if let Some(live) = self.live.remove(&id)
            && self.by_address.get(&live.remote) == Some(&id)
        {
            self.by_address.remove(&live.remote);
        }
    }

    fn reap(&mut self) {
        while self.tasks.try_join_next().is_some() {}
    }
}
