//! Holds at Redis.

use std::time::Duration;

use redis::Cmd;

use super::Redis;
use super::Session;
use super::Unavailable;
use super::gather::Asked;
use super::own::OwnHold;
use super::wire;
use super::wire::Answer;
use super::wire::Ask;
use super::wire::millionths;
use crate::base::HoldId;
use crate::base::Now;
use crate::base::Wall;
use crate::caps::Again;
use crate::caps::CapKey;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Level;
use crate::caps::Lost;
use crate::caps::Mark;
use crate::caps::MarkKey;
use crate::caps::Refused;
use crate::caps::Room;
use crate::caps::Settle;
use crate::caps::Settled;
use crate::caps::Units;
use crate::caps::Window;
use crate::quota::Applied;
use crate::quota::Holds;
use crate::quota::QuotaAnswer;
use crate::store::CapCount;
use crate::store::SoldMark;

/// Items in one call that restores many.
const BATCH: usize = 400;
/// Holds that one sweep closes at most, as in `functions.lua`.
const SWEPT_MAX: usize = 256;

/// A request to reserve.
struct Wanted<'a> {
    id: HoldId,
    ceilings: &'a [Ceiling],
    claim: Claim<'a>,
    now: Now,
    ttl: Duration,
}

impl Redis {
    async fn reserve_at(&self, wanted: &Wanted<'_>) -> Result<Room, Refused> {
        if !self.own().has_room() {
            return Err(Refused::TooMany);
        }
        let Wanted { id, ceilings, claim, now, ttl } = *wanted;
        let mut ask = Ask::new(ceilings, claim, now.wall);
        if !self.is_up() {
            self.may_reserve_alone(wanted, &ask)?;
            self.add_own(wanted, ask.hold);
            return Ok(Room::LEFT);
        }
        let is_new = self.add_own(wanted, ask.hold.clone());
        let words = [id.to_string(), self.time(now), millionths(ttl).to_string()];
        let mut words: Vec<Vec<u8>> = words.map(String::into_bytes).into();
        words.extend([std::mem::take(&mut ask.hold), std::mem::take(&mut ask.limits)]);
        let answer = self.reservations.ask(Asked(words), |asks| self.reserve_all(asks));
        let Ok(mut answer) = answer.await else {
            let may = self.may_reserve_alone(wanted, &ask);
            if may.is_err() && is_new {
                // It may have been reserved.
                let _settled = self.settle_later(id, Settle::Release);
            }
            return may.map(|()| Room::LEFT);
        };
        if let Some(refused) = answer.refusal(ceilings, &ask) {
            let refused_hold = self.own().remove(id).filter(|_| is_new);
            self.forget(refused_hold);
            return Err(refused);
        }
        let sight = self.sight();
        let full = ceilings.iter().zip(ask.periods()).enumerate();
        let full = full.filter(|(_, (ceiling, periods))| sight.full(ceiling, periods).is_some());
        let is_taken = answer.status == "ok";
        Ok(full.filter(|_| is_taken).fold(Room::LEFT, |room, (place, _)| room.without(place)))
    }

    /// Returns why a hold cannot be made without the server: only what guards no limit can, as far
    /// as this node sees. The hold's next heartbeat reserves it there.
    fn may_reserve_alone(&self, wanted: &Wanted<'_>, ask: &Ask) -> Result<(), Refused> {
        let Wanted { ceilings, claim, now, .. } = *wanted;
        if ceilings.iter().any(|ceiling| !ceiling.limits.is_unlimited()) {
            return Err(Refused::Unavailable);
        }
        let sight = self.sight();
        let mut all = ceilings.iter().zip(ask.periods());
        if let Some(full) = all.find_map(|(ceiling, periods)| sight.full(ceiling, periods)) {
            return Err(Refused::Full(full));
        }
        match sight.marks().taken(claim, now.wall) {
            Some(at) => Err(Refused::Duplicate { at }),
            None => Ok(()),
        }
    }

    /// Adds a hold to those of this node; returns whether it is new.
    fn add_own(&self, wanted: &Wanted<'_>, stored: Vec<u8>) -> bool {
        let Wanted { id, claim, now, ttl, .. } = *wanted;
        let hold = OwnHold::new(stored, claim.marks, now.wall, now.mono + ttl);
        let is_new = self.own().insert(id, hold);
        if is_new {
            self.sight().hold(claim, now.wall);
        }
        is_new
    }

