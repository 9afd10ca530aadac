//! The caller's leg: answered when the flow first speaks, or when a buyer has answered.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::base::Codec;
use crate::base::End;
use crate::base::Now;
use crate::sdp;
use crate::sip;
use crate::sip::Command;
use crate::sip::SessionId;

use super::Machine;
use super::MediaOrder;
use super::machine::Stage;
use super::record::EndedBy;

/// SIP statuses that we send to callers (RFC 3261 §21).
pub(super) mod status {
    /// The caller has called it off.
    pub(crate) const REQUEST_TERMINATED: u16 = 487;
    /// Nobody can take the call now.
    pub(crate) const TEMPORARILY_UNAVAILABLE: u16 = 480;
    /// The caller's SDP has no codec of ours.
    pub(crate) const NOT_ACCEPTABLE_HERE: u16 = 488;
    /// We cannot serve the call now.
    pub(crate) const SERVICE_UNAVAILABLE: u16 = 503;
}

/// The caller's leg.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) session: SessionId,
    /// Hops that an INVITE of this call may take.
    pub(super) hops_onward: u8,
    local: sdp::Local,
    state: State,
}

/// What the caller's leg waits for.
#[derive(Debug)]
enum State {
    /// Not answered: the caller hears what the carrier plays. Holds the caller's SDP offer.
    Unanswered { offer: Option<Bytes>, record: Record, rings: Rings },
    /// Our 200 answered the caller's SDP; its ACK is awaited.
    AwaitAck,
    /// Our 200 offered SDP, as the INVITE had none; the ACK brings the caller's answer.
    AwaitAnswer,
    /// Answered and acknowledged.
    Talking,
    /// The leg has ended.
    Gone,
}

/// Whether the call's record is on disk. No call is answered before.
#[derive(Debug, Clone, Copy)]
enum Record {
    AwaitOpen,
    /// As before, and the call is answered as soon as it is.
    AwaitOpenThenAnswer(Codec),
    Open,
}

/// Whether the caller has been told that somebody's phone rings.
#[derive(Debug, Clone, Copy)]
enum Rings {
    Untold,
    Told,
}

impl Caller {
    pub(super) fn new(incoming: &sip::Incoming, local: SocketAddr) -> Self {
        Self {
            session: incoming.session,
            hops_onward: incoming.hops_onward(),
            local: sdp::Local { address: local, session: incoming.session.0 >> 1, version: 1 },
            state: State::Unanswered {
                offer: incoming.offer(),
                record: Record::AwaitOpen,
                rings: Rings::Untold,
            },
        }
    }

    /// Whether the caller's audio path is up.
    pub(super) fn is_talking(&self) -> bool {
        matches!(self.state, State::Talking)
    }

    /// Whether we know where the caller's audio goes.
    pub(super) fn has_media(&self) -> bool {
        matches!(self.state, State::AwaitAck | State::Talking)
    }

    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    /// Whether the caller's SDP could be answered; asked before anybody's phone rings.
    pub(super) fn shares_a_codec(&self) -> bool {
        let State::Unanswered { offer: Some(offer), .. } = &self.state else { return true };
        sdp::answer(offer, &self.local, Codec::ALL).is_ok()
    }

    /// Whether our 200 is still to be sent.
    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self.state, State::Unanswered { .. })
    }
}

impl Machine {
    /// Answers the caller, as soon as the record is on disk. Goes on in
    /// [`Machine::on_caller_talks`] when the ACK is there.
    pub(super) fn answer_caller(&mut self, preferred: Codec, now: Now) {
        let State::Unanswered { offer, record, .. } = &mut self.caller.state else { return };
        if !matches!(record, Record::Open) {
            *record = Record::AwaitOpenThenAnswer(preferred);
            return;
        }
        let offer = offer.take();
        let session = self.caller.session;
        let codecs = preference(preferred);
        let body = match offer {
            None => {
                self.caller.state = State::AwaitAnswer;
                sdp::offer(&self.caller.local, &codecs)
            }
            Some(offer) => match sdp::answer(&offer, &self.caller.local, &codecs) {
                Ok((body, media)) => {
                    self.caller.state = State::AwaitAck;
                    self.order(MediaOrder::Open { leg: session, media });
                    body
                }
                Err(_) => {
                    self.reject_caller(status::NOT_ACCEPTABLE_HERE);
                    return self.end(EndedBy::Switch, End::RejectedCaller, now);
                }
            },
        };
        self.record.answered_at = Some(now.wall);
        self.command(Command::Accept { session, body });
        self.bridge_when_ready(now);
    }

    /// Tells an unanswered caller, once, that a buyer's phone rings.
    pub(super) fn ring_caller(&mut self) {
        let session = self.caller.session;
        let State::Unanswered { rings, .. } = &mut self.caller.state else { return };
        if matches!(rings, Rings::Untold) {
            *rings = Rings::Told;
            self.command(Command::Ring { session, status: 180, body: None });
        }
    }

    /// Ends the caller's leg in the way that its state asks for.
    pub(super) fn drop_caller(&mut self, unanswered: u16) {
        match self.caller.state {
            State::Unanswered { .. } => self.reject_caller(unanswered),
            State::AwaitAck | State::AwaitAnswer | State::Talking => {
                let session = self.caller.session;
                self.command(Command::Bye { session, cause: None });
            }
            State::Gone => {}
        }
    }

