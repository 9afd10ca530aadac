//! Answers the caller's leg, when the flow first plays or a buyer has answered, and ends it.

use std::net::IpAddr;

use bytes::Bytes;

use crate::base::Codec;
use crate::base::End;
use crate::base::LegId;
use crate::base::Now;
use crate::sdp;
use crate::sdp::SdpError;
use crate::sip;
use crate::sip::Command;
use crate::sip::Declined;
use crate::sip::Warning;

use super::Machine;
use super::MediaOrder;
use super::Output;
use super::caller::CallerState;
use super::caller::Record;
use super::caller::Rings;
use super::caller::status;
use super::caller::unusable_offer;
use super::codecs::preferring;
use super::keys::KeyPath;
use super::leg::Leg;
use super::machine::Stage;
use super::record::EndedBy;

impl Machine {
    /// Answers the caller as soon as the record is on disk. [`Machine::on_caller_ready`] continues
    /// after the ACK.
    pub(super) fn answer_caller(&mut self, preferred: Codec, now: Now) {
        let CallerState::Unanswered { offer, record, rings } = &mut self.caller.state else {
            return;
        };
        if !matches!(record, Record::Open) {
            *record = Record::AwaitOpenThenAnswer(preferred);
            return;
        }
        let before = std::mem::replace(rings, Rings::Sent);
        let offer = offer.take();
        let session = self.caller.session;
        let codecs = preferring(Some(preferred), &self.caller.codecs);
        let body = match (before, offer) {
            // The 200 repeats what the 183 has answered (RFC 3261 §13.2.1).
            (Rings::Early(body), _) => {
                self.caller.state = CallerState::AwaitAck;
                body
            }
            (Rings::NotSent | Rings::Sent, None) => {
                self.caller.state = CallerState::AwaitAnswer;
                sdp::offer(&self.caller.local, &codecs)
            }
            (Rings::NotSent | Rings::Sent, Some(offer)) => {
                match sdp::answer(&offer, &mut self.caller.local, &self.own_ports, &codecs) {
                    Ok((body, media)) => {
                        self.caller.codec = Some(media.codec);
                        self.caller.state = CallerState::AwaitAck;
                        self.order(MediaOrder::Open { leg: session, media });
                        self.on_direction(session, media.direction, now);
                        body
                    }
                    Err(error) => return self.refuse_offer(&error, now),
                }
            }
        };
        self.record.answered_at = Some(now.wall);
        self.command(Command::Accept { session, body });
        self.bridge_when_ready(now);
    }

    /// Sends 180 to an unanswered caller, once, when a buyer's phone rings.
    pub(super) fn ring_caller(&mut self) {
        let session = self.caller.session;
        let CallerState::Unanswered { rings, .. } = &mut self.caller.state else { return };
        if matches!(rings, Rings::NotSent) {
            *rings = Rings::Sent;
            self.command(Command::Ring {
                session,
                status: 180,
                body: None,
                prack: self.caller.prack,
            });
        }
    }

    /// Ends the caller's leg with the SIP message that its state requires.
    pub(super) fn drop_caller(&mut self, unanswered: u16) {
        match self.caller.state {
            CallerState::Unanswered { .. } => self.reject_caller(unanswered, None),
            CallerState::AwaitAck | CallerState::AwaitAnswer | CallerState::Talking => {
                let session = self.caller.session;
                let cause = self.parting_line();
                self.command(Command::Bye { session, cause });
            }
            CallerState::Gone => {}
        }
    }

    fn reject_caller(&mut self, status: u16, warning: Option<Warning>) {
        let session = self.caller.session;
        self.record.sip_status = Some(status);
        self.caller.state = CallerState::Gone;
        let declined = Declined { status, warning };
        self.command(Command::Reject { session, declined, retry_after: None });
    }

