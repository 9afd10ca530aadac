//! The reliable provisional responses of one session (RFC 3262 §3).

use std::time::Duration;

use bytes::Bytes;

use crate::sip::Peer;

/// The reliable provisional responses to one INVITE.
#[derive(Debug, Default)]
pub(in crate::sip) struct Reliable {
    /// Number of the latest; `None` before the first.
    pub(super) rseq: Option<u32>,
    /// The one that waits for its PRACK.
    pub(super) sent: Option<Sent>,
    /// Status and description of the one after it, which waits for the same.
    pub(super) next: Option<Ringing>,
    /// Description of the 2xx, which waits for the same.
    answer: Option<Bytes>,
}

/// A response that waits for its PRACK.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) peer: Peer,
    pub(super) bytes: Bytes,
    pub(super) interval: Duration,
    /// Whether it answers the INVITE's offer.
    pub(super) answers: Answers,
}

/// Whether a response has a session description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    Offer,
    Nothing,
}

/// A response that is to be sent.
#[derive(Debug)]
pub(super) struct Ringing {
    pub(super) status: u16,
    pub(super) body: Option<Bytes>,
}

impl Reliable {
    /// Keeps the 2xx until what the caller must know first is acknowledged: a provisional response
    /// with a description. Returns the description if it need not wait.
    pub(super) fn hold_answer(&mut self, body: Bytes) -> Option<Bytes> {
        match &self.sent {
            Some(Sent { answers: Answers::Offer, .. }) => {
                self.answer = Some(body);
                None
            }
            Some(_) | None => Some(body),
        }
    }

    /// Keeps the description of the 2xx until an offer of the caller is answered.
    pub(super) fn answer_later(&mut self, body: Bytes) {
        self.answer = Some(body);
    }

    /// Takes out the description of a 2xx that has waited.
    pub(super) fn take_answer(&mut self) -> Option<Bytes> {
        self.answer.take()
    }

    /// Keeps a response until the one before it is acknowledged; of several the last one counts, with
    /// the latest description. Returns it if it need not wait.
    pub(super) fn hold(&mut self, ringing: Ringing) -> Option<Ringing> {
        if self.sent.is_none() {
            return Some(ringing);
        }
        let before = self.next.take().and_then(|next| next.body);
        self.next = Some(Ringing { body: ringing.body.or(before), ..ringing });
        None
    }
}
