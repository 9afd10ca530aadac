//! Table of all transactions.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use super::ClientId;
use super::MergeKey;
use super::Purpose;
use super::ServerId;
use super::ServerKey;
use super::client_invite::ClientInvite;
use super::client_other::ClientOther;
use super::delivery::Alarm;
use super::delivery::Delivery;
use super::server_invite::ServerInvite;
use super::server_other::ServerOther;
use super::timers::ClientTimer;
use super::timers::ServerTimer;
use crate::base::LegId;
use crate::base::Now;
use crate::sip::Peer;
use crate::sip::core::Core;
use crate::sip::wire::Message;

/// Most concurrent transactions. Beyond it the agent rejects new requests with 503, without state.
/// A call has at most about eight, each up to 32 s longer than it is needed. Calls in progress may
/// open as many again.
pub(crate) const TRANSACTIONS_MAX: usize = 1 << 18;

/// A client transaction that ended without a response of the far end.
#[derive(Debug)]
pub(crate) enum Expired {
    /// An INVITE and its session.
    Invite(LegId),
    /// Another request.
    Other(ClientId, Purpose),
}

/// A response to a request of the agent.
#[derive(Debug)]
pub(crate) enum Heard {
    /// Of an INVITE, to its session.
    Invite(LegId),
    /// The final one of another request.
    Other(Purpose),
    /// One that changes nothing for the owner: a copy, or a provisional one of another request.
    Nothing,
}

#[derive(Debug)]
enum Client {
    Invite(Box<ClientInvite>),
    Other(ClientOther),
}

#[derive(Debug)]
enum Machine {
    Invite(ServerInvite),
    Other(ServerOther),
}

#[derive(Debug)]
struct Server {
    key: Arc<ServerKey>,
    /// Marks of an INVITE, which its ACK and its CANCEL repeat.
    marks: Option<Arc<MergeKey>>,
    machine: Machine,
}

/// An INVITE that was taken out of the table.
#[derive(Debug)]
pub(crate) struct Dismissed {
    /// Its key.
    pub(crate) key: Arc<ServerKey>,
    /// The INVITE.
    pub(crate) request: Message,
    /// Destination of its responses.
    pub(crate) peer: Peer,
}

/// The table of all transactions.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    clients: HashMap<ClientId, Client>,
    servers: HashMap<ServerId, Server>,
    keys: HashMap<Arc<ServerKey>, ServerId>,
    merges: HashMap<Arc<MergeKey>, ServerId>,
    /// Client transactions by destination.
    remotes: BTreeSet<(SocketAddr, ClientId)>,
    last_server: u64,
}

impl Transactions {
    /// Returns the number of transactions that have not ended.
    pub(crate) fn len(&self) -> usize {
        debug_assert_eq!(self.remotes.len(), self.clients.len(), "each client is found by peer");
        debug_assert_eq!(self.keys.len(), self.servers.len(), "each server is found by key");
        debug_assert!(self.merges.len() <= self.servers.len(), "merge keys go with their INVITE");
        self.clients.len() + self.servers.len()
    }

