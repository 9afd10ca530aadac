//! Takes the messages of calls at the endpoint, and hands them to the task that writes them.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Gauges;
use crate::base::CallId;
use crate::base::LegId;
use crate::base::Mono;
use crate::base::Now;
use crate::ladder::Capture;
use crate::ladder::Part;
use crate::ladder::Way;
use crate::sip::Peer;
use crate::sip::wire::Message;

/// Most parts that wait for the writer. If full, the messages wait here, and at
/// [`crate::ladder::WAITING_BYTES_MAX`] they are left out.
pub const PARTS: usize = 256;

/// How long the writer may take to make room at the end.
const FINISH_MAX: Duration = Duration::from_secs(5);
/// Longer than any message waits.
const A_DAY: Duration = Duration::from_secs(86_400);

/// See the module.
#[derive(Debug)]
pub(super) struct Tracer {
    capture: Capture,
    parts: mpsc::Sender<Part>,
}

impl Tracer {
    pub(super) fn new(parts: mpsc::Sender<Part>) -> Self {
        Self { capture: Capture::default(), parts }
    }

    pub(super) fn begin(&mut self, leg: LegId, call: CallId, invite: &Message, now: Mono) {
        self.capture.begin(leg, call, invite.call_id().unwrap_or_default(), now);
    }

    pub(super) fn dial(&mut self, leg: LegId, call: CallId) {
        self.capture.dial(leg, call);
    }

    pub(super) fn ended(&mut self, leg: LegId, now: Mono) {
        self.capture.ended(leg, now);
    }

    pub(super) fn note(&mut self, way: Way, peer: &Peer, bytes: &Bytes, now: Now) {
        self.capture.note(way, peer, bytes, now);
    }

    pub(super) fn is_busy(&self) -> bool {
        self.capture.is_busy()
    }

    /// Hands over the messages that have waited long enough, as far as there is room.
    pub(super) fn hand_over(&mut self, now: Mono, gauges: &Gauges) {
        for part in self.capture.due(now, self.parts.capacity()) {
            // There is room, so it fails only when the writer has ended.
            drop(self.parts.try_send(part));
        }
        gauges.ladder_left_out.store(self.capture.left_out(), Ordering::Relaxed);
    }

    /// Hands over all that waits, before the SIP task ends.
    pub(super) async fn finish(mut self, now: Mono) {
        let all = self.capture.due(now + A_DAY, usize::MAX);
        let sent = async {
            for part in all {
                drop(self.parts.send(part).await);
            }
        };
        drop(tokio::time::timeout(FINISH_MAX, sent).await);
    }
}
