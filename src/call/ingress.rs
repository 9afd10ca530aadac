//! Origin of a call.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use crate::base::Carrier;
use crate::base::InvalidSlug;
use crate::base::TrunkId;
use crate::base::UnknownCarrier;

/// Prefix of a webhook carrier's text form. No trunk's id has a colon.
const WEBHOOK: &str = "webhook:";

/// Origin of a call. In the record's JSON, `ingress` is its kind and `trunk` the trunk's id or the
/// carrier's name. As a text it is `carrier-a` or `webhook:twilio`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ingress", content = "trunk", rename_all = "snake_case")]
pub enum Ingress {
    /// A trunk of the book: the call is a SIP call.
    Trunk(TrunkId),
    /// A carrier that holds the call itself and asks by webhook how to handle it.
    Webhook(Carrier),
}

impl Ingress {
    /// Returns the trunk, or `None` for a webhook carrier.
    pub fn trunk(&self) -> Option<&TrunkId> {
        match self {
            Ingress::Trunk(trunk) => Some(trunk),
            Ingress::Webhook(_) => None,
        }
    }
}

/// A text that names neither a trunk nor a webhook carrier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIngress {
    /// Not a trunk's id.
    #[error(transparent)]
    Trunk(#[from] InvalidSlug),
    /// An unknown carrier after `webhook:`.
    #[error(transparent)]
    Webhook(#[from] UnknownCarrier),
}

impl fmt::Display for Ingress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ingress::Trunk(trunk) => f.pad(trunk.as_str()),
            Ingress::Webhook(carrier) => write!(f, "{WEBHOOK}{carrier}"),
        }
    }
}

impl FromStr for Ingress {
    type Err = InvalidIngress;

    fn from_str(text: &str) -> Result<Self, InvalidIngress> {
        Ok(match text.strip_prefix(WEBHOOK) {
            Some(carrier) => Ingress::Webhook(carrier.parse()?),
            None => Ingress::Trunk(text.parse()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_named_like_a_carrier_is_a_trunk() {
        for (ingress, text, json) in [
            (
                Ingress::Trunk("twilio".parse().unwrap()),
                "twilio",
                r#"{"ingress":"trunk","trunk":"twilio"}"#,
            ),
            (
                Ingress::Webhook(Carrier::Twilio),
                "webhook:twilio",
                r#"{"ingress":"webhook","trunk":"twilio"}"#,
            ),
        ] {
            assert_eq!(ingress.to_string(), text);
            assert_eq!(text.parse(), Ok(ingress.clone()));
            assert_eq!(serde_json::to_string(&ingress).unwrap(), json);
            assert_eq!(serde_json::from_str::<Ingress>(json).unwrap(), ingress);
        }
        for text in ["", "two words", "webhook:", "webhook:bandwidth", "sip:twilio"] {
            assert!(text.parse::<Ingress>().is_err(), "{text}");
        }
    }
}
