//! The counters of every account, and the open holds on them.

use std::collections::HashMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use smallvec::SmallVec;

use super::Again;
use super::Cap;
use super::CapKey;
use super::Ceiling;
use super::Claim;
use super::Full;
use super::HoldState;
use super::Level;
use super::Lost;
use super::Mark;
use super::MarkKey;
use super::Period;
use super::Periods;
use super::Refused;
use super::Room;
use super::Settle;
use super::Settled;
use super::Units;
use super::Window;
use super::account::Account;
use super::ceiling::scattered;
use super::hold::LEVELS;
use super::hold::Open;
use super::hold::Stage;
use super::hold::Taken;
use super::holds::Holds;
use super::mark::Marks;
use super::scatter::Scatter;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Wall;
use crate::book::PauseCause;

/// Most holds that are open at once, including those of live calls.
pub const HOLDS_MAX: usize = 1 << 17;

/// All counters and open holds. Exclusive access makes every operation atomic: callers that share
/// them use one lock.
#[derive(Debug, Default)]
pub struct Counters {
    names: HashMap<u64, usize, Scatter>,
    accounts: Vec<Account>,
    zones: Vec<Zone>,
    holds: Holds,
    marks: Marks,
}

/// A zone and its periods in the latest minute asked for: calendars are the largest cost of a
/// reservation, and a minute has many reservations.
#[derive(Debug)]
struct Zone {
    clock: u64,
    zone: TimeZone,
    minute: i64,
    periods: Periods,
}

impl Counters {
    /// Creates counters at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one unit of every window of every ceiling, or takes nothing and returns the first full
    /// cap, in the order of the ceilings and of the windows within each. Refuses first if another
    /// decision holds, or sold within their window, any person of the claim. The hold expires `ttl`
    /// from now unless it is settled or renewed. Reserving an open hold again changes nothing.
    pub fn reserve(
        &mut self,
        id: HoldId,
        ceilings: &[Ceiling],
        claim: Claim<'_>,
        now: Now,
        ttl: Duration,
    ) -> Result<Room, Refused> {
        if self.holds.open(id).is_some() {
            return Ok(Room::LEFT);
        }
        if let Some(state) = self.holds.closed(id) {
            return Err(Refused::Settled(state));
        }
        if self.holds.len() >= HOLDS_MAX {
            return Err(Refused::TooMany);
        }
        if let Some(at) = self.marks.taken(claim, now.wall) {
            return Err(Refused::Duplicate { at });
        }
        let taken = self.check_all(ceilings, now.wall)?;
        let room = self.take_all(ceilings, &taken, now.wall);
        claim.marks.iter().for_each(|mark| self.marks.hold(*mark, claim.by, now.wall));
        let (stage, expires, at) = (Stage::Held, now.mono + ttl, now.wall);
        let open = Open { stage, expires, at, taken, marks: claim.marks.into(), by: claim.by };
        self.holds.insert(id, open);
        Ok(room)
    }

    /// Returns every account, turned to this minute, or the first full cap.
    fn check_all(
        &mut self,
        ceilings: &[Ceiling],
        wall: Wall,
    ) -> Result<SmallVec<[Taken; LEVELS]>, Full> {
        let mut taken: SmallVec<[Taken; LEVELS]> = SmallVec::new();
        for ceiling in ceilings {
            let (place, full) = self.check(ceiling, wall);
            if let Some(full) = full {
                return Err(full);
            }
            taken.push(place);
        }
        Ok(taken)
    }

    /// Returns a ceiling's account, turned to this minute, and its first full cap.
    fn check(&mut self, ceiling: &Ceiling, wall: Wall) -> (Taken, Option<Full>) {
        let minute = wall.minute();
        let zone = self.zone(ceiling, minute, wall);
        let account = self.slot(&ceiling.level, ceiling.account());
        let place =
            Taken { account, zone, price: ceiling.price, prepaid: ceiling.limits.is_prepaid() };
        let Some((account, zone_of)) = self.accounts.get_mut(account).zip(self.zones.get(zone))
        else {
            return (place, None);
        };
        let periods = &zone_of.periods;
        if !account.is_at(zone, minute) {
            account.turn(zone, periods);
        }
        let full = if account.is_at(zone, minute) {
            ceiling.full(account.standing(), &periods.moved(wall))
        } else {
            account.full(ceiling, &periods.moved(wall))
        };
        (place, full)
    }

