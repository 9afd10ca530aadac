//! The counters of every account, and the open holds on them.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::VecDeque;
use std::time::Duration;

use jiff::tz::TimeZone;
use smallvec::SmallVec;

use super::CapKey;
use super::Ceiling;
use super::Full;
use super::Level;
use super::Period;
use super::Periods;
use super::Refused;
use super::Settled;
use super::State;
use super::Window;
use super::account::Account;
use super::hold::LEVELS;
use super::hold::Open;
use super::hold::Stage;
use super::hold::Taken;
use crate::base::HoldId;
use crate::base::Mono;
use crate::base::Now;

/// Most holds that are open at once, those of calls under way included.
pub const HOLDS_MAX: usize = 1 << 17;
/// How many closed holds are remembered, so that a late second call is told what it was; older
/// ones answer [`Settled::Unknown`].
const CLOSED_KEPT: usize = 1 << 16;

/// All counters and open holds. Exclusive access makes every operation atomic: whoever shares
/// them wraps them in one lock.
#[derive(Debug, Default)]
pub struct Counters {
    names: HashMap<Level, usize>,
    accounts: Vec<Account>,
    open: HashMap<HoldId, Open>,
    expiries: BTreeSet<(Mono, HoldId)>,
    closed: HashMap<HoldId, State>,
    closed_order: VecDeque<HoldId>,
}

impl Counters {
    /// Counters that stand at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one unit of every window of every ceiling, or nothing at all and names the first
    /// cap without a unit left: in the order of the ceilings, and of the windows within each.
    /// Unless it is settled or renewed, the hold expires `ttl` from now. Reserving an open hold
    /// again changes nothing.
    pub fn reserve(
        &mut self,
        id: HoldId,
        ceilings: &[Ceiling],
        now: Now,
        ttl: Duration,
    ) -> Result<(), Refused> {
        if self.open.contains_key(&id) {
            return Ok(());
        }
        if let Some(state) = self.closed.get(&id) {
            return Err(Refused::Settled(*state));
        }
        if self.open.len() >= HOLDS_MAX {
            return Err(Refused::TooMany);
        }
        let taken = self.take_all(ceilings, now)?;
        let expires = now.mono + ttl;
        self.expiries.insert((expires, id));
        self.open.insert(id, Open { stage: Stage::Held, expires, taken });
        Ok(())
    }

    /// Takes ceiling by ceiling; at the first that is full, what was taken goes back. Nobody sees
    /// the steps in between, as access is exclusive.
    fn take_all(
        &mut self,
        ceilings: &[Ceiling],
        now: Now,
    ) -> Result<SmallVec<[Taken; LEVELS]>, Full> {
        let mut taken: SmallVec<[Taken; LEVELS]> = SmallVec::new();
        let mut latest: Option<(&TimeZone, Periods)> = None;
        for ceiling in ceilings {
            // A contract and its buyer share a zone; calendars are what costs most here.
            let periods = match latest {
                Some((zone, periods)) if *zone == ceiling.zone => periods,
                Some(_) | None => Periods::at(&ceiling.zone, now.wall),
            };
            latest = Some((&ceiling.zone, periods));
            let slot = self.slot(&ceiling.level, &periods);
            let Some(account) = self.accounts.get_mut(slot) else { continue };
            if let Some(full) = account.full(ceiling, &periods) {
                self.give_back(&taken);
                return Err(full);
            }
            account.take(&periods);
            taken.push(Taken { account: slot, periods });
        }
        Ok(taken)
    }

    /// Spends a held hold's units. Its concurrent units stay taken until [`Counters::end`]. A
    /// hold whose time is up commits as long as no sweep has taken its units away.
    pub fn commit(&mut self, id: HoldId) -> Settled {
        match self.open.get_mut(&id) {
            Some(open) if open.stage == Stage::Held => {
                open.stage = Stage::Committed;
                Settled::Done
            }
            Some(_) => Settled::Already(State::Committed),
            None => self.closed_state(id),
        }
    }

    /// Gives a held hold's units back: the attempt failed.
    pub fn release(&mut self, id: HoldId) -> Settled {
        match self.open.get(&id).map(|open| open.stage) {
            Some(Stage::Held) => self.close(id, State::Released),
            Some(Stage::Committed) => Settled::Already(State::Committed),
            None => self.closed_state(id),
        }
    }

