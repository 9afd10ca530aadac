//! Callbacks about the legs while the carrier rings them: whispers, keys and states.

use crate::base::AttemptId;
use crate::base::Now;
use crate::book::Accept;
use crate::call::PRESS_1;
use crate::call::WHISPER_LANGUAGE;
use crate::sale::AttemptKey;

use super::Call;
use super::leg::Leg;
use super::machine::Stage;
use super::ringing::ACCEPT_KEY;
use super::ringing::TO_PRESS;
use crate::carrier::BargeIn;
use crate::carrier::Bridged;
use crate::carrier::CallState;
use crate::carrier::Gather;
use crate::carrier::Prompt;
use crate::carrier::Request;
use crate::carrier::Silence;
use crate::carrier::Verb;

/// Most times that a buyer hears the whisper while the carrier waits for the key.
const WHISPERS_MAX: u32 = 3;

impl Call {
    pub(super) fn leg(&self, id: AttemptId) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.id == id)
    }

    /// Returns a leg that rings or hears its whisper.
    fn open_leg(&mut self, key: AttemptKey) -> Option<&mut Leg> {
        let dialling = self.stage == Stage::Dialling;
        self.legs.iter_mut().find(|leg| leg.key == key).filter(|_| dialling)
    }

    /// Returns the leg that wins if the end of the dial is lost: the one that accepted, else the
    /// only one that answered.
    pub(super) fn likely_leg(&self) -> Option<&Leg> {
        let open = || self.legs.iter().filter(|_| self.stage == Stage::Dialling);
        let accepted = open().find(|leg| leg.accepted_at.is_some());
        let mut answered =
            open().filter(|leg| leg.answered_at.is_some() && !leg.destination.has_gate());
        let only = answered.next().filter(|_| answered.next().is_none());
        accepted.or(only)
    }

    /// Handles a buyer's answer by sending the whisper. A buyer who need not press a key is
    /// bridged when the whisper ends. No carrier reports that time, so the whisper counts as
    /// connected time.
    pub(super) fn on_whisper(&mut self, key: AttemptKey, nth: u32, request: &Request, now: Now) {
        let fetched = self.carrier.whispers_by_noun();
        let Some(leg) = self.open_leg(key) else { return self.turn_away() };
        leg.answered_by = request.answered_by.or(leg.answered_by);
        if fetched {
            leg.child.get_or_insert_with(|| request.call.clone());
            leg.answered_at.get_or_insert(now.wall);
        }
        let text = leg.destination.whisper.clone().unwrap_or_else(|| PRESS_1.to_owned());
        let whisper = Prompt::Say { language: WHISPER_LANGUAGE.to_owned(), text };
        match leg.destination.accept {
            Accept::Press1 if fetched => {
                // All rounds are in one document, because no carrier reliably supports `<Redirect>`
                // in a whisper.
                let rounds = nth..=WHISPERS_MAX;
                let gate = |nth| Verb::Gather(self.gate(key, nth, whisper.clone()));
                let gates = rounds.map(gate).collect();
                self.reply(gates);
            }
            Accept::None | Accept::Press1 => {
                if fetched {
                    leg.accepted_at.get_or_insert(now.wall);
                }
                self.reply(vec![Verb::from(whisper)]);
            }
        }
    }

    /// Returns the question for the key. Silence leads to the next round; after the last one the
    /// carrier hangs up.
    fn gate(&self, key: AttemptKey, nth: u32, whisper: Prompt) -> Gather {
        Gather {
            prompts: vec![whisper],
            action: self.addresses.accept(key, nth),
            digits: Some(1),
            finish_on_key: None,
            timeout: TO_PRESS,
            inter_digit_timeout: TO_PRESS,
            barge_in: BargeIn::On,
            silence: if nth < WHISPERS_MAX { Silence::Next } else { Silence::Hangup },
        }
    }

    /// Handles a key: 1 accepts the call, anything else plays the whisper again.
    pub(super) fn on_accept(&mut self, key: AttemptKey, nth: u32, request: &Request, now: Now) {
        let Some(leg) = self.open_leg(key) else { return self.turn_away() };
        let pressed = request.digits.as_deref().and_then(|digits| digits.chars().next());
        match pressed {
            Some(ACCEPT_KEY) => {
                leg.accepted_at.get_or_insert(now.wall);
                // An empty document bridges the two legs.
                self.reply(Vec::new());
            }
            Some(_) | None if nth < WHISPERS_MAX => self.on_whisper(key, nth + 1, request, now),
            Some(_) | None => self.turn_away(),
        }
    }

    /// Handles a report of a leg's state. It is a hint: the end of the dial is authoritative.
    pub(super) fn on_leg(&mut self, key: AttemptKey, request: &Request, now: Now) {
        if !self.note_fixed(key, request)
            && let Some(id) = self.reported_leg(key, request)
        {
            self.note(id, request, now);
        }
        self.reply(Vec::new());
    }

    /// Returns the leg that a callback is about. If the dial has one URL for all legs, the
    /// callback's parameters identify the leg.
    fn reported_leg(&mut self, key: AttemptKey, request: &Request) -> Option<AttemptId> {
        let named = self.open_leg(key)?.id;
        if self.carrier.whispers_by_noun() {
            return Some(named);
        }
        let leg = |is_it: &dyn Fn(&Leg) -> bool| {
            self.legs.iter().find(|leg| is_it(leg)).map(|leg| leg.id)
        };
        let dialled = request.to.as_ref();
        leg(&|leg| leg.child.as_ref() == Some(&request.call))
            .or_else(|| leg(&|leg| leg.child.is_none() && leg.phone() == dialled))
            .or(Some(named).filter(|_| self.legs.len() == 1))
    }

    fn note(&mut self, id: AttemptId, request: &Request, now: Now) {
        let by_noun = self.carrier.whispers_by_noun();
        let Some(leg) = self.legs.iter_mut().find(|leg| leg.id == id) else { return };
        // A child's callback has the child's id as its call id; Plivo's has it beside the caller's.
        let child = request.dial.as_ref().and_then(|dial| dial.child.clone());
        let own = request.parent.is_some().then(|| request.call.clone());
        if let Some(child) = child.or(own) {
            leg.child.get_or_insert(child);
        }
        leg.answered_by = request.answered_by.or(leg.answered_by);
        leg.lasted = request.duration.or(leg.lasted);
        // Plivo asks for the key itself, and reports when it bridged the two.
        let joined = request.dial.as_ref().is_some_and(|dial| dial.bridged == Bridged::Yes);
        if !by_noun && joined {
            leg.accepted_at.get_or_insert(now.wall);
        }
        let Some(state) = request.state.filter(|state| leg.note(*state, request.sequence)) else {
            return;
        };
        match state {
            CallState::Ringing => {
                let after = now.wall.since(leg.dialled_at);
                self.sale.rings(id, after);
            }
            CallState::InProgress => {
                leg.answered_at.get_or_insert(now.wall);
            }
            CallState::Queued
            | CallState::Completed
            | CallState::Busy
            | CallState::Failed
            | CallState::NoAnswer
            | CallState::Canceled => {}
        }
    }
}
