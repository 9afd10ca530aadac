//! A decision's picks become waves of nouns in `<Dial>`. A wave is what one document can carry:
//! the carrier's bounds and doubts make it smaller than the offer says, never larger.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Phone;
use crate::base::Skip;
use crate::book;
use crate::book::Destination;
use crate::book::Tier;
use crate::call::CALL_MAX;
use crate::call::DECIDED_AGAIN_MAX;
use crate::call::Holds;
use crate::call::Story;
use crate::call::width_of;
use crate::routing::Decision;
use crate::routing::Pick;
use crate::sale::AttemptRecord;

use super::Call;
use super::LegToken;
use super::Output;
use super::leg::Leg;
use super::legs::TO_PRESS;
use super::machine::Line;
use super::machine::Stage;
use crate::carrier::Answer;
use crate::carrier::Carrier;
use crate::carrier::Confirm;
use crate::carrier::Dial;
use crate::carrier::NOUNS_MAX;
use crate::carrier::Noun;
use crate::carrier::Target;
use crate::carrier::Verb;

/// The key by which a buyer accepts.
pub(super) const ACCEPT_KEY: char = '1';

/// Buyers being rung, or about to be.
#[derive(Debug)]
pub(super) struct Race {
    /// The picks that nobody has tried yet, in order.
    picks: VecDeque<Pick>,
    /// Attempts of one wave that may ring at once.
    width: usize,
    ring_timeout: Duration,
    /// The wave that is put together or rings, from 1.
    wave: u32,
    /// The tier that rings: a wave never spans two.
    tier: Tier,
    holds: Holds,
    /// The pick whose hold is awaited.
    awaited: Option<(HoldId, Pick, Arc<Destination>)>,
    /// The places of the wave's legs among the call's.
    pub(super) legs: Vec<usize>,
}

impl Call {
    pub(super) fn begin_routing(&mut self) {
        self.stage = Stage::Deciding;
        self.record.offer = self.offer.clone();
        self.push(Output::Decide(self.inquiry()));
    }

    pub(super) fn on_decided(&mut self, decision: Decision, now: Now) {
        if !matches!(self.stage, Stage::Deciding) {
            return;
        }
        self.tell(Story::Decided(Box::new(decision.clone())));
        self.record.decision_id = Some(decision.id);
        let width = width_of(&self.ringing, decision.ring);
        let ring_timeout = self.ringing.timeout.unwrap_or(decision.ring_timeout);
        let picks = decision.picks().collect();
        self.decisions.push(decision);
        self.ring(picks, width, ring_timeout, Holds::Unanswered, now);
    }

    /// Rings picks, `width` at once.
    pub(super) fn ring(
        &mut self,
        picks: VecDeque<Pick>,
        width: usize,
        ring_timeout: Duration,
        holds: Holds,
        now: Now,
    ) {
        let wave = self.record.attempts.last().map_or(0, |row| row.wave);
        let (tier, legs) = (Tier::Primary, Vec::new());
        let race = Race { picks, width, ring_timeout, wave, tier, holds, awaited: None, legs };
        self.next_wave(race, now);
    }

    /// Puts the next wave together; without one, nobody takes the call.
    pub(super) fn next_wave(&mut self, mut race: Race, now: Now) {
        let untried = race.picks.front().filter(|_| self.tried < crate::call::ATTEMPTS_MAX);
        let Some(first) = untried else { return self.on_none_left(&race, now) };
        race.wave += 1;
        race.tier = first.tier;
        race.legs.clear();
        self.fill_wave(race, now);
    }

    /// No pick is left. When nobody was rung, since others had taken the last units in between,
    /// it is decided again.
    fn on_none_left(&mut self, race: &Race, now: Now) {
        if race.holds == Holds::Refused && self.decided_again < DECIDED_AGAIN_MAX {
            self.decided_again += 1;
            self.stage = Stage::Deciding;
            self.push(Output::Decide(self.inquiry()));
        } else {
            self.on_nobody(now);
        }
    }

    /// Asks for a hold for the next pick of the wave, or has the wave rung.
    fn fill_wave(&mut self, mut race: Race, now: Now) {
        while self.has_room(&race) {
            let tier = race.tier;
            let Some(pick) = race.picks.pop_front_if(|pick| pick.tier == tier) else { break };
            let Some(destination) = pick.destination.clone() else { continue };
            if !self.carrier.takes(&target(&destination)) {
                self.tried += 1;
                self.cannot_dial(&pick, race.wave, now);
                continue;
            }
            if !self.fits(&race, &destination) {
                race.picks.push_front(pick);
                break;
            }
            let hold = HoldId::new(now, &mut self.rng);
            self.push(Output::Hold { hold, pick: Box::new(pick.clone()) });
            race.awaited = Some((hold, pick, destination));
            self.stage = Stage::Reserving(race);
            return;
        }
        if race.legs.is_empty() { self.next_wave(race, now) } else { self.dial(race, now) }
    }

