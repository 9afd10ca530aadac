//! Answers an offer (RFC 3264 §6).

use bytes::Bytes;
use sdp_types::Media as Stream;

use crate::base::Codec;
use crate::base::OwnPorts;

use super::Local;
use super::Media;
use super::SdpError;
use super::offer::audio;
use super::offer::describe;
use super::read::read;
use super::remote::Preference;
use super::remote::select;

/// Answers an offer: accepts one audio stream with one of `codecs`, which are in order of
/// preference, and rejects all others with port 0. Payload types keep the offer's numbers. The
/// direction of the answer mirrors that of the offer. No far end's media are at one of the switch's
/// `own` ports.
///
/// # Errors
/// If the offer cannot be parsed or has no usable stream; [`SdpError::status`] is then the
/// response.
pub fn answer(
    offer: &[u8],
    local: &Local,
    own: &OwnPorts,
    codecs: &[Codec],
) -> Result<(Bytes, Media), SdpError> {
    let session = read(offer)?;
    let (chosen, media) = select(&session, (local, own), Preference::Ours(codecs))?;
    let streams =
        session.medias.into_iter().enumerate().map(|(i, stream)| {
            if i == chosen { open(local, stream, &media) } else { refused(stream) }
        });
    Ok((describe(local, streams.collect()), media))
}

fn open(local: &Local, offered: Stream, media: &Media) -> Stream {
    let codecs = [(media.payload_type, media.codec)];
    audio(local, offered.proto, &codecs, media.events, media.direction)
}

/// Returns the stream without attributes and with port 0 (RFC 3264 §6).
fn refused(offered: Stream) -> Stream {
    Stream {
        port: 0,
        num_ports: None,
        media_title: None,
        connections: Vec::new(),
        bandwidths: Vec::new(),
        key: None,
        attributes: Vec::new(),
        ..offered
    }
}
