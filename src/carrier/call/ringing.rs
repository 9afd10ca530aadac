//! Converts a wave of the sale to the nouns of a `<Dial>`. A wave must fit into one document: the
//! carrier's limits and undocumented behaviour make it smaller than the offer's width, never
//! larger.

use std::time::Duration;

use crate::base::Now;
use crate::base::Phone;
use crate::book;
use crate::book::Destination;
use crate::call::CALL_MAX;
use crate::routing::Pick;
use crate::sale::Reach;
use crate::sale::Wave;
use crate::sale::Way;

use super::Call;
use super::leg::Leg;
use super::machine::CallerLine;
use super::machine::Stage;
use crate::carrier::CallerAnswer;
use crate::carrier::Carrier;
use crate::carrier::Confirm;
use crate::carrier::Dial;
use crate::carrier::NOUNS_MAX;
use crate::carrier::Noun;
use crate::carrier::Target;
use crate::carrier::Verb;

/// The key with which a buyer accepts the call.
pub(super) const ACCEPT_KEY: char = '1';

impl Reach for Carrier {
    const TOGETHER_MAX: usize = NOUNS_MAX;

    fn way(&self, pick: &Pick) -> Way {
        match &pick.destination {
            Some(destination) if self.takes(&target(destination)) => Way::Open,
            Some(_) => Way::Closed,
            None => Way::Missing,
        }
    }

    /// Returns whether two buyers can ring together. A buyer who hears a whisper rings alone: no
    /// carrier documents what happens to the other legs meanwhile.
    fn fits(&self, pick: &Pick, beside: &Pick) -> bool {
        let (Some(one), Some(other)) = (&pick.destination, &beside.destination) else {
            return false;
        };
        let alike = target(one).is_like(&target(other));
        !one.has_gate() && !other.has_gate() && (alike || self.mixes_nouns())
    }
}

impl Call {
    /// Answers the carrier with the document that rings the wave.
    pub(super) fn dial(&mut self, wave: &Wave, now: Now) {
        self.legs.clear();
        for id in &wave.attempts {
            self.sale.begun(*id, now);
            let attempt = self.sale.attempt(*id);
            self.legs.extend(attempt.and_then(|attempt| Leg::dialled(attempt, now)));
        }
        let nouns = self.legs.iter().map(|leg| self.noun(leg)).collect();
        let dial = self.dial_of(nouns, wave.ring_timeout, None);
        self.verbs.push(Verb::Dial(dial));
        self.stage = Stage::Dialling;
        self.answer(now);
    }

    /// Returns a dial of these nouns that shows `caller_id`, if it is given.
    pub(super) fn dial_of(
        &self,
        nouns: Vec<Noun>,
        timeout: Duration,
        caller_id: Option<Phone>,
    ) -> Dial {
        Dial {
            action: self.addresses.next(self.document + 1),
            timeout,
            time_limit: CALL_MAX,
            caller_id: caller_id.or_else(|| self.shown_number()),
            answer: match self.line {
                CallerLine::Unanswered
                    if self.verbs.is_empty() && self.carrier.answers_on_bridge() =>
                {
                    CallerAnswer::OnBridge
                }
                CallerLine::Unanswered | CallerLine::Answered => CallerAnswer::Already,
            },
            nouns,
            ring: crate::carrier::Ring::Together,
        }
    }

    fn noun(&self, leg: &Leg) -> Noun {
        let whisper = leg.destination.has_gate().then(|| self.addresses.whisper(leg.key, 1));
        let key = match leg.destination.accept {
            book::Accept::Press1 => Some(ACCEPT_KEY),
            book::Accept::None => None,
        };
        Noun {
            target: target(&leg.destination),
            confirm: whisper.clone().map(|sound| Confirm { key, sound, timeout: TO_PRESS }),
            url: whisper,
            status: Some(self.addresses.leg(leg.key)),
        }
    }

    /// Returns the number that buyers see: `None` (the caller's) if the carrier passes on numbers
    /// that its customer does not own, else the tracking number.
    fn shown_number(&self) -> Option<Phone> {
        match self.carrier {
            Carrier::Twilio | Carrier::Telnyx => None,
            Carrier::SignalWire | Carrier::Plivo => Some(self.record.number.clone()),
        }
    }
}

/// Returns the target that the carrier dials. For a phone number, the carrier itself is the trunk.
pub(super) fn target(destination: &Destination) -> Target {
    match &destination.to {
        book::Target::Sip { uri } => Target::Sip(uri.to_string()),
        book::Target::Phone { number, .. } => Target::Phone(number.clone()),
    }
}

/// How long a buyer has to press a key before the whisper is played again.
pub(super) const TO_PRESS: Duration = Duration::from_secs(5);
