//! States of a session.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::sip::CancelWhy;
use crate::sip::ConnectionId;
use crate::sip::Dial;
use crate::sip::Peer;
use crate::sip::Sender;
use crate::sip::Sources;
use crate::sip::dialog::Dialog;
use crate::sip::dialog::Order;
use crate::sip::peer::Origin;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ServerId;

/// Most early dialogs tracked for one outgoing INVITE.
pub(in crate::sip) const EARLY_MAX: usize = 16;
/// Longest session description that is kept from a provisional response, in bytes.
pub(in crate::sip) const EARLY_ANSWER_MAX: usize = 16 * 1024;

/// One session. An ended session is not in the table.
#[derive(Debug)]
pub(in crate::sip) enum Session {
    /// Incoming INVITE that the owner has not answered.
    Offered(Box<Offered>),
    /// Outgoing INVITE that the far end has not answered.
    Dialing(Box<Dialing>),
    /// A 2xx was sent or received.
    Talking(Box<Talking>),
    /// The agent has sent BYE.
    Closing(Box<Closing>),
}

/// See [`Session::Offered`].
#[derive(Debug)]
pub(in crate::sip) struct Offered {
    pub(in crate::sip) invite: ServerId,
    pub(in crate::sip) dialog: Dialog,
    pub(in crate::sip) round: Offerer,
}

/// See [`Session::Dialing`].
#[derive(Debug)]
pub(in crate::sip) struct Dialing {
    pub(in crate::sip) invite: ClientId,
    pub(in crate::sip) call_id: Box<str>,
    pub(in crate::sip) cancel: Cancel,
    pub(in crate::sip) early: SmallVec<[Early; 1]>,
    /// Address that the INVITE was sent to.
    pub(in crate::sip) remote: IpAddr,
    /// Further sources of the early dialogs' requests.
    pub(in crate::sip) sources: Sources,
    /// Connection of its responses.
    pub(in crate::sip) connection: Option<ConnectionId>,
    /// The same call by UDP, if it went by TCP for its size.
    pub(in crate::sip) by_udp: Option<Box<Dial>>,
}

/// Cancellation state of an outgoing INVITE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sip) enum Cancel {
    /// Not canceled.
    Off,
    /// Canceled; CANCEL waits for a provisional response (RFC 3261 §9.1).
    Wanted(CancelWhy),
    /// CANCEL was sent.
    Sent,
}

/// An early dialog of an outgoing INVITE: one per To-tag.
#[derive(Debug)]
pub(in crate::sip) struct Early {
    pub(in crate::sip) tag: Box<str>,
    pub(in crate::sip) remote_seq: Option<u32>,
    /// Host of its Contact, if that is an IP address.
    pub(in crate::sip) contact: Option<IpAddr>,
    /// Latest session description of its provisional responses, at most [`EARLY_ANSWER_MAX`]
    /// bytes.
    pub(in crate::sip) answer: Option<Bytes>,
    pub(in crate::sip) fork: Fork,
}

/// State of an early dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sip) enum Fork {
    /// It may still be answered.
    Open,
    /// Its BYE overtook its 2xx.
    HungUp,
}

/// See [`Session::Talking`].
#[derive(Debug)]
pub(in crate::sip) struct Talking {
    pub(in crate::sip) dialog: Dialog,
    pub(in crate::sip) exchange: OfferAnswer,
    /// The agent's OPTIONS that has no answer yet.
    pub(in crate::sip) probe: Option<ClientId>,
}

/// The offer/answer exchange of a session. Only one at a time.
#[derive(Debug)]
pub(in crate::sip) enum OfferAnswer {
    /// No exchange.
    Idle,
    /// The far end's re-INVITE or UPDATE waits for the owner's answer.
    Asked { request: ServerId, round: Offerer },
    /// The agent's 2xx waits for its ACK.
    AwaitAck(AwaitAck),
}

/// A sent 2xx, retransmitted until it is acknowledged.
#[derive(Debug)]
pub(in crate::sip) struct AwaitAck {
    pub(in crate::sip) seq: u32,
    pub(in crate::sip) peer: Peer,
    pub(in crate::sip) answer: Bytes,
    pub(in crate::sip) interval: Duration,
    pub(in crate::sip) round: Offerer,
    pub(in crate::sip) then: Then,
}

