//! Some messages of a call, as they were captured and as they are stored.
//!
//! A stored part is compressed. Inside, each message is a line of JSON with its addresses and length,
//! and then its octets; the first line is of the part.

use std::net::SocketAddr;

use bytes::Bytes;
use serde::Deserialize;
use serde::Serialize;

use crate::base::CallId;
use crate::base::Wall;
use crate::sip::Peer;
use crate::sip::Transport;

use super::bounds::LADDER_BYTES_MAX;
use super::message::LadderMessage;
use super::message::Way;
use super::redact::redact;

/// Most octets of a part before it is compressed: the messages, and a line for each.
const PART_BYTES_MAX: usize = 2 * LADDER_BYTES_MAX;

/// A message as the endpoint received or sent it.
#[derive(Debug, Clone)]
pub(super) struct Captured {
    pub(super) at: Wall,
    pub(super) way: Way,
    pub(super) peer: Peer,
    pub(super) leg: u16,
    pub(super) bytes: Bytes,
}

/// Some messages of a call, with all that they say. Only [`Part::stored`] lets them out.
#[derive(Debug)]
pub struct Part {
    pub(super) call: CallId,
    pub(super) messages: Vec<Captured>,
    pub(super) left_out: u64,
}

/// Some messages of a call, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LadderPart {
    /// The call.
    pub call: CallId,
    /// Time of the first message; no two parts of a call have the same.
    pub at: Wall,
    /// The messages, compressed.
    pub bytes: Vec<u8>,
}

/// A stored part that cannot be read: it was damaged, or a newer program wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stored part of a ladder cannot be read")]
pub struct UnreadablePart;

#[derive(Serialize, Deserialize)]
struct Head {
    left_out: u64,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    /// Microseconds since 1970.
    at: i64,
    sent: bool,
    transport: Carrier,
    local: SocketAddr,
    remote: SocketAddr,
    leg: u16,
    bytes: usize,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Carrier {
    Udp,
    Tcp,
    Tls,
}

impl Part {
    /// Removes the secrets of the messages and packs them.
    pub fn stored(self) -> LadderPart {
        let Self { call, messages, left_out } = self;
        let at = messages.first().map_or(Wall::default(), |message| message.at);
        let mut plain = Vec::new();
        line(&mut plain, &Head { left_out });
        for Captured { at, way, peer, leg, bytes } in messages {
            let mut bytes = Vec::from(bytes);
            redact(&mut bytes);
            let entry = Entry {
                at: at.micros(),
                sent: way == Way::Sent,
                transport: Carrier::of(peer.transport),
                local: peer.local,
                remote: peer.remote,
                leg,
                bytes: bytes.len(),
            };
            line(&mut plain, &entry);
            plain.append(&mut bytes);
        }
        // Fails only beyond 4 GiB.
        let bytes = snap::raw::Encoder::new().compress_vec(&plain).unwrap_or_default();
        LadderPart { call, at, bytes }
    }
}

/// Returns the messages of a stored part, and how many were left out.
pub(super) fn unpack(bytes: &[u8]) -> Result<(Vec<LadderMessage>, u64), UnreadablePart> {
    let length = snap::raw::decompress_len(bytes).map_err(|_| UnreadablePart)?;
    if length > PART_BYTES_MAX {
        return Err(UnreadablePart);
    }
    let plain = snap::raw::Decoder::new().decompress_vec(bytes).map_err(|_| UnreadablePart)?;
    let mut rest = plain.as_slice();
    let Head { left_out } = next(&mut rest)?;
    let mut messages = Vec::new();
    while !rest.is_empty() {
        let entry: Entry = next(&mut rest)?;
        let (bytes, after) = rest.split_at_checked(entry.bytes).ok_or(UnreadablePart)?;
        rest = after;
        messages.push(LadderMessage {
            at: Wall::from_micros(entry.at),
            way: if entry.sent { Way::Sent } else { Way::Received },
            transport: entry.transport.transport(),
            local: entry.local,
            remote: entry.remote,
            leg: entry.leg,
            bytes: bytes.to_vec(),
            retransmission: false,
        });
    }
    Ok((messages, left_out))
}

fn line(plain: &mut Vec<u8>, value: &impl Serialize) {
    // Writing numbers and addresses to memory does not fail.
    drop(serde_json::to_writer(&mut *plain, value));
    plain.push(b'\n');
}

fn next<T: for<'de> Deserialize<'de>>(rest: &mut &[u8]) -> Result<T, UnreadablePart> {
    let end = rest.iter().position(|byte| *byte == b'\n').ok_or(UnreadablePart)?;
    let (line, after) = rest.split_at_checked(end + 1).ok_or(UnreadablePart)?;
    *rest = after;
    serde_json::from_slice(line).map_err(|_| UnreadablePart)
}

impl Carrier {
    fn of(transport: Transport) -> Self {
        match transport {
            Transport::Udp => Carrier::Udp,
            Transport::Tcp => Carrier::Tcp,
            Transport::Tls => Carrier::Tls,
        }
    }

    fn transport(self) -> Transport {
        match self {
            Carrier::Udp => Transport::Udp,
            Carrier::Tcp => Transport::Tcp,
            Carrier::Tls => Transport::Tls,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ladder::sample::CALLER;
    use crate::ladder::sample::call;
    use crate::ladder::sample::peer;

    fn captured(at: i64, bytes: Vec<u8>) -> Captured {
        let (at, bytes) = (Wall::from_micros(at), Bytes::from(bytes));
        Captured { at, way: Way::Sent, peer: peer(CALLER), leg: 3, bytes }
    }

    proptest! {
        /// Also octets that are no text come back as they were.
        #[test]
        fn a_part_comes_back(octets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 0..5)) {
            // A message without a line end has no header, so nothing is redacted.
            let plain = |one: &Vec<u8>| one.iter().copied().filter(|byte| !b"\r\n:".contains(byte)).collect::<Vec<u8>>();
            let octets: Vec<Vec<u8>> = octets.iter().map(plain).collect();
            let messages = (5..).zip(&octets).map(|(at, one)| captured(at, one.clone())).collect();
            let part = Part { call: call(1), messages, left_out: 7 };
            let (messages, left_out) = unpack(&part.stored().bytes).unwrap();
            prop_assert_eq!(left_out, 7);
            prop_assert_eq!(messages.iter().map(|one| one.bytes.clone()).collect::<Vec<_>>(), octets);
            for (at, one) in (5..).zip(&messages) {
                prop_assert_eq!((one.at.micros(), one.way, one.leg), (at, Way::Sent, 3));
            }
        }

        #[test]
        fn damaged_parts_are_refused(octets in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpack(&octets);
        }
    }

    #[test]
    fn a_part_that_claims_to_be_huge_is_refused() {
        let huge = vec![b' '; PART_BYTES_MAX + 1];
        let bytes = snap::raw::Encoder::new().compress_vec(&huge).unwrap();
        assert_eq!(unpack(&bytes), Err(UnreadablePart));
    }
}
