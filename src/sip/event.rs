//! The events that the agent reports to the owner of a leg.

use bytes::Bytes;

use super::Incoming;
use crate::base::LegId;

/// An event of one session. Each session ends with exactly one of [`Event::Canceled`],
/// [`Event::Refused`] and [`Event::Ended`], or with our own [`super::Command::Reject`], which
/// nothing follows.
#[derive(Debug, Clone)]
pub enum Event {
    /// An INVITE outside a dialog that passed every check of RFC 3261 §8.2.
    Incoming(Box<Incoming>),
    /// The caller canceled before we answered; 487 has been sent. Terminal.
    Canceled {
        /// The incoming session.
        session: LegId,
    },
    /// The ACK for our 200 to the INVITE came; also the ACK of a re-INVITE that had no offer.
    Confirmed {
        /// The established session.
        session: LegId,
        /// The SDP answer, when ours was the offer.
        body: Option<Bytes>,
    },
    /// A provisional response other than 100.
    Ringing {
        /// The outgoing session.
        session: LegId,
        /// 101 to 199.
        status: u16,
        /// SDP of early media.
        body: Option<Bytes>,
    },
    /// The far end answered; the ACK has been sent.
    Answered {
        /// The outgoing session, now established.
        session: LegId,
        /// The SDP answer.
        body: Option<Bytes>,
    },
    /// The outgoing INVITE failed. Terminal.
    Refused {
        /// The outgoing session.
        session: LegId,
        /// Why.
        cause: Refusal,
    },
    /// A re-INVITE, or an UPDATE with SDP: reply with [`super::Command::Answer`].
    Reoffered {
        /// The established session.
        session: LegId,
        /// The new offer; `None` asks us for one.
        body: Option<Bytes>,
    },
    /// A key, sent as INFO with `application/dtmf-relay` or `application/dtmf`.
    Digit {
        /// The session.
        session: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// An answered session is over. Terminal.
    Ended {
        /// The session.
        session: LegId,
        /// How.
        how: Hangup,
    },
}

/// Why an outgoing INVITE failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A final response of 300 or above. Redirections are not followed. 503 also when the agent
    /// itself has no room for another session.
    Status(u16),
    /// No response, not even a provisional one, within
    /// [`AgentConfig::no_response`](super::AgentConfig::no_response) (timer B).
    Timeout,
    /// The transport could not deliver the INVITE.
    Unreachable,
    /// Canceled by us: 487, or no final response.
    Canceled,
    /// The answer crossed our CANCEL; it was acknowledged and hung up.
    AnsweredLate,
}

/// How an answered session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hangup {
    /// The far end sent BYE.
    Bye,
    /// Our 200 was never acknowledged; BYE has been sent.
    NoAck,
    /// The far end does not answer, or does not know the dialog (408, 481, transport lost).
    Lost,
    /// Our own BYE is done.
    ByeAnswered,
}

impl Event {
    /// Returns the session that the event belongs to.
    pub fn session(&self) -> LegId {
        match self {
            Event::Incoming(incoming) => incoming.session,
            Event::Canceled { session }
            | Event::Confirmed { session, .. }
            | Event::Ringing { session, .. }
            | Event::Answered { session, .. }
            | Event::Refused { session, .. }
            | Event::Reoffered { session, .. }
            | Event::Digit { session, .. }
            | Event::Ended { session, .. } => *session,
        }
    }

    /// Returns whether it is the session's last event.
    pub fn is_terminal(&self) -> bool {
        match self {
            Event::Canceled { .. } | Event::Refused { .. } | Event::Ended { .. } => true,
            Event::Incoming(_)
            | Event::Confirmed { .. }
            | Event::Ringing { .. }
            | Event::Answered { .. }
            | Event::Reoffered { .. }
            | Event::Digit { .. } => false,
        }
    }
}
