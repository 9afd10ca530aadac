//! Handles a buyer's answer: the whisper, the accept gate, and the choice of the winner.

use std::time::Duration;

use bytes::Bytes;

use crate::base::Codec;
use crate::base::LegId;
use crate::base::Now;
use crate::base::PlayId;
use crate::book::Accept;
use crate::flow::Sound;
use crate::sale::Loss;
use crate::sip::Command;
use crate::sip::Refusal;

use super::Machine;
use super::MediaOrder;
use super::leg::Dialled;
use super::leg::Gate;
use super::leg::LegState;
use super::leg::Purpose;
use super::leg::outcome_of;

/// Time from the answer in which the buyer must accept.
const GATE_MAX: Duration = Duration::from_secs(20);
/// Most plays of the whisper while the switch waits for a key.
const WHISPERS_MAX: u32 = 3;
/// Time to press a key before the whisper is played again.
const TO_PRESS: Duration = Duration::from_secs(3);
/// Language of whispers.
pub const WHISPER_LANGUAGE: &str = "en-US";
/// Whisper of a buyer who must press 1, if the contract has none.
pub const PRESS_1: &str = "You have a call. To accept, press 1.";

impl Machine {
    pub(super) fn on_buyer_answered(&mut self, leg: LegId, answer: Option<&Bytes>, now: Now) {
        let Some(own) = self.legs.get_mut(&leg) else { return };
        own.answered = Some(now.mono);
        let mut dialled = match own.state {
            LegState::AwaitAnswer { dialled } => dialled,
            // The 200 crosses the switch's CANCEL; the agent hangs up.
            LegState::Ending => return self.correct(leg, Refusal::AnsweredLate),
            LegState::AwaitRoute
            | LegState::AwaitAccept { .. }
            | LegState::Won { .. }
            | LegState::Replaced { .. }
            | LegState::Canceled => return,
        };
        let callee = own.callee.clone();
        match callee.purpose {
            Purpose::Sale => self.sale.answered(callee.id, Some(200), now),
            Purpose::Fixed { .. } | Purpose::Transfer { .. } => {
                self.dial_answered(callee.id, callee.rung.rang(now));
            }
        }
        // An answer without SDP after early media changes nothing.
        let read = match (answer, dialled.early) {
            (None, Some(early)) => Ok(early),
            (answer, _) => {
                self.accept_sdp(leg, answer.map_or(&[], |body| body), &mut dialled.local)
            }
        };
        let media = match read {
            Ok(media) => media,
            Err(error) => {
                if let Some(own) = self.legs.get_mut(&leg) {
                    own.state = LegState::Ending;
                }
                self.command(Command::Bye { session: leg, cause: None });
                let loss = Loss { outcome: outcome_of(&error), status: Some(200) };
                return self.lose(&callee, loss, now);
            }
        };
        if dialled.early.is_some() {
            self.order(MediaOrder::Update { leg, media });
        } else {
            self.order(MediaOrder::DropEarly { leg });
            self.order(MediaOrder::Open { leg, media });
        }
        self.on_direction(leg, media.direction, now);
        if self.whisper_of(leg).is_empty() {
            self.accept(leg, dialled.local, media.codec, now);
        } else {
            self.open_gate(leg, dialled, media.codec, now);
        }
    }

    /// Returns the sounds that the buyer hears before the bridge; empty if there is no gate.
    pub(super) fn whisper_of(&self, leg: LegId) -> Vec<Sound> {
        let Some(attempt) = self.legs.get(&leg) else { return Vec::new() };
        let destination = &attempt.destination;
        let say = |text: &str| Sound::Say {
            language: WHISPER_LANGUAGE.to_owned(),
            text: text.to_owned(),
        };
        match (&destination.whisper, destination.accept) {
            (None, Accept::None) => Vec::new(),
            (Some(text), Accept::None) => vec![say(text)],
            (text, Accept::Press1) => {
                let text = text.as_deref().unwrap_or(PRESS_1);
                vec![say(text), Sound::Silence(TO_PRESS)]
            }
        }
    }

    fn open_gate(&mut self, leg: LegId, dialled: Dialled, codec: Codec, now: Now) {
        let until = now.mono + GATE_MAX;
        let gate = Gate { codec, play: PlayId::default(), until, plays_left: WHISPERS_MAX };
        if let Some(attempt) = self.legs.get_mut(&leg) {
            attempt.state = LegState::AwaitAccept { dialled, gate };
        }
        self.play_whisper(leg);
    }

    /// Plays the whisper again, at most `WHISPERS_MAX` times; after that the buyer can still press
    /// the key until the gate closes.
    fn play_whisper(&mut self, leg: LegId) {
        let sounds = self.whisper_of(leg);
        let play = self.next_play();
        let Some(attempt) = self.legs.get_mut(&leg) else { return };
        let LegState::AwaitAccept { gate, .. } = &mut attempt.state else { return };
        let Some(left) = gate.plays_left.checked_sub(1) else { return };
        gate.plays_left = left;
        gate.play = play;
        self.order(MediaOrder::Play { leg, sounds, play });
    }

    /// Handles the end of a whisper. If no key is required, the buyer has accepted.
    pub(super) fn on_whispered(&mut self, ended: PlayId, now: Now) {
        let played = self.legs.iter().find_map(|(leg, attempt)| match &attempt.state {
            LegState::AwaitAccept { gate, dialled } if gate.play == ended => {
                let accept = attempt.destination.accept;
                Some((*leg, accept, dialled.local, gate.codec))
            }
            LegState::AwaitAccept { .. }
            | LegState::AwaitRoute
            | LegState::AwaitAnswer { .. }
            | LegState::Won { .. }
            | LegState::Replaced { .. }
            | LegState::Canceled
            | LegState::Ending => None,
        });
        match played {
            Some((leg, Accept::None, local, codec)) => self.accept(leg, local, codec, now),
            Some((leg, Accept::Press1, ..)) => self.play_whisper(leg),
            None => {}
        }
    }

    /// Handles a key at the gate: 1 accepts, any other plays the whisper again.
    pub(super) fn on_gate_digit(&mut self, leg: LegId, digit: char, now: Now) {
        let Some(attempt) = self.legs.get(&leg) else { return };
        let LegState::AwaitAccept { dialled, gate } = attempt.state else { return };
        match (attempt.destination.accept, digit) {
            (Accept::Press1, '1') => self.accept(leg, dialled.local, gate.codec, now),
            (Accept::Press1, _) => self.play_whisper(leg),
            (Accept::None, _) => {}
        }
    }
}
