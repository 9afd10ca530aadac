//! A carrier account: its id, and the keys of both sides.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::Ed25519KeyPair;
use ring::signature::KeyPair as _;

use crate::base::Rng;

/// The simulated carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// TwiML.
    Twilio,
    /// TeXML.
    Telnyx,
    /// cXML, the compatibility dialect.
    SignalWire,
    /// Plivo XML.
    Plivo,
}

impl Kind {
    /// All four.
    pub const ALL: [Kind; 4] = [Kind::Twilio, Kind::Telnyx, Kind::SignalWire, Kind::Plivo];

    /// Returns the name in settings and paths.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Twilio => "twilio",
            Kind::Telnyx => "telnyx",
            Kind::SignalWire => "signalwire",
            Kind::Plivo => "plivo",
        }
    }

    /// Returns how long the carrier waits for an answer: Telnyx two seconds, the others fifteen
    /// (Twilio's limit; Plivo would wait sixty, longer than any caller).
    pub fn patience(self) -> Duration {
        match self {
            Kind::Telnyx => Duration::from_secs(2),
            Kind::Twilio | Kind::SignalWire | Kind::Plivo => Duration::from_secs(15),
        }
    }

    /// Returns the largest document the carrier accepts, in bytes: Twilio 64 KiB, Plivo 100 kB; the
    /// others document no limit and get Twilio's.
    pub(super) fn document_max(self) -> usize {
        match self {
            Kind::Plivo => 100_000,
            Kind::Twilio | Kind::Telnyx | Kind::SignalWire => 64 * 1024,
        }
    }
}

/// An account. `Debug` hides its keys.
#[derive(Clone)]
pub struct Account {
    /// The carrier.
    pub kind: Kind,
    /// The account's id: `AC…`, a project's UUID, `MA…`.
    pub id: String,
    /// Key that signs webhooks: the token or the signing key; for Telnyx an Ed25519 seed of 32
    /// bytes.
    pub(super) key: Vec<u8>,
    /// Credentials of the REST API.
    pub api_token: String,
}

impl Account {
    /// Creates an account with a given secret: the auth token (Twilio, Plivo; also for the REST
    /// API) or the signing key (SignalWire).
    pub fn with_token(kind: Kind, id: &str, token: &str) -> Self {
        let key = token.as_bytes().to_vec();
        Self { kind, id: id.to_owned(), key, api_token: token.to_owned() }
    }

    /// Creates a Telnyx account with an Ed25519 seed.
    pub fn with_seed(id: &str, seed: [u8; 32], api_token: &str) -> Self {
        let api_token = api_token.to_owned();
        Self { kind: Kind::Telnyx, id: id.to_owned(), key: seed.to_vec(), api_token }
    }

    /// Creates an account with random keys.
    pub fn draw(kind: Kind, rng: &mut Rng) -> Self {
        let mut seed = [0; 32];
        rng.fill(&mut seed);
        let token = hex(rng, 16);
        match kind {
            Kind::Twilio => Self::with_token(kind, &format!("AC{}", hex(rng, 16)), &token),
            Kind::Telnyx => Self::with_seed(&dashed(rng), seed, &format!("KEY{token}")),
            Kind::SignalWire => {
                let key = format!("PSK_{token}").into_bytes();
                Self { kind, id: dashed(rng), key, api_token: format!("PT{}", hex(rng, 20)) }
            }
            Kind::Plivo => Self::with_token(kind, &format!("MA{}", hex(rng, 9)), &token),
        }
    }

    /// Returns what the switch's settings need to verify webhooks: the auth token, the signing key,
    /// or the public key in base64.
    pub fn webhook_secret(&self) -> String {
        match self.kind {
            Kind::Telnyx => match Ed25519KeyPair::from_seed_unchecked(&self.key) {
                Ok(pair) => BASE64.encode(pair.public_key().as_ref()),
                Err(_) => String::new(),
            },
            Kind::Twilio | Kind::SignalWire | Kind::Plivo => {
                String::from_utf8_lossy(&self.key).into_owned()
            }
        }
    }

    /// Returns the `Authorization` header of the REST API.
    pub(super) fn authorization(&self) -> String {
        match self.kind {
            Kind::Telnyx => format!("Bearer {}", self.api_token),
            Kind::Twilio | Kind::SignalWire | Kind::Plivo => {
                format!("Basic {}", BASE64.encode(format!("{}:{}", self.id, self.api_token)))
            }
        }
    }

    /// Returns a call id in the carrier's format.
    pub(super) fn call_id(&self, rng: &mut Rng) -> String {
        match self.kind {
            Kind::Twilio => format!("CA{}", hex(rng, 16)),
            Kind::Telnyx => {
                let mut bytes = [0; 36];
                rng.fill(&mut bytes);
                // These ids contain `-` and `_`, and begin with a version and a colon.
                let text = BASE64.encode(bytes).replace('+', "-").replace('/', "_");
                format!("v3:{text}")
            }
            Kind::SignalWire | Kind::Plivo => dashed(rng),
        }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Account({} {})", self.kind.name(), self.id)
    }
}

/// Returns random bytes in hexadecimal.
pub(super) fn hex(rng: &mut Rng, bytes: usize) -> String {
    let mut text = String::with_capacity(2 * bytes);
    for _ in 0..bytes {
        text.push_str(&format!("{:02x}", rng.below(256)));
    }
    text
}

/// Returns a random id in the format of a UUID.
pub(super) fn dashed(rng: &mut Rng) -> String {
    let parts = [4, 2, 2, 2, 6].map(|bytes| hex(rng, bytes));
    parts.join("-")
}
