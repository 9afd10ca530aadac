//! The outcome of a dialed leg: a buyer, or a fixed destination of a flow.

use std::time::Duration;

use crate::base::Outcome;
use crate::base::millis;

use super::AttemptRecord;
use super::Loss;

/// The part of a record's row that has the outcome of its leg.
#[derive(Debug)]
pub struct Row<'a> {
    /// Outcome; `None` while the leg rings.
    pub outcome: &'a mut Option<Outcome>,
    /// Final SIP status.
    pub sip_status: &'a mut Option<u16>,
    /// Time to the answer or the end, in milliseconds.
    pub ring_ms: &'a mut u64,
    /// Time to the first sign of ringing, in milliseconds.
    pub post_dial_delay_ms: &'a mut Option<u64>,
}

impl AttemptRecord {
    /// Returns the row of the buyer's leg.
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
    /// Records the first sign of ringing. Returns the delay in milliseconds the first time only.
    pub fn ring(&mut self, after: Duration) -> Option<u64> {
        if self.post_dial_delay_ms.is_some() {
            return None;
        }
        *self.post_dial_delay_ms = Some(millis(after));
        *self.post_dial_delay_ms
    }

    /// Records the answer, which fixes the ring time.
    pub fn answer(&mut self, status: Option<u16>, rang: Duration) {
        *self.sip_status = status;
        *self.ring_ms = millis(rang);
    }

    /// Records the outcome, once. Returns whether it was recorded.
    pub fn end(&mut self, loss: Loss, rang: Duration) -> bool {
        if self.outcome.is_some() {
            return false;
        }
        *self.outcome = Some(loss.outcome);
        *self.sip_status = loss.status;
        *self.ring_ms = millis(rang);
        true
    }

    /// Records the outcome of an answered leg, once: time and status remain those of the answer.
    pub fn end_answered(&mut self, outcome: Outcome) -> bool {
        if self.outcome.is_some() {
            return false;
        }
        *self.outcome = Some(outcome);
        true
    }
}
