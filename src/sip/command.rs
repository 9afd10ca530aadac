//! What the owner of a leg can ask of the agent.

use bytes::Bytes;

use super::Peer;
use super::Sources;
use super::wire::Uri;
use crate::base::LegId;

/// An order for one session. Orders for a session that is unknown or has ended, and orders that
/// its state does not allow, are ignored: they crossed an event that is already on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Sends a provisional response.
    Ring {
        /// An incoming session that has not been answered.
        session: LegId,
        /// 180 to 183; any other value is sent as 180.
        status: u16,
        /// SDP of early media.
        body: Option<Bytes>,
    },
    /// Answers with 200 and retransmits it until the ACK; without an ACK within 32 s the agent
    /// sends BYE and reports [`super::Hangup::NoAck`].
    Accept {
        /// An incoming session that has not been answered.
        session: LegId,
        /// Our SDP: the answer, or an offer when the INVITE had none.
        body: Bytes,
    },
    /// Rejects with a final response; the session is over and no event follows.
    Reject {
        /// An incoming session that has not been answered.
        session: LegId,
        /// 300 to 699; any other value is sent as 500.
        status: u16,
        /// Seconds for a Retry-After header.
        retry_after: Option<u32>,
    },
    /// Sends an INVITE. Once there has been a provisional response it rings until the owner
    /// cancels it.
    Dial(Box<Dial>),
    /// Cancels an outgoing INVITE. CANCEL waits for a provisional response (RFC 3261 §9.1); an
    /// answer that crosses it gets ACK and BYE from the agent itself. [`super::Event::Refused`]
    /// follows; or, when [`super::Event::Answered`] was on its way to the owner already, the agent
    /// hangs up and [`super::Event::Ended`] follows.
    Cancel {
        /// An outgoing session.
        session: LegId,
        /// The reason that the far end receives.
        why: CancelWhy,
    },
    /// Hangs up. Before the ACK to our 200 has come, the BYE waits for it (RFC 3261 §15).
    Bye {
        /// An established session.
        session: LegId,
        /// A Reason header value (RFC 3326), as `Q.850;cause=16`.
        cause: Option<String>,
    },
    /// Answers [`super::Event::Reoffered`].
    Answer {
        /// The session that was reoffered.
        session: LegId,
        /// SDP for a 200, or the status of a refusal (400 to 699; else 488).
        body: Result<Bytes, u16>,
    },
}

/// The reason that a CANCEL gives to the far end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CancelWhy {
    /// No reason: it may show a missed call.
    Plain,
    /// Another leg answered (RFC 3326 §2): no missed call is shown.
    CompletedElsewhere,
}

/// An outgoing INVITE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// The new leg's id, from [`LegId::random`]. One in use is ignored.
    pub session: LegId,
    /// Where the INVITE is sent.
    pub peer: Peer,
    /// Where else requests of its dialogs may come from.
    pub sources: Sources,
    /// The Request-URI.
    pub target: Uri,
    /// The From header's value, without tag.
    pub from: String,
    /// The To header's value.
    pub to: String,
    /// Further headers, name and value: P-Asserted-Identity, Privacy, Diversion…
    pub headers: Vec<(String, String)>,
    /// Hops that the INVITE may take: of a call that is passed on, those that
    /// [`Incoming::hops_onward`](super::Incoming::hops_onward) leaves.
    pub max_forwards: u8,
    /// Our SDP offer.
    pub offer: Bytes,
}
