//! Forms waves of attempts from picks: one after the other, or several at once. A wave goes to the
//! channel when all its holds are granted; the next begins when no attempt of it can win any more.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::time::Duration;

use crate::base::AttemptId;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Outcome;
use crate::base::Rng;
use crate::base::Skip;
use crate::book::Tier;
use crate::caps::Settle;
use crate::routing::BidTerms;
use crate::routing::Pick;

use super::Attempt;
use super::AttemptRecord;
use super::Confirmation;
use super::Event;
use super::Loss;
use super::Machine;
use super::Output;
use super::Placed;
use super::Reach;
use super::Wave;
use super::Way;
use super::attempt::Stage;
use super::machine::ATTEMPTS_MAX;
use super::race::HoldRequest;
use super::race::Holds;
use super::race::Race;
use super::state::SaleState;

impl<R: Reach> Machine<R> {
    /// Tries picks, `width` at once, until `wanted` buyers have the inquiry.
    pub(super) fn race(
        &mut self,
        picks: VecDeque<Pick>,
        (width, wanted): (usize, u8),
        ring_timeout: Duration,
        holds: Holds,
        now: Now,
        rng: &mut Rng,
    ) {
        let wave = self.rows.last().map_or(0, |row| row.wave);
        let width = width.clamp(1, R::TOGETHER_MAX);
        let race = Race {
            picks,
            width,
            wanted,
            won: 0,
            ring_timeout,
            wave,
            tier: Tier::Primary,
            holds,
            forming: Vec::new(),
            unconfirmed: BTreeSet::new(),
            rivals: Vec::new(),
        };
        self.state = SaleState::Selling(race);
        self.next_wave(now, rng);
    }

    /// Starts the next wave when no attempt of the last one can win any more; without picks, no
    /// buyer takes the inquiry.
    pub(super) fn next_wave(&mut self, now: Now, rng: &mut Rng) {
        let open = self.attempts.iter().any(|attempt| attempt.stage.is_open());
        let SaleState::Selling(race) = &mut self.state else { return };
        if open || self.asked.is_some() {
            return;
        }
        let Some(first) = race.picks.front().filter(|_| self.tried < ATTEMPTS_MAX) else {
            return self.on_none_left(now, rng);
        };
        race.wave += 1;
        race.tier = first.tier;
        self.fill_wave(now, rng);
    }

    /// Requests a hold for the next pick of the wave, or hands the wave to the channel.
    fn fill_wave(&mut self, now: Now, rng: &mut Rng) {
        while let Some((pick, wave)) = self.next_pick() {
            match self.reach.way(&pick) {
                Way::Missing => {}
                Way::Closed => self.cannot_try(&pick, wave, now, rng),
                Way::Open if !self.fits_the_wave(&pick) => {
                    self.put_back(pick);
                    break;
                }
                Way::Open => {
                    let hold = HoldId::new(now, rng);
                    self.push(Output::Hold { hold, pick: Box::new(pick.clone()) });
                    self.asked = Some(HoldRequest { hold, pick });
                    return;
                }
            }
        }
        self.confirm_wave(now, rng);
    }

    /// Returns the next pick that may join the wave, with the wave's number.
    fn next_pick(&mut self) -> Option<(Pick, u32)> {
        let SaleState::Selling(race) = &mut self.state else { return None };
        if race.forming.len() >= race.together() || self.tried >= ATTEMPTS_MAX {
            return None;
        }
        let tier = race.tier;
        let pick = race.picks.pop_front_if(|pick| pick.tier == tier)?;
        Some((pick, race.wave))
    }

    /// Returns whether a pick that can be tried can join the current wave.
    fn fits_the_wave(&self, pick: &Pick) -> bool {
        let SaleState::Selling(race) = &self.state else { return false };
        let mut beside = self.attempts.iter().filter(|attempt| race.forming.contains(&attempt.id));
        beside.all(|attempt| self.reach.fits(pick, &attempt.pick))
    }

    /// Puts back the picks of buyers who were canceled because another buyer accepted, and who did
    /// not refuse at the same moment: the other one is lost. Returns whether there are any.
    pub(super) fn put_rivals_back(&mut self) -> bool {
        let SaleState::Selling(race) = &mut self.state else { return false };
        let rivals = std::mem::take(&mut race.rivals);
        let rows = &self.rows;
        let may_take = |attempt: &&Attempt| {
            let row = rows.iter().find(|row| row.id == attempt.id);
            let outcome = row.and_then(|row| row.outcome);
            outcome.is_none_or(|it| matches!(it, Outcome::Canceled | Outcome::LostRace))
        };
        let before = race.picks.len();
        let rivals = self.attempts.iter().filter(|attempt| rivals.contains(&attempt.id));
        race.picks.extend(rivals.filter(may_take).map(|attempt| attempt.pick.clone()));
        race.picks.len() > before
    }