    fn reject_caller(&mut self, status: u16) {
        let session = self.caller.session;
        self.record.sip_status = Some(status);
        self.caller.state = State::Gone;
        self.command(Command::Reject { session, status, retry_after: None });
    }

    pub(super) fn on_opened(&mut self, now: Now) {
        self.prepare_waiting();
        let State::Unanswered { record, .. } = &mut self.caller.state else { return };
        let before = std::mem::replace(record, Record::Open);
        if let Record::AwaitOpenThenAnswer(codec) = before {
            self.answer_caller(codec, now);
        }
    }

    /// Without a record no call is taken: it could not be billed.
    pub(super) fn on_not_opened(&mut self, now: Now) {
        if self.caller.is_unanswered() {
            self.reject_caller(status::SERVICE_UNAVAILABLE);
            self.end(EndedBy::Switch, End::Overload, now);
        }
    }

    pub(super) fn on_caller(&mut self, event: sip::Event, now: Now) {
        match event {
            sip::Event::Confirmed { body, .. } => self.on_acknowledged(body, now),
            sip::Event::Reoffered { session, body } => self.on_reoffered(session, body),
            sip::Event::Digit { session, digit } => self.on_digit(session, digit, now),
            sip::Event::Canceled { .. } => {
                // Our 200 may have crossed it: then the caller has never seen that.
                self.caller.state = State::Gone;
                self.record.answered_at = None;
                self.record.sip_status = Some(status::REQUEST_TERMINATED);
                self.end(EndedBy::Caller, End::Abandoned, now);
            }
            sip::Event::Ended { how, .. } => {
                self.caller.state = State::Gone;
                let by = match how {
                    sip::Hangup::Bye => EndedBy::Caller,
                    sip::Hangup::NoAck | sip::Hangup::Lost | sip::Hangup::ByeAnswered => {
                        EndedBy::Switch
                    }
                };
                self.end(by, End::Abandoned, now);
            }
            sip::Event::Refused { .. } => {
                self.caller.state = State::Gone;
                self.end(EndedBy::Switch, End::Abandoned, now);
            }
            sip::Event::Incoming(_) | sip::Event::Ringing { .. } | sip::Event::Answered { .. } => {}
        }
    }

    /// The ACK for our 200; after a delayed offer it carries the caller's SDP answer.
    fn on_acknowledged(&mut self, body: Option<Bytes>, now: Now) {
        if self.is_over() {
            return;
        }
        let leg = self.caller.session;
        match self.caller.state {
            State::AwaitAck => {}
            State::AwaitAnswer => {
                match sdp::accept(&body.unwrap_or_default(), &self.caller.local) {
                    Ok(media) => self.order(MediaOrder::Open { leg, media }),
                    Err(_) => {
                        self.drop_caller(status::NOT_ACCEPTABLE_HERE);
                        return self.end(EndedBy::Switch, End::RejectedCaller, now);
                    }
                }
            }
            State::Talking => return self.on_reanswered(leg, body),
            State::Unanswered { .. } | State::Gone => return,
        }
        self.caller.state = State::Talking;
        self.on_caller_talks(now);
    }

    /// Either party changes its media, usually to hold the call: each leg is anchored here, so
    /// the answer is ours and the other leg is not asked.
    pub(super) fn on_reoffered(&mut self, session: SessionId, body: Option<Bytes>) {
        let over = self.is_over();
        let Some(local) = self.local_of(session).filter(|_| !over) else {
            let body = Err(status::NOT_ACCEPTABLE_HERE);
            return self.command(Command::Answer { session, body });
        };
        *local = local.next();
        let local = *local;
        let answer = match body {
            None => Ok(sdp::offer(&local, Codec::ALL)),
            Some(offer) => match sdp::answer(&offer, &local, Codec::ALL) {
                Ok((answer, media)) => {
                    self.order(MediaOrder::Update { leg: session, media });
                    Ok(answer)
                }
                Err(_) => Err(status::NOT_ACCEPTABLE_HERE),
            },
        };
        self.command(Command::Answer { session, body: answer });
    }

    /// The ACK of a re-INVITE that had no offer carries the answer to ours.
    pub(super) fn on_reanswered(&mut self, session: SessionId, body: Option<Bytes>) {
        let Some(local) = self.local_of(session) else { return };
        // A description that cannot be read changes nothing: the call goes on as it was.
        if let Some(Ok(media)) = body.map(|answer| sdp::accept(&answer, local)) {
            self.order(MediaOrder::Update { leg: session, media });
        }
    }

    fn local_of(&mut self, session: SessionId) -> Option<&mut sdp::Local> {
        if session == self.caller.session {
            return Some(&mut self.caller.local);
        }
        self.legs.get_mut(&session)?.local_mut()
    }

    /// The caller hears us: whatever waited for it begins.
    fn on_caller_talks(&mut self, now: Now) {
        match self.stage {
            Stage::Asking | Stage::Farewell => self.resume(now),
            Stage::Won { .. } | Stage::Connected(_) => self.bridge_when_ready(now),
            Stage::Ringing | Stage::Bridged { .. } | Stage::Over | Stage::Done => {}
        }
    }
}

/// Both codecs, the preferred one first: the winner's codec spares a transcoding.
fn preference(first: Codec) -> [Codec; 2] {
    match first {
        Codec::Pcmu => [Codec::Pcmu, Codec::Pcma],
        Codec::Pcma => [Codec::Pcma, Codec::Pcmu],
    }
}
