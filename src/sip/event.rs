//! Events that the agent reports to the owner of a leg.

use bytes::Bytes;

use super::Incoming;
use super::Objection;
use super::Reason;
use super::Uri;
use crate::base::LegId;

/// Most addresses of a redirection.
pub const REDIRECTS_MAX: usize = 8;

/// An event of one session. Each session ends with exactly one of [`Event::Canceled`],
/// [`Event::Refused`], [`Event::Redirected`] and [`Event::Ended`], or with the owner's [`super::Command::Reject`], after
/// which no event follows.
#[derive(Debug, Clone)]
pub enum Event {
    /// An INVITE outside a dialog that passed every check of RFC 3261 §8.2.
    Incoming(Box<Incoming>),
    /// The caller canceled before the answer; the agent has sent 487. Terminal.
    Canceled {
        /// Incoming session.
        session: LegId,
        /// Why, if it said so.
        reason: Option<Reason>,
    },
    /// The ACK of the agent's 200 to an INVITE arrived; also the ACK of a re-INVITE without an
    /// offer.
    Confirmed {
        /// Established session.
        session: LegId,
        /// SDP answer, if the 200 had the offer.
        body: Option<Bytes>,
    },
    /// A provisional response other than 100.
    Ringing {
        /// Outgoing session.
        session: LegId,
        /// 101 to 199.
        status: u16,
        /// SDP of early media.
        body: Option<Bytes>,
    },
    /// The far end answered; the agent has sent the ACK.
    Answered {
        /// Outgoing session, now established.
        session: LegId,
        /// SDP answer: of the 2xx, else of a provisional response of the same dialog.
        body: Option<Bytes>,
    },
    /// The outgoing INVITE failed. Terminal.
    Refused {
        /// Outgoing session.
        session: LegId,
        /// Cause of the failure.
        cause: Refusal,
        /// What the far end says of it.
        reason: Option<Reason>,
    },
    /// The outgoing INVITE was redirected; the agent does not follow. Terminal.
    Redirected {
        /// Outgoing session.
        session: LegId,
        /// 300 to 399.
        status: u16,
        /// Addresses in Contact, the preferred one first: 1 to [`REDIRECTS_MAX`].
        to: Vec<Uri>,
    },
    /// A re-INVITE, or an UPDATE with SDP: reply with [`super::Command::Answer`].
    Reoffered {
        /// Established session.
        session: LegId,
        /// New offer; `None` if the far end asks for one.
        body: Option<Bytes>,
    },
    /// The far end pressed a key, sent as INFO with `application/dtmf-relay` or `application/dtmf`.
    Digit {
        /// The session.
        session: LegId,
        /// `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The far end asks by REFER to be replaced by another party (RFC 3515): reply with
    /// [`super::Command::AnswerRefer`].
    Referred {
        /// Established session that the agent has dialed.
        session: LegId,
        /// Address of the other party.
        to: Uri,
    },
    /// The far end answered the agent's OPTIONS.
    Alive {
        /// Established session.
        session: LegId,
    },
    /// An answered session ended. Terminal.
    Ended {
        /// The session.
        session: LegId,
        /// How it ended.
        how: Hangup,
        /// Why, if the far end said so in its BYE.
        reason: Option<Reason>,
    },
}

/// Reason why an outgoing INVITE failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// A final response of 300 or above, except for 488, 606, and redirections with an address. 503 also if the agent
    /// itself has no room for another session.
    Status(u16),
    /// 488 or 606: the far end does not accept the offer.
    NotAcceptable(u16, Objection),
    /// No response, not even a provisional one, within
    /// [`AgentConfig::no_response`](super::AgentConfig::no_response) (timer B).
    Timeout,
    /// The transport could not deliver the INVITE.
    Unreachable,
    /// The owner canceled it: 487, or no final response.
    Canceled,
    /// The answer crossed the agent's CANCEL; the agent has sent ACK and BYE.
    AnsweredLate,
}

/// How an answered session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hangup {
    /// The far end sent BYE.
    Bye,
    /// The agent's 200 was never acknowledged; the agent has sent BYE.
    NoAck,
    /// The far end does not respond, or does not know the dialog (408, 481, transport lost).
    Lost,
    /// The far end answered the agent's own BYE.
    ByeAnswered,
}

impl Event {
    /// Returns the session that the event belongs to.
    pub fn session(&self) -> LegId {
        match self {
            Event::Incoming(incoming) => incoming.session,
            Event::Canceled { session, .. }
            | Event::Confirmed { session, .. }
            | Event::Ringing { session, .. }
            | Event::Answered { session, .. }
            | Event::Refused { session, .. }
            | Event::Redirected { session, .. }
            | Event::Reoffered { session, .. }
            | Event::Digit { session, .. }
            | Event::Referred { session, .. }
            | Event::Alive { session }
            | Event::Ended { session, .. } => *session,
        }
    }

    /// Returns whether it is the session's last event.
    pub fn is_terminal(&self) -> bool {
        match self {
            Event::Canceled { .. }
            | Event::Refused { .. }
            | Event::Redirected { .. }
            | Event::Ended { .. } => true,
            Event::Incoming(_)
            | Event::Confirmed { .. }
            | Event::Ringing { .. }
            | Event::Answered { .. }
            | Event::Reoffered { .. }
            | Event::Digit { .. }
            | Event::Referred { .. }
            | Event::Alive { .. } => false,
        }
    }
}
