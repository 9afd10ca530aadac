//! Any datagram as RTP: the payload lies within it, and what we write is read as we meant it.

use strowger::media::rtp::HEADER;
use strowger::media::rtp::Packet;

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(packet) = Packet::parse(data) else { return };
    assert!(packet.payload.start >= HEADER && packet.payload.end <= data.len());
    let mut buffer = data.to_vec();
    let Some(written) = packet.write(&mut buffer) else {
        assert!(packet.payload.is_empty(), "only an empty payload is not sent");
        return;
    };
    let bytes = buffer.get(written.clone()).expect("a range of the buffer");
    let read = Packet::parse(bytes).expect("a packet that can be read");
    assert_eq!(bytes.get(read.payload.clone()), data.get(packet.payload.clone()));
    let header = |packet: &Packet| {
        (packet.marker, packet.payload_type, packet.sequence, packet.timestamp, packet.ssrc)
    };
    assert_eq!(header(&read), header(&packet));
}
