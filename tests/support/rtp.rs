//! RTP packets as another implementation writes and reads them: the crate `rtp`.

use rtp::header::Header;
use rtp::packet::Packet;
use webrtc_util::marshal::Marshal as _;
use webrtc_util::marshal::Unmarshal as _;

/// Returns a packet of version 2 as bytes.
pub(crate) fn packet(header: Header, payload: &[u8]) -> Vec<u8> {
    let header = Header { version: 2, ..header };
    let packet = Packet { header, payload: payload.to_vec().into() };
    packet.marshal().unwrap().to_vec()
}

/// Reads a packet.
pub(crate) fn read(mut bytes: &[u8]) -> Packet {
    Packet::unmarshal(&mut bytes).unwrap()
}
