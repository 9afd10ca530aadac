//! Telnyx: Ed25519 (RFC 8032) over the time and the raw body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::ED25519;
use ring::signature::UnparsedPublicKey;

use crate::base::Wall;

use super::Forged;
use super::Method;
use super::Received;
use super::received::TOLERANCE_SECONDS;

const SIGNATURE: &str = "telnyx-signature-ed25519";
const TIMESTAMP: &str = "telnyx-timestamp";

/// Verifies a POST. Rejects a GET: its signature covers only the time, and so would fit any
/// request.
pub(super) fn verify(key: &[u8; 32], received: &Received<'_>, now: Wall) -> Result<(), Forged> {
    match received.method {
        Method::Get => return Err(Forged::Uncovered),
        Method::Post => {}
    }
    let given = (received.header)(SIGNATURE).ok_or(Forged::Missing(SIGNATURE))?;
    let signature = STANDARD.decode(given.trim()).map_err(|_| Forged::Missing(SIGNATURE))?;
    let stamp = (received.header)(TIMESTAMP).ok_or(Forged::Missing(TIMESTAMP))?;
    let seconds: i64 = stamp.trim().parse().map_err(|_| Forged::Missing(TIMESTAMP))?;
    let signed = [stamp.trim().as_bytes(), b"|", received.body].concat();
    let key = UnparsedPublicKey::new(&ED25519, key);
    key.verify(&signed, &signature).map_err(|_| Forged::Mismatch)?;
    let apart = now.micros().div_euclid(1_000_000).abs_diff(seconds);
    if apart > TOLERANCE_SECONDS { Err(Forged::Stale(apart)) } else { Ok(()) }
}
