//! Reads the answer to the switch's offer (RFC 3264 §7).

use super::Local;
use super::Media;
use super::SdpError;
use super::read::read;
use super::remote::Preference;
use super::remote::select;

/// Reads the far end's answer to the switch's offer. Of several codecs it takes the first that the
/// answer lists, which is the far end's choice.
///
/// # Errors
/// If the answer cannot be parsed, or rejects the stream.
pub fn accept(answer: &[u8], local: &Local) -> Result<Media, SdpError> {
    let session = read(answer)?;
    select(&session, local, Preference::Theirs).map(|(_, media)| media)
}