    async fn take_again(&self, id: HoldId, lost: Lost<'_>, now: Now, ttl: Duration) -> Again {
        let Some(session) = self.session() else { return Again::Open };
        if !self.own().has_room() && self.own().get(id).is_none() {
            return Again::Over(Refused::TooMany);
        }
        let Lost { ceilings, claim, units, at } = lost;
        let ask = Ask::new(ceilings, claim, at);
        let bare = Ask::without_marks(ceilings, claim, at);
        let (words, time) = ([id.to_string(), self.time(now)], millionths(ttl));
        let answer = self.call(&session, "reserve_again", |command| {
            command.arg(&words).arg(time).arg(&ask.hold).arg(&ask.limits);
            command.arg(units_word(units)).arg(&bare);
        });
        let Ok(mut answer) = answer.await else { return Again::Open };
        let over = answer.refusal(ceilings, &ask);
        self.sight().take_in(&answer.text());
        let status = answer.status;
        // One that is open may be of another node, whose call goes on here.
        let claim = if units == Units::All { claim } else { Claim::NONE };
        let wanted = Wanted { id, ceilings, claim, now: Now { wall: at, ..now }, ttl };
        self.add_own(&wanted, if units == Units::All { ask.hold } else { bare });
        if units == Units::Concurrent {
            self.own().commit(id);
        }
        match (over, status.as_str()) {
            (Some(over), _) => Again::Over(over),
            (None, "open") => Again::Open,
            (None, _) => Again::Within,
        }
    }

    async fn settle_at(&self, id: HoldId, how: Settle) -> Settled {
        if self.own().waits(id) {
            return self.settle_later(id, how);
        }
        if !self.is_up() {
            return self.settle_later(id, how);
        }
        if how == Settle::Commit {
            self.own().committing(id);
        }
        match self.ask_to_settle(id, how).await {
            Ok(settled) => {
                self.note_settled(id, how, settled);
                settled
            }
            Err(Unavailable) => self.settle_later(id, how),
        }
    }

    /// Reserves at the server.
    pub(super) async fn reserve_all(&self, asks: Vec<Asked>) -> Result<Vec<Answer>, Unavailable> {
        self.call_for_all("reserve", asks).await
    }

    /// Settles at the server.
    pub(super) async fn settle_all(&self, asks: Vec<Asked>) -> Result<Vec<Answer>, Unavailable> {
        self.call_for_all("settle", asks).await
    }

    /// Calls a function that takes many asks. Returns the answers in the order of the asks.
    async fn call_for_all(&self, name: &str, asks: Vec<Asked>) -> Result<Vec<Answer>, Unavailable> {
        let session = self.session().ok_or(Unavailable)?;
        let answer = self.call(&session, name, |command| {
            asks.iter().flat_map(|asked| &asked.0).for_each(|word| {
                command.arg(word);
            });
        });
        let mut answer = answer.await?;
        let answers = asks.iter().map_while(|_| answer.answer()).collect();
        self.sight().take_in(&answer.text());
        Ok(answers)
    }

    /// Settles a hold at the server.
    pub(super) async fn ask_to_settle(
        &self,
        id: HoldId,
        how: Settle,
    ) -> Result<Settled, Unavailable> {
        let how = match how {
            Settle::Commit => "commit",
            Settle::Release | Settle::Unanswered => "release",
            Settle::End => "end",
            Settle::Unbilled => "unbilled",
        };
        let asked = Asked(vec![id.to_string().into_bytes(), how.as_bytes().to_vec()]);
        let answer = self.settlements.ask(asked, |asks| self.settle_all(asks));
        answer.await.map(|mut answer| answer.settled())
    }

    /// Keeps a settlement until the server can be reached: the call is not touched.
    fn settle_later(&self, id: HoldId, how: Settle) -> Settled {
        self.own().settle_later(id, how)
    }

