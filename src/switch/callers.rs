//! What is looked up about callers before their calls are placed.

use super::Attesting;
use super::Screening;

/// Checks of callers.
#[derive(Debug, Default)]
pub struct Callers {
    /// Counters of look-ups on the suppression lists.
    pub screening: Screening,
    /// Who may vouch for their numbers.
    pub attesting: Attesting,
}