    /// Takes the units, and returns which ceilings have no room for another.
    fn take_all(&mut self, ceilings: &[Ceiling], taken: &[Taken], wall: Wall) -> Room {
        let minute = wall.minute();
        let mut room = Room::LEFT;
        for (place, (take, ceiling)) in taken.iter().zip(ceilings).enumerate() {
            let Some((account, zone)) =
                self.accounts.get_mut(take.account).zip(self.zones.get(take.zone))
            else {
                continue;
            };
            let short = if account.is_at(take.zone, minute) {
                account.take(take.price, take.prepaid);
                ceiling.short(account.standing(), &zone.periods.moved(wall)).is_some()
            } else {
                account.add(&zone.periods, 1, take.price, take.prepaid);
                account.full(ceiling, &zone.periods).is_some()
            };
            if short {
                room = room.without(place);
            }
        }
        room
    }

    /// Takes the units of a lost hold again, as its call still lives. If other calls have taken the
    /// units meanwhile, exceeds the cap and returns the first such cap, or the duplicate. The units
    /// count from the instant of the first reservation and expire `ttl` from now. An open hold is
    /// renewed. How the hold was closed does not matter: only its owner knows that the call lives.
    pub fn reserve_again(&mut self, id: HoldId, lost: Lost<'_>, now: Now, ttl: Duration) -> Again {
        if self.renew(id, now, ttl) == Settled::Done {
            return Again::Open;
        }
        if self.holds.len() >= HOLDS_MAX {
            return Again::Over(Refused::TooMany);
        }
        let Lost { ceilings, claim, units, at } = lost;
        let duplicate = self.marks.taken(claim, at).filter(|_| units == Units::All);
        let mut over = duplicate.map(|at| Refused::Duplicate { at });
        let mut taken: SmallVec<[Taken; LEVELS]> = SmallVec::new();
        for ceiling in ceilings {
            let (place, full) = match units {
                Units::All => self.check(ceiling, at),
                Units::Concurrent => self.check_concurrent(ceiling, at),
            };
            over = over.or(full.map(Refused::Full));
            taken.push(place);
        }
        let (stage, marks) = match units {
            Units::All => {
                let _hints: Room = self.take_all(ceilings, &taken, at);
                claim.marks.iter().for_each(|mark| self.marks.hold(*mark, claim.by, at));
                (Stage::Held, claim.marks.into())
            }
            Units::Concurrent => {
                for taken in &taken {
                    self.accounts.get_mut(taken.account).into_iter().for_each(Account::pick_up);
                }
                // The persons sold are remembered since the commit.
                (Stage::Committed, Box::default())
            }
        };
        let open = Open { stage, expires: now.mono + ttl, at, taken, marks, by: claim.by };
        self.holds.insert(id, open);
        over.map_or(Again::Within, Again::Over)
    }

    /// Returns a ceiling's account, and its concurrent cap if that is full.
    fn check_concurrent(&mut self, ceiling: &Ceiling, wall: Wall) -> (Taken, Option<Full>) {
        let (place, _) = self.check(ceiling, wall);
        let window = Window::Concurrent;
        let account = self.accounts.get(place.account);
        let used = account.map_or(0, |account| account.units(Period::Concurrent));
        let full = ceiling.limits.of(window).filter(|limit| used >= *limit).map(|limit| Full {
            level: ceiling.level.clone(),
            cap: Cap::Units { window, used, limit },
        });
        (place, full)
    }

    /// Settles a hold.
    pub fn settle(&mut self, id: HoldId, how: Settle) -> Settled {
        match how {
            Settle::Commit => self.commit(id),
            Settle::Release | Settle::Unanswered => self.release(id),
            Settle::End => self.end(id),
            Settle::Unbilled => self.end_unbilled(id),
        }
    }

    /// Spends the units of a held hold and remembers the persons sold, as of the hold's instant.
    /// Its concurrent units stay taken until [`Counters::end`]. An expired hold can be committed
    /// until a sweep has taken its units.
    pub fn commit(&mut self, id: HoldId) -> Settled {
        match self.holds.open_mut(id) {
            Some(open) if open.stage == Stage::Held => {
                open.stage = Stage::Committed;
                for mark in &open.marks {
                    self.marks.sell(*mark, Now { mono: open.expires, wall: open.at }, open.by);
                }
                Settled::Done
            }
            Some(_) => Settled::Already(HoldState::Committed),
            None => self.closed_state(id),
        }
    }

    /// Gives back the units of a held hold: the attempt failed.
    pub fn release(&mut self, id: HoldId) -> Settled {
        match self.stage(id) {
            Some(Stage::Held) => self.close(id, HoldState::Released),
            Some(Stage::Committed) => Settled::Already(HoldState::Committed),
            None => self.closed_state(id),
        }
    }

