//! Secrets and public keys that verify signatures.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::carrier::Carrier;

/// Length of an Ed25519 public key, in bytes (RFC 8032 §5.1.5).
const PUBLIC_KEY_BYTES: usize = 32;

/// A carrier's secret, or Telnyx's public key. It is never printed.
#[derive(Clone)]
pub struct Secret(pub(super) Key);

#[derive(Clone)]
pub(super) enum Key {
    Twilio(hmac::Key),
    SignalWire(SigningKey),
    Telnyx([u8; PUBLIC_KEY_BYTES]),
    Plivo(hmac::Key),
}

/// SignalWire's key, for both hashes that SignalWire signs with.
#[derive(Clone)]
pub(super) struct SigningKey {
    pub(super) sha1: hmac::Key,
    pub(super) sha256: hmac::Key,
}

/// Why a text is not a carrier's secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// The text is empty.
    #[error("the secret of {0} is empty")]
    Empty(Carrier),
    /// The text is not an Ed25519 key.
    #[error(
        "the public key of telnyx must be base64 of 32 bytes: copy it from the portal's API keys"
    )]
    NoPublicKey,
}

impl Secret {
    /// Creates a secret from the text that the carrier's portal shows: the auth token of Twilio or
    /// Plivo, the signing key of SignalWire, the public key of Telnyx in base64. Ignores white
    /// space around the text.
    ///
    /// # Errors
    /// [`InvalidSecret`] if the text is empty or not a key.
    pub fn new(carrier: Carrier, text: &str) -> Result<Secret, InvalidSecret> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidSecret::Empty(carrier));
        }
        let sha1 = || hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        let sha256 = || hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes());
        Ok(Secret(match carrier {
            Carrier::Twilio => Key::Twilio(sha1()),
            Carrier::SignalWire => Key::SignalWire(SigningKey { sha1: sha1(), sha256: sha256() }),
            Carrier::Plivo => Key::Plivo(sha256()),
            Carrier::Telnyx => {
                let bytes = STANDARD.decode(text).map_err(|_| InvalidSecret::NoPublicKey)?;
                Key::Telnyx(bytes.try_into().map_err(|_| InvalidSecret::NoPublicKey)?)
            }
        }))
    }

    /// Returns the carrier whose secret this is.
    pub fn carrier(&self) -> Carrier {
        match self.0 {
            Key::Twilio(_) => Carrier::Twilio,
            Key::SignalWire(_) => Carrier::SignalWire,
            Key::Telnyx(_) => Carrier::Telnyx,
            Key::Plivo(_) => Carrier::Plivo,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, hidden)", self.carrier())
    }
}