    /// Rejects the call of a caller whose SDP cannot be used.
    pub(super) fn refuse_offer(&mut self, error: &SdpError, now: Now) {
        let Declined { status, warning } = self.decline(self.caller.local.peer, error);
        self.reject_caller(status, warning);
        self.end(EndedBy::Switch, unusable_offer(error), now);
    }

    /// Logs SDP that cannot be used. Returns the response to it.
    fn decline(&mut self, peer: IpAddr, error: &SdpError) -> Declined {
        self.note_refused_sdp(peer, error);
        let warning = Warning { code: error.warn_code(), text: error.to_string() };
        Declined { status: error.status(), warning: Some(warning) }
    }

    /// Logs SDP that cannot be used.
    fn note_refused_sdp(&mut self, peer: IpAddr, error: &SdpError) {
        self.push(Output::SdpRefused { peer, error: error.clone() });
    }

    pub(super) fn on_opened(&mut self, now: Now) {
        self.prepare_waiting();
        let CallerState::Unanswered { record, .. } = &mut self.caller.state else { return };
        let before = std::mem::replace(record, Record::Open);
        if let Record::AwaitOpenThenAnswer(codec) = before {
            self.answer_caller(codec, now);
        }
    }

    /// Rejects the call: without a record it could not be billed.
    pub(super) fn on_not_opened(&mut self, now: Now) {
        if self.caller.is_unanswered() {
            self.reject_caller(status::SERVICE_UNAVAILABLE, None);
            self.end(EndedBy::Switch, End::Overload, now);
        }
    }

    pub(super) fn on_caller(&mut self, event: sip::Event, now: Now) {
        match event {
            sip::Event::Confirmed { body, .. } => self.on_acknowledged(body, now),
            sip::Event::Reoffered { session, body } => self.on_reoffered(session, body, now),
            sip::Event::Alive { session } => self.holding.alive(session, now),
            sip::Event::Digit { session, digit } => {
                self.on_digit((session, KeyPath::Info), digit, now);
            }
            sip::Event::Canceled { reason, .. } => {
                self.parting = reason;
                // The switch's 200 may have crossed the CANCEL: then the caller never received it.
                self.caller.state = CallerState::Gone;
                self.record.answered_at = None;
                self.record.sip_status = Some(status::REQUEST_TERMINATED);
                self.end(EndedBy::Caller, End::Abandoned, now);
            }
            sip::Event::Ended { session, how, reason } => {
                self.caller.state = CallerState::Gone;
                self.parting = reason;
                let (by, reason) = match how {
                    sip::Hangup::Bye => (EndedBy::Caller, End::Abandoned),
                    sip::Hangup::NoAck => (EndedBy::Switch, End::CallerUnconfirmed),
                    sip::Hangup::Lost | sip::Hangup::ByeAnswered => {
                        (EndedBy::Switch, End::Abandoned)
                    }
                };
                let unheard = self.unheard(session, how, now);
                self.close(by, reason, unheard, now);
            }
            sip::Event::Refused { .. } | sip::Event::Redirected { .. } => {
                self.caller.state = CallerState::Gone;
                self.end(EndedBy::Switch, End::Abandoned, now);
            }
            // The agent rejects the REFER of a caller.
            sip::Event::Incoming(_)
            | sip::Event::Ringing { .. }
            | sip::Event::Answered { .. }
            | sip::Event::Referred { .. } => {}
        }
    }

    /// Handles the ACK of the switch's 200; after a delayed offer it carries the caller's SDP
    /// answer.
    fn on_acknowledged(&mut self, body: Option<Bytes>, now: Now) {
        if self.is_over() {
            // The call ended while this ACK was awaited.
            return self.drop_caller(status::TEMPORARILY_UNAVAILABLE);
        }
        let leg = self.caller.session;
        match self.caller.state {
            CallerState::AwaitAck => {}
            CallerState::AwaitAnswer => {
                let mut local = self.caller.local;
                match self.accept_sdp(leg, &body.unwrap_or_default(), &mut local) {
                    Ok(media) => {
                        self.caller.local = local;
                        self.caller.codec = Some(media.codec);
                        self.order(MediaOrder::Open { leg, media });
                        self.on_direction(leg, media.direction, now);
                    }
                    Err(error) => {
                        self.drop_caller(status::NOT_ACCEPTABLE_HERE);
                        return self.end(EndedBy::Switch, unusable_offer(&error), now);
                    }
                }
            }
            CallerState::Talking => return self.on_reanswered(leg, body, now),
            CallerState::Unanswered { .. } | CallerState::Gone => return,
        }
        self.caller.state = CallerState::Talking;
        self.on_caller_ready(now);
    }

