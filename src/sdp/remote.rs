//! Reads what a far end offers or answers for one audio stream.

use std::net::IpAddr;
use std::net::SocketAddr;

use sdp_types::Connection;
use sdp_types::Media as Stream;
use sdp_types::Session;

use crate::base::Codec;
use crate::base::OwnPorts;
use crate::base::ip_address;

use super::Direction;
use super::Local;
use super::Media;
use super::SdpError;
use super::Secrecy;
use super::crypto::Crypto;
use super::payload::Format;
use super::payload::formats;
use super::secrecy::Wish;

/// Milliseconds of audio in a packet if the description has no `ptime` (RFC 3551 §4.2).
const PTIME_DEFAULT_MS: u16 = 20;
/// Shortest packet that the switch sends, in milliseconds.
const PTIME_MIN_MS: u16 = 10;
/// Longest packet that the switch sends, in milliseconds.
const PTIME_MAX_MS: u16 = 60;
/// Transports of plain RTP: without feedback, and with early feedback (RFC 4585), which also works
/// without.
const PLAIN: &[&str] = &["RTP/AVP", "RTP/AVPF"];
/// Transports of SRTP with keys in the description (RFC 4568).
const SECURE: &[&str] = &["RTP/SAVP", "RTP/SAVPF"];

/// The side whose order of codecs decides.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Preference<'a> {
    /// The switch's order: the first of these that the stream lists. The description is an offer.
    Ours(&'a [Codec]),
    /// The far end's order: the first in its list that is one of these. The description is an
    /// answer.
    Theirs(&'a [Codec]),
}

/// The stream to use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// Its place among the streams.
    pub(crate) index: usize,
    /// What it negotiates, but for SRTP.
    pub(crate) media: Media,
    /// The far end's key; `None` for plain RTP.
    pub(crate) crypto: Option<Crypto>,
}

/// Returns the audio stream to use: the first that is not rejected, over a transport that is taken,
/// with a supported codec and an address where the far end can be. A secure stream goes before a
/// plain one.
///
/// # Errors
/// The error of the last audio stream, if none can be used.
pub(crate) fn select(
    session: &Session,
    limits: (&Local, &OwnPorts),
    preference: Preference<'_>,
) -> Result<Found, SdpError> {
    let streams = session.medias.iter().enumerate().filter(|(_, stream)| is_open_audio(stream));
    let (secure, others): (Vec<_>, Vec<_>) =
        streams.partition(|(_, stream)| is_over(stream, SECURE));
    let mut error = SdpError::NoAudio;
    for (index, stream) in secure.into_iter().chain(others) {
        let found = crypto(stream, &limits.0.secrecy, preference).and_then(|crypto| {
            let media = media(session, stream, limits, preference)?;
            Ok(Found { index, media, crypto })
        });
        match found {
            Ok(found) => return Ok(found),
            Err(refusal) => error = refusal,
        }
    }
    Err(error)
}

fn is_over(stream: &Stream, transports: &[&str]) -> bool {
    transports.iter().any(|known| stream.proto.eq_ignore_ascii_case(known))
}

/// Returns the far end's key, or `None` for plain RTP. An offer may have a key over a transport of
/// plain RTP: then the answerer chooses (RFC 8643 §3.1).
fn crypto(
    stream: &Stream,
    secrecy: &Secrecy,
    preference: Preference<'_>,
) -> Result<Option<Crypto>, SdpError> {
    let (is_secure, is_plain) = (is_over(stream, SECURE), is_over(stream, PLAIN));
    let refused = || Err(SdpError::Transport { transport: stream.proto.clone() });
    let key = || Crypto::first(stream);
    if let Preference::Theirs(_) = preference {
        let offered = secrecy.offered();
        let is_offered = |key: &Crypto| offered.iter().any(|ours| ours.suite == key.suite);
        return match (offered.is_empty(), is_secure, is_plain) {
            (true, false, true) => Ok(None),
            (false, true, _) => key().filter(is_offered).map(Some).ok_or(SdpError::Crypto),
            _ => refused(),
        };
    }
    match (secrecy.wish(), is_secure, is_plain) {
        (Wish::Either | Wish::Secure | Wish::SecureOnly, true, _) => {
            key().map(Some).ok_or(SdpError::Crypto)
        }
        (Wish::Plain | Wish::Either, false, true) => Ok(None),
        (Wish::Secure, false, true) => Ok(key()),
        (Wish::SecureOnly, false, true) => match key() {
            Some(key) => Ok(Some(key)),
            None => refused(),
        },
        _ => refused(),
    }
}