    fn note_settled(&self, id: HoldId, how: Settle, settled: Settled) {
        let is_open = match (how, settled) {
            (Settle::Commit, Settled::Done) => {
                let sold = {
                    let mut own = self.own();
                    own.commit(id);
                    own.get(id).map(|own| (own.marks.clone(), own.at))
                };
                if let Some((marks, at)) = sold {
                    let mut sight = self.sight();
                    marks.iter().for_each(|mark| sight.remember(*mark, at));
                }
                true
            }
            (_, Settled::Already(state)) => state == crate::caps::HoldState::Committed,
            (_, Settled::Done | Settled::Unknown) => false,
        };
        if !is_open {
            let ended = self.own().end(id, how);
            self.forget(ended);
        }
    }

    /// Removes the persons of holds that have ended.
    pub(super) fn forget(&self, ended: impl IntoIterator<Item = OwnHold>) {
        let mut sight = self.sight();
        ended.into_iter().for_each(|hold| sight.let_go(&hold.marks));
    }

    async fn renew_at(&self, id: HoldId, now: Now, ttl: Duration) -> Settled {
        let is_own = self.own().renew(id, now.mono + ttl);
        // A hold of a live call is not lost unless the server says so.
        let Some(session) = self.session() else { return Settled::Done };
        if !is_own {
            // What another node or run reserved becomes one of this node's when it is reserved again.
            return Settled::Unknown;
        }
        let (words, time) = ([id.to_string(), self.time(now)], millionths(ttl));
        let answer = self.call(&session, "renew", |command| {
            command.arg(&words).arg(time);
        });
        answer.await.map_or(Settled::Done, |mut answer| answer.settled())
    }

    async fn sweep_at(&self, now: Now) -> usize {
        let mut swept = 0;
        while let Some(session) = self.session() {
            let time = self.time(now);
            let answer = self.call(&session, "sweep", |command| {
                command.arg(time);
            });
            let Ok(mut answer) = answer.await else { break };
            let ids = answer.words();
            self.sight().take_in(&answer.text());
            for id in ids.iter().filter_map(|id| id.parse().ok()) {
                let ended = self.own().remove(id);
                self.forget(ended);
            }
            swept += ids.len();
            if ids.len() < SWEPT_MAX {
                break;
            }
        }
        let expired = self.own().expire(now.mono);
        self.forget(expired);
        swept
    }

    /// Runs a function that changes counters, and takes in what has changed.
    async fn change(&self, session: Option<Session>, name: &str, add: impl FnOnce(&mut Cmd)) {
        let Some(session) = session else { return };
        if let Ok(mut answer) = self.call(&session, name, add).await {
            let changed = Answer::text(&mut answer);
            self.sight().take_in(&changed);
        }
    }

    async fn raise_many(&self, counts: &[CapCount]) {
        for batch in counts.chunks(BATCH) {
            let session = self.restoring();
            self.change(session, "raise", |command| {
                for CapCount { key, used, micros } in
                    batch.iter().filter(|count| is_recorded(&count.key))
                {
                    add_key(command, key);
                    command.arg(*used).arg(*micros);
                }
            })
            .await;
        }
    }

    async fn remember_many(&self, sold: &[SoldMark]) {
        {
            let mut sight = self.sight();
            sold.iter().for_each(|sold| sight.remember(sold.mark, sold.at));
        }
        for batch in sold.chunks(BATCH) {
            let session = self.restoring();
            self.change(session, "remember", |command| {
                for SoldMark { mark, at } in batch {
                    let window = wire::window_micros(*mark);
                    command.arg(mark.key().to_string()).arg(window).arg(at.micros());
                }
            })
            .await;
        }
    }
}

impl Redis {
    /// Forgets persons at the server and, as it announces that, at every node.
    async fn forget_many(&self, sold: &[MarkKey]) {
        {
            let mut sight = self.sight();
            sold.iter().for_each(|key| sight.hear(Mark::of(*key, Duration::ZERO), Wall::default()));
        }
        let Some(session) = self.restoring() else { return };
        let mut connection = session.connection.clone();
        for key in sold {
            let mut both = redis::pipe();
            both.cmd("DEL").arg(self.sold_key(*key));
            both.cmd("PUBLISH").arg(self.channel()).arg(wire::forgotten_text(*key));
            if let Err(error) = both.query_async::<()>(&mut connection).await {
                return self.lose(&session, &error.to_string());
            }
        }
    }
}

/// Adds a counter to the arguments.
fn add_key(command: &mut Cmd, key: &CapKey) {
    let window = key.period.window().index();
    command.arg(wire::name(&key.level)).arg(window).arg(key.period.number());
}