    /// The call is over: frees a committed hold's concurrent units and keeps the others spent. A
    /// hold that was never committed is released.
    pub fn end(&mut self, id: HoldId) -> Settled {
        match self.open.get(&id).map(|open| open.stage) {
            Some(Stage::Held) => self.close(id, State::Released),
            Some(Stage::Committed) => self.close(id, State::Ended),
            None => self.closed_state(id),
        }
    }

    /// Heartbeat: an open hold now expires `ttl` from now.
    pub fn renew(&mut self, id: HoldId, now: Now, ttl: Duration) -> Settled {
        let Some(open) = self.open.get_mut(&id) else { return self.closed_state(id) };
        self.expiries.remove(&(open.expires, id));
        open.expires = now.mono + ttl;
        self.expiries.insert((open.expires, id));
        Settled::Done
    }

    /// Closes every hold whose time is up: a held one expires and gives its units back, a
    /// committed one ends. Says how many there were.
    pub fn sweep(&mut self, now: Now) -> usize {
        let mut swept = 0;
        while let Some((expires, id)) = self.expiries.first().copied() {
            if expires > now.mono {
                break;
            }
            let state = match self.open.get(&id).map(|open| open.stage) {
                Some(Stage::Held) => State::Expired,
                Some(Stage::Committed) => State::Ended,
                None => {
                    self.expiries.remove(&(expires, id));
                    continue;
                }
            };
            let _: Settled = self.close(id, state);
            swept += 1;
        }
        swept
    }

    /// When the next hold expires.
    pub fn deadline(&self) -> Option<Mono> {
        self.expiries.first().map(|(expires, _)| *expires)
    }

    /// The first window of a ceiling without a unit left: a hint, true at this moment only.
    pub fn full(&self, ceiling: &Ceiling, periods: &Periods) -> Option<Full> {
        match self.names.get(&ceiling.level).and_then(|slot| self.accounts.get(*slot)) {
            Some(account) => account.full(ceiling, periods),
            None => ceiling.full(|_| 0),
        }
    }

    /// Units used or held under a key. Periods older than the account's two latest answer 0.
    pub fn used(&self, key: &CapKey) -> u64 {
        let account = self.names.get(&key.level).and_then(|slot| self.accounts.get(*slot));
        account.map_or(0, |account| account.units(key.period))
    }

    /// Raises a counter to at least `units`: what the records say was used before a restart.
    /// Concurrent units are never raised, as no call outlives its node's counters.
    pub fn raise(&mut self, key: &CapKey, units: u64) {
        if key.period.window() == Window::Concurrent {
            return;
        }
        let slot = self.slot(&key.level, &Periods::BEGINNING);
        if let Some(account) = self.accounts.get_mut(slot) {
            account.raise(key.period, units);
        }
    }

    /// How many holds are open: held, or committed with their call up. 0 when nothing leaks.
    pub fn live(&self) -> usize {
        self.open.len()
    }

    fn slot(&mut self, level: &Level, periods: &Periods) -> usize {
        if let Some(slot) = self.names.get(level) {
            return *slot;
        }
        let slot = self.accounts.len();
        self.accounts.push(Account::new(periods));
        self.names.insert(level.clone(), slot);
        slot
    }

    fn give_back(&mut self, taken: &[Taken]) {
        for Taken { account, periods } in taken {
            if let Some(account) = self.accounts.get_mut(*account) {
                account.give_back(periods);
            }
        }
    }

    fn close(&mut self, id: HoldId, state: State) -> Settled {
        let Some(open) = self.open.remove(&id) else { return Settled::Unknown };
        self.expiries.remove(&(open.expires, id));
        match open.stage {
            Stage::Held => self.give_back(&open.taken),
            Stage::Committed => self.free_concurrent(&open.taken),
        }
        if self.closed_order.len() >= CLOSED_KEPT
            && let Some(oldest) = self.closed_order.pop_front()
        {
            self.closed.remove(&oldest);
        }
        self.closed.insert(id, state);
        self.closed_order.push_back(id);
        Settled::Done
    }

    fn free_concurrent(&mut self, taken: &[Taken]) {
        for Taken { account, .. } in taken {
            if let Some(account) = self.accounts.get_mut(*account) {
                account.give_back_one(Period::Concurrent);
            }
        }
    }

    fn closed_state(&self, id: HoldId) -> Settled {
        self.closed.get(&id).map_or(Settled::Unknown, |state| Settled::Already(*state))
    }
}

#[cfg(test)]
mod tests;
