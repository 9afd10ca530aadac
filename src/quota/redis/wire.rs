//! What the functions at Redis are given, and what they answer.

use std::time::Duration;

use redis::Value;
use smallvec::SmallVec;

use crate::base::Wall;
use crate::book::PauseCause;
use crate::caps::Cap;
use crate::caps::Ceiling;
use crate::caps::Claim;
use crate::caps::Figures;
use crate::caps::Full;
use crate::caps::HoldState;
use crate::caps::Level;
use crate::caps::Mark;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Seen;
use crate::caps::Settled;
use crate::caps::Window;

/// Numbers of an account, as in `functions.lua`; with those of the periods before.
const NUMBERS: usize = 20;
const WITH_BEFORE: usize = 32;
/// Places of the first window that turns, now and before; numbers of each, and their count.
const FIRST: usize = 8;
const FIRST_BEFORE: usize = 20;
const WIDTH: usize = 3;
const TURNING: usize = 4;
/// Accounts of one reservation, usually.
const LEVELS: usize = 3;

/// A reservation as the functions read it.
#[derive(Debug)]
pub(super) struct Ask {
    /// Accounts with their periods and prices, persons, decision, and time. Kept with the hold.
    pub(super) takes: Vec<u8>,
    /// Limits of the accounts.
    pub(super) limits: Vec<u8>,
    periods: SmallVec<[Periods; LEVELS]>,
}

impl Ask {
    /// Writes what a hold of these ceilings takes at an instant.
    pub(super) fn new(ceilings: &[Ceiling], claim: Claim<'_>, at: Wall) -> Self {
        let periods: SmallVec<[Periods; LEVELS]> =
            ceilings.iter().map(|ceiling| Periods::at(&ceiling.zone, at)).collect();
        let mut takes = Vec::with_capacity(64 * (ceilings.len() + 1));
        let mut limits = Vec::with_capacity(13 * 8 * ceilings.len());
        takes.push(count(ceilings.len()));
        for (ceiling, periods) in ceilings.iter().zip(&periods) {
            let turning = [Window::Hour, Window::Day, Window::Week, Window::Month];
            turning.iter().for_each(|window| {
                number(&mut takes, float(periods.of(*window).number()));
            });
            number(&mut takes, float(ceiling.price));
            takes.push(u8::from(ceiling.limits.is_prepaid()));
            short_text(&mut takes, &name(&ceiling.level));
            write_limits(&mut limits, ceiling, periods, at);
        }
        write_claim(&mut takes, claim.marks, claim, at);
        Self { takes, limits, periods }
    }

    /// Returns the same without the persons: they are remembered since the commitment.
    pub(super) fn without_marks(ceilings: &[Ceiling], claim: Claim<'_>, at: Wall) -> Vec<u8> {
        Self::new(ceilings, Claim { by: claim.by, marks: &[] }, at).takes
    }

    /// Returns the periods of each ceiling.
    pub(super) fn periods(&self) -> &[Periods] {
        &self.periods
    }
}

fn write_limits(limits: &mut Vec<u8>, ceiling: &Ceiling, periods: &Periods, at: Wall) {
    let is_unlimited = ceiling.is_unlimited() && ceiling.pace.is_none();
    limits.push(u8::from(!is_unlimited));
    if is_unlimited {
        return;
    }
    // Infinite: no limit.
    let or_any = |limit: Option<f64>| limit.unwrap_or(f64::INFINITY);
    for window in Window::ALL {
        number(limits, or_any(ceiling.limits.of(window).map(float)));
    }
    for window in Window::ALL.iter().filter(|window| **window != Window::Concurrent) {
        number(limits, or_any(ceiling.limits.budget(*window).map(float)));
    }
    number(limits, or_any(ceiling.due(periods).map(float)));
    number(limits, or_any(ceiling.rest.is_some().then_some(float(at.micros()))));
}

fn write_claim(takes: &mut Vec<u8>, marks: &[Mark], claim: Claim<'_>, at: Wall) {
    takes.push(count(marks.len()));
    for mark in marks {
        short_text(takes, &mark.key().to_string());
        number(takes, window_micros(*mark));
    }
    short_text(takes, &claim.by.map(|by| by.to_string()).unwrap_or_default());
    number(takes, float(at.micros()));
}

/// Returns the time for which a sale is remembered.
pub(super) fn window_micros(mark: Mark) -> f64 {
    mark.window.as_secs_f64() * 1e6
}

/// Returns the name of an account at Redis.
pub(super) fn name(level: &Level) -> String {
    match level {
        Level::Contract(id) => format!("c:{id}"),
        Level::Buyer(id) => format!("b:{id}"),
        Level::Offer(id) => format!("o:{id}"),
    }
}

fn level(name: &str) -> Option<Level> {
    let (kind, id) = name.split_once(':')?;
    match kind {
        "c" => id.parse().ok().map(Level::Contract),
        "b" => id.parse().ok().map(Level::Buyer),
        "o" => id.parse().ok().map(Level::Offer),
        _ => None,
    }
}

