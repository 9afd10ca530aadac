//! Destinations: where a contract's call is sent.

use serde::Deserialize;
use serde::Serialize;

use crate::base::Phone;
use crate::base::TrunkId;

use crate::base::SipUri;

/// Where a contract's call is sent, and what happens there before the two are bridged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    /// Whom we dial.
    pub to: Target,
    /// What only the buyer hears before the bridge: text to say.
    pub whisper: Option<String>,
    /// What must happen before the bridge.
    pub accept: Accept,
}

impl Destination {
    /// Whether the buyer hears something, or must press a key, before the bridge.
    pub fn has_gate(&self) -> bool {
        self.whisper.is_some() || self.accept == Accept::Press1
    }
}

/// Whom we dial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A SIP address, straight.
    Sip {
        /// The address; also the Request-URI.
        uri: SipUri,
    },
    /// A phone number through a carrier.
    Phone {
        /// The number.
        number: Phone,
        /// The carrier's trunk; it has at least one outbound address.
        trunk: TrunkId,
    },
}

/// The accept gate: what the buyer must do before the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Accept {
    /// Answer.
    #[default]
    None,
    /// Answer, and press 1.
    Press1,
}
