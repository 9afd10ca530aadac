//! SignalWire: cXML is signed as at Twilio; SWML is signed over URL and raw body, in hexadecimal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use super::Forged;
use super::Received;
use super::secret::SigningKey;
use super::twilio;

const HEADER: &str = "x-signalwire-signature";
/// Alternative header of cXML requests.
const ALIAS: &str = "x-twilio-signature";
const SHA256_HEADER: &str = "x-signalwire-sha256-signature";
/// Length of an HMAC-SHA1, in bytes.
const SHA1_BYTES: usize = 20;

/// Verifies a request. One valid signature is enough, because each requires the key.
pub(super) fn verify(key: &SigningKey, received: &Received<'_>) -> Result<(), Forged> {
    let mut found = Err(Forged::Missing(HEADER));
    if let Some(given) = (received.header)(SHA256_HEADER) {
        let signature = unhex(given.trim()).ok_or(Forged::Missing(SHA256_HEADER));
        found = signature.and_then(|signature| over_body(&key.sha256, &signature, received));
    }
    for name in [HEADER, ALIAS] {
        let (Some(given), Err(_)) = ((received.header)(name), found) else { continue };
        found = match unhex(given.trim()).filter(|bytes| bytes.len() == SHA1_BYTES) {
            Some(signature) => over_body(&key.sha1, &signature, received),
            None => match STANDARD.decode(given.trim()) {
                Ok(signature) => twilio::check(&key.sha1, &signature, received),
                Err(_) => Err(Forged::Missing(name)),
            },
        };
    }
    found
}

fn over_body(key: &hmac::Key, signature: &[u8], received: &Received<'_>) -> Result<(), Forged> {
    let url = received.url.split('#').next().unwrap_or_default();
    let signed = [url.as_bytes(), received.body].concat();
    hmac::verify(key, &signed, signature).map_err(|_| Forged::Mismatch)
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = text.as_bytes().chunks(2);
    let read = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(read).collect()
}
