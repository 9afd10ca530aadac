//! The address that a leg's RTP comes from and goes to (symmetric RTP, RFC 4961).
//!
//! SDP names the address where the far end receives. Far ends behind NAT, and some that send from
//! another socket, use a different source; the leg locks to it within the limits of [`Symmetric`].

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::base::Mono;
use crate::base::OwnPorts;

/// Silence of the locked source after which another port of its IP address is accepted.
pub const REOPEN_AFTER: Duration = Duration::from_secs(5);

/// Sources that a leg accepts besides the negotiated address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symmetric {
    /// None.
    #[default]
    Off,
    /// Any port of the SIP peer's IP address, while nothing valid comes from the negotiated
    /// address.
    Peer(IpAddr),
    /// The first source that sends the negotiated payload, if the SIP peer, whose IP address this
    /// is, [can be](OwnPorts::admit) there.
    Any(IpAddr),
}

/// Whether a datagram's source may belong to the leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It is the leg's source, or its negotiated address.
    Known,
    /// It becomes the leg's source if it sends the negotiated payload.
    Candidate,
    /// It is a third party.
    Refused,
}

/// The source of one leg.
#[derive(Debug)]
pub(crate) struct Source {
    symmetric: Symmetric,
    /// The switch's own ports, which are no far end's.
    own: Arc<OwnPorts>,
    negotiated: SocketAddr,
    lock: Lock,
}

#[derive(Debug, Clone, Copy)]
enum Lock {
    /// Nothing valid has come.
    Open,
    /// Valid packets come from this address.
    Locked { source: SocketAddr, heard: Mono },
    /// A new negotiation: another port of the source's IP address may follow.
    Reopened { from: IpAddr, to: SocketAddr },
}

impl Source {
    /// Creates a source that has sent nothing.
    pub(crate) const fn new(
        negotiated: SocketAddr,
        symmetric: Symmetric,
        own: Arc<OwnPorts>,
    ) -> Self {
        Self { symmetric, own, negotiated, lock: Lock::Open }
    }

    /// Opens the lock for the same IP address, after a new negotiation. A new negotiated address
    /// replaces the destination.
    pub(crate) fn renegotiate(&mut self, negotiated: SocketAddr) {
        let to = if negotiated == self.negotiated { self.address() } else { negotiated };
        self.lock = match self.lock {
            Lock::Open => Lock::Open,
            Lock::Locked { source, .. } => Lock::Reopened { from: source.ip(), to },
            Lock::Reopened { from, .. } => Lock::Reopened { from, to },
        };
        self.negotiated = negotiated;
    }

    /// Returns the destination of the leg's RTP: its source, or the negotiated address before there
    /// is one.
    pub(crate) const fn address(&self) -> SocketAddr {
        match self.lock {
            Lock::Open => self.negotiated,
            Lock::Locked { source: to, .. } | Lock::Reopened { to, .. } => to,
        }
    }

    /// Returns whether the leg's RTP comes from and goes to another than the negotiated address.
    pub(crate) fn is_learned(&self) -> bool {
        self.address() != self.negotiated
    }

    /// Returns whether a datagram from this address may belong to the leg.
    pub(crate) fn admission(&self, from: SocketAddr, now: Mono) -> Admission {
        let is_silent = |heard: Mono| now.since(heard) >= REOPEN_AFTER;
        let candidate = |admitted: bool| match admitted {
            true => Admission::Candidate,
            false => Admission::Refused,
        };
        match (self.symmetric, self.lock) {
            (_, Lock::Locked { source, .. }) if from == source => Admission::Known,
            (Symmetric::Off | Symmetric::Peer(_), _) if from == self.negotiated => Admission::Known,
            (Symmetric::Off, _) => Admission::Refused,
            (Symmetric::Peer(_) | Symmetric::Any(_), _) if !self.can_be_learned(from) => {
                Admission::Refused
            }
            (Symmetric::Peer(peer), Lock::Open | Lock::Reopened { .. }) => {
                candidate(same(from.ip(), peer))
            }
            (Symmetric::Peer(peer), Lock::Locked { source, heard }) => {
                candidate(is_silent(heard) && same(from.ip(), peer) && same(source.ip(), peer))
            }
            (Symmetric::Any(_), Lock::Open) => Admission::Candidate,
            (Symmetric::Any(_), Lock::Locked { source, heard }) => {
                candidate(is_silent(heard) && same(from.ip(), source.ip()))
            }
            (Symmetric::Any(_), Lock::Reopened { from: source, .. }) => {
                candidate(same(from.ip(), source) || same(from.ip(), self.negotiated.ip()))
            }
        }
    }

    /// Returns whether the leg may send to an address because a datagram came from there: no port of
    /// the switch itself, and no address that the SIP peer cannot have.
    pub(crate) fn can_be_learned(&self, from: SocketAddr) -> bool {
        match self.symmetric {
            Symmetric::Off => false,
            Symmetric::Peer(peer) | Symmetric::Any(peer) => self.own.admit(from, peer),
        }
    }

    /// Locks to an admitted address that sent the negotiated payload.
    pub(crate) fn lock(&mut self, source: SocketAddr, heard: Mono) {
        self.lock = Lock::Locked { source, heard };
    }
}

