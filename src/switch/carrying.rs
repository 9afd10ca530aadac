//! A call's legs through trunks: from the dial to the end.

use std::collections::HashMap;
use std::time::Duration;

use super::trunk_use::TrunkFull;
use super::trunk_use::TrunkSeat;
use super::trunk_use::TrunkUse;
use crate::base::LegId;
use crate::base::Now;
use crate::base::Phone;
use crate::base::TrunkId;
use crate::base::Wall;
use crate::book::Book;
use crate::book::Target;
use crate::book::Trunk;
use crate::caps::DayFull;
use crate::dispatch::Dispatch;
use crate::sip::Event;
use crate::store::CarriedEnd;
use crate::store::CarriedLeg;

/// The live legs of a call through trunks with limits; at most one for each leg of the call.
#[derive(Debug, Default)]
pub(super) struct Carrying {
    legs: HashMap<LegId, Live>,
    /// Legs through trunks, which count as long as they last.
    seats: HashMap<LegId, TrunkSeat>,
    /// Of legs that have just ended: the next gateway of the same trunk takes one over.
    ended: Vec<TrunkSeat>,
}

#[derive(Debug)]
struct Live {
    trunk: TrunkId,
    number: Phone,
    way: u32,
    dialed_at: Wall,
    answered: Option<Now>,
}

impl Carrying {
    /// Counts a leg that is about to be dialed, if its trunk has limits. A further address of the
    /// trunk (`way` above 0) is part of the same call.
    ///
    /// # Errors
    /// [`DayFull`]: a limit of the trunk's day is reached; the leg must not be dialed.
    pub(super) fn dial(
        &mut self,
        (leg, way): (LegId, u32),
        to: &Target,
        (dispatch, book): (&Dispatch, &Book),
        now: Now,
    ) -> Result<(), DayFull> {
        let Target::Phone { number, trunk } = to else { return Ok(()) };
        let Some(trunk) = book.trunk(trunk).filter(|trunk| trunk.is_limited()) else {
            return Ok(());
        };
        if way == 0 {
            dispatch.dial(trunk, number, now.wall)?;
        }
        let (trunk, number) = (trunk.id.clone(), number.clone());
        self.legs.insert(leg, Live { trunk, number, way, dialed_at: now.wall, answered: None });
        Ok(())
    }

    /// Counts a leg for its trunk until it ends. A further gateway (`way` above 0) takes over the count
    /// of the one that failed, so that no other call comes between.
    ///
    /// # Errors
    /// [`TrunkFull`]: a limit of the trunk is reached; the leg must not be dialed.
    pub(super) fn seat(
        &mut self,
        (leg, way): (LegId, u32),
        to: &Target,
        (used, book): (&TrunkUse, &Book),
        now: Now,
    ) -> Result<(), TrunkFull> {
        let Target::Phone { trunk, .. } = to else { return Ok(()) };
        let Some(trunk) = book.trunk(trunk) else { return Ok(()) };
        let free = self.ended.iter().position(|seat| way > 0 && *seat.trunk() == trunk.id);
        let seat = match free {
            Some(place) => self.ended.swap_remove(place),
            None => used.take(trunk, now.mono)?,
        };
        self.seats.insert(leg, seat);
        Ok(())
    }

    /// Stops counting the legs that have ended.
    pub(super) fn free(&mut self) {
        self.ended.clear();
    }

    /// Takes back a leg that cannot be dialed.
    pub(super) fn not_dialed(&mut self, leg: LegId, (dispatch, book): (&Dispatch, &Book)) {
        self.seats.remove(&leg);
        let Some(live) = self.legs.remove(&leg) else { return };
        if let Some(trunk) = book.trunk(&live.trunk).filter(|_| live.way == 0) {
            dispatch.not_dialed(trunk, &live.number, live.dialed_at);
        }
    }

    /// Returns a leg that is dialed, to be stored before its INVITE is sent.
    pub(super) fn dialed(&self, leg: LegId) -> Option<CarriedLeg> {
        self.legs.get(&leg).map(|live| live.stored(leg, None))
    }

    /// Takes in what happens to a leg; returns it if it has ended.
    pub(super) fn hear(
        &mut self,
        event: &Event,
        known: (&Dispatch, &Book),
        now: Now,
    ) -> Option<CarriedLeg> {
        match event {
            Event::Answered { session, .. } => {
                if let Some(live) = self.legs.get_mut(session) {
                    live.answered.get_or_insert(now);
                }
                None
            }
            Event::Refused { session, .. }
            | Event::Redirected { session, .. }
            | Event::Ended { session, .. } => self.end(*session, known, now),
            Event::Incoming(_)
            | Event::Canceled { .. }
            | Event::Confirmed { .. }
            | Event::Ringing { .. }
            | Event::Reoffered { .. }
            | Event::Digit { .. }
            | Event::Referred { .. }
            | Event::Alive { .. } => None,
        }
    }

    /// Ends a leg, and returns it; `None` if it has ended, or its trunk has no limits.
    pub(super) fn end(
        &mut self,
        leg: LegId,
        (dispatch, book): (&Dispatch, &Book),
        now: Now,
    ) -> Option<CarriedLeg> {
        self.ended.extend(self.seats.remove(&leg));
        let live = self.legs.remove(&leg)?;
        let talk = live.answered.map_or(Duration::ZERO, |since| now.mono.since(since.mono));
        let trunk: Option<&Trunk> = book.trunk(&live.trunk);
        let micros = trunk.map_or(0, |trunk| trunk.cost(&live.number, talk));
        if let Some(trunk) = trunk {
            dispatch.carried(trunk, &live.number, talk, micros, now.wall);
        }
        let talk_ms = u64::try_from(talk.as_millis()).unwrap_or(u64::MAX);
        Some(live.stored(leg, Some(CarriedEnd { at: now.wall, talk_ms, micros })))
    }

    /// Ends every leg, and returns them.
    pub(super) fn end_all(&mut self, known: (&Dispatch, &Book), now: Now) -> Vec<CarriedLeg> {
        self.seats.clear();
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        legs.into_iter().filter_map(|leg| self.end(leg, known, now)).collect()
    }
}

impl Live {
    fn stored(&self, leg: LegId, ended: Option<CarriedEnd>) -> CarriedLeg {
        CarriedLeg {
            leg: leg.to_string(),
            trunk: self.trunk.clone(),
            number: self.number.clone(),
            way: self.way,
            dialed_at: self.dialed_at,
            ended,
        }
    }
}