/// Returns a duration in microseconds.
pub(super) fn millionths(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Returns the number that stands for a cause of a rest.
pub(super) const fn cause_number(because: PauseCause) -> i64 {
    match because {
        PauseCause::Unanswered => 0,
        PauseCause::Returns => 1,
        PauseCause::Down => 2,
    }
}

const fn cause(number: i64) -> PauseCause {
    match number {
        1 => PauseCause::Returns,
        2 => PauseCause::Down,
        _ => PauseCause::Unanswered,
    }
}

/// Lists at Redis are short: their length is one byte.
fn count(items: usize) -> u8 {
    u8::try_from(items).unwrap_or(u8::MAX)
}

fn short_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.push(count(text.len()));
    bytes.extend_from_slice(text.as_bytes());
}

fn number(bytes: &mut Vec<u8>, number: f64) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

/// Returns the floating-point number for an integer: Redis's scripts know no others. Exact below
/// 2⁵³: nine billion in micros.
#[expect(clippy::cast_precision_loss, reason = "exact below 2⁵³")]
fn float(number: impl TryInto<i64>) -> f64 {
    number.try_into().unwrap_or(i64::MAX) as f64
}

#[expect(clippy::cast_possible_truncation, reason = "whole numbers below 2⁵³; the cast saturates")]
fn whole(number: f64) -> i64 {
    number as i64
}

/// A text that was read to a place.
struct Text<'a>(&'a [u8]);

impl<'a> Text<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(taken)
    }

    fn short_text(&mut self) -> Option<&'a str> {
        let [length] = self.take(1)? else { return None };
        std::str::from_utf8(self.take(usize::from(*length))?).ok()
    }

    fn number(&mut self) -> Option<f64> {
        self.take(8)?.try_into().ok().map(f64::from_le_bytes)
    }

    fn account(&mut self, bytes: usize) -> Option<Seen> {
        let mut text = Text(self.take(bytes)?);
        let mut numbers = [0.0; WITH_BEFORE];
        for place in numbers.iter_mut().take(bytes / 8) {
            *place = text.number()?;
        }
        (bytes >= NUMBERS * 8).then(|| seen(&numbers, bytes == WITH_BEFORE * 8))
    }
}

fn seen(numbers: &[f64; WITH_BEFORE], has_before: bool) -> Seen {
    let at = |place: usize| numbers.get(place).copied().map_or(0, whole);
    let units = |place| u64::try_from(at(place)).unwrap_or(0);
    let mut seen = Seen {
        version: units(0),
        balance: at(1),
        rest: (at(2) != 0).then(|| (Wall::from_micros(at(2)), cause(at(3)))),
        ..Seen::default()
    };
    let figures =
        |place| Figures { period: at(place), units: units(place + 1), spent: at(place + 2) };
    for window in 0..TURNING {
        if let Some(own) = seen.current.get_mut(window) {
            *own = figures(FIRST + window * WIDTH);
        }
        if let Some(own) = seen.before.get_mut(window).filter(|_| has_before) {
            *own = figures(FIRST_BEFORE + window * WIDTH);
        }
    }
    let lasting = [(Window::Total, 4, at(5)), (Window::Concurrent, 6, 0)];
    for (window, place, spent) in lasting {
        if let Some(own) = seen.current.get_mut(window.index()) {
            *own = Figures { period: 0, units: units(place), spent };
        }
    }
    seen
}

/// Reads the accounts that have changed.
pub(super) fn accounts(bytes: &[u8]) -> Vec<(Level, Seen)> {
    let (mut text, mut read) = (Text(bytes), Vec::new());
    while let Some(name) = text.short_text() {
        // One less than the length, so that it fits one byte.
        let length = text.take(1).and_then(<[u8]>::first).map(|byte| usize::from(*byte) + 1);
        let Some(seen) = length.and_then(|length| text.account(length)) else { break };
        read.extend(level(name).map(|level| (level, seen)));
    }
    read
}

/// Reads all accounts: names and numbers in turn.
pub(super) fn all_accounts(items: Vec<Value>) -> Vec<(Level, Seen)> {
    let texts: Vec<Vec<u8>> = items.into_iter().filter_map(bytes).collect();
    let pairs = texts.chunks_exact(2).filter_map(|pair| {
        let [name, numbers] = pair else { return None };
        let level = level(std::str::from_utf8(name).ok()?)?;
        Some((level, Text(numbers).account(numbers.len())?))
    });
    pairs.collect()
}

/// Reads sales that were announced: marks, and their times.
pub(super) fn sold(bytes: &[u8]) -> Vec<(Mark, Wall)> {
    let (mut text, mut read) = (Text(bytes), Vec::new());
    while let Some(key) = text.short_text() {
        let (Ok(key), Some(window), Some(at)) = (key.parse(), text.number(), text.number()) else {
            break;
        };
        let window = Duration::try_from_secs_f64(window / 1e6).unwrap_or_default();
        read.push((Mark::of(key, window), Wall::from_micros(whole(at))));
    }
    read
}

