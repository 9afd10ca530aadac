//! Whether a leg's audio is SRTP.

use crate::base::KeySeed;
use crate::base::Rng;
use crate::base::Srtp;
use crate::book::Book;
use crate::book::Destination;
use crate::sdp::Secrecy;
use crate::sip::Peer;
use crate::sip::Transport;

/// Returns the state of a leg before its first description: what the book says, and whether the
/// peer's SIP messages are secret.
pub(super) fn secrecy(srtp: Srtp, peer: &Peer, rng: &mut Rng) -> Secrecy {
    let over_tls = peer.transport == Transport::Tls;
    Secrecy::new(srtp, over_tls, KeySeed::random(rng))
}

/// Returns what the book says about a destination's leg: its own word, or its trunk's.
pub(super) fn srtp_of(destination: &Destination, book: &Book) -> Srtp {
    let trunk = book.trunk_to(destination);
    destination.srtp.or(trunk.map(|trunk| trunk.audio.srtp)).unwrap_or_default()
}
