//! States of a session.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use smallvec::SmallVec;

use super::provisional::Reliable;
use crate::sip::CancelWhy;
use crate::sip::ConnectionId;
use crate::sip::Dial;
use crate::sip::Peer;
use crate::sip::Sender;
use crate::sip::Sources;
use crate::sip::dialog::Dialog;
use crate::sip::dialog::Order;
use crate::sip::dialog::Side;
use crate::sip::digest::Authorizer;
use crate::sip::expiry::Expiry;
use crate::sip::peer::Origin;
use crate::sip::transaction::ClientId;
use crate::sip::transaction::ServerId;
use crate::sip::wire::Message;
use crate::sip::wire::Method;

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
    pub(in crate::sip) exchange: OfferAnswer,
    /// Its provisional responses that are acknowledged.
    pub(in crate::sip) reliable: Reliable,
}

/// See [`Session::Dialing`].
#[derive(Debug)]
pub(in crate::sip) struct Dialing {
    pub(in crate::sip) invite: ClientId,
    pub(in crate::sip) cancel: Cancel,
    pub(in crate::sip) early: SmallVec<[Early; 1]>,
    /// Address that the INVITE was sent to.
    pub(in crate::sip) remote: IpAddr,
    /// Credentials of the trunk.
    pub(in crate::sip) auth: Option<Authorizer>,
    /// Further sources of the early dialogs' requests.
    pub(in crate::sip) sources: Sources,
    /// Connection of its responses.
    pub(in crate::sip) connection: Option<ConnectionId>,
    /// The session description that was offered.
    pub(in crate::sip) offer: Bytes,
    /// Interval of the session timer that was asked for.
    pub(in crate::sip) interval: Duration,
    /// The same call by UDP, if it went by TCP for its size.
    pub(in crate::sip) by_udp: Option<Box<Dial>>,
}

/// Cancellation state of an outgoing INVITE.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    pub(in crate::sip) dialog: Dialog,
    pub(in crate::sip) exchange: OfferAnswer,
    /// Number of its latest reliable response.
    pub(in crate::sip) rseq: Option<u32>,
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
    pub(in crate::sip) life: Life,
    pub(in crate::sip) referrals: Referrals,
}

/// Requests of the far end to be replaced by another party (RFC 3515).
#[derive(Debug, Default)]
pub(in crate::sip) struct Referrals {
    /// The one that has not ended.
    pub(in crate::sip) current: Option<Referral>,
    /// Whether one was accepted before: then notifications name the REFER they are of (RFC 3515
    /// §2.4.6).
    pub(in crate::sip) is_repeated: bool,
}

/// See [`Referrals`].
#[derive(Debug)]
pub(in crate::sip) enum Referral {
    /// The REFER waits for the owner's answer.
    Asked(ServerId),
    /// The far end is notified; this is the value of the Event header.
    Followed(Box<str>),
}

impl Referrals {
    /// Takes the REFER that waits for the owner's answer.
    pub(in crate::sip) fn take_asked(&mut self) -> Option<ServerId> {
        match self.current {
            Some(Referral::Asked(request)) => {
                self.current = None;
                Some(request)
            }
            Some(Referral::Followed(_)) | None => None,
        }
    }
}

/// What keeps a session alive (RFC 4028).
#[derive(Debug)]
pub(in crate::sip) struct Life {
    /// The session timer; `None` without one.
    pub(in crate::sip) expiry: Option<Expiry>,
    /// The agent's latest session description.
    pub(in crate::sip) sdp: Bytes,
    /// How the agent refreshes.
    pub(in crate::sip) by: RefreshBy,
    /// The agent's UPDATE that has no answer yet.
    pub(in crate::sip) update: Option<ClientId>,
}

/// Request that refreshes a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sip) enum RefreshBy {
    /// UPDATE without a description (RFC 3311), for a far end that allows it.
    Update,
    /// re-INVITE with the same description as before.
    Invite,
}

impl Life {
    /// Creates that of an answered session, without a timer; `message` is the far end's.
    pub(in crate::sip) fn new(sdp: Bytes, message: &Message) -> Life {
        let by = match message.allows(&Method::Update) {
            Some(true) => RefreshBy::Update,
            Some(false) | None => RefreshBy::Invite,
        };
        Life { expiry: None, sdp, by, update: None }
    }
}

/// The offer/answer exchange of a dialog, early or not. Only one at a time.
#[derive(Debug)]
pub(in crate::sip) enum OfferAnswer {
    /// The first one, of an INVITE that has no answer yet.
    First(Offerer),
    /// No exchange.
    Idle,
    /// The far end's re-INVITE or UPDATE waits for the owner's answer.
    Asked { request: ServerId, round: Offerer },
    /// The agent's 2xx waits for its ACK.
    AwaitAck(AwaitAck),
    /// The agent's re-INVITE waits for its final response.
    Ours(ClientId),
}