/// Writes what a call earned, for other nodes.
pub(super) fn earned_text(node: &str, contract: &str, micros: i64) -> Vec<u8> {
    let mut bytes = vec![b'e'];
    short_text(&mut bytes, node);
    short_text(&mut bytes, contract);
    number(&mut bytes, float(micros));
    bytes
}

/// Reads what a call of another node earned.
pub(super) fn earned(bytes: &[u8], own: &str) -> Option<(crate::base::ContractId, i64)> {
    let mut text = Text(bytes);
    let node = text.short_text()?;
    let contract = text.short_text()?.parse().ok()?;
    let micros = whole(text.number()?);
    (node != own).then_some((contract, micros))
}

/// The answer of a function: a status and what follows.
#[derive(Debug)]
pub(super) struct Answer {
    /// Says what follows.
    pub(super) status: String,
    rest: std::vec::IntoIter<Value>,
}

impl Answer {
    /// Reads an answer; `None` if it has no status.
    pub(super) fn read(items: Vec<Value>) -> Option<Self> {
        let mut rest = items.into_iter();
        let status = String::from_utf8(bytes(rest.next()?)?).ok()?;
        Some(Self { status, rest })
    }

    /// Reads the next number.
    pub(super) fn number(&mut self) -> i64 {
        match self.rest.next() {
            Some(Value::Int(number)) => number,
            Some(other) => {
                let text = bytes(other).and_then(|bytes| String::from_utf8(bytes).ok());
                text.and_then(|text| text.parse().ok()).unwrap_or(0)
            }
            None => 0,
        }
    }

    /// Reads the next text.
    pub(super) fn text(&mut self) -> Vec<u8> {
        self.rest.next().and_then(bytes).unwrap_or_default()
    }

    /// Reads the next word.
    pub(super) fn word(&mut self) -> String {
        String::from_utf8(self.text()).unwrap_or_default()
    }

    /// Reads the next list.
    pub(super) fn list(&mut self) -> Vec<Value> {
        match self.rest.next() {
            Some(Value::Array(items)) => items,
            Some(Value::Map(pairs)) => pairs.into_iter().flat_map(<[Value; 2]>::from).collect(),
            Some(_) | None => Vec::new(),
        }
    }

    /// Reads the next list of words.
    pub(super) fn words(&mut self) -> Vec<String> {
        let texts = self.list().into_iter().filter_map(bytes);
        texts.filter_map(|bytes| String::from_utf8(bytes).ok()).collect()
    }

    /// Reads the state of a hold that is closed or committed.
    fn state(&mut self) -> HoldState {
        match self.word().as_str() {
            "C" => HoldState::Committed,
            "E" => HoldState::Ended,
            "R" => HoldState::Released,
            "X" => HoldState::Expired,
            _ => HoldState::Held,
        }
    }

    /// Reads what became of a settlement.
    pub(super) fn settled(&mut self) -> Settled {
        match self.status.as_str() {
            "ok" => Settled::Done,
            "already" => Settled::Already(self.state()),
            _ => Settled::Unknown,
        }
    }

    /// Reads why a reservation was refused; `None` for any other answer.
    pub(super) fn refusal(&mut self, ceilings: &[Ceiling], ask: &Ask) -> Option<Refused> {
        match self.status.as_str() {
            "dup" => Some(Refused::Duplicate { at: Wall::from_micros(self.number()) }),
            "settled" => Some(Refused::Settled(self.state())),
            "full" => {
                let place = usize::try_from(self.number()).ok()?;
                let (ceiling, periods) = (ceilings.get(place)?, ask.periods().get(place)?);
                let cap = self.cap(ceiling, periods)?;
                Some(Refused::Full(Full { level: ceiling.level.clone(), cap }))
            }
            _ => None,
        }
    }

    fn cap(&mut self, ceiling: &Ceiling, periods: &Periods) -> Option<Cap> {
        let (kind, which, used) = (self.number(), self.number(), self.number());
        let units = u64::try_from(used).unwrap_or(0);
        let window = Window::ALL.get(usize::try_from(which).ok()?).copied()?;
        let price = ceiling.price;
        match kind {
            0 => Some(Cap::Units { window, used: units, limit: ceiling.limits.of(window)? }),
            1 => Some(Cap::Pace { used: units, due: ceiling.due(periods)? }),
            2 => {
                let limit = ceiling.limits.budget(window)?;
                Some(Cap::Budget { window, spent: used, limit, price })
            }
            3 => Some(Cap::Balance { left: used, price }),
            4 => Some(Cap::Rest { until: Wall::from_micros(used), because: cause(which) }),
            _ => None,
        }
    }
}

/// Returns the bytes of a text.
pub(super) fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}
