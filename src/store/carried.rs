//! Legs that are dialed through trunks with limits.

use serde::Deserialize;
use serde::Serialize;

use crate::base::Phone;
use crate::base::TrunkId;
use crate::base::Wall;
use crate::caps::Carried;

/// How long a leg is kept. Each new leg deletes some that are older. Limits count one day.
pub const CARRIED_KEPT: std::time::Duration = std::time::Duration::from_secs(8 * 24 * 60 * 60);

/// A leg that is dialed through a trunk with limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedLeg {
    /// Id of the leg: its local tag.
    pub leg: String,
    /// The trunk.
    pub trunk: TrunkId,
    /// Number that is dialed.
    pub number: Phone,
    /// Place of the trunk's address that is tried, from 0: only the first one counts as a call.
    pub way: u32,
    /// Time of the dial.
    pub dialed_at: Wall,
    /// Its end; `None` before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<CarriedEnd>,
}

/// The end of a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedEnd {
    /// Its time.
    pub at: Wall,
    /// Time from the answer to the end, in milliseconds; 0 without an answer.
    pub talk_ms: u64,
    /// Cost, in micros.
    pub micros: i64,
}

/// What a trunk has carried to one number since an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedTo {
    /// The number.
    pub number: Phone,
    /// Calls dialed since, and time and cost of those that ended since.
    pub carried: Carried,
    /// Time of calls whose end is not known because the switch was killed, in milliseconds: from
    /// the dial to the end of the record, which is rather too long than too short.
    pub unknown_ms: u64,
}