    /// Ends the call of a committed hold: frees its concurrent units and keeps the others spent.
    /// Releases a hold that was never committed.
    pub fn end(&mut self, id: HoldId) -> Settled {
        match self.stage(id) {
            Some(Stage::Held) => self.close(id, HoldState::Released),
            Some(Stage::Committed) => self.close(id, HoldState::Ended),
            None => self.closed_state(id),
        }
    }

    /// Ends a hold like [`Counters::end`] for a call that is not billable: budgets and balance get
    /// the price back.
    pub fn end_unbilled(&mut self, id: HoldId) -> Settled {
        if self.stage(id) == Some(Stage::Committed)
            && let Some(open) = self.holds.open_mut(id)
        {
            let (at, taken) = (open.at, open.taken.clone());
            // The price is paid back only once.
            open.taken.iter_mut().for_each(|taken| taken.price = 0);
            taken.iter().for_each(|taken| self.pay_back(taken, at));
        }
        self.end(id)
    }

    /// Renews an open hold (heartbeat): it expires `ttl` from now.
    pub fn renew(&mut self, id: HoldId, now: Now, ttl: Duration) -> Settled {
        let expires = now.mono + ttl;
        match self.holds.open_mut(id) {
            Some(open) => {
                open.expires = open.expires.max(expires);
                Settled::Done
            }
            None => self.closed_state(id),
        }
    }

    /// Closes every hold whose time is up: a held one expires and returns its units, a committed
    /// one ends. Returns the number of closed holds.
    pub fn sweep(&mut self, now: Now) -> usize {
        let mut swept = 0;
        while let Some(id) = self.holds.expired(now.mono) {
            let state = match self.stage(id) {
                Some(Stage::Held) => HoldState::Expired,
                Some(Stage::Committed) | None => HoldState::Ended,
            };
            let _: Settled = self.close(id, state);
            swept += 1;
        }
        swept
    }

