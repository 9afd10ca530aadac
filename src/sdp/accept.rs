//! Reads the answer to the switch's offer (RFC 3264 §7).

use crate::base::Codec;
use crate::base::OwnPorts;

use super::Local;
use super::Media;
use super::SdpError;
use super::read::read;
use super::remote::Preference;
use super::remote::select;

/// Reads the far end's answer to the switch's offer of `codecs`. Of several it takes the first that
/// the answer lists, which is the far end's choice. No far end's media are at one of the switch's `own`
/// ports. The stream must be plain or secure as the offer was.
///
/// # Errors
/// If the answer cannot be parsed, or rejects the stream. `local` is then unchanged.
pub fn accept(
    answer: &[u8],
    local: &mut Local,
    own: &OwnPorts,
    codecs: &[Codec],
) -> Result<Media, SdpError> {
    let session = read(answer)?;
    let found = select(&session, (local, own), Preference::Theirs(codecs))?;
    Ok(Media { security: local.secrecy.agree(found.crypto), ..found.media })
}
