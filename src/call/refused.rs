//! Calls that were refused before they got a record.

use serde::Deserialize;
use serde::Serialize;

use crate::base::Phone;
use crate::base::RefusalReason;
use crate::base::Wall;

/// Refused calls that are alike: the same reason, from the same place, and for the same number
/// where the number is the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedCalls {
    /// Why they were refused.
    pub reason: RefusalReason,
    /// Where they came from: a trunk's id, `webhook:` and the carrier, or an IP address.
    pub from: String,
    /// What the latest of them dialled, as its sender wrote it; `None` when it named nothing.
    pub called: Option<String>,
    /// The latest caller; `None` when it is withheld or unknown.
    pub caller: Option<Phone>,
    /// Number of these calls, including repetitions of a request.
    pub count: u64,
    /// Time of the first of them.
    pub first_at: Wall,
    /// Time of the latest of them.
    pub last_at: Wall,
    /// What happened to the latest of them, and what to do about it, in one sentence.
    pub remedy: String,
}