    /// Leaves a pick for the next wave.
    fn put_back(&mut self, pick: Pick) {
        if let SaleState::Selling(race) = &mut self.state {
            race.picks.push_front(pick);
        }
    }

    /// Handles a hold's answer: a pick with a full cap gives its place in the wave to the next
    /// pick.
    pub(super) fn on_held(&mut self, result: Result<(), Skip>, now: Now, rng: &mut Rng) {
        let Some(HoldRequest { hold, pick }) = self.asked.take() else { return };
        let SaleState::Selling(race) = &mut self.state else {
            // The inquiry was withdrawn meanwhile.
            if result.is_ok() {
                self.push(Output::Settle { hold, how: Settle::Release });
            }
            return;
        };
        race.holds = race.holds.after(result);
        match result {
            Ok(()) => {
                let attempt = Attempt::held(pick, hold, race.wave, now, rng);
                race.forming.push(attempt.id);
                self.tried += 1;
                self.attempts.push(attempt);
            }
            Err(cap) => self.report(Event::CapFull { contract: pick.contract, cap }),
        }
        self.fill_wave(now, rng);
    }

    /// Fails a pick that the channel cannot reach, without a fault of the inquiry.
    fn cannot_try(&mut self, pick: &Pick, wave: u32, now: Now, rng: &mut Rng) {
        self.tried += 1;
        let id = AttemptId::new(now, rng);
        let mut row = AttemptRecord::begun(id, pick, wave, now.wall);
        let loss = Loss::new(Outcome::Failed);
        row.row().end(loss, Duration::ZERO);
        self.rows.push(row);
        let contract = pick.contract.clone();
        self.report(Event::Ended { contract, outcome: loss.outcome, status: loss.status });
    }

    /// Asks buyers of the wave to confirm their bids, or hands the wave to the channel.
    fn confirm_wave(&mut self, now: Now, rng: &mut Rng) {
        let SaleState::Selling(race) = &mut self.state else { return };
        let forming = self.attempts.iter().filter(|attempt| race.forming.contains(&attempt.id));
        let asked = forming.filter(|attempt| self.reach.confirms(&attempt.pick));
        race.unconfirmed = asked.map(|attempt| attempt.id).collect();
        if race.unconfirmed.is_empty() {
            return self.try_wave(now, rng);
        }
        for attempt in race.unconfirmed.clone() {
            self.push(Output::Confirm(attempt));
        }
    }

    /// Applies a buyer's answer to the request that confirms its bid. An attempt that is not
    /// confirmed is lost.
    pub(super) fn on_confirmed(
        &mut self,
        id: AttemptId,
        confirmation: &Confirmation,
        now: Now,
        rng: &mut Rng,
    ) {
        let SaleState::Selling(race) = &mut self.state else { return };
        if !race.unconfirmed.remove(&id) {
            return;
        }
        let is_complete = race.unconfirmed.is_empty();
        let Some(attempt) = self.attempts.iter_mut().find(|attempt| attempt.id == id) else {
            return;
        };
        let placed = match confirmation {
            Confirmation::Confirmed { destinations } => {
                self.reach.placed(&attempt.pick, destinations)
            }
            Confirmation::Refused { .. } => Placed::NotAllowed,
        };
        match placed {
            Placed::AsBid => {}
            Placed::At(to) => attempt.pick.bid_on(&BidTerms { to: Some(to), buffer: None }),
            Placed::NotAllowed => {
                race.forming.retain(|forming| *forming != id);
                attempt.stage = Stage::Trying;
                self.lose(id, Loss::new(Outcome::Declined), now);
            }
        }
        if is_complete {
            self.try_wave(now, rng);
        }
    }

    /// Hands the wave to the channel.
    fn try_wave(&mut self, now: Now, rng: &mut Rng) {
        let SaleState::Selling(race) = &mut self.state else { return };
        let attempts = std::mem::take(&mut race.forming);
        let ring_timeout = race.ring_timeout;
        if attempts.is_empty() {
            return self.next_wave(now, rng);
        }
        for attempt in self.attempts.iter_mut().filter(|attempt| attempts.contains(&attempt.id)) {
            attempt.stage = Stage::Trying;
        }
        self.push(Output::Try(Wave { attempts, ring_timeout }));
    }
}
