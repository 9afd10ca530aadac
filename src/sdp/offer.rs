//! Writes descriptions.

use bytes::Bytes;
use sdp_types::Attribute;
use sdp_types::Connection;
use sdp_types::Media as Stream;
use sdp_types::MediaType;
use sdp_types::Origin;
use sdp_types::Session;
use sdp_types::Time;
use sdp_types::TransportProto;

use crate::base::Codec;

use super::Direction;
use super::Local;
use super::crypto::Crypto;

/// Payload type of telephone events in the switch's offers, by common practice.
const EVENTS: u8 = 101;
/// Events that the switch accepts: digits, `*`, `#`, A to D and flash (RFC 4733 §3.2).
const EVENT_CODES: &str = "0-16";
/// Milliseconds of audio per packet that the switch asks for.
const PTIME_MS: u16 = 20;

/// Returns an offer of one audio stream in both directions: the codecs in order of preference with
/// their static payload types, telephone events, and the keys of SRTP if it is to be secure.
pub fn offer(local: &Local, codecs: &[Codec]) -> Bytes {
    offer_with(local, codecs, Direction::SendRecv)
}

/// Returns the same offer in one direction, to hold and to resume.
pub fn offer_with(local: &Local, codecs: &[Codec], direction: Direction) -> Bytes {
    let formats: Vec<_> =
        codecs.iter().map(|codec| (codec.static_payload_type(), *codec)).collect();
    let keys = local.secrecy.offered();
    let transport = if keys.is_empty() { TransportProto::RtpAvp } else { TransportProto::RtpSavp };
    let stream = audio(local, transport.to_string(), &keys, &formats, (Some(EVENTS), direction));
    describe(local, vec![stream])
}

/// Returns one open audio stream.
pub(crate) fn audio(
    local: &Local,
    transport: String,
    keys: &[Crypto],
    codecs: &[(u8, Codec)],
    (events, direction): (Option<u8>, Direction),
) -> Stream {
    let numbers = codecs.iter().map(|(number, _)| *number).chain(events);
    let fmt = numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" ");
    let mut stream =
        Stream::new(MediaType::Audio, local.address.port(), TransportProto::RtpAvp, fmt);
    stream.proto = transport;
    let attributes = &mut stream.attributes;
    attributes.extend(keys.iter().map(Crypto::attribute));
    for (number, codec) in codecs {
        attributes.push(Attribute::with_value("rtpmap", format!("{number} {codec}/8000")));
    }
    if let Some(number) = events {
        attributes.push(Attribute::with_value("rtpmap", format!("{number} telephone-event/8000")));
        attributes.push(Attribute::with_value("fmtp", format!("{number} {EVENT_CODES}")));
    }
    attributes.push(Attribute::with_value("ptime", PTIME_MS));
    attributes.push(Attribute::new(direction.as_str()));
    stream
}

/// Returns the switch's description with these streams.
pub(crate) fn describe(local: &Local, streams: Vec<Stream>) -> Bytes {
    let ip = local.address.ip();
    let mut session = Session::new(Origin::with_ip_addr(local.session, local.version, ip), "-");
    session.connection = Some(Connection::from_ip_addr(ip));
    session.times = vec![Time::new(0, 0)];
    session.medias = streams;
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = session.write(&mut text);
    text.into()
}
