//! Who gets an event.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::base::ContractId;
use crate::base::InvalidSlug;
use crate::base::PostbackId;

/// Begins the text of a contract. No id has a colon.
const CONTRACT: &str = "contract:";

/// Who gets an event. Its text is stored.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// The receiver of a postback.
    Postback(PostbackId),
    /// The buyer of a contract, to whom a sold form lead is delivered.
    Contract(ContractId),
}

/// Some recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipients {
    /// All of them.
    All,
    /// Those of postbacks.
    Postbacks,
    /// The buyers of contracts.
    Contracts,
    /// One of them.
    Only(Recipient),
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recipient::Postback(id) => f.pad(id.as_str()),
            Recipient::Contract(id) => f.pad(&format!("{CONTRACT}{id}")),
        }
    }
}

impl FromStr for Recipient {
    type Err = InvalidSlug;

    fn from_str(text: &str) -> Result<Self, InvalidSlug> {
        match text.strip_prefix(CONTRACT) {
            Some(id) => id.parse().map(Recipient::Contract),
            None => text.parse().map(Recipient::Postback),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_read_as_they_are_printed() {
        for text in ["ads", "contract:ads"] {
            assert_eq!(text.parse::<Recipient>().unwrap().to_string(), text);
        }
        for text in ["", "contract:", "postback:x", "contract:a:b"] {
            assert!(text.parse::<Recipient>().is_err(), "{text}");
        }
    }
}
