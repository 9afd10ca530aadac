//! What is looked up about callers before their calls are placed.

use std::sync::Mutex;
use std::sync::PoisonError;

use super::Attesting;
use super::Screening;
use super::caller_rate::CallerRate;
use crate::base::Mono;
use crate::book::Book;
use crate::config::Spam;
use crate::config::Withheld;
use crate::placing::Arrival;
use crate::placing::Refusal;

/// Checks of callers.
#[derive(Debug, Default)]
pub struct Callers {
    /// Counters of look-ups on the suppression lists.
    pub screening: Screening,
    /// Who may vouch for their numbers.
    pub attesting: Attesting,
    /// Calls that are refused.
    pub spam: Spam,
    /// How often they call.
    rate: Mutex<CallerRate>,
}

impl Callers {
    /// Creates checks by the settings.
    pub fn new(spam: Spam, attesting: Attesting) -> Self {
        Self { attesting, spam, ..Self::default() }
    }

    /// Returns why a call to a number of the book is not wanted, and counts it for its caller.
    ///
    /// # Errors
    /// [`Refusal::Withheld`], [`Refusal::CallerRate`].
    pub(super) fn admit(&self, arrival: &Arrival, book: &Book, now: Mono) -> Result<(), Refusal> {
        // Without limits, nothing is looked up.
        if self.spam == Spam::default() {
            return Ok(());
        }
        let Ok(number) = arrival.number(book) else { return Ok(()) };
        match (arrival.caller(Some(number)), self.spam) {
            (None, Spam { withheld: Withheld::Refuse, .. }) => Err(Refusal::Withheld),
            (Some(caller), Spam { calls_per_minute: Some(calls), .. }) => {
                let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
                if rate.pass(&caller, calls, now) { Ok(()) } else { Err(Refusal::CallerRate) }
            }
            (None, Spam { withheld: Withheld::Accept, .. })
            | (Some(_), Spam { calls_per_minute: None, .. }) => Ok(()),
        }
    }
}
