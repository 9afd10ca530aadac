//! Pauses of contracts: begun by a contract's own rules, and ended by time or by a user.

use std::time::Duration;

use serde::Serialize;

use crate::base::ContractId;
use crate::base::Wall;
use crate::book::PauseCause;

/// Most pauses that one query returns.
pub const PAUSES_MAX: usize = 200;

/// How long a pause is kept after its end. Each new pause deletes some that are older.
pub const PAUSE_KEPT: Duration = Duration::from_secs(400 * 24 * 60 * 60);

/// A pause that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPause {
    /// The contract.
    pub contract: ContractId,
    /// Why it is paused.
    pub because: PauseCause,
    /// Begin of the pause.
    pub since: Wall,
    /// End of the pause.
    pub until: Wall,
}

/// A stored pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Number of the pause; later pauses have higher numbers.
    pub number: u64,
    /// The contract.
    pub contract: ContractId,
    /// Why it was paused.
    pub because: PauseCause,
    /// Begin of the pause.
    pub since: Wall,
    /// End of the pause, unless it is resumed before.
    pub until: Wall,
    /// Who ended the pause before its time, and when.
    pub resumed: Option<Resumed>,
}

/// The early end of a pause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// Time of the resumption.
    pub at: Wall,
    /// The request or the command, and who made it.
    pub by: String,
}

/// State of a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseState {
    /// The contract is paused.
    Paused,
    /// A user ended the pause before its time.
    Resumed,
    /// The pause ended at its time.
    Over,
}

impl PauseState {
    /// Every state.
    pub const ALL: &'static [PauseState] =
        &[PauseState::Paused, PauseState::Resumed, PauseState::Over];

    /// Returns the state's name.
    pub const fn name(self) -> &'static str {
        match self {
            PauseState::Paused => "paused",
            PauseState::Resumed => "resumed",
            PauseState::Over => "over",
        }
    }
}

impl Pause {
    /// Returns the state of the pause at an instant.
    pub fn state(&self, at: Wall) -> PauseState {
        match &self.resumed {
            Some(_) => PauseState::Resumed,
            None if at < self.until => PauseState::Paused,
            None => PauseState::Over,
        }
    }
}

/// Pauses, and the number of their newest change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangedPauses {
    /// The pauses, in order.
    pub items: Vec<Pause>,
    /// Number of the newest change that they include; 0 if there is none.
    pub sequence: u64,
}
