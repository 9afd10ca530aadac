//! Purposes of requests.

use crate::base::LegId;
use crate::sip::RegistrationId;
use crate::sip::ServerPingId;
use crate::sip::dialog::Dialog;
use crate::sip::wire::Rack;

/// Purpose of an outgoing request other than INVITE: what its final response is for.
#[derive(Debug)]
pub(crate) enum Purpose {
    /// BYE: the session ends with the response.
    HangUp(LegId),
    /// BYE of a fork, or of a dialog whose session has ended: a challenge to it is answered.
    Leave(Box<Dialog>),
    /// OPTIONS in a dialog: whether the far end is still there.
    Probe(LegId),
    /// PRACK: a challenge to it is answered.
    Acknowledge(Box<Prack>),
    /// UPDATE that refreshes the session.
    Refresh(LegId),
    /// NOTIFY of a transfer: a challenge to it is answered, and a refusal ends the notifications.
    Notify(Box<Notice>),
    /// REGISTER.
    Register(RegistrationId),
    /// OPTIONS outside a dialog: whether a server is there.
    Ping(ServerPingId),
    /// Nothing waits for the response: CANCEL.
    Unawaited,
}

/// A PRACK in an early dialog.
#[derive(Debug)]
pub(crate) struct Prack {
    /// Session of the INVITE.
    pub(crate) session: LegId,
    /// Tag of the far end.
    pub(crate) tag: Box<str>,
    /// What it acknowledges.
    pub(crate) rack: Rack,
}

/// What a NOTIFY reports of a transfer.
#[derive(Debug)]
pub(crate) struct Notice {
    /// Session of the party that is to be replaced.
    pub(crate) session: LegId,
    /// Value of its Event header, which names the REFER.
    pub(crate) event: Box<str>,
    /// Status of the other party; below 200, more notifications follow.
    pub(crate) status: u16,
}
