//! Answers an offer (RFC 3264 §6).

use bytes::Bytes;
use sdp_types::Media as Stream;

use crate::base::Codec;
use crate::base::OwnPorts;

use super::Local;
use super::Media;
use super::SdpError;
use super::crypto::Crypto;
use super::offer::audio;
use super::offer::describe;
use super::read::read;
use super::remote::Found;
use super::remote::Preference;
use super::remote::select;

/// Answers an offer: accepts one audio stream with one of `codecs`, which are in order of
/// preference, and rejects all others with port 0. Payload types keep the offer's numbers. The
/// direction of the answer mirrors that of the offer. Of secure and plain streams it takes a secure
/// one, if it may. No far end's media are at one of the switch's `own` ports.
///
/// # Errors
/// If the offer cannot be parsed or has no usable stream; [`SdpError::status`] is then the
/// response. `local` is then unchanged.
pub fn answer(
    offer: &[u8],
    local: &mut Local,
    own: &OwnPorts,
    codecs: &[Codec],
) -> Result<(Bytes, Media), SdpError> {
    let session = read(offer)?;
    let Found { index, media, crypto } = select(&session, (local, own), Preference::Ours(codecs))?;
    let security = local.secrecy.take_offered(crypto);
    let media = Media { security, ..media };
    let ours = crypto.zip(security).map(|(theirs, agreed)| Crypto { key: agreed.ours, ..theirs });
    let streams = session.medias.into_iter().enumerate().map(|(i, stream)| {
        if i == index { open(local, stream, &media, ours) } else { refused(stream) }
    });
    Ok((describe(local, streams.collect()), media))
}

fn open(local: &Local, offered: Stream, media: &Media, ours: Option<Crypto>) -> Stream {
    let codecs = [(media.payload_type, media.codec)];
    audio(local, offered.proto, ours.as_slice(), &codecs, (media.events, media.direction))
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
