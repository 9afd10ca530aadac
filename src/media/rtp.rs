//! RTP packets (RFC 3550 §5.1): parsed without copying, written right before their payload.

use std::ops::Range;

/// Size of a header without CSRCs and extension, in bytes.
pub const HEADER: usize = 12;

/// Samples (and, in G.711, bytes) of a 20 ms frame.
pub const FRAME: usize = 160;

/// Reason why a datagram is not valid RTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Shorter than its headers require.
    #[error("{0} bytes are too few for its headers")]
    Short(usize),
    /// The version is not 2.
    #[error("RTP version {0}")]
    Version(u8),
    /// The padding count is zero or larger than the payload.
    #[error("padding of {0} bytes")]
    Padding(u8),
}

/// Header fields of a packet, and the range of its payload in the datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Start of a talk-spurt, or of an event.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// Wraps at 65,535.
    pub sequence: u16,
    /// In samples of 1/8000 s; wraps.
    pub timestamp: u32,
    /// The sender's synchronisation source.
    pub ssrc: u32,
    /// The payload without padding; starts at `HEADER` or later.
    pub payload: Range<usize>,
}

impl Packet {
    /// Parses a datagram's headers; skips CSRCs and the extension, and cuts off the padding.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let start = payload_start(bytes)?;
        let short = Malformed::Short(bytes.len());
        let header = bytes.first_chunk::<HEADER>().ok_or(short)?;
        let (sequence, ssrc) = place_of(bytes).ok_or(short)?;
        let payload = bytes.get(start..).ok_or(short)?;
        let padding = match (header[0] & 0x20, payload.last()) {
            (0, _) => 0,
            (_, None) => return Err(Malformed::Padding(0)),
            (_, Some(0)) => return Err(Malformed::Padding(0)),
            (_, Some(&count)) => count,
        };
        if usize::from(padding) > payload.len() {
            return Err(Malformed::Padding(padding));
        }
        Ok(Self {
            marker: header[1] & 0x80 != 0,
            payload_type: header[1] & 0x7F,
            sequence,
            timestamp: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            ssrc,
            payload: start..bytes.len() - usize::from(padding),
        })
    }

    /// Writes a plain header right before the payload and returns the range of the whole packet.
    /// CSRCs and the extension were not negotiated with the receiver and are dropped. Returns
    /// `None` if the buffer does not hold the payload with a header before it.
    pub fn write(&self, buffer: &mut [u8]) -> Option<Range<usize>> {
        let start = self.payload.start.checked_sub(HEADER)?;
        if self.payload.end > buffer.len() || self.payload.is_empty() {
            return None;
        }
        let header = buffer.get_mut(start..)?.first_chunk_mut::<HEADER>()?;
        header[0] = 0x80;
        header[1] = u8::from(self.marker) << 7 | self.payload_type & 0x7F;
        header[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        header[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        header[8..12].copy_from_slice(&self.ssrc.to_be_bytes());
        Some(start..self.payload.end)
    }
}

/// Returns where the payload begins: behind the header, its CSRCs, and the extension.
pub(crate) fn payload_start(bytes: &[u8]) -> Result<usize, Malformed> {
    let short = Malformed::Short(bytes.len());
    let header = bytes.first_chunk::<HEADER>().ok_or(short)?;
    let version = header[0] >> 6;
    if version != 2 {
        return Err(Malformed::Version(version));
    }
    let mut start = HEADER + usize::from(header[0] & 0x0F) * 4;
    if header[0] & 0x10 != 0 {
        let words = bytes.get(start + 2..start + 4).ok_or(short)?;
        start += 4 + usize::from(u16::from_be_bytes([words[0], words[1]])) * 4;
    }
    if start > bytes.len() { Err(short) } else { Ok(start) }
}

/// Returns a packet's sequence number and SSRC; `None` if it is shorter than a header.
pub(crate) fn place_of(bytes: &[u8]) -> Option<(u16, u32)> {
    let header = bytes.first_chunk::<HEADER>()?;
    let sequence = u16::from_be_bytes([header[2], header[3]]);
    Some((sequence, u32::from_be_bytes([header[8], header[9], header[10], header[11]])))
}

/// Returns whether timestamp `a` is later than `b`, with wrap-around.
pub(crate) const fn after(a: u32, b: u32) -> bool {
    a != b && a.wrapping_sub(b) < 1 << 31
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use ::rtp::header::Extension;
    use ::rtp::header::Header;
    use proptest::prelude::*;
    use webrtc_util::marshal::Marshal as _;
    use webrtc_util::marshal::Unmarshal as _;

    use super::*;

    fn plain() -> Vec<u8> {
        let mut bytes = vec![0x80, 0x80 | 101, 0x12, 0x34, 0, 0, 0, 9, 0xAA, 0xBB, 0xCC, 0xDD];
        bytes.extend([1, 2, 3, 4]);
        bytes
    }

    #[test]
    fn reads_what_was_written() {
        let packet = Packet::parse(&plain()).unwrap();
        assert!(packet.marker);
        assert_eq!((packet.payload_type, packet.sequence), (101, 0x1234));
        assert_eq!((packet.timestamp, packet.ssrc), (9, 0xAABB_CCDD));
        assert_eq!(packet.payload, 12..16);
        let mut buffer = plain();
        assert_eq!(packet.write(&mut buffer), Some(0..16));
        assert_eq!(buffer, plain());
    }

    #[test]
    fn csrcs_extension_and_padding_are_left_out() {
        let mut bytes = vec![0xB2, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3]; // padding, extension, 2 CSRCs
        bytes.extend([9; 8]); // the CSRCs
        bytes.extend([0xBE, 0xDE, 0, 1, 7, 7, 7, 7]); // the extension, one word
        bytes.extend([5, 6, 0, 0, 3]); // two bytes of payload, three of padding
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.payload, 28..30);
        let range = packet.write(&mut bytes).unwrap();
        assert_eq!(&bytes[range], [0x80, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 5, 6]);
    }

    #[test]
    fn malformed_datagrams_are_named() {
        let with = |first: u8, tail: &[u8]| {
            let mut bytes = vec![first, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
            bytes.extend(tail);
            Packet::parse(&bytes)
        };
        let cases = [
            (Packet::parse(b""), Malformed::Short(0)),
            (Packet::parse(&[0x80; 11]), Malformed::Short(11)),
            (with(0x40, &[1]), Malformed::Version(1)),
            (with(0x82, &[0; 7]), Malformed::Short(19)),
            (with(0x90, &[0, 0, 0]), Malformed::Short(15)),
            (with(0x90, &[0, 0, 0, 2, 1, 1, 1, 1]), Malformed::Short(20)),
            (with(0xA0, &[]), Malformed::Padding(0)),
            (with(0xA0, &[1, 0]), Malformed::Padding(0)),
            (with(0xA0, &[1, 3]), Malformed::Padding(3)),
        ];
        for (parsed, expected) in cases {
            assert_eq!(parsed, Err(expected));
        }
    }

    #[test]
    fn after_works_around_the_wrap() {
        assert!(after(1, 0) && after(5, u32::MAX - 5) && !after(0, 0) && !after(0, 1));
    }

    /// The packet as the crate `rtp` parses it.
    fn theirs(mut bytes: &[u8]) -> Result<::rtp::packet::Packet, webrtc_util::Error> {
        ::rtp::packet::Packet::unmarshal(&mut bytes)
    }

    /// Profile and elements of an extension: RFC 8285 with one byte and with two bytes, and any
    /// other (RFC 3550 §5.3.1).
    fn extension() -> impl Strategy<Value = Option<(u16, Vec<Extension>)>> {
        let element = |id: u8, payload: Vec<u8>| Extension { id, payload: payload.into() };
        let bytes = |most: usize| prop::collection::vec(any::<u8>(), 1..=most);
        let one_byte = (1..=14_u8, bytes(16)).prop_map(move |(id, payload)| element(id, payload));
        let two_bytes = (1..=255_u8, bytes(40)).prop_map(move |(id, payload)| element(id, payload));
        let words = prop::collection::vec(any::<[u8; 4]>(), 0..9);
        prop_oneof![
            Just(None),
            prop::collection::vec(one_byte, 0..4).prop_map(|all| Some((0xBEDE, all))),
            prop::collection::vec(two_bytes, 0..4).prop_map(|all| Some((0x1000, all))),
            (0..0x1000_u16, words).prop_map(move |(profile, words)| Some((
                profile,
                vec![element(0, words.concat())]
            ))),
        ]
    }

    fn header() -> impl Strategy<Value = Header> {
        let numbers = (0..=127_u8, any::<u16>(), any::<u32>(), any::<u32>());
        let csrc = prop::collection::vec(any::<u32>(), 0..16);
        (any::<bool>(), any::<bool>(), numbers, csrc, extension()).prop_map(
            |(
                padding,
                marker,
                (payload_type, sequence_number, timestamp, ssrc),
                csrc,
                extension,
            )| {
                let has_extension = extension.is_some();
                let (extension_profile, extensions) = extension.unwrap_or_default();
                Header {
                    version: 2,
                    padding,
                    extension: has_extension,
                    marker,
                    payload_type,
                    sequence_number,
                    timestamp,
                    ssrc,
                    csrc,
                    extension_profile,
                    extensions,
                    extensions_padding: 0,
                }
            },
        )
    }

    fn fields(packet: &Packet) -> (bool, u8, u16, u32, u32) {
        let Packet { marker, payload_type, sequence, timestamp, ssrc, .. } = *packet;
        (marker, payload_type, sequence, timestamp, ssrc)
    }

    fn fields_of_theirs(header: &Header) -> (bool, u8, u16, u32, u32) {
        let Header { marker, payload_type, sequence_number, timestamp, ssrc, .. } = *header;
        (marker, payload_type, sequence_number, timestamp, ssrc)
    }

    /// Datagrams, many of them nearly valid: the first byte has version 2 and some CSRCs.
    fn datagram() -> impl Strategy<Value = Vec<u8>> {
        let tail = prop::collection::vec(prop_oneof![0..=4_u8, any::<u8>()], 0..64);
        let first = prop_oneof![3 => 0x80..=0xBF_u8, 1 => any::<u8>()];
        (first, tail).prop_map(|(first, mut tail)| {
            tail.insert(0, first);
            tail
        })
    }

    /// Whether the extension has elements, which `rtp` parses and this module skips (RFC 8285).
    fn has_elements(bytes: &[u8]) -> bool {
        let start = HEADER + usize::from(bytes[0] & 0x0F) * 4;
        let profile = bytes.get(start..start + 2);
        bytes[0] & 0x10 != 0 && matches!(profile, Some([0xBE, 0xDE] | [0x10, 0x00]))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn what_another_writes_is_read(
            header in header(), payload in prop::collection::vec(any::<u8>(), 1..200),
        ) {
            let written = ::rtp::packet::Packet { header, payload: payload.clone().into() };
            let bytes = written.marshal().unwrap();
            let read = Packet::parse(&bytes).unwrap();
            prop_assert_eq!(fields(&read), fields_of_theirs(&written.header));
            prop_assert_eq!(&bytes[read.payload], payload);
        }

        #[test]
        fn another_reads_what_is_written(
            header in header(), payload in prop::collection::vec(any::<u8>(), 1..200),
        ) {
            let written = ::rtp::packet::Packet { header, payload: payload.clone().into() };
            let mut bytes = written.marshal().unwrap().to_vec();
            let range = Packet::parse(&bytes).unwrap().write(&mut bytes).unwrap();
            let read = theirs(&bytes[range]).unwrap();
            let plain = Header {
                padding: false,
                extension: false,
                csrc: Vec::new(),
                extension_profile: 0,
                extensions: Vec::new(),
                ..written.header
            };
            prop_assert_eq!(read.header, plain);
            prop_assert_eq!(read.payload, payload);
        }

        /// Both parsers accept the same datagrams and read the same fields, apart from the
        /// differences that `rtp_accepts_more` lists.
        #[test]
        fn both_reject_the_same(bytes in datagram()) {
            prop_assume!(!has_elements(&bytes));
            match (Packet::parse(&bytes), theirs(&bytes)) {
                (Err(Malformed::Version(_) | Malformed::Padding(0)), _) | (Err(_), Err(_)) => {}
                (Ok(ours), Ok(theirs)) => {
                    prop_assert_eq!(fields(&ours), fields_of_theirs(&theirs.header));
                    prop_assert_eq!(&bytes[ours.payload], &theirs.payload);
                }
                (ours, theirs) => prop_assert!(false, "{bytes:02X?}: {ours:?}, {theirs:?}"),
            }
        }
    }

    #[test]
    fn rtp_accepts_more() {
        let with = |first: u8, tail: &[u8]| {
            let mut bytes = vec![first, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
            bytes.extend(tail);
            bytes
        };
        // A packet of another version is not RTP (RFC 3550 §A.1).
        for first in [0x00, 0x40, 0xC0] {
            let bytes = with(first, &[1]);
            assert_eq!(Packet::parse(&bytes), Err(Malformed::Version(first >> 6)));
            assert!(theirs(&bytes).is_ok());
        }
        // The padding count includes its own byte, so it is never zero (RFC 3550 §5.1).
        let bytes = with(0xA0, &[1, 0]);
        assert_eq!(Packet::parse(&bytes), Err(Malformed::Padding(0)));
        assert_eq!(theirs(&bytes).unwrap().payload, [1, 0].as_slice());
        // Element 15 ends the elements, not the extension (RFC 8285 §4.2). `rtp` reads the rest of
        // the extension as payload.
        let bytes = with(0x90, &[0xBE, 0xDE, 0, 1, 0xF0, 7, 7, 7, 5]);
        assert_eq!(Packet::parse(&bytes).unwrap().payload, 20..21);
        assert_eq!(theirs(&bytes).unwrap().payload, [7, 7, 7, 5].as_slice());
        // An element that is longer than the datagram makes `rtp` panic. This module skips the
        // extension.
        let bytes = with(0x90, &[0xBE, 0xDE, 0, 1, 0x1F, 7, 7, 7, 5]);
        assert_eq!(Packet::parse(&bytes).unwrap().payload, 20..21);
        assert!(catch_unwind(|| theirs(&bytes)).is_err());
    }
}
