//! Writes a ladder as a capture file that Wireshark, tshark, sngrep, and tcpdump read: the classic
//! format of libpcap (draft-ietf-opsawg-pcap), with Ethernet, IP, and UDP headers made from the
//! addresses. What came over TCP or TLS is written as UDP, too, one message per packet.

use std::net::IpAddr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;

use super::message::LadderMessage;
use super::whole::Ladder;

/// Octets in this order: the file's numbers are little-endian, its times in microseconds.
const MAGIC: u32 = 0xa1b2_c3d4;
/// Longest packet that the file may have.
const SNAPLEN: u32 = 262_144;
/// LINKTYPE_ETHERNET.
const ETHERNET: u32 = 1;
const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_IPV6: u16 = 0x86dd;
/// Protocol number of UDP.
const UDP: u8 = 17;
const HOPS: u8 = 64;
const UDP_HEADER: usize = 8;
/// Longest message in a datagram over IPv4; of a longer one, so much is written.
const PAYLOAD_MAX: usize = 65_535 - 20 - UDP_HEADER;

impl Ladder {
    /// Returns the messages as a capture file.
    pub fn pcap(&self) -> Vec<u8> {
        let mut file = Vec::new();
        file.extend(MAGIC.to_le_bytes());
        file.extend(2u16.to_le_bytes());
        file.extend(4u16.to_le_bytes());
        file.extend([0; 8]);
        file.extend(SNAPLEN.to_le_bytes());
        file.extend(ETHERNET.to_le_bytes());
        for message in &self.messages {
            let packet = packet(message);
            let micros = message.at.micros();
            let seconds = u32::try_from(micros.div_euclid(1_000_000)).unwrap_or_default();
            let micros = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or_default();
            let length = u32::try_from(packet.len()).unwrap_or(SNAPLEN);
            for number in [seconds, micros, length, length] {
                file.extend(number.to_le_bytes());
            }
            file.extend(packet);
        }
        file
    }
}

/// Returns a message as an Ethernet frame.
fn packet(message: &LadderMessage) -> Vec<u8> {
    let payload = message.bytes.get(..PAYLOAD_MAX).unwrap_or(&message.bytes);
    let (from, to) = (message.from(), message.to());
    // The station addresses are unknown.
    let mut frame = vec![0; 12];
    match (from.ip(), to.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let (source, destination) = (source.octets(), destination.octets());
            frame.extend(ETHERTYPE_IPV4.to_be_bytes());
            frame.extend(ipv4(source, destination, payload.len()));
            frame.extend(udp(&source, &destination, (from, to), payload));
        }
        (source, destination) => {
            let (source, destination) = (v6(source).octets(), v6(destination).octets());
            frame.extend(ETHERTYPE_IPV6.to_be_bytes());
            frame.extend(ipv6(source, destination, payload.len()));
            frame.extend(udp(&source, &destination, (from, to), payload));
        }
    }
    frame
}

fn v6(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => address,
    }
}

/// Returns a header of IPv4 (RFC 791 §3.1).
fn ipv4(source: [u8; 4], destination: [u8; 4], payload: usize) -> Vec<u8> {
    let mut header = vec![0x45, 0];
    header.extend(length(20 + UDP_HEADER + payload).to_be_bytes());
    // Not a fragment, and not to be fragmented.
    header.extend([0, 0, 0x40, 0, HOPS, UDP, 0, 0]);
    header.extend(source);
    header.extend(destination);
    let sum = checksum(&[&header]).to_be_bytes();
    for (octet, sum) in header.iter_mut().skip(10).zip(sum) {
        *octet = sum;
    }
    header
}

/// Returns a header of IPv6 (RFC 8200 §3).
fn ipv6(source: [u8; 16], destination: [u8; 16], payload: usize) -> Vec<u8> {
    let mut header = vec![0x60, 0, 0, 0];
    header.extend(length(UDP_HEADER + payload).to_be_bytes());
    header.extend([UDP, HOPS]);
    header.extend(source);
    header.extend(destination);
    header
}

