//! Sends a message in a datagram.

use std::io;

use super::Sockets;
use crate::sip::Peer;

/// What became of a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Datagram {
    /// The kernel took it.
    Sent,
    /// The kernel did not take it; it is retransmitted if it matters.
    Dropped,
    /// No socket can send to the peer, or the system has no route.
    NoRoute,
}

/// Sends a message to a peer.
pub(super) fn send(sockets: &Sockets, peer: &Peer, bytes: &[u8]) -> Datagram {
    let Some(udp) = sockets.udp_to(peer.remote, peer.local) else { return Datagram::NoRoute };
    let send = || udp.socket.try_send_to(bytes, udp.destination(peer.remote));
    // An ICMP error of an earlier datagram is returned once, whatever the peer.
    let sent = send().or_else(|error| match error.kind() {
        io::ErrorKind::WouldBlock => Err(error),
        _ => send(),
    });
    match sent {
        Ok(_) => Datagram::Sent,
        Err(error) if has_no_route(&error) => Datagram::NoRoute,
        Err(_) => Datagram::Dropped,
    }
}

/// Returns whether the system has no route to a destination. Other errors, such as a full buffer,
/// concern one datagram, which is retransmitted.
fn has_no_route(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::AddrNotAvailable
    )
}