/// Returns whether a counter is recorded: that of live calls is not.
fn is_recorded(key: &CapKey) -> bool {
    key.period.window() != Window::Concurrent
}

fn units_word(units: Units) -> &'static str {
    match units {
        Units::All => "all",
        Units::Concurrent => "concurrent",
    }
}

impl Holds for Redis {
    fn reserve<'a>(
        &'a self,
        id: HoldId,
        ceilings: &'a [Ceiling],
        claim: Claim<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Result<Room, Refused>> {
        QuotaAnswer::later(async move {
            self.reserve_at(&Wanted { id, ceilings, claim, now, ttl }).await
        })
    }

    fn reserve_again<'a>(
        &'a self,
        id: HoldId,
        lost: Lost<'a>,
        now: Now,
        ttl: Duration,
    ) -> QuotaAnswer<'a, Again> {
        QuotaAnswer::later(self.take_again(id, lost, now, ttl))
    }

    fn settle(&self, id: HoldId, how: Settle) -> QuotaAnswer<'_, Settled> {
        QuotaAnswer::later(self.settle_at(id, how))
    }

    fn renew(&self, id: HoldId, now: Now, ttl: Duration) -> QuotaAnswer<'_, Settled> {
        QuotaAnswer::later(self.renew_at(id, now, ttl))
    }

    fn sweep(&self, now: Now) -> QuotaAnswer<'_, usize> {
        QuotaAnswer::later(self.sweep_at(now))
    }

    fn raise<'a>(&'a self, key: &'a CapKey, units: u64, micros: i64) -> QuotaAnswer<'a, ()> {
        let count = CapCount { key: key.clone(), used: units, micros };
        QuotaAnswer::later(async move { self.raise_many(&[count]).await })
    }

    fn raise_all<'a>(&'a self, counts: &'a [CapCount]) -> QuotaAnswer<'a, ()> {
        QuotaAnswer::later(self.raise_many(counts))
    }

    fn correct<'a>(
        &'a self,
        posting: u64,
        keys: &'a [CapKey],
        units: i64,
        micros: i64,
    ) -> QuotaAnswer<'a, ()> {
        QuotaAnswer::later(async move {
            let session = self.session();
            self.change(session, "correct", |command| {
                command.arg(posting);
                for key in keys.iter().filter(|key| is_recorded(key)) {
                    add_key(command, key);
                    command.arg(units).arg(micros);
                }
            })
            .await;
        })
    }

    fn credit<'a>(
        &'a self,
        entry: Option<u64>,
        level: &'a Level,
        micros: i64,
    ) -> QuotaAnswer<'a, ()> {
        QuotaAnswer::later(async move {
            let session = if entry.is_some() { self.session() } else { self.restoring() };
            let entry = entry.map(|entry| entry.to_string()).unwrap_or_default();
            self.change(session, "credit", |command| {
                command.arg(entry).arg(wire::name(level)).arg(micros);
            })
            .await;
        })
    }

    fn remember(&self, mark: Mark, at: Wall) -> QuotaAnswer<'_, ()> {
        QuotaAnswer::later(async move { self.remember_many(&[SoldMark { mark, at }]).await })
    }

    fn remember_all<'a>(&'a self, sold: &'a [SoldMark]) -> QuotaAnswer<'a, ()> {
        QuotaAnswer::later(self.remember_many(sold))
    }

    fn recall_sold(&self, sold: &[SoldMark]) {
        let mut sight = self.sight();
        sold.iter().for_each(|sold| sight.remember(sold.mark, sold.at));
    }

    fn forget_sold<'a>(&'a self, sold: &'a [MarkKey]) -> QuotaAnswer<'a, ()> {
        QuotaAnswer::later(self.forget_many(sold))
    }

    fn applied(&self) -> QuotaAnswer<'_, Option<Applied>> {
        QuotaAnswer::later(async move {
            let session = self.session()?;
            let mut answer = self.call(&session, "applied", |_| {}).await.ok()?;
            let entries = u64::try_from(answer.number()).unwrap_or(0);
            let postings = u64::try_from(answer.number()).unwrap_or(0);
            Some(Applied { entries, postings })
        })
    }
}
