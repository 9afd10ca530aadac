//! The outcome of a leg that is rung: a buyer, or a fixed destination of a flow.

use std::time::Duration;

use crate::base::Outcome;
use crate::base::millis;

use super::AttemptRecord;
use super::Loss;

/// The part of a record's row that says how its leg fared.
#[derive(Debug)]
pub struct Row<'a> {
    /// How it ended; `None` while it rings.
    pub outcome: &'a mut Option<Outcome>,
    /// The final SIP status.
    pub sip_status: &'a mut Option<u16>,
    /// Time to the answer or the end, in milliseconds.
    pub ring_ms: &'a mut u64,
    /// Time to the first sign of ringing, in milliseconds.
    pub post_dial_delay_ms: &'a mut Option<u64>,
}

impl AttemptRecord {
    /// How the buyer's leg fared.
    pub(super) fn row(&mut self) -> Row<'_> {
        Row {
            outcome: &mut self.outcome,
            sip_status: &mut self.sip_status,
            ring_ms: &mut self.ring_ms,
            post_dial_delay_ms: &mut self.post_dial_delay_ms,
        }
    }
}

impl Row<'_> {
    /// Notes the first sign of ringing. Returns the delay in milliseconds, once.
    pub fn ring(&mut self, after: Duration) -> Option<u64> {
        if self.post_dial_delay_ms.is_some() {
            return None;
        }
        *self.post_dial_delay_ms = Some(millis(after));
        *self.post_dial_delay_ms
    }

    /// Notes the answer: the time of ringing is known from then on.
    pub fn answer(&mut self, status: Option<u16>, rang: Duration) {
        *self.sip_status = status;
        *self.ring_ms = millis(rang);
    }

    /// Notes how it ended, once. Returns whether it had not ended before.
    pub fn end(&mut self, loss: Loss, rang: Duration) -> bool {
        if self.outcome.is_some() {
            return false;
        }
        *self.outcome = Some(loss.outcome);
        *self.sip_status = loss.status;
        *self.ring_ms = millis(rang);
        true
    }

    /// Notes how an answered leg ended, once: time and status are those of the answer.
    pub fn end_answered(&mut self, outcome: Outcome) -> bool {
        if self.outcome.is_some() {
            return false;
        }
        *self.outcome = Some(outcome);
        true
    }
}
