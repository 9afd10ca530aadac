//! The orders of the calls: they are carried out in bursts, as datagrams are read.

use std::net::SocketAddr;

use super::BURST;
use super::Endpoint;
use crate::net::sip::CallHandler;
use crate::net::sip::Order;
use crate::net::towards;
use crate::sip::Command;
use crate::sip::Input;
use crate::sip::Peer;
use crate::sip::Transport;
use crate::sip::Uri;

impl<E: CallHandler> Endpoint<E> {
    /// Carries out an order and those that wait behind it. One datagram may lead to an order, so
    /// that there may be as many of these in a turn as of those.
    pub(super) fn obey_burst(&mut self, order: Order) {
        self.obey(order);
        for _ in 1..BURST {
            let Ok(order) = self.orders.try_recv() else { return };
            self.drain();
            self.obey(order);
        }
    }

    fn obey(&mut self, order: Order) {
        let Order { mut command, mailbox } = order;
        match (&mut command, mailbox) {
            (Command::Dial(dial), Some(mailbox)) => {
                self.admit();
                self.open(dial.session, mailbox);
                dial.peer.local = self.local_towards(&dial.peer);
                self.connect(&mut dial.peer, &dial.target);
            }
            (Command::Register(register), _) => {
                self.admit();
                register.peer.local = self.local_towards(&register.peer);
                self.connect(&mut register.peer, &register.registrar);
            }
            (Command::Ping(ping), _) => {
                self.admit();
                ping.peer.local = self.local_towards(&ping.peer);
                self.connect(&mut ping.peer, &ping.target);
            }
            (Command::Reject { session, .. }, _) => self.close(*session),
            _ => {}
        }
        self.agent.handle(Input::Command(command), self.clock.now());
    }

    /// Connects to a host over TLS: its certificate must be of the host in the book, which only the
    /// URI names.
    fn connect(&mut self, peer: &mut Peer, target: &Uri) {
        if let (Transport::Tls, Some(host)) = (peer.transport, target.host()) {
            let host = host.trim_matches(['[', ']']);
            peer.connection = self.connections.call_host(*peer, host);
        }
    }

    /// Returns our address as the peer of a new call sees it.
    fn local_towards(&self, peer: &Peer) -> SocketAddr {
        match peer.transport {
            Transport::Udp => {
                let udp = self.sockets.udp_to(peer.remote, peer.local);
                udp.map_or(peer.local, |udp| udp.local_towards(peer.remote))
            }
            Transport::Tcp | Transport::Tls => {
                let ip = towards(peer.remote).unwrap_or(peer.local.ip());
                SocketAddr::new(ip, peer.local.port())
            }
        }
    }
}