    /// Answers a re-INVITE of either party, usually to hold the call. Media is anchored at the
    /// switch, so it answers by itself and does not involve the other leg.
    pub(super) fn on_reoffered(&mut self, session: LegId, body: Option<Bytes>, now: Now) {
        let over = self.is_over();
        let (codecs, own_ports) = (self.codecs(session), self.own_ports.clone());
        let Some(local) = self.local_of(session).filter(|_| !over) else {
            let body = Err(Declined::plain(status::NOT_ACCEPTABLE_HERE));
            return self.command(Command::Answer { session, body });
        };
        *local = local.next();
        let peer = local.peer;
        let answer = match body {
            None => Ok(sdp::offer(local, &codecs)),
            Some(offer) => match sdp::answer(&offer, local, &own_ports, &codecs) {
                Ok((answer, media)) => {
                    if let Some(early) = self.legs.get_mut(&session).and_then(Leg::early_mut) {
                        *early = media;
                    }
                    self.renew_audio(session, media, now);
                    Ok(answer)
                }
                Err(error) => Err(self.decline(peer, &error)),
            },
        };
        self.command(Command::Answer { session, body: answer });
    }

    /// Handles the ACK of a re-INVITE without an offer, which carries the answer to the switch's
    /// offer.
    pub(super) fn on_reanswered(&mut self, session: LegId, body: Option<Bytes>, now: Now) {
        let Some(mut local) = self.local_of(session).copied() else { return };
        // SDP that cannot be used changes nothing: the call continues as before.
        let read = body.map(|answer| self.accept_sdp(session, &answer, &mut local));
        if let Some(Ok(media)) = read {
            if let Some(own) = self.local_of(session) {
                *own = local;
            }
            self.renew_audio(session, media, now);
        }
    }

    /// Changes a leg's audio path to what was negotiated again.
    fn renew_audio(&mut self, session: LegId, media: sdp::Media, now: Now) {
        if session == self.caller.session {
            self.caller.codec = Some(media.codec);
        }
        self.order(MediaOrder::Update { leg: session, media });
        self.on_direction(session, media.direction, now);
    }

    /// Reads an answer to the switch's offer on a leg; logs one that cannot be used.
    pub(super) fn accept_sdp(
        &mut self,
        leg: LegId,
        answer: &[u8],
        local: &mut sdp::Local,
    ) -> Result<sdp::Media, SdpError> {
        let read = sdp::accept(answer, local, &self.own_ports, &self.codecs(leg));
        if let Err(error) = &read {
            self.note_refused_sdp(local.peer, error);
        }
        read
    }

    fn local_of(&mut self, session: LegId) -> Option<&mut sdp::Local> {
        if session == self.caller.session {
            return Some(&mut self.caller.local);
        }
        self.legs.get_mut(&session)?.local_mut()
    }

    /// Starts what waited for the caller's audio path.
    fn on_caller_ready(&mut self, now: Now) {
        match self.stage {
            Stage::Asking | Stage::Announcement => self.resume(now),
            Stage::Won { .. } | Stage::Connected { .. } => self.bridge_when_ready(now),
            // The winner for whom the caller was answered was lost before this ACK.
            Stage::Ringing => self.ring_back_again(),
            Stage::Bridged { .. } | Stage::Over | Stage::Done => {}
        }
    }
}