/// Action after the ACK.
#[derive(Debug)]
pub(in crate::sip) enum Then {
    /// Continue the session. The first ACK, and any with an SDP answer, is reported to the owner.
    Talk(First),
    /// Send BYE with this Reason, because the owner hung up before the ACK.
    HangUp(Option<String>),
}

/// Subject of an ACK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sip) enum First {
    /// The initial INVITE.
    Session,
    /// A re-INVITE.
    Change,
}

/// Side that offers (RFC 3264 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sip) enum Offerer {
    /// The far end, in its request.
    TheirOffer,
    /// The agent, in its 2xx, because the request had no offer; the ACK has the answer.
    OurOffer,
}

/// See [`Session::Closing`].
#[derive(Debug)]
pub(in crate::sip) struct Closing {
    pub(in crate::sip) dialog: Dialog,
    pub(in crate::sip) bye: ClientId,
}

impl Offerer {
    pub(in crate::sip) fn of(offer: Option<&Bytes>) -> Offerer {
        if offer.is_some() { Offerer::TheirOffer } else { Offerer::OurOffer }
    }
}

impl Session {
    /// Returns whether a request with this Call-ID and tag belongs to the session's dialog.
    pub(in crate::sip) fn is_of(&self, call_id: &str, remote_tag: &str) -> bool {
        match self {
            Session::Offered(offered) => offered.dialog.is_of(call_id, remote_tag),
            Session::Dialing(dialing) => {
                *dialing.call_id == *call_id
                    && dialing.early.iter().any(|early| *early.tag == *remote_tag)
            }
            Session::Talking(talking) => talking.dialog.is_of(call_id, remote_tag),
            Session::Closing(closing) => closing.dialog.is_of(call_id, remote_tag),
        }
    }

    /// Checks the CSeq number of a request in one of the session's dialogs, and updates the far
    /// end's address.
    pub(in crate::sip) fn receive(&mut self, remote_tag: &str, seq: u32, origin: &Origin) -> Order {
        let dialog = match self {
            Session::Dialing(dialing) => {
                let early = dialing.early.iter_mut().find(|early| *early.tag == *remote_tag);
                return early.map_or(Order::Late, |early| Order::take(&mut early.remote_seq, seq));
            }
            Session::Offered(offered) => &mut offered.dialog,
            Session::Talking(talking) => &mut talking.dialog,
            Session::Closing(closing) => &mut closing.dialog,
        };
        dialog.receive(seq, origin)
    }

    /// Returns whether the session accepts requests from this source.
    pub(in crate::sip) fn takes_from(&self, origin: &Origin, sender: &Sender) -> bool {
        match self {
            Session::Offered(offered) => offered.dialog.takes_from(origin, sender),
            Session::Dialing(dialing) => dialing.takes_from(origin, sender),
            Session::Talking(talking) => talking.dialog.takes_from(origin, sender),
            Session::Closing(closing) => closing.dialog.takes_from(origin, sender),
        }
    }

    /// Returns whether a peer is the one that sent the INVITE: a proxy sends CANCEL for itself (RFC
    /// 3261 §16.10), without a source.
    pub(in crate::sip) fn is_invited_by(&self, peer: &Peer) -> bool {
        match self {
            Session::Offered(offered) => offered.dialog.peer.remote.ip() == peer.remote.ip(),
            Session::Dialing(_) | Session::Talking(_) | Session::Closing(_) => false,
        }
    }

    /// Returns the connection of its messages.
    pub(in crate::sip) fn connection(&mut self) -> &mut Option<ConnectionId> {
        match self {
            Session::Offered(offered) => &mut offered.dialog.peer.connection,
            Session::Dialing(dialing) => &mut dialing.connection,
            Session::Talking(talking) => &mut talking.dialog.peer.connection,
            Session::Closing(closing) => &mut closing.dialog.peer.connection,
        }
    }
}

impl Dialing {
    fn takes_from(&self, origin: &Origin, sender: &Sender) -> bool {
        let address = origin.source.ip();
        origin.is_on(self.connection)
            || origin.is_of(self.remote)
            || self.early.iter().any(|early| early.contact == Some(address))
            || self.sources.allow(address, sender)
    }
}
