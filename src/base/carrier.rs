//! The webhook carriers.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// A carrier that asks a webhook how to handle a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Carrier {
    /// Twilio: TwiML.
    Twilio,
    /// Telnyx: TeXML.
    Telnyx,
    /// SignalWire: cXML.
    SignalWire,
    /// Plivo: Plivo XML, a different format from TwiML.
    Plivo,
}

/// Text that is not a carrier's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a carrier: use twilio, telnyx, signalwire or plivo")]
pub struct UnknownCarrier(String);

impl Carrier {
    /// Every carrier, in the order of the documents.
    pub const ALL: [Carrier; 4] =
        [Carrier::Twilio, Carrier::Telnyx, Carrier::SignalWire, Carrier::Plivo];

    /// Returns the name in paths, settings and records.
    pub const fn name(self) -> &'static str {
        match self {
            Carrier::Twilio => "twilio",
            Carrier::Telnyx => "telnyx",
            Carrier::SignalWire => "signalwire",
            Carrier::Plivo => "plivo",
        }
    }

    /// Returns the carrier's own spelling of the name, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Carrier::Twilio => "Twilio",
            Carrier::Telnyx => "Telnyx",
            Carrier::SignalWire => "SignalWire",
            Carrier::Plivo => "Plivo",
        }
    }
}

impl FromStr for Carrier {
    type Err = UnknownCarrier;
    /// Parses the lower-case name used in paths.
    fn from_str(text: &str) -> Result<Self, UnknownCarrier> {
        let shown = || UnknownCarrier(text.chars().take(40).collect());
        Carrier::ALL.into_iter().find(|carrier| carrier.name() == text).ok_or_else(shown)
    }
}

impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for carrier in Carrier::ALL {
            assert_eq!(carrier.name().parse(), Ok(carrier));
            assert_eq!(serde_json::to_value(carrier).unwrap(), carrier.name());
        }
        let message = "Bandwidth".parse::<Carrier>().unwrap_err().to_string();
        assert_eq!(
            message,
            "`Bandwidth` is not a carrier: use twilio, telnyx, signalwire or plivo"
        );
    }
}
