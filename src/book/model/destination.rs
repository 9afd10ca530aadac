//! Destinations of calls.

use serde::Deserialize;
use serde::Serialize;

use crate::base::Phone;
use crate::base::TrunkId;

use crate::base::SipUri;
use crate::base::Srtp;
use crate::base::SymmetricRtp;

/// Target of a contract's calls, with the whisper and the accept gate before the bridge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Target to dial.
    pub to: Target,
    /// Text that only the buyer hears before the bridge.
    pub whisper: Option<String>,
    /// Accept gate.
    pub accept: Accept,
    /// Sources of RTP that are accepted from the buyer; `None` for the trunk's, or the default
    /// without a trunk.
    #[serde(default)]
    pub symmetric_rtp: Option<SymmetricRtp>,
    /// Whether the audio is SRTP; `None` for the trunk's, or the default without a trunk.
    #[serde(default)]
    pub srtp: Option<Srtp>,
}

impl Destination {
    /// Returns whether the buyer hears a whisper or must press a key before the bridge.
    pub fn has_gate(&self) -> bool {
        self.whisper.is_some() || self.accept == Accept::Press1
    }
}

/// Target to dial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A SIP address, dialed directly.
    Sip {
        /// SIP address; also the Request-URI.
        uri: SipUri,
    },
    /// A phone number, dialed through a carrier.
    Phone {
        /// Phone number.
        number: Phone,
        /// Trunk of the carrier; it has at least one outbound address.
        trunk: TrunkId,
    },
}

impl Target {
    /// Returns what is dialed: the number, which is a buyer's and not a caller's, or the address.
    pub fn dialled(&self) -> &str {
        match self {
            Target::Sip { uri } => uri.as_str(),
            Target::Phone { number, .. } => number.e164(),
        }
    }

    /// Returns the trunk that it is dialed through; `None` for a SIP address.
    pub fn trunk(&self) -> Option<&TrunkId> {
        match self {
            Target::Sip { .. } => None,
            Target::Phone { trunk, .. } => Some(trunk),
        }
    }
}

/// The accept gate: what the buyer must do before the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accept {
    /// The buyer must answer.
    #[default]
    None,
    /// The buyer must answer and press 1.
    Press1,
}
