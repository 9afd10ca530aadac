//! Carries out the sale of the call: its outputs become legs, questions and events.

use crate::base::AttemptId;
use crate::base::CanceledBecause;
use crate::base::Codec;
use crate::base::LegId;
use crate::base::ListName;
use crate::base::Now;
use crate::base::OfferId;
use crate::flow;
use crate::flow::Ringing;
use crate::flow::Sound;
use crate::sale;
use crate::sale::GivenUp;
use crate::sale::Terms;
use crate::sale::Wave;
use crate::sdp;
use crate::sip::CancelWhy;

use super::CallEvent;
use super::Machine;
use super::MediaOrder;
use super::Output;
use super::caller::status;
use super::leg::Callee;
use super::leg::Leg;
use super::leg::LegState;
use super::leg::Purpose;
use super::machine::Stage;
use super::unbridged::CALLER_WAIT_MAX;

impl Machine {
    /// Puts the call up for sale; the caller hears ringback until it ends.
    pub(super) fn route(&mut self, offer: Option<OfferId>, ringing: Ringing, now: Now) {
        let Ringing { width, timeout, ringback } = ringing;
        self.stage = Stage::Ringing;
        self.ring_back(ringback);
        let inquiry = self.own_inquiry();
        let inquiry = match offer {
            Some(offer) => inquiry.for_offer(offer),
            None => inquiry,
        };
        let terms = Terms { width, ring_timeout: timeout, ..Terms::new(inquiry) };
        self.sell(sale::Input::Sell(Box::new(terms)), now);
    }

    /// Plays ringback to the caller, once there is an audio path, until it is stopped.
    pub(super) fn ring_back(&mut self, sound: Option<Sound>) {
        self.ringback = sound;
        self.ring_back_again();
    }

    /// Plays the ringback of the current sale or dial to a caller whose audio path is up.
    pub(super) fn ring_back_again(&mut self) {
        if self.caller.hears() {
            self.stop_playback();
            let (leg, sound) = (self.caller.session, self.ringback.clone());
            self.order(MediaOrder::Ringback { leg, sound });
        }
    }

    /// Passes an input to the sale and carries out the sale's outputs.
    pub(super) fn sell(&mut self, input: sale::Input, now: Now) {
        self.sale.reach_mut().set_time(now.wall);
        self.sale.handle(input, now, &mut self.rng);
        self.carry_out_sale(now);
    }

    pub(super) fn carry_out_sale(&mut self, now: Now) {
        while let Some(output) = self.sale.poll() {
            match output {
                sale::Output::Survey(inquiry) => self.push(Output::Survey(inquiry)),
                sale::Output::Ask(bidding) => self.on_ask(&bidding, now),
                sale::Output::Decide(inquiry, bids) => self.push(Output::Decide(*inquiry, bids)),
                sale::Output::Hold { hold, pick } => self.push(Output::Hold { hold, pick }),
                sale::Output::Settle { hold, how } => self.push(Output::Settle { hold, how }),
                sale::Output::Confirm(attempt) => self.on_confirm(attempt),
                sale::Output::Try(wave) => self.ring(&wave),
                sale::Output::Cancel { attempt, because } => self.cancel(attempt, because),
                sale::Output::Won(attempt) => self.on_won(attempt, now),
                sale::Output::Unsold(why) => {
                    self.stop_playback();
                    self.stage = Stage::Asking;
                    self.go_on(flow::Input::NotRouted(why), now);
                }
                sale::Output::Event(event) => self.report(event.into()),
                // Its one winner is already bridged.
                sale::Output::Sold => {}
            }
        }
    }

    /// Creates a leg for each buyer of a wave.
    fn ring(&mut self, wave: &Wave) {
        for id in wave.attempts.iter().copied() {
            let Some(attempt) = self.sale.attempt(id) else { continue };
            let Some(destination) = attempt.pick.destination.clone() else { continue };
            self.prepare(Leg::new((id, Purpose::Sale), destination, wave.ring_timeout));
        }
    }

    /// Returns the reason that the party gave that ends the call, for a CANCEL.
    pub(super) fn parting_why(&self) -> CancelWhy {
        self.parting.clone().map_or(CancelWhy::Plain, CancelWhy::Because)
    }

    fn cancel(&mut self, attempt: AttemptId, because: CanceledBecause) {
        let why = match because {
            CanceledBecause::AnotherWon => CancelWhy::CompletedElsewhere,
            CanceledBecause::CallerLeft => self.parting_why(),
            CanceledBecause::CallerUnconfirmed
            | CanceledBecause::CallLimit
            | CanceledBecause::Operator
            | CanceledBecause::Switch => CancelWhy::Plain,
        };
        let leg = self.legs.iter().find(|(_, leg)| leg.callee.id == attempt).map(|(leg, _)| *leg);
        if let Some(leg) = leg {
            self.stop_leg(leg, why);
        }
    }

    /// Makes a leg the winner. The sale decides which other buyers lose; a fixed destination is the
    /// only leg.
    pub(super) fn accept(&mut self, leg: LegId, local: sdp::Local, codec: Codec, now: Now) {
        let Some(own) = self.legs.get_mut(&leg) else { return };
        own.state = LegState::Won { local };
        let Callee { id, purpose, .. } = own.callee.clone();
        let won = Stage::Won { buyer: leg, codec, until: now.mono + CALLER_WAIT_MAX };
        match purpose {
            Purpose::Sale => {
                self.stage = won;
                self.sell(sale::Input::Accepted(id), now);
            }
            Purpose::Fixed { .. } => {
                self.stage = won;
                self.on_won(id, now);
            }
            Purpose::Transfer { to } => self.on_transferred(leg, to, now),
        }
    }

    /// Answers the caller in the winner's codec.
    fn on_won(&mut self, attempt: AttemptId, now: Now) {
        let Stage::Won { buyer, codec, .. } = self.stage else { return };
        if self.legs.get(&buyer).is_some_and(|leg| leg.callee.id == attempt) {
            self.answer_caller(codec, now);
            self.bridge_when_ready(now);
        }
    }

    /// Applies the offer's rule to a call that no buyer took and that the flow does not handle.
    pub(super) fn on_unrouted(&mut self, now: Now) {
        let given_up = self.sale.given_up();
        let offer = self.sale.offer().unwrap_or(&self.record.offer).clone();
        let what = given_up.to_string();
        self.report(CallEvent::Disqualified { offer, what });
        self.turn_down(&given_up, now);
    }

    /// Ends the call of a caller on a suppression list, as the offer answers refused callers.
    pub(super) fn suppress(&mut self, list: &ListName, refusal: &GivenUp, now: Now) {
        let offer = self.record.offer.clone();
        let what = format!("on suppression list {list}, {refusal}");
        self.report(CallEvent::Disqualified { offer, what });
        self.turn_down(refusal, now);
    }

    fn turn_down(&mut self, given_up: &GivenUp, now: Now) {
        match given_up {
            GivenUp::Recording(name) => {
                self.stage = Stage::Announcement;
                self.play(vec![Sound::File(name.to_string())], now);
            }
            GivenUp::TurnedAway => self.hang_up(status::TEMPORARILY_UNAVAILABLE, now),
        }
    }
}
