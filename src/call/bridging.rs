//! Bridges caller and buyer, ends the call and bills it.

use std::time::Duration;

use crate::base::CanceledBecause;
use crate::base::End;
use crate::base::LegId;
use crate::base::Now;
use crate::base::Outcome;
use crate::billing::whole_millis;
use crate::sale;
use crate::sale::Loss;
use crate::sip;

use super::CallEvent;
use super::CallMedia;
use super::Finished;
use super::Machine;
use super::MediaOrder;
use super::Output;
use super::caller::status;
use super::leg::Callee;
use super::leg::LegState;
use super::leg::Purpose;
use super::machine::Stage;
use super::record::EndedBy;

impl Machine {
    /// Bridges the winner and the caller as soon as the address of the caller's audio is known. The
    /// bridge, and the buyer's connected time, count from the caller's ACK: a 200 may cross a
    /// CANCEL, or the caller may be gone.
    pub(super) fn bridge_when_ready(&mut self, now: Now) {
        if let Stage::Won { buyer, until, .. } = self.stage
            && self.caller.has_media()
        {
            let caller = self.caller.session;
            self.stop_playback();
            // Otherwise the rest of a whisper would play after the buyer pressed the key.
            self.order(MediaOrder::StopPlayback { leg: buyer });
            self.order(MediaOrder::Bridge { caller, buyer });
            self.stage = Stage::Connected { buyer, until };
        }
        if let Stage::Connected { buyer, .. } = self.stage
            && self.caller.is_talking()
        {
            self.bridge(buyer, now);
        }
    }

    fn bridge(&mut self, buyer: LegId, now: Now) {
        let Some(leg) = self.legs.get(&buyer) else { return };
        let Callee { id, purpose, .. } = leg.callee.clone();
        let gate = leg.answered.map(|answered| now.mono.since(answered)).unwrap_or_default();
        self.record.gate = whole_millis(gate);
        self.stage = Stage::Bridged { buyer, since: now.mono };
        self.record.bridged_at = Some(now.wall);
        match purpose {
            Purpose::Sale => self.sell(sale::Input::Delivered(id), now),
            Purpose::Fixed { .. } | Purpose::Transfer { .. } => {
                self.end_answered_dial(id, Outcome::Won);
            }
        }
        self.record.winner = self.sale.winners().last().cloned();
        self.push(Output::Update(Box::new(self.whole_record())));
        self.on_bridged(now);
        if let Some(winner) = self.record.winner.clone() {
            self.report(CallEvent::Bridged { contract: winner.contract, buyer: winner.buyer });
        }
    }

    /// Returns the reason that the party gave that ends the call, as a header.
    pub(super) fn parting_line(&self) -> Option<String> {
        self.parting.as_ref().map(|reason| reason.as_str().to_owned())
    }

    pub(super) fn on_buyer_ended(
        &mut self,
        leg: LegId,
        (how, reason): (sip::Hangup, Option<sip::Reason>),
        now: Now,
    ) {
        let Some(own) = self.legs.get(&leg) else { return };
        let callee = own.callee.clone();
        match own.state {
            LegState::AwaitAccept { .. } => {
                self.forget(leg);
                self.lose(&callee, Loss::new(Outcome::NotAccepted), now);
            }
            LegState::Won { .. } => {
                // The leg has already ended: there is nothing to hang up.
                self.legs.remove(&leg);
                if matches!(self.stage, Stage::Bridged { .. }) {
                    self.parting = reason;
                    if self.transfers.has_lost(now) {
                        return;
                    }
                    self.on_bridged_buyer_ended(leg, how, now);
                } else {
                    self.on_winner_lost(&callee, now);
                }
                // Its media give their report first.
                self.order(MediaOrder::Close { leg });
            }
            LegState::AwaitRoute
            | LegState::AwaitAnswer { .. }
            | LegState::Replaced { .. }
            | LegState::Canceled
            | LegState::Ending => self.forget(leg),
        }
    }

    fn on_bridged_buyer_ended(&mut self, leg: LegId, how: sip::Hangup, now: Now) {
        let by = match how {
            sip::Hangup::Bye => EndedBy::Buyer,
            sip::Hangup::NoAck | sip::Hangup::Lost | sip::Hangup::ByeAnswered => EndedBy::Switch,
        };
        let unheard = self.unheard(leg, how, now);
        self.drop_caller(status::TEMPORARILY_UNAVAILABLE);
        self.close(by, End::Bridged, unheard, now);
    }

