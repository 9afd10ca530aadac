//! Port pairs for RTP (even) and RTCP (the odd one above), from a configured range.

use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::UdpSocket;
use std::ops::RangeInclusive;

use nix::libc;
use socket2::Domain;
use socket2::Socket;
use socket2::Type;

use crate::base::Rng;
use crate::net::towards::unspecified_like;

/// Most pairs tried: with 95 of 100 in use, one in 2,000,000 searches fails.
const TRIES_MAX: u32 = 256;
/// Most datagrams read from a backlog: more than a default socket buffer holds.
const BACKLOG: usize = 1_024;
/// Longest backlog that is kept as the far end's first words: 200 ms. A longer one is early media
/// and is dropped.
const FIRST_WORDS: usize = 10;
/// Longest datagram in bytes; a longer one is not G.711 audio and is ignored.
pub(super) const DATAGRAM_MAX: usize = 2_048;
/// Expedited forwarding (RFC 3246), as the type-of-service byte.
const EXPEDITED: u32 = 0xB8;

/// No pair could be bound.
#[derive(Debug, thiserror::Error)]
#[error(
    "no free pair of RTP ports on {address} in {first}-{last} after {tries} tries ({source}): \
     widen [media] ports, or check [media] address"
)]
pub struct NoPorts {
    /// Address that the ports were to be bound on.
    pub address: IpAddr,
    /// First port of the range.
    pub first: u16,
    /// Last port of the range.
    pub last: u16,
    /// Number of pairs tried.
    pub tries: u32,
    /// Error of the last pair.
    pub source: io::Error,
}

/// Range of RTP ports. Only the kernel tracks which ports are in use, so ports of other programs
/// and of a crashed switch are handled correctly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    address: IpAddr,
    first: u16,
    last: u16,
}

/// Two bound sockets. Dropping them frees the ports.
#[derive(Debug)]
pub struct RtpPair {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
    pub(super) first_words: Vec<Datagram>,
}

/// A datagram that arrived before its leg was open.
#[derive(Debug)]
pub(super) struct Datagram {
    pub(super) from: SocketAddr,
    pub(super) bytes: Vec<u8>,
}

impl PortRange {
    /// Creates a range of ports on `address`.
    pub const fn new(address: IpAddr, ports: RangeInclusive<u16>) -> Self {
        Self { address, first: *ports.start(), last: *ports.end() }
    }

    /// Returns the range on an address that a peer can reach: a wildcard address takes the family of
    /// the peer, so that no socket sees mapped addresses.
    pub fn towards(self, peer: IpAddr) -> Self {
        let wildcard = self.address.is_unspecified();
        let address = if wildcard { unspecified_like(peer.to_canonical()) } else { self.address };
        Self { address, ..self }
    }

    /// Returns the number of pairs in the range.
    pub fn pairs(&self) -> u32 {
        let even = u32::from(self.first).next_multiple_of(2);
        (u32::from(self.last) + 1).saturating_sub(even) / 2
    }

    /// Binds a pair: tries a random one first, then others in a random stride, so that ports cannot
    /// be guessed and ports in use do not cluster.
    pub fn bind(&self, rng: &mut Rng) -> Result<RtpPair, NoPorts> {
        let pairs = self.pairs();
        let start = rng.below(pairs.into());
        let stride = stride(pairs, rng);
        let mut tries = 0;
        let mut source = io::Error::new(io::ErrorKind::InvalidInput, "the range holds no pair");
        for n in 0..u64::from(pairs.min(TRIES_MAX)) {
            tries += 1;
            let pair = (start + n * stride) % u64::from(pairs);
            let even = u64::from(self.first).next_multiple_of(2) + pair * 2;
            let Ok(port) = u16::try_from(even) else { break };
            match RtpPair::bind(self.address, port) {
                Ok(pair) => return Ok(pair),
                Err(error) => source = error,
            }
            if source.kind() != io::ErrorKind::AddrInUse {
                break;
            }
        }
        let (address, first, last) = (self.address, self.first, self.last);
        Err(NoPorts { address, first, last, tries, source })
    }
}