    /// Returns the first full cap of a ceiling. A hint, valid only at this moment.
    pub fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        match self.find(&ceiling.level, ceiling.account()) {
            Some(account) => account.full(ceiling, periods),
            None => ceiling.full_at_rest(periods),
        }
    }

    /// Returns the units used or held under a key; 0 for periods older than the account's two
    /// latest.
    pub fn used(&self, key: &CapKey) -> u64 {
        let account = self.find(&key.level, scattered(&key.level));
        account.map_or(0, |account| account.units(key.period))
    }

    /// Returns the micros spent or held under a key.
    pub fn spent(&self, key: &CapKey) -> i64 {
        let account = self.find(&key.level, scattered(&key.level));
        account.map_or(0, |account| account.spent(key.period))
    }

    /// Raises a counter to at least `units` and `micros`, the usage recorded before a restart.
    /// Concurrent units are never raised, as no call outlives its node's counters.
    pub fn raise(&mut self, key: &CapKey, units: u64, micros: i64) {
        if key.period.window() == Window::Concurrent {
            return;
        }
        let slot = self.slot(&key.level, scattered(&key.level));
        if let Some(account) = self.accounts.get_mut(slot) {
            account.raise(key.period, units, micros);
        }
    }

    /// Adds units and micros to what is used and spent under a key, for an event after the sale;
    /// negative ones are given back. Does nothing for a period that is no longer kept.
    pub fn correct(&mut self, key: &CapKey, units: i64, micros: i64) {
        if key.period.window() == Window::Concurrent {
            return;
        }
        let slot = self.slot(&key.level, scattered(&key.level));
        if let Some(account) = self.accounts.get_mut(slot) {
            account.correct(key.period, units, micros);
        }
    }

    /// Adds micros to a buyer's balance; a negative amount subtracts.
    pub fn credit(&mut self, level: &Level, micros: i64) {
        let slot = self.slot(level, scattered(level));
        if let Some(account) = self.accounts.get_mut(slot) {
            account.balance = account.balance.saturating_add(micros);
        }
    }

    /// Returns the rest of a balance, in micros, after open holds.
    pub fn balance(&self, level: &Level) -> i64 {
        self.find(level, scattered(level)).map_or(0, |account| account.balance)
    }

    /// Records that the buyer did not answer a contract's call. Returns the end of the rest that
    /// it begins.
    pub fn unanswered(&mut self, ceiling: &Ceiling, at: Wall) -> Option<Wall> {
        let slot = self.slot(&ceiling.level, ceiling.account());
        self.accounts.get_mut(slot)?.unanswered(ceiling, at)
    }

    /// Records that the buyer answered a contract's call.
    pub fn answered(&mut self, ceiling: &Ceiling) {
        let slot = self.slot(&ceiling.level, ceiling.account());
        if let Some(account) = self.accounts.get_mut(slot) {
            account.rest.answered();
        }
    }

    /// Begins or continues the rest of a contract.
    pub fn rest(&mut self, level: &Level, until: Wall, because: PauseCause) {
        let slot = self.slot(level, scattered(level));
        if let Some(account) = self.accounts.get_mut(slot) {
            account.rest.rest(until, because);
        }
    }

    /// Ends the rest of a contract that was to last until `until`.
    pub fn resume(&mut self, level: &Level, until: Wall) {
        let slot = self.slot(level, scattered(level));
        if let Some(account) = self.accounts.get_mut(slot) {
            account.rest.resume(until);
        }
    }

    /// Remembers the mark of a recorded sale.
    pub fn remember(&mut self, mark: Mark, at: Wall) {
        self.marks.remember(mark, at, None);
    }

    /// Forgets the sales of a person.
    pub fn forget(&mut self, person: MarkKey) {
        self.marks.erase(person);
    }

    /// Returns when a mark was sold within its window before an instant, or since when a hold is
    /// selling it.
    pub fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        self.marks.sold(mark, now)
    }

    /// Returns the number of open holds: held, or committed with a live call. 0 if nothing leaks.
    pub fn live(&self) -> usize {
        self.holds.len()
    }

    fn stage(&self, id: HoldId) -> Option<Stage> {
        self.holds.open(id).map(|open| open.stage)
    }

    fn closed_state(&self, id: HoldId) -> Settled {
        self.holds.closed(id).map_or(Settled::Unknown, Settled::Already)
    }

    /// Returns an account by the hash of its level. Levels with equal hashes are adjacent.
    fn find(&self, level: &Level, hash: u64) -> Option<&Account> {
        let mut hash = hash;
        loop {
            let account = self.accounts.get(*self.names.get(&hash)?)?;
            if account.level == *level {
                return Some(account);
            }
            hash = hash.wrapping_add(1);
        }
    }

    fn slot(&mut self, level: &Level, hash: u64) -> usize {
        let mut hash = hash;
        while let Some(slot) = self.names.get(&hash).copied() {
            if self.accounts.get(slot).is_some_and(|account| account.level == *level) {
                return slot;
            }
            hash = hash.wrapping_add(1);
        }
        let slot = self.accounts.len();
        self.accounts.push(Account::new(level.clone(), &Periods::BEGINNING));
        self.names.insert(hash, slot);
        slot
    }

    /// Returns the slot of a zone, with the periods of the minute.
    fn zone(&mut self, ceiling: &Ceiling, minute: i64, wall: Wall) -> usize {
        let clock = ceiling.clock();
        let found = self.zones.iter().position(|zone| zone.clock == clock);
        let slot = found.unwrap_or_else(|| {
            let (zone, periods) = (ceiling.zone.clone(), Periods::at(&ceiling.zone, wall));
            self.zones.push(Zone { clock, zone, minute, periods });
            self.zones.len() - 1
        });
        if let Some(zone) = self.zones.get_mut(slot)
            && zone.minute != minute
        {
            zone.minute = minute;
            zone.periods = Periods::at(&zone.zone, wall);
        }
        slot
    }

    fn close(&mut self, id: HoldId, state: HoldState) -> Settled {
        let Some(Open { stage, at, taken, marks, .. }) = self.holds.close(id, state) else {
            return Settled::Unknown;
        };
        marks.iter().for_each(|mark| self.marks.let_go(*mark));
        for taken in &taken {
            match stage {
                Stage::Held => self.give_back(taken, at),
                Stage::Committed => {
                    self.accounts.get_mut(taken.account).into_iter().for_each(Account::hang_up);
                }
            }
        }
        Settled::Done
    }

    fn give_back(&mut self, taken: &Taken, at: Wall) {
        let Some(account) = self.accounts.get_mut(taken.account) else { return };
        if account.is_at(taken.zone, at.minute()) {
            account.give_back(taken.price, taken.prepaid);
        } else if let Some(zone) = self.zones.get(taken.zone) {
            let periods = Periods::at(&zone.zone, at);
            account.add(&periods, -1, -taken.price, taken.prepaid);
        }
    }

    fn pay_back(&mut self, taken: &Taken, at: Wall) {
        let Some(account) = self.accounts.get_mut(taken.account) else { return };
        if account.is_at(taken.zone, at.minute()) {
            account.pay_back(taken.price, taken.prepaid);
        } else if let Some(zone) = self.zones.get(taken.zone) {
            let periods = Periods::at(&zone.zone, at);
            account.add(&periods, 0, -taken.price, taken.prepaid);
        }
    }
}

#[cfg(test)]
mod tests;
