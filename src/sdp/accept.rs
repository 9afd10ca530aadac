//! Reading the answer to our offer (RFC 3264 §7).

use super::Local;
use super::Media;
use super::SdpError;
use super::read::read;
use super::remote::Preference;
use super::remote::select;

/// Reads the far end's answer to our offer. Of several codecs the first that the answer lists is
/// used: the far end's choice.
///
/// # Errors
/// When it cannot be read or has refused the stream.
pub fn accept(answer: &[u8], local: &Local) -> Result<Media, SdpError> {
    let session = read(answer)?;
    select(&session, local, Preference::Theirs).map(|(_, media)| media)
}