    fn has_room(&self, race: &Race) -> bool {
        let most = race.width.min(NOUNS_MAX);
        race.legs.len() < most && self.tried < crate::call::ATTEMPTS_MAX
    }

    /// Whether a buyer can ring beside those of the wave. No carrier says what becomes of the
    /// other legs while one of them hears a whisper, so such a buyer rings alone.
    fn fits(&self, race: &Race, destination: &Destination) -> bool {
        let mut others = race.legs.iter().filter_map(|place| self.legs.get(*place));
        others.all(|leg| {
            let alike = target(&leg.destination).is_like(&target(destination));
            !destination.has_gate()
                && !leg.destination.has_gate()
                && (alike || self.carrier.mixes_nouns())
        })
    }

    /// A hold's answer: a pick whose cap is full leaves its place in the wave to the next one.
    pub(super) fn on_held(&mut self, result: Result<(), Skip>, now: Now) {
        let before = std::mem::replace(&mut self.stage, Stage::Over);
        let Stage::Reserving(mut race) = before else {
            self.stage = before;
            return;
        };
        race.holds = race.holds.after(&result);
        if let Some((hold, pick, destination)) = race.awaited.take() {
            match result {
                Ok(()) => {
                    race.legs.push(self.legs.len());
                    self.tried += 1;
                    let leg = self.leg(hold, pick, destination, race.wave, now);
                    self.legs.push(leg);
                }
                Err(cap) => self.tell(Story::CapFull { contract: pick.contract, cap }),
            }
        }
        self.fill_wave(race, now);
    }

    fn leg(
        &mut self,
        hold: HoldId,
        pick: Pick,
        destination: Arc<Destination>,
        wave: u32,
        now: Now,
    ) -> Leg {
        Leg {
            token: LegToken::random(&mut self.rng),
            id: AttemptId::new(now, &mut self.rng),
            pick,
            destination,
            hold: Some(hold),
            wave,
            dialled_at: now.wall,
            child: None,
            told: None,
            answered_at: None,
            answered_by: None,
            lasted: None,
            accepted_at: None,
        }
    }

    /// The carrier cannot reach such a destination, which is no fault of the caller.
    fn cannot_dial(&mut self, pick: &Pick, wave: u32, now: Now) {
        let id = AttemptId::new(now, &mut self.rng);
        self.record.attempts.push(AttemptRecord::begun(id, pick, wave, now.wall));
        self.conclude(id, Outcome::Failed, Duration::ZERO);
    }

    /// Hands out the document that rings the wave.
    fn dial(&mut self, race: Race, now: Now) {
        let legs = || race.legs.iter().filter_map(|place| self.legs.get(*place));
        let nouns = legs().map(|leg| self.noun(leg)).collect();
        let rows: Vec<AttemptRecord> =
            legs().map(|leg| AttemptRecord::begun(leg.id, &leg.pick, leg.wave, now.wall)).collect();
        for row in rows {
            let (contract, wave) = (row.contract.clone(), row.wave);
            self.record.attempts.push(row);
            self.tell(Story::Dialled { contract, wave });
        }
        let dial = self.dial_of(nouns, race.ring_timeout, None);
        self.verbs.push(Verb::Dial(dial));
        self.stage = Stage::Dialling(race);
        self.answer(now);
    }

    /// A dial of these, which shows `caller_id` where it is given.
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
                Line::Unanswered if self.verbs.is_empty() && self.carrier.answers_on_bridge() => {
                    Answer::OnBridge
                }
                Line::Unanswered | Line::Answered => Answer::Already,
            },
            nouns,
            ring: crate::carrier::Ring::Together,
        }
    }

    fn noun(&self, leg: &Leg) -> Noun {
        let whisper = leg.destination.has_gate().then(|| self.addresses.whisper(&leg.token, 1));
        let key = match leg.destination.accept {
            book::Accept::Press1 => Some(ACCEPT_KEY),
            book::Accept::None => None,
        };
        Noun {
            target: target(&leg.destination),
            confirm: whisper.clone().map(|sound| Confirm { key, sound, timeout: TO_PRESS }),
            url: whisper,
            status: Some(self.addresses.leg(&leg.token)),
        }
    }

    /// The number that buyers see: the caller's where a carrier passes on numbers that are not
    /// its customer's own, else the tracking number.
    fn shown_number(&self) -> Option<Phone> {
        match self.carrier {
            Carrier::Twilio | Carrier::Telnyx => None,
            Carrier::SignalWire | Carrier::Plivo => Some(self.record.number.clone()),
        }
    }
}

/// Whom the carrier dials. The trunk of a phone number is the carrier itself.
pub(super) fn target(destination: &Destination) -> Target {
    match &destination.to {
        book::Target::Sip { uri } => Target::Sip(uri.to_string()),
        book::Target::Phone { number, .. } => Target::Phone(number.clone()),
    }
}