/// Returns a datagram (RFC 768) with its checksum over the addresses.
fn udp(
    source: &[u8],
    destination: &[u8],
    (from, to): (SocketAddr, SocketAddr),
    payload: &[u8],
) -> Vec<u8> {
    let length = length(UDP_HEADER + payload.len()).to_be_bytes();
    let mut datagram = Vec::with_capacity(UDP_HEADER + payload.len());
    datagram.extend(from.port().to_be_bytes());
    datagram.extend(to.port().to_be_bytes());
    datagram.extend(length);
    datagram.extend([0, 0]);
    datagram.extend(payload);
    let sum = match checksum(&[source, destination, &[0, UDP], &length, &datagram]) {
        // Zero stands for none.
        0 => u16::MAX,
        sum => sum,
    };
    for (octet, sum) in datagram.iter_mut().skip(6).zip(sum.to_be_bytes()) {
        *octet = sum;
    }
    datagram
}

fn length(octets: usize) -> u16 {
    u16::try_from(octets).unwrap_or(u16::MAX)
}

/// Returns the checksum of the Internet (RFC 1071) over parts, each of an even length except the last.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum: u64 = 0;
    for part in parts {
        for pair in part.chunks(2) {
            let high = pair.first().copied().unwrap_or_default();
            let low = pair.get(1).copied().unwrap_or_default();
            sum += u64::from(u16::from_be_bytes([high, low]));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ladder::sample::call;
    use crate::ladder::sample::ladder;

    /// Splits a file into its packets: seconds, microseconds, octets.
    fn packets(file: &[u8]) -> Vec<(u32, (u32, Vec<u8>))> {
        let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
        let mut at = 24;
        let mut packets = Vec::new();
        while at < file.len() {
            let (captured, length) = (number(at + 8) as usize, number(at + 12) as usize);
            assert_eq!(captured, length);
            packets.push((number(at), (number(at + 4), file[at + 16..at + 16 + length].to_vec())));
            at += 16 + length;
        }
        packets
    }

    #[test]
    fn a_file_has_a_header_and_a_packet_for_each_message() {
        let ladder = ladder(call(1));
        let file = ladder.pcap();
        let head =
            [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
        assert_eq!(file[..24], head);
        let packets = packets(&file);
        assert_eq!(packets.len(), ladder.messages.len());
        for ((seconds, (micros, frame)), message) in packets.iter().zip(&ladder.messages) {
            let at = i64::from(*seconds) * 1_000_000 + i64::from(*micros);
            assert_eq!(at, message.at.micros());
            assert_eq!(frame[12..14], [8, 0]);
            let (ip, datagram) = frame[14..].split_at(20);
            assert_eq!(checksum(&[ip]), 0, "a header with its checksum sums up to zero");
            assert_eq!(usize::from(u16::from_be_bytes([ip[2], ip[3]])), ip.len() + datagram.len());
            let length = [datagram[4], datagram[5]];
            assert_eq!(checksum(&[&ip[12..20], &[0, UDP], &length, datagram]), 0);
            assert_eq!(datagram[8..], message.bytes);
        }
        let datagram = &packets[2].1.1[34..];
        assert_eq!(datagram[..4], [5060u16.to_be_bytes(), 5080u16.to_be_bytes()].concat());
    }

    #[test]
    fn ipv6_has_a_header_of_its_own_and_long_messages_are_cut() {
        let mut ladder = ladder(call(1));
        ladder.messages.truncate(1);
        let message = &mut ladder.messages[0];
        message.remote = "[2001:db8::7]:5062".parse().unwrap();
        message.bytes = vec![b'x'; 70_001];
        let frame = packets(&ladder.pcap()).remove(0).1.1;
        assert_eq!(frame[12..14], [0x86, 0xdd]);
        let (ip, datagram) = frame[14..].split_at(40);
        assert_eq!(ip[..4], [0x60, 0, 0, 0]);
        assert_eq!(usize::from(u16::from_be_bytes([ip[4], ip[5]])), datagram.len());
        assert_eq!(datagram.len(), PAYLOAD_MAX + UDP_HEADER);
        let length = [datagram[4], datagram[5]];
        assert_eq!(checksum(&[&ip[8..40], &[0, UDP], &length, datagram]), 0);
    }

    /// The example of RFC 1071 §3.
    #[test]
    fn the_checksum_is_that_of_the_internet() {
        assert_eq!(checksum(&[&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]]), !0xddf2);
    }
}
