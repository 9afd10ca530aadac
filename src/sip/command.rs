//! Commands from the owner of a leg to the agent.

use std::sync::Arc;

use bytes::Bytes;

use super::Declined;
use super::NoTransfer;
use super::Peer;
use super::Reason;
use super::Register;
use super::ServerPing;
use super::Sources;
use super::digest::Accounts;
use super::wire::Uri;
use crate::base::LegId;
use crate::base::Prack;
use crate::base::RefusalReason;

/// A command for one session. The agent ignores commands for an unknown or ended session, and
/// commands that its state does not allow: they crossed an event that is already on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Sends a provisional response.
    Ring {
        /// Incoming session that has not been answered.
        session: LegId,
        /// 180 to 183; any other value is sent as 180.
        status: u16,
        /// SDP of early media.
        body: Option<Bytes>,
        /// Whether a description is sent reliably to a caller that supports it.
        prack: Prack,
    },
    /// Answers with 200 and retransmits it until the ACK; without an ACK within 32 s the agent
    /// sends BYE and reports [`super::Hangup::NoAck`].
    Accept {
        /// Incoming session that has not been answered.
        session: LegId,
        /// SDP to send: the answer, or an offer if the INVITE had none.
        body: Bytes,
    },
    /// Rejects with a final response. The session has then ended, and no event follows.
    Reject {
        /// Incoming session that has not been answered.
        session: LegId,
        /// Status, 300 to 699 (any other value is sent as 500), and why.
        declined: Declined,
        /// Seconds for a Retry-After header.
        retry_after: Option<u32>,
    },
    /// Rejects like [`Command::Reject`], but keeps no state: for calls that are not taken at all, of
    /// which a flood must not cost memory.
    Dismiss {
        /// An incoming session that has just come.
        session: LegId,
        /// 300 to 699; any other value is sent as 500.
        status: u16,
        /// Value of a Retry-After header, in seconds.
        retry_after: Option<u32>,
        /// Text of a Reason header (RFC 3326).
        reason: Option<RefusalReason>,
    },
    /// Sends a REGISTER. [`super::Output::Registered`] follows.
    Register(Box<Register>),
    /// Asks a server by OPTIONS whether it is there. [`super::Output::Pinged`] follows.
    Ping(Box<ServerPing>),
    /// Sends an INVITE. After a provisional response it rings until the owner cancels it.
    Dial(Box<Dial>),
    /// Cancels an outgoing INVITE. CANCEL waits for a provisional response (RFC 3261 §9.1); the
    /// agent itself sends ACK and BYE for an answer that crosses it. [`super::Event::Refused`]
    /// follows. If [`super::Event::Answered`] was already on its way to the owner, the agent hangs
    /// up and [`super::Event::Ended`] follows.
    Cancel {
        /// Outgoing session.
        session: LegId,
        /// Reason for the far end.
        why: CancelWhy,
    },
    /// Hangs up. If the agent's 200 has no ACK yet, the BYE waits for it (RFC 3261 §15).
    Bye {
        /// Established session.
        session: LegId,
        /// Value of a Reason header (RFC 3326), such as `Q.850;cause=16`.
        cause: Option<String>,
    },
    /// Answers [`super::Event::Reoffered`].
    Answer {
        /// Session with the new offer.
        session: LegId,
        /// SDP for a 200, or the status of a rejection (400 to 699; else 488) and why.
        body: Result<Bytes, Declined>,
    },
    /// Answers [`super::Event::Referred`]: by 202, and a first NOTIFY unless the far end wants none, or
    /// by 403 with the reason.
    AnswerRefer {
        /// Session of the party that is to be replaced.
        session: LegId,
        /// Why it is not.
        answer: Result<(), NoTransfer>,
    },
    /// Reports by NOTIFY what became of an accepted transfer. The session goes on.
    ReportRefer {
        /// Session of the party that is to be replaced.
        session: LegId,
        /// Final status of the other party, 200 to 699.
        status: u16,
    },
    /// Replaces the accounts: who may call by digest, and what challenges are answered with. Calls
    /// that have begun keep what they have.
    Admit(Arc<Accounts>),
    /// Takes no new calls from now on: OPTIONS outside a dialog are answered with 503 and a
    /// Retry-After, so that whoever spreads calls sends them elsewhere. INVITEs are still reported,
    /// and their owner rejects them. Sessions go on.
    Drain,
    /// Asks the far end by OPTIONS whether it is still there. [`super::Event::Alive`] follows, or
    /// [`super::Event::Ended`] with [`super::Hangup::Lost`].
    Probe {
        /// Established session.
        session: LegId,
    },
}

/// Reason that a CANCEL gives to the far end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CancelWhy {
    /// No reason: the far end may show a missed call.
    Plain,
    /// Another leg answered (RFC 3326 §2): the far end shows no missed call.
    CompletedElsewhere,
    /// What another far end gave as its reason.
    Because(Reason),
}

/// An outgoing INVITE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// Id of the new leg, from [`LegId::random`]. A command with an id in use is ignored.
    pub session: LegId,
    /// Destination of the INVITE.
    pub peer: Peer,
    /// Whether the destination takes TCP beside UDP: its URI names no transport. An INVITE over UDP
    /// that is larger than [`DATAGRAM_MAX`](super::DATAGRAM_MAX) then goes by TCP.
    pub takes_tcp: bool,
    /// Further sources of the dialogs' requests. The credentials of their trunk answer its
    /// challenges.
    pub sources: Sources,
    /// Request-URI.
    pub target: Uri,
    /// Value of the From header, without tag.
    pub from: String,
    /// Value of the To header.
    pub to: String,
    /// Further headers, name and value: P-Asserted-Identity, Privacy, Diversion…
    pub headers: Vec<(String, String)>,
    /// Whether reliable provisional responses are announced.
    pub prack: Prack,
    /// Value of Max-Forwards. For a call that is passed on, use
    /// [`Incoming::hops_onward`](super::Incoming::hops_onward).
    pub max_forwards: u8,
    /// SDP offer.
    pub offer: Bytes,
}
