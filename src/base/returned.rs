//! State of a return.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use super::Wall;

/// State of a return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnState {
    /// The operator has not decided yet.
    Open,
    /// Revenue, and payout if the contract says so, are reversed.
    Accepted,
    /// Nothing is reversed.
    Refused,
}

/// The return of a sale, as the call's record shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// Number of the return.
    pub id: u64,
    /// State of the return.
    pub state: ReturnState,
    /// Reason that was given.
    pub reason: String,
    /// Time of the request.
    pub asked_at: Wall,
    /// Time of the decision; `None` while the return is open.
    pub decided_at: Option<Wall>,
}

impl ReturnState {
    /// All states.
    pub const ALL: [ReturnState; 3] =
        [ReturnState::Open, ReturnState::Accepted, ReturnState::Refused];

    /// Returns the name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            ReturnState::Open => "open",
            ReturnState::Accepted => "accepted",
            ReturnState::Refused => "refused",
        }
    }
}

impl FromStr for ReturnState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = ReturnState::ALL.into_iter().find(|state| state.name() == text);
        found
            .ok_or_else(|| format!("`{text}` is no state of a return: use open, accepted, refused"))
    }
}

impl fmt::Display for ReturnState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
