//! A buyer has answered: the whisper, the accept gate, and who wins.

use std::time::Duration;

use crate::base::Now;
use crate::base::Outcome;
use crate::book::Accept;
use crate::flow::Sound;
use crate::sdp;
use crate::sip::Command;
use crate::sip::SessionId;

use super::Machine;
use super::MediaOrder;
use super::Output;
use super::attempt::Dialled;
use super::attempt::Gate;
use super::attempt::State;
use super::attempt::millis;

/// How long a buyer has from the answer to accept.
const GATE_MAX: Duration = Duration::from_secs(20);
/// How often the whisper is played while a key is awaited.
const WHISPERS_MAX: u32 = 3;
/// Time to press a key before the whisper is played again.
const TO_PRESS: Duration = Duration::from_secs(3);
/// The language of whispers.
pub const WHISPER_LANGUAGE: &str = "en-US";
/// What a buyer hears who must press 1 but has no whisper.
pub const PRESS_1: &str = "You have a call. To accept, press 1.";

impl Machine {
    pub(super) fn on_buyer_answered(&mut self, leg: SessionId, answer: &[u8], now: Now) {
        let Some(attempt) = self.attempts.get(&leg) else { return };
        let id = attempt.id;
        let dialled = match &attempt.state {
            State::AwaitAnswer { dialled } => dialled.clone(),
            // The answer was on its way to us when the leg was called off; it is hung up.
            State::Ending => return self.correct(id, Outcome::LostRace, Some(200)),
            State::AwaitHold
            | State::AwaitRoute { .. }
            | State::AwaitAccept { .. }
            | State::Won { .. }
            | State::CalledOff => return,
        };
        if let Some(row) = self.record.attempts.iter_mut().find(|row| row.id == id) {
            row.ring_ms = millis(now.mono.since(dialled.at));
        }
        match sdp::accept(answer, &dialled.local) {
            Err(_) => self.give_up_answered(leg, Outcome::Failed, now),
            Ok(media) if self.whisper_of(leg).is_empty() => self.win(leg, dialled, media, now),
            Ok(media) => self.open_gate(leg, dialled, media, now),
        }
    }

    /// What the buyer hears before the bridge; nothing means that there is no gate.
    fn whisper_of(&self, leg: SessionId) -> Vec<Sound> {
        let Some(attempt) = self.attempts.get(&leg) else { return Vec::new() };
        let destination = &attempt.destination;
        let text = match (&destination.whisper, destination.accept) {
            (Some(text), Accept::None | Accept::Press1) => text.clone(),
            (None, Accept::Press1) => PRESS_1.to_owned(),
            (None, Accept::None) => return Vec::new(),
        };
        let whisper = Sound::Say { language: WHISPER_LANGUAGE.to_owned(), text };
        match destination.accept {
            Accept::None => vec![whisper],
            Accept::Press1 => vec![whisper, Sound::Silence(TO_PRESS)],
        }
    }

    fn open_gate(&mut self, leg: SessionId, dialled: Dialled, media: sdp::Media, now: Now) {
        self.order(MediaOrder::Open { leg, media });
        let until = now.mono + GATE_MAX;
        let gate = Gate { media, sounds: 0, until, plays_left: WHISPERS_MAX };
        if let Some(attempt) = self.attempts.get_mut(&leg) {
            attempt.state = State::AwaitAccept { dialled, gate };
        }
        self.play_whisper(leg, now);
    }

    /// Plays the whisper once more; a buyer who let it pass too often is let go.
    fn play_whisper(&mut self, leg: SessionId, now: Now) {
        let sounds = self.whisper_of(leg);
        self.sounds += 1;
        let number = self.sounds;
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        let State::AwaitAccept { gate, .. } = &mut attempt.state else { return };
        let Some(left) = gate.plays_left.checked_sub(1) else {
            return self.give_up_answered(leg, Outcome::NotAccepted, now);
        };
        gate.plays_left = left;
        gate.sounds = number;
        self.order(MediaOrder::Play { leg, sounds, number });
    }

    /// A whisper has ended: without a key to wait for, the buyer has accepted.
    pub(super) fn on_whispered(&mut self, number: u64, now: Now) {
        let played = self.attempts.iter().find_map(|(leg, attempt)| match &attempt.state {
            State::AwaitAccept { gate, dialled } if gate.sounds == number => {
                let accept = attempt.destination.accept;
                Some((*leg, accept, dialled.clone(), gate.media))
            }
            State::AwaitAccept { .. }
            | State::AwaitHold
            | State::AwaitRoute { .. }
            | State::AwaitAnswer { .. }
            | State::Won { .. }
            | State::CalledOff
            | State::Ending => None,
        });
        match played {
            Some((leg, Accept::None, dialled, media)) => self.win(leg, dialled, media, now),
            Some((leg, Accept::Press1, ..)) => self.play_whisper(leg, now),
            None => {}
        }
    }

    /// A key at the gate: 1 accepts, any other plays the whisper again.
    pub(super) fn on_gate_digit(&mut self, leg: SessionId, digit: char, now: Now) {
        let Some(attempt) = self.attempts.get(&leg) else { return };
        let State::AwaitAccept { dialled, gate } = &attempt.state else { return };
        match (attempt.destination.accept, digit) {
            (Accept::Press1, '1') => self.win(leg, dialled.clone(), gate.media, now),
            (Accept::Press1, _) => self.play_whisper(leg, now),
            (Accept::None, _) => {}
        }
    }

    /// Hangs up on a buyer who answered but cannot have the call, and goes on to the next.
    fn give_up_answered(&mut self, leg: SessionId, outcome: Outcome, now: Now) {
        let Some(attempt) = self.attempts.get_mut(&leg) else { return };
        attempt.state = State::Ending;
        let (id, hold) = (attempt.id, attempt.hold);
        self.command(Command::Bye { session: leg, cause: None });
        self.push(Output::Settle { hold, how: crate::caps::Settle::Release });
        self.conclude_answered(id, outcome);
        self.next_wave(now);
    }
}