impl RtpPair {
    /// Binds an even port and the one above it.
    fn bind(address: IpAddr, port: u16) -> io::Result<Self> {
        let rtp = bound(SocketAddr::new(address, port))?;
        let rtcp = bound(SocketAddr::new(address, port.saturating_add(1)))?;
        Ok(Self { rtp, rtcp, first_words: Vec::new() })
    }

    /// Drops what the RTP port received before the far end answered: early media, which would be
    /// relayed in one burst. Keeps a short backlog, which is the far end's audio since the answer.
    pub fn drop_early_media(&mut self) {
        let mut buffer = [0; DATAGRAM_MAX];
        for _ in 0..BACKLOG {
            let Ok((length, from)) = self.rtp.recv_from(&mut buffer) else { break };
            if let Some(bytes) = buffer.get(..length)
                && self.first_words.len() <= FIRST_WORDS
            {
                self.first_words.push(Datagram { from, bytes: bytes.to_vec() });
            }
        }
        if self.first_words.len() > FIRST_WORDS {
            self.first_words = Vec::new();
        }
    }

    /// Returns the RTP port's address, which SDP offers.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.rtp.local_addr()
    }
}

fn bound(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
    socket.set_nonblocking(true)?;
    // Marking is optional: a kernel that rejects it still carries the audio.
    let marked = match address {
        SocketAddr::V4(_) => socket.set_tos_v4(EXPEDITED),
        SocketAddr::V6(_) => socket.set_tclass_v6(EXPEDITED),
    };
    if let Err(error) = marked {
        tracing::debug!(%address, %error, "RTP packets are not marked for priority");
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Returns a stride that visits every pair before it repeats: it shares no divisor with `pairs`.
/// Returns whether an error means that the process, or the system, has no file descriptor left.
pub fn is_starvation(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE))
}

fn stride(pairs: u32, rng: &mut Rng) -> u64 {
    let mut step = rng.below(pairs.into()).max(1);
    while step > 1 && divisor(pairs.into(), step) > 1 {
        step -= 1;
    }
    step
}

fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn pairs_are_counted_from_the_first_even_port() {
        let cases = [
            (20_000..=29_999, 5_000),
            (20_001..=20_004, 1),
            (20_000..=20_000, 0),
            (20_001..=20_002, 0),
            (65_534..=65_535, 1),
            (65_535..=65_535, 0),
            (RangeInclusive::new(9, 3), 0),
        ];
        for (ports, expected) in cases {
            assert_eq!(PortRange::new(LOOPBACK, ports.clone()).pairs(), expected, "{ports:?}");
        }
    }

    #[test]
    fn all_pairs_are_found_then_an_error_and_dropping_gives_back() {
        let mut rng = Rng::seeded(5);
        // Another run of this test may be in progress: each process uses its own ports.
        let first = 30_000 + u16::try_from(std::process::id() % 100).unwrap() * 16;
        let range = PortRange::new(LOOPBACK, first..=first + 15);
        let mut pairs: Vec<_> = (0..8).map(|_| range.bind(&mut rng).unwrap()).collect();
        let mut ports: Vec<_> = pairs.iter().map(|p| p.address().unwrap().port()).collect();
        for pair in &pairs {
            let odd = pair.rtcp.local_addr().unwrap().port();
            assert_eq!(odd, pair.address().unwrap().port() + 1);
        }
        ports.sort_unstable();
        assert_eq!(ports, (first..=first + 14).step_by(2).collect::<Vec<_>>());
        let error = range.bind(&mut rng).unwrap_err();
        assert_eq!((error.tries, error.source.kind()), (8, io::ErrorKind::AddrInUse));
        let freed = pairs.swap_remove(3).address().unwrap();
        assert_eq!(range.bind(&mut rng).unwrap().address().unwrap(), freed);
    }

    #[test]
    fn a_range_without_pairs_and_a_foreign_address_are_errors() {
        let mut rng = Rng::seeded(5);
        let none = PortRange::new(LOOPBACK, 40_001..=40_002).bind(&mut rng).unwrap_err();
        assert_eq!(none.tries, 0);
        let foreign = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        let error = PortRange::new(foreign, 40_000..=49_999).bind(&mut rng).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::AddrNotAvailable);
        assert!(error.to_string().contains("192.0.2.1 in 40000-49999"));
    }
}
