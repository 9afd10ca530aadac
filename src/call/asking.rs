//! The flow is in control: its outputs become plays, questions, a sale.

use crate::base::Codec;
use crate::base::End;
use crate::base::Now;
use crate::base::PlayId;
use crate::flow;
use crate::flow::Driver;
use crate::flow::Request;
use crate::flow::Sound;

use super::CallEvent;
use super::Machine;
use super::MediaOrder;
use super::Output;
use super::caller::status;
use super::machine::Pending;
use super::machine::Stage;
use super::record::EndedBy;
use super::record::hang_up_reason;

impl Machine {
    /// Passes an input to the flow and carries out the flow's outputs.
    pub(super) fn go_on(&mut self, input: flow::Input, now: Now) {
        self.on_flow_answer(|driver| driver.handle(input, now), now);
    }

    /// Passes an input to the flow's driver while the flow is in control.
    pub(super) fn on_flow_answer(&mut self, answer: impl FnOnce(&mut Driver), now: Now) {
        if matches!(self.stage, Stage::Asking) {
            answer(&mut self.driver);
            self.drive(now);
        }
    }

    /// Carries out the requests of the flow's driver.
    pub(super) fn drive(&mut self, now: Now) {
        while let Some(request) = self.driver.poll() {
            match request {
                Request::CountPool => self.push(Output::CountPool(self.own_inquiry())),
                Request::FindNeeded(flow) => {
                    let inquiry = Box::new(self.own_inquiry());
                    self.push(Output::FindNeeded { inquiry, flow });
                }
                Request::FindLastCall(caller) => self.push(Output::FindLastCall(caller)),
                Request::Load(name) => self.push(Output::Load(name)),
                Request::Begin => self.begin_flow(now),
                Request::Learned { field, value, pool_before, pool_after } => {
                    self.report(CallEvent::Learned { field, value, pool_before, pool_after });
                }
                Request::Tagged { name, value } => self.report(CallEvent::Tagged { name, value }),
                Request::Lost => self.hang_up(status::TEMPORARILY_UNAVAILABLE, now),
                Request::Do(output) => self.on_flow(output, now),
            }
        }
    }

    fn on_flow(&mut self, output: flow::Output, now: Now) {
        match output {
            flow::Output::Step(step) => self.report(CallEvent::Step(step.to_string())),
            flow::Output::Digits(digits) => self.report(CallEvent::Digits(digits)),
            flow::Output::Unrouted(_) => self.on_unrouted(now),
            flow::Output::Play(sounds) => self.play(sounds, now),
            flow::Output::StopPlaying => self.stop_playback(),
            flow::Output::Route { offer, ringing } => self.route(offer, ringing, now),
            // The flow's run handles the key that ends the recording.
            flow::Output::Record { field, max, silence, finish: _, beep } => {
                self.record_caller(field, max, silence, beep, now);
            }
            flow::Output::StopRecording => self.stop_recording(),
            flow::Output::Dial { to, timeout, caller_id } => {
                self.dial_fixed(to, timeout, caller_id, now);
            }
            flow::Output::Lookup { url, timeout, sets } => {
                self.push(Output::Lookup { url, timeout, sets });
            }
            flow::Output::Hangup => self.hang_up(status::TEMPORARILY_UNAVAILABLE, now),
            flow::Output::Reject { status } => self.hang_up(status, now),
            // The driver handles fields, tags and redirects.
            flow::Output::DigitIgnored(_)
            | flow::Output::Field { .. }
            | flow::Output::Tag { .. }
            | flow::Output::Redirect(_) => {}
        }
    }

    /// Plays sounds to the caller; answers an unanswered call first.
    pub(super) fn play(&mut self, sounds: Vec<Sound>, now: Now) {
        let play = self.next_play();
        self.caller_play = play;
        if self.caller.is_talking() {
            let leg = self.caller.session;
            self.order(MediaOrder::Play { leg, sounds, play });
        } else {
            self.pending = Pending::Play(sounds);
            self.answer_caller(Codec::Pcmu, now);
        }
    }

    /// Begins a flow. If its first step plays or asks, the caller is answered first and hears all
    /// of it.
    fn begin_flow(&mut self, now: Now) {
        if let Some(error) = self.caller.offer_error(&self.own_ports) {
            return self.refuse_offer(&error, now);
        }
        if self.driver.flow().answers_first() && !self.caller.is_talking() {
            self.pending = Pending::Start;
            self.answer_caller(Codec::Pcmu, now);
        } else {
            self.go_on(flow::Input::Start, now);
        }
    }

    /// Starts what waited for the caller's ACK.
    pub(super) fn resume(&mut self, now: Now) {
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Nothing => {}
            Pending::Start => self.go_on(flow::Input::Start, now),
            Pending::Play(sounds) => {
                let (leg, play) = (self.caller.session, self.caller_play);
                self.order(MediaOrder::Play { leg, sounds, play });
            }
            Pending::Record(recorder) => {
                let leg = self.caller.session;
                self.order(MediaOrder::Record { leg, recorder });
            }
        }
    }

    /// Stops the play to the caller; a `Played` that is already on its way is then ignored.
    pub(super) fn stop_playback(&mut self) {
        self.caller_play = self.next_play();
        self.pending = Pending::Nothing;
        if self.caller.hears() {
            let leg = self.caller.session;
            self.order(MediaOrder::StopPlayback { leg });
        }
    }

    /// Returns the id of a new play.
    pub(super) fn next_play(&mut self) -> PlayId {
        self.latest_play = self.latest_play.next();
        self.latest_play
    }

    pub(super) fn on_played(&mut self, ended: PlayId, now: Now) {
        if ended == self.caller_play {
            match self.stage {
                Stage::Asking => self.go_on(flow::Input::Played, now),
                Stage::Announcement => self.hang_up(status::TEMPORARILY_UNAVAILABLE, now),
                Stage::Ringing
                | Stage::Won { .. }
                | Stage::Connected { .. }
                | Stage::Bridged { .. }
                | Stage::Over
                | Stage::Done => {}
            }
        } else {
            self.on_whispered(ended, now);
        }
    }

    /// Ends the call by the switch: the flow ended it, no sale was made, or the call is too long.
    pub(super) fn hang_up(&mut self, unanswered: u16, now: Now) {
        let reason = hang_up_reason(&self.driver, &self.sale);
        self.drop_caller(unanswered);
        self.end(EndedBy::Switch, reason, now);
    }

    /// Ends the call at an operator's request. A bridged call is billed as usual.
    pub(super) fn on_hung_up(&mut self, now: Now) {
        if self.is_over() {
            return;
        }
        self.drop_caller(status::TEMPORARILY_UNAVAILABLE);
        self.end(EndedBy::Switch, End::HungUp, now);
    }

    /// Ends the call because the switch stops.
    pub(super) fn on_stop(&mut self, now: Now) {
        if self.is_over() {
            return;
        }
        self.drop_caller(status::SERVICE_UNAVAILABLE);
        self.end(EndedBy::Switch, End::SwitchRestart, now);
    }
}