impl OfferAnswer {
    /// Returns the side that offers in the INVITE that is to be answered.
    pub(in crate::sip) fn round(&self) -> Offerer {
        match self {
            OfferAnswer::First(round) | OfferAnswer::Asked { round, .. } => *round,
            OfferAnswer::AwaitAck(wait) => wait.round,
            // A reliable provisional response has answered the far end's offer.
            OfferAnswer::Idle | OfferAnswer::Ours(_) => Offerer::TheirOffer,
        }
    }

    /// Returns the far end's request that waits for the owner's answer.
    pub(in crate::sip) fn asked(&self) -> Option<ServerId> {
        match self {
            OfferAnswer::Asked { request, .. } => Some(*request),
            OfferAnswer::First(_)
            | OfferAnswer::Idle
            | OfferAnswer::AwaitAck(_)
            | OfferAnswer::Ours(_) => None,
        }
    }
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
    /// Its Reason.
    pub(in crate::sip) cause: Option<String>,
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
                dialing.early.iter().any(|early| early.dialog.is_of(call_id, remote_tag))
            }
            Session::Talking(talking) => talking.dialog.is_of(call_id, remote_tag),
            Session::Closing(closing) => closing.dialog.is_of(call_id, remote_tag),
        }
    }

    /// Checks the CSeq number of a request in one of the session's dialogs, and updates the far
    /// end's address.
    pub(in crate::sip) fn receive(&mut self, remote_tag: &str, seq: u32, origin: &Origin) -> Order {
        self.dialog(remote_tag).map_or(Order::Late, |dialog| dialog.receive(seq, origin))
    }

    /// Returns the far end's requests that wait for the owner's answer.
    pub(in crate::sip) fn asked(&mut self) -> SmallVec<[ServerId; 2]> {
        let refer = match self {
            Session::Talking(talking) => talking.referrals.take_asked(),
            Session::Offered(_) | Session::Dialing(_) | Session::Closing(_) => None,
        };
        let offers = self.exchanges().into_iter().filter_map(|exchange| exchange.asked());
        offers.chain(refer).collect()
    }

    /// Returns the agent's side of the session.
    pub(in crate::sip) fn side(&self) -> Side {
        match self {
            Session::Offered(offered) => offered.dialog.side,
            Session::Dialing(_) => Side::Caller,
            Session::Talking(talking) => talking.dialog.side,
            Session::Closing(closing) => closing.dialog.side,
        }
    }

    /// Returns the session's dialog; of several early ones, that with the far end's tag.
    pub(in crate::sip) fn dialog(&mut self, remote_tag: &str) -> Option<&mut Dialog> {
        match self {
            Session::Offered(offered) => Some(&mut offered.dialog),
            Session::Dialing(dialing) => Some(&mut dialing.early(remote_tag)?.dialog),
            Session::Talking(talking) => Some(&mut talking.dialog),
            Session::Closing(closing) => Some(&mut closing.dialog),
        }
    }

    /// Returns the offer/answer exchange of that dialog; `None` once the session is closing.
    pub(in crate::sip) fn exchange(&mut self, remote_tag: &str) -> Option<&mut OfferAnswer> {
        match self {
            Session::Offered(offered) => Some(&mut offered.exchange),
            Session::Dialing(dialing) => Some(&mut dialing.early(remote_tag)?.exchange),
            Session::Talking(talking) => Some(&mut talking.exchange),
            Session::Closing(_) => None,
        }
    }

    /// Returns every exchange of the session.
    pub(in crate::sip) fn exchanges(&mut self) -> SmallVec<[&mut OfferAnswer; 1]> {
        match self {
            Session::Offered(offered) => SmallVec::from_buf([&mut offered.exchange]),
            Session::Dialing(dialing) => {
                dialing.early.iter_mut().map(|early| &mut early.exchange).collect()
            }
            Session::Talking(talking) => SmallVec::from_buf([&mut talking.exchange]),
            Session::Closing(_) => SmallVec::new(),
        }
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
    /// Returns the early dialog with the far end's tag.
    pub(in crate::sip) fn early(&mut self, remote_tag: &str) -> Option<&mut Early> {
        self.early.iter_mut().find(|early| *early.dialog.remote_tag == *remote_tag)
    }

    fn takes_from(&self, origin: &Origin, sender: &Sender) -> bool {
        origin.is_on(self.connection)
            || origin.is_of(self.remote)
            || self.sources.allow(origin.source.ip(), sender)
            || self.early.iter().any(|early| early.dialog.takes_from(origin, sender))
    }
}