/// Returns whether the far end can receive media at this address, or receives none (all zeros).
/// Media sent to any other address would come back to the switch or go to a whole network.
fn is_admitted(media: SocketAddr, (local, own): (&Local, &OwnPorts)) -> bool {
    media.ip().is_unspecified() || media != local.address && own.admit(media, local.peer)
}

/// Returns whether this is an audio stream that is not rejected by port 0 (RFC 3264 §6).
fn is_open_audio(stream: &Stream) -> bool {
    stream.media.eq_ignore_ascii_case("audio") && stream.port != 0
}

fn media(
    session: &Session,
    stream: &Stream,
    limits: (&Local, &OwnPorts),
    preference: Preference<'_>,
) -> Result<Media, SdpError> {
    let (payload_type, codec) = codec(stream, preference).ok_or(SdpError::NoCommonCodec)?;
    let events = formats(stream).find(|(_, format)| *format == Format::Events);
    let remote = address(session, stream, limits)?;
    let said = Direction::among(&stream.attributes).unwrap_or(Direction::SendRecv);
    let said = if remote.ip().is_unspecified() { said.without_receiving() } else { said };
    Ok(Media {
        remote,
        rtcp: rtcp(stream, remote).filter(|rtcp| is_admitted(*rtcp, limits)),
        codec,
        payload_type,
        events: events.map(|(number, _)| number),
        direction: said.mirrored(),
        ptime_ms: ptime_ms(stream),
        security: None,
    })
}

/// Returns the codec to use and its payload type in the stream.
fn codec(stream: &Stream, preference: Preference<'_>) -> Option<(u8, Codec)> {
    let mut listed = formats(stream).filter_map(|(number, format)| match format {
        Format::Audio(codec) => Some((number, codec)),
        Format::Events | Format::Unknown => None,
    });
    match preference {
        Preference::Theirs(codecs) => listed.find(|(_, codec)| codecs.contains(codec)),
        Preference::Ours(codecs) => {
            let listed: Vec<_> = listed.collect();
            codecs.iter().find_map(|ours| listed.iter().find(|(_, codec)| codec == ours).copied())
        }
    }
}

/// Returns the first address in the stream's `c=` lines where the far end can be, or that of the
/// session if the stream has no such line.
fn address(
    session: &Session,
    stream: &Stream,
    limits: (&Local, &OwnPorts),
) -> Result<SocketAddr, SdpError> {
    let of_session = session.connection.iter().filter(|_| stream.connections.is_empty());
    let named = stream.connections.iter().chain(of_session).filter_map(ip_of);
    let mut error = SdpError::NoAddress;
    for address in named.map(|ip| SocketAddr::new(ip, stream.port)) {
        if is_admitted(address, limits) {
            return Ok(address);
        }
        error = SdpError::Address { address };
    }
    Err(error)
}

/// Returns the IP address. Host names are not resolved during a call.
fn ip_of(connection: &Connection) -> Option<IpAddr> {
    ip_address(connection.connection_address.split('/').next()?).map(|ip| ip.to_canonical())
}

/// Returns the address in `a=rtcp:port [IN IP4 address]` (RFC 3605), else the port above RTP (RFC
/// 3550 §11).
fn rtcp(stream: &Stream, rtp: SocketAddr) -> Option<SocketAddr> {
    if rtp.ip().is_unspecified() {
        return None;
    }
    let next = || Some(SocketAddr::new(rtp.ip(), rtp.port().checked_add(1)?));
    let Some(value) = value_of(stream, "rtcp") else { return next() };
    let mut words = value.split_ascii_whitespace();
    let Some(port) = words.next().and_then(|port| port.parse().ok()).filter(|port| *port != 0)
    else {
        return next();
    };
    let ip = words.nth(2).and_then(ip_address).map_or(rtp.ip(), |ip| ip.to_canonical());
    (!ip.is_unspecified()).then_some(SocketAddr::new(ip, port))
}

/// Returns `ptime`, at most `maxptime` (RFC 8866 §6.4), within the range that the switch sends.
fn ptime_ms(stream: &Stream) -> u16 {
    let read = |value: &str| value.trim_ascii().parse::<u16>().ok().filter(|ms| *ms != 0);
    let ptime = value_of(stream, "ptime").and_then(read);
    let max = value_of(stream, "maxptime").and_then(read).unwrap_or(PTIME_MAX_MS);
    ptime.unwrap_or(PTIME_DEFAULT_MS).min(max).clamp(PTIME_MIN_MS, PTIME_MAX_MS)
}

fn value_of<'a>(stream: &'a Stream, name: &str) -> Option<&'a str> {
    let found = stream.attributes.iter().find(|attribute| attribute.attribute == name);
    found.and_then(|attribute| attribute.value.as_deref())
}
