//! Reads the answer to the switch's offer (RFC 3264 §7).

use crate::base::OwnPorts;

use super::Local;
use super::Media;
use super::SdpError;
use super::read::read;
use super::remote::Preference;
use super::remote::select;

/// Reads the far end's answer to the switch's offer. Of several codecs it takes the first that the
/// answer lists, which is the far end's choice. No far end's media are at one of the switch's `own`
/// ports.
///
/// # Errors
/// If the answer cannot be parsed, or rejects the stream.
pub fn accept(answer: &[u8], local: &Local, own: &OwnPorts) -> Result<Media, SdpError> {
    let session = read(answer)?;
    select(&session, (local, own), Preference::Theirs).map(|(_, media)| media)
}