    /// Ends a bridged call when a party has vanished; connected time ends with its last audio.
    pub(super) fn on_silent(&mut self, since: Duration, now: Now) {
        // While a transfer rings, the caller is connected with no party.
        if matches!(self.stage, Stage::Bridged { .. }) && !self.transfers.is_open() {
            self.drop_caller(status::SERVICE_UNAVAILABLE);
            self.close(EndedBy::Switch, End::Bridged, since, now);
        }
    }

    /// Returns how long a party that is lost has given no sign on hold: the call is billed to its
    /// last answer.
    pub(super) fn unheard(&self, leg: LegId, how: sip::Hangup, now: Now) -> Duration {
        match how {
            sip::Hangup::Lost => self.holding.unheard(leg, now),
            sip::Hangup::Bye | sip::Hangup::NoAck | sip::Hangup::ByeAnswered => Duration::ZERO,
        }
    }

    /// Ends the call, once: bills it, writes its record and ends every other leg. The calling code
    /// has already ended the caller's leg.
    pub(super) fn end(&mut self, by: EndedBy, reason: End, now: Now) {
        self.close(by, reason, Duration::ZERO, now);
    }

    /// As [`Machine::end`], for a call that was `silent` before: that time is not billed.
    pub(super) fn close(&mut self, by: EndedBy, reason: End, silent: Duration, now: Now) {
        if self.is_over() {
            return;
        }
        let reason = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Bridged { buyer, since } => {
                let silent = silent.max(self.alone(now));
                self.report_media(buyer, now);
                self.withdraw_transfer(buyer);
                self.bill_winner(buyer, now.mono.since(since).saturating_sub(silent), now);
                match (reason, &self.record.winner) {
                    (End::HungUp, _) => End::HungUp,
                    (_, Some(_)) => End::Bridged,
                    (_, None) => End::Transferred,
                }
            }
            Stage::Asking
            | Stage::Ringing
            | Stage::Won { .. }
            | Stage::Connected { .. }
            | Stage::Announcement
            | Stage::Over
            | Stage::Done => reason,
        };
        let because = match by {
            EndedBy::Caller => CanceledBecause::CallerLeft,
            EndedBy::Buyer | EndedBy::Switch if reason == End::HungUp => CanceledBecause::Operator,
            EndedBy::Buyer | EndedBy::Switch if self.is_too_long(now) => CanceledBecause::CallLimit,
            EndedBy::Buyer | EndedBy::Switch => CanceledBecause::Switch,
        };
        self.sell(sale::Input::Withdrawn(because), now);
        self.cancel_dial(now);
        self.end_transfers();
        let leg = self.caller.session;
        self.order(MediaOrder::Close { leg });
        self.record.hangup_reason = self.parting_line();
        self.record.end(by, reason, now.wall);
        let record = self.whole_record();
        let decisions = self.sale.take_decisions();
        self.keep(Box::new(Finished { record, decisions }));
    }

    /// Records who was not heard, and asks for the reports of both legs.
    fn report_media(&mut self, buyer: LegId, now: Now) {
        let caller = self.caller.session;
        let silent = self.media.silent(caller, buyer);
        self.record.media = Some(CallMedia { silent, ..CallMedia::default() });
        self.media.await_reports([caller, buyer], now);
        self.order(MediaOrder::Report { leg: caller });
        self.order(MediaOrder::Report { leg: buyer });
    }

    /// Ends the bridge: hangs up on the winner and bills the connected time.
    fn bill_winner(&mut self, buyer: LegId, talk: Duration, now: Now) {
        let heard_all = self.record.media.as_ref().is_none_or(|media| media.silent.is_none());
        let bills = heard_all || !self.unbilled_silence.contains(self.record.offer_of(&self.sale));
        let bill = if bills { self.record.bill(talk) } else { self.record.bill_silent(talk) };
        // A buyer who hung up has no leg any more, and is billed the same.
        if let Some(leg) = self.legs.get_mut(&buyer) {
            leg.state = LegState::Ending;
            let cause = self.parting_line();
            self.command(sip::Command::Bye { session: buyer, cause });
        }
        if let Some((id, bill)) = self.sale.delivered().zip(bill) {
            self.sell(sale::Input::Billed(id, bill), now);
        }
    }
}