    /// Returns whether new requests are rejected.
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= TRANSACTIONS_MAX
    }

    /// Sends an INVITE.
    pub(crate) fn send_invite(
        &mut self,
        id: ClientId,
        session: LegId,
        (peer, request): (Peer, Message),
        core: &mut Core,
        now: Now,
    ) {
        let invite = ClientInvite::start(id, session, peer, request, core, now);
        self.remotes.insert((peer.remote, id));
        self.clients.insert(id, Client::Invite(Box::new(invite)));
    }

    /// Sends another request.
    pub(crate) fn send(
        &mut self,
        id: ClientId,
        purpose: Purpose,
        (peer, request): (Peer, Bytes),
        core: &mut Core,
        now: Now,
    ) {
        let other = ClientOther::start(id, purpose, peer, request, core, now);
        self.remotes.insert((peer.remote, id));
        self.clients.insert(id, Client::Other(other));
    }

    /// Returns whether even a call in progress may open no more.
    pub(crate) fn is_overfull(&self) -> bool {
        self.len() >= 2 * TRANSACTIONS_MAX
    }

    /// Returns an outgoing INVITE.
    pub(crate) fn invite(&mut self, id: ClientId) -> Option<&mut ClientInvite> {
        match self.clients.get_mut(&id)? {
            Client::Invite(invite) => Some(invite),
            Client::Other(_) => None,
        }
    }

    /// Passes a response to its transaction. Returns what it is to its owner, or `None` if there is
    /// no transaction.
    pub(crate) fn hear(
        &mut self,
        id: ClientId,
        status: u16,
        response: &Message,
        core: &mut Core,
        now: Now,
    ) -> Option<Heard> {
        let (delivery, heard) = match self.clients.get_mut(&id)? {
            Client::Invite(invite) => {
                (invite.response(status, response, core, now), Heard::Invite(invite.session))
            }
            Client::Other(other) => {
                let delivery = other.response(status, core, now);
                if status < 200 || delivery == Delivery::Retransmission {
                    return Some(Heard::Nothing);
                }
                (delivery, Heard::Other(other.take_purpose()))
            }
        };
        Some(match delivery {
            Delivery::New => heard,
            Delivery::Retransmission => Heard::Nothing,
        })
    }

    /// Ends the client transactions that wait for a response from an unreachable peer, and returns
    /// them.
    pub(crate) fn unreachable(&mut self, peer: &Peer, core: &mut Core) -> Vec<Expired> {
        let at_remote = (peer.remote, ClientId::MIN)..=(peer.remote, ClientId::MAX);
        let ids: Vec<ClientId> = self.remotes.range(at_remote).map(|&(_, id)| id).collect();
        let waiting: Vec<ClientId> = ids.into_iter().filter(|id| self.waits(*id, peer)).collect();
        waiting.into_iter().filter_map(|id| self.expire(id, core)).collect()
    }

    fn waits(&self, id: ClientId, lost: &Peer) -> bool {
        let same = |peer: &Peer| {
            peer.transport == lost.transport
                && (lost.connection.is_none() || peer.connection == lost.connection)
        };
        match self.clients.get(&id) {
            Some(Client::Invite(invite)) => invite.is_calling() && same(&invite.peer),
            Some(Client::Other(other)) => other.is_pending() && same(&other.peer),
            None => false,
        }
    }

    /// Ends a client transaction.
    pub(crate) fn forget(&mut self, id: ClientId, core: &mut Core) {
        drop(self.expire(id, core));
    }

    /// Ends a client transaction that got no response, and returns it.
    fn expire(&mut self, id: ClientId, core: &mut Core) -> Option<Expired> {
        core.timers.stop_client(id);
        let (remote, expired) = match self.clients.remove(&id)? {
            Client::Invite(invite) => (invite.peer.remote, Expired::Invite(invite.session)),
            Client::Other(mut other) => {
                (other.peer.remote, Expired::Other(id, other.take_purpose()))
            }
        };
        self.remotes.remove(&(remote, id));
        Some(expired)
    }

    /// Returns the transaction that a request belongs to.
    pub(crate) fn find(&self, key: &ServerKey) -> Option<ServerId> {
        self.keys.get(key).copied()
    }

    /// Returns the INVITE of an ACK or a CANCEL: with the same branch and sent-by, and the same
    /// Call-ID, From-tag, and CSeq number (RFC 3261 §9.1, §17.1.1.3).
    pub(crate) fn find_invite(&self, key: &ServerKey, marks: &MergeKey) -> Option<ServerId> {
        let id = self.find(&key.clone().of_invite())?;
        let known = self.servers.get(&id)?.marks.as_deref();
        (known == Some(marks)).then_some(id)
    }

    /// Takes an INVITE that has no final response out of the table; returns its key and itself.
    pub(crate) fn dismiss(&mut self, id: ServerId, core: &mut Core) -> Option<Dismissed> {
        let (request, peer) = self.pending(id)?;
        let request = request.clone();
        let key = self.servers.get(&id)?.key.clone();
        self.close(id, core);
        Some(Dismissed { key, request, peer })
    }

    /// Returns the peer that a request of ours was sent to, as long as its transaction lives.
    pub(crate) fn sent_to(&self, id: ClientId) -> Option<Peer> {
        match self.clients.get(&id)? {
            Client::Invite(invite) => Some(invite.peer),
            Client::Other(other) => Some(other.peer),
        }
    }

    /// Returns whether an INVITE with the same Call-ID, From-tag and CSeq arrived before.
    pub(crate) fn is_merged(&self, key: &MergeKey) -> bool {
        self.merges.contains_key(key)
    }

    /// Opens a transaction for an INVITE outside a dialog. Merged copies of it are found by its
    /// marks.
    pub(crate) fn open_first_invite(
        &mut self,
        keys: (ServerKey, MergeKey),
        session: LegId,
        request: (Peer, Message),
        core: &mut Core,
        now: Now,
    ) -> ServerId {
        let id = self.open_invite(keys, session, request, core, now);
        if let Some(marks) = self.servers.get(&id).and_then(|server| server.marks.clone()) {
            self.merges.insert(marks, id);
        }
        id
    }

    /// Opens a transaction for an INVITE; `merge` is set if it has no To-tag.
    pub(crate) fn open_invite(
        &mut self,
        (key, marks): (ServerKey, MergeKey),
        session: LegId,
        (peer, request): (Peer, Message),
        core: &mut Core,
        now: Now,
    ) -> ServerId {
        let id = self.next_server();
        let machine = ServerInvite::start(id, session, peer, request, core, now);
        self.insert(id, key, Some(Arc::new(marks)), Machine::Invite(machine));
        id
    }

    /// Opens a transaction for another request.
    pub(crate) fn open(&mut self, key: ServerKey, peer: Peer, request: Message) -> ServerId {
        let id = self.next_server();
        self.insert(id, key, None, Machine::Other(ServerOther::start(id, peer, request)));
        id
    }

    fn next_server(&mut self) -> ServerId {
        self.last_server += 1;
        ServerId(self.last_server)
    }

    fn insert(
        &mut self,
        id: ServerId,
        key: ServerKey,
        marks: Option<Arc<MergeKey>>,
        machine: Machine,
    ) {
        let key = Arc::new(key);
        self.keys.insert(key.clone(), id);
        self.servers.insert(id, Server { key, marks, machine });
    }

    /// Handles a copy of a request: sends the latest response again.
    pub(crate) fn repeated(&mut self, id: ServerId, core: &mut Core) {
        match self.servers.get(&id).map(|server| &server.machine) {
            Some(Machine::Invite(invite)) => invite.repeated(core),
            Some(Machine::Other(other)) => other.repeated(core),
            None => {}
        }
    }

    /// Handles an ACK with the branch of an incoming INVITE. Returns the session if it must handle
    /// the ACK.
    pub(crate) fn ack(&mut self, id: ServerId, core: &mut Core, now: Now) -> Delivery {
        match self.servers.get_mut(&id).map(|server| &mut server.machine) {
            Some(Machine::Invite(invite)) => invite.ack(core, now),
            Some(Machine::Other(_)) | None => Delivery::New,
        }
    }

    /// Returns a request without a final response, and the destination of its responses.
    pub(crate) fn pending(&self, id: ServerId) -> Option<(&Message, Peer)> {
        match &self.servers.get(&id)?.machine {
            Machine::Invite(invite) => Some((invite.pending()?, invite.peer)),
            Machine::Other(other) => Some((other.pending()?, other.peer)),
        }
    }

    /// Returns the session of an incoming INVITE.
    pub(crate) fn session_of(&self, id: ServerId) -> Option<LegId> {
        match &self.servers.get(&id)?.machine {
            Machine::Invite(invite) => Some(invite.session),
            Machine::Other(_) => None,
        }
    }

    /// Redirects the responses of a request whose connection was closed to the address in its Via,
    /// over a new connection (RFC 3261 §18.2.2).
    pub(crate) fn reroute(&mut self, id: ServerId) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        let peer = match &mut server.machine {
            Machine::Invite(invite) => &mut invite.peer,
            Machine::Other(other) => &mut other.peer,
        };
        peer.connection = None;
        peer.remote.set_port(server.key.port);
    }

    /// Sends a response to an incoming request.
    pub(crate) fn respond(
        &mut self,
        id: ServerId,
        status: u16,
        response: Bytes,
        core: &mut Core,
        now: Now,
    ) {
        match self.servers.get_mut(&id).map(|server| &mut server.machine) {
            Some(Machine::Invite(invite)) => invite.respond(status, response, core, now),
            Some(Machine::Other(other)) => other.respond(response, core, now),
            None => {}
        }
    }

    /// Handles an expired timer of a client transaction.
    pub(crate) fn client_timer(
        &mut self,
        id: ClientId,
        timer: ClientTimer,
        core: &mut Core,
        now: Now,
    ) -> Option<Expired> {
        let alarm = match self.clients.get_mut(&id)? {
            Client::Invite(invite) => invite.timer(timer, core, now),
            Client::Other(other) => other.timer(timer, core, now),
        };
        match alarm {
            Alarm::Running => None,
            Alarm::Done => {
                self.forget(id, core);
                None
            }
            Alarm::TimedOut => {
                if let Some(peer) = self.sent_to(id).filter(|peer| peer.transport.is_reliable()) {
                    core.close(peer);
                }
                core.counters.timeouts += 1;
                self.expire(id, core)
            }
        }
    }

    /// Handles an expired timer of a server transaction.
    pub(crate) fn server_timer(
        &mut self,
        id: ServerId,
        timer: ServerTimer,
        core: &mut Core,
        now: Now,
    ) {
        let Some(server) = self.servers.get_mut(&id) else { return };
        let alarm = match &mut server.machine {
            Machine::Invite(invite) => invite.timer(timer, core, now),
            Machine::Other(other) => other.timer(timer),
        };
        match alarm {
            Alarm::Running => {}
            Alarm::Done => self.close(id, core),
            Alarm::TimedOut => {
                core.counters.timeouts += 1;
                self.close(id, core);
            }
        }
    }

    fn close(&mut self, id: ServerId, core: &mut Core) {
        core.timers.stop_server(id);
        let Some(server) = self.servers.remove(&id) else { return };
        self.keys.remove(&server.key);
        if let Some(marks) = server.marks
            && self.merges.get(&marks) == Some(&id)
        {
            self.merges.remove(&marks);
        }
    }
}
