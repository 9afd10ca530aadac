//! Where a lead stands.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// Where a lead stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeadStatus {
    /// Stored, and looking for a buyer.
    Received,
    /// Posted to a buyer whose answer is awaited.
    Delivering,
    /// Posted to a buyer, and nobody knows whether it was accepted. It is sold to no one else.
    Unknown,
    /// Waits until a contract opens.
    Parked,
    /// Sold to as many buyers as wanted, or to all who took it.
    Sold,
    /// No buyer took it.
    Rejected,
}

impl LeadStatus {
    /// Every status.
    pub const ALL: [LeadStatus; 6] = [
        LeadStatus::Received,
        LeadStatus::Delivering,
        LeadStatus::Unknown,
        LeadStatus::Parked,
        LeadStatus::Sold,
        LeadStatus::Rejected,
    ];

    /// Returns the name in records and queries.
    pub const fn name(self) -> &'static str {
        match self {
            LeadStatus::Received => "received",
            LeadStatus::Delivering => "delivering",
            LeadStatus::Unknown => "unknown",
            LeadStatus::Parked => "parked",
            LeadStatus::Sold => "sold",
            LeadStatus::Rejected => "rejected",
        }
    }

    /// Returns whether the lead has ended: nothing more is done with it.
    pub const fn is_over(self) -> bool {
        match self {
            LeadStatus::Sold | LeadStatus::Rejected => true,
            LeadStatus::Received
            | LeadStatus::Delivering
            | LeadStatus::Unknown
            | LeadStatus::Parked => false,
        }
    }

    /// Returns whether its source is told now, and not when the lead has ended.
    pub const fn is_told(self) -> bool {
        match self {
            LeadStatus::Unknown | LeadStatus::Parked | LeadStatus::Sold | LeadStatus::Rejected => {
                true
            }
            LeadStatus::Received | LeadStatus::Delivering => false,
        }
    }

    /// Returns the status as its source is told: `pending` until it is sold, parked, or rejected.
    pub const fn told(self) -> &'static str {
        match self {
            LeadStatus::Received | LeadStatus::Delivering | LeadStatus::Unknown => "pending",
            LeadStatus::Parked => "parked",
            LeadStatus::Sold => "sold",
            LeadStatus::Rejected => "rejected",
        }
    }
}

impl fmt::Display for LeadStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for LeadStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|status| status.name() == text);
        known.ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            format!("`{shown}` is not a status of a lead")
        })
    }
}