/// Returns whether two IP addresses are the same host's: a dual-stack socket shows IPv4 as mapped.
fn same(one: IpAddr, other: IpAddr) -> bool {
    one.to_canonical() == other.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEGOTIATED: &str = "10.0.0.5:4000";
    const PEER: &str = "192.0.2.1";

    fn at(seconds: u64) -> Mono {
        Mono::default() + Duration::from_secs(seconds)
    }

    /// What happens to a leg, in order: a packet of the negotiated payload from an address, a second
    /// from it, a wait, or a new negotiation. Returns the destination after each.
    fn story(symmetric: Symmetric, words: &[&str]) -> Vec<String> {
        let own = OwnPorts::new(["192.0.2.99".parse().unwrap()], 20_000..=29_999);
        let mut source = Source::new(NEGOTIATED.parse().unwrap(), symmetric, Arc::new(own));
        let mut now = at(100);
        let mut destinations = Vec::new();
        for word in words {
            if let Some(seconds) = word.strip_prefix('+') {
                now = now + Duration::from_secs(seconds.parse().unwrap());
            } else if let Some(address) = word.strip_prefix("offer:") {
                source.renegotiate(address.parse().unwrap());
            } else {
                let from = word.parse().unwrap();
                if source.admission(from, now) != Admission::Refused {
                    source.lock(from, now);
                }
            }
            destinations.push(source.address().to_string());
        }
        destinations
    }

    #[test]
    fn off_keeps_the_negotiated_address() {
        let words = ["192.0.2.1:9", "203.0.113.9:9", "+60", "192.0.2.1:9", NEGOTIATED];
        assert_eq!(story(Symmetric::Off, &words), [NEGOTIATED; 5]);
    }

    #[test]
    fn auto_takes_a_port_of_the_sip_peer_until_the_negotiated_address_speaks() {
        let peer = Symmetric::Peer(PEER.parse().unwrap());
        let (mapped, other, stranger) = ("192.0.2.1:6000", "192.0.2.1:7000", "203.0.113.9:6000");
        // (what happens, destination after the last)
        let cases: [(&[&str], &str); 12] = [
            (&[], NEGOTIATED),
            (&[stranger], NEGOTIATED),
            (&[mapped], mapped),
            (&["[::ffff:192.0.2.1]:6000"], "[::ffff:192.0.2.1]:6000"),
            (&[mapped, other], mapped),
            (&[mapped, NEGOTIATED, mapped], NEGOTIATED),
            (&[NEGOTIATED, mapped], NEGOTIATED),
            (&[NEGOTIATED, "+60", stranger, mapped], NEGOTIATED),
            (&[mapped, "+4", other], mapped),
            (&[mapped, "+5", stranger, other], other),
            (&[mapped, "offer:10.0.0.5:4000", stranger], mapped),
            (&[mapped, "offer:10.0.0.5:4000", other], other),
        ];
        for (words, expected) in cases {
            let after = story(peer, words).pop().unwrap_or_else(|| NEGOTIATED.to_owned());
            assert_eq!(after, expected, "{words:?}");
        }
        let moved = story(peer, &[mapped, "offer:10.0.0.5:4444", other, stranger]);
        assert_eq!(moved[1..], ["10.0.0.5:4444", other, other]);
    }

    #[test]
    fn any_takes_the_first_source_and_then_no_third_party() {
        let (first, port, third) = ("198.51.100.7:6000", "198.51.100.7:7000", "203.0.113.9:6000");
        let cases: [(&[&str], &str); 8] = [
            (&[first], first),
            (&[first, third, port, NEGOTIATED], first),
            (&[first, "+4", port], first),
            (&[first, "+5", third, port], port),
            (&[first, "+3600", third], first),
            (&[first, "offer:10.0.0.5:4000", third], first),
            (&[first, "offer:10.0.0.5:4000", port], port),
            (&[first, "offer:10.0.0.6:4000", third, "10.0.0.6:4002"], "10.0.0.6:4002"),
        ];
        for (words, expected) in cases {
            assert_eq!(
                story(Symmetric::Any(PEER.parse().unwrap()), words).pop().as_deref(),
                Some(expected),
                "{words:?}"
            );
        }
    }

    #[test]
    fn no_source_is_learned_where_the_far_end_cannot_be() {
        let far: IpAddr = PEER.parse().unwrap();
        let here: IpAddr = "127.0.0.1".parse().unwrap();
        let ours: IpAddr = "192.0.2.99".parse().unwrap();
        for (symmetric, from, is_learned) in [
            (Symmetric::Any(far), "198.51.100.7:6000", true),
            (Symmetric::Any(far), "127.0.0.1:6000", false),
            (Symmetric::Any(far), "[::1]:6000", false),
            (Symmetric::Any(far), "[::ffff:127.0.0.1]:6000", false),
            (Symmetric::Any(far), "169.254.169.254:6000", false),
            (Symmetric::Any(far), "[fe80::1]:6000", false),
            (Symmetric::Any(far), "0.0.0.0:6000", false),
            (Symmetric::Any(far), "224.0.0.1:6000", false),
            (Symmetric::Any(far), "255.255.255.255:6000", false),
            (Symmetric::Any(far), "192.0.2.99:20000", false),
            (Symmetric::Any(far), "192.0.2.99:6000", true),
            (Symmetric::Any(here), "127.0.0.1:6000", true),
            (Symmetric::Any(here), "192.0.2.99:29999", false),
            (Symmetric::Peer(here), "127.0.0.1:6000", true),
            (Symmetric::Peer(ours), "192.0.2.99:6000", true),
            (Symmetric::Peer(ours), "192.0.2.99:20002", false),
        ] {
            let after = story(symmetric, &[from]).pop();
            let expected = if is_learned { from } else { NEGOTIATED };
            assert_eq!(after.as_deref(), Some(expected), "{symmetric:?} {from}");
        }
    }
}
