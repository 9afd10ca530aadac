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
use crate::caps::MarkKey;
use crate::caps::Periods;
use crate::caps::Refused;
use crate::caps::Seen;
use crate::caps::Settled;
use crate::caps::Window;

/// The kind of an account that the periods before follow, as in `functions.lua`; that of others is
/// below.
const WITH_BEFORE: u8 = 2;
/// The stage of a hold, its first byte at Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Not sold yet.
    Held,
    /// Sold; the call is up.
    Committed,
    /// Sold, and the call has ended.
    Ended,
    /// The same, and the price was given back.
    Unbilled,
}

impl Stage {
    const fn byte(self) -> u8 {
        match self {
            Stage::Held => b'H',
            Stage::Committed => b'C',
            Stage::Ended => b'E',
            Stage::Unbilled => b'U',
        }
    }
}

/// The windows that turn.
const TURNING: [Window; 4] = [Window::Hour, Window::Day, Window::Week, Window::Month];
/// Accounts of one reservation, usually.
const LEVELS: usize = 3;

/// A reservation as the functions read it.
#[derive(Debug)]
pub(super) struct Ask {
    /// The hold as the functions keep it: its stage, accounts with their periods and prices, persons,
    /// decision, and time.
    pub(super) hold: Vec<u8>,
    /// Limits of the accounts.
    pub(super) limits: Vec<u8>,
    periods: SmallVec<[Periods; LEVELS]>,
}

impl Ask {
    /// Writes what a hold of these ceilings takes at an instant.
    pub(super) fn new(ceilings: &[Ceiling], claim: Claim<'_>, at: Wall) -> Self {
        let periods: SmallVec<[Periods; LEVELS]> =
            ceilings.iter().map(|ceiling| Periods::at(&ceiling.zone, at)).collect();
        let mut takes = Vec::with_capacity(64 * ceilings.len());
        let mut limits = Vec::with_capacity(13 * 8 * ceilings.len());
        for (ceiling, periods) in ceilings.iter().zip(&periods) {
            for window in TURNING {
                number(&mut takes, float(periods.of(window).number()));
            }
            number(&mut takes, float(ceiling.price));
            takes.push(u8::from(ceiling.limits.is_prepaid()));
            short_text(&mut takes, &name(&ceiling.level));
            write_limits(&mut limits, ceiling, periods);
        }
        let mut hold = Vec::with_capacity(takes.len() + 32 + 48 * claim.marks.len());
        hold.push(Stage::Held.byte());
        hold.extend_from_slice(&u16::try_from(takes.len()).unwrap_or(u16::MAX).to_le_bytes());
        hold.append(&mut takes);
        write_claim(&mut hold, claim, at);
        Self { hold, limits, periods }
    }

    /// Returns the same without the persons: they are remembered since the commitment.
    pub(super) fn without_marks(ceilings: &[Ceiling], claim: Claim<'_>, at: Wall) -> Vec<u8> {
        Self::new(ceilings, Claim { by: claim.by, marks: &[] }, at).hold
    }

    /// Returns the periods of each ceiling.
    pub(super) fn periods(&self) -> &[Periods] {
        &self.periods
    }
}

fn write_limits(limits: &mut Vec<u8>, ceiling: &Ceiling, periods: &Periods) {
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
    limits.push(u8::from(ceiling.rest.is_some()));
}

/// Returns a hold in another stage.
pub(super) fn staged(mut hold: Vec<u8>, stage: Stage) -> Vec<u8> {
    if let Some(first) = hold.first_mut() {
        *first = stage.byte();
    }
    hold
}

fn write_claim(hold: &mut Vec<u8>, claim: Claim<'_>, at: Wall) {
    hold.push(count(claim.marks.len()));
    for mark in claim.marks {
        short_text(hold, &mark.key().to_string());
        number(hold, window_micros(*mark));
    }
    short_text(hold, &claim.by.map(|by| by.to_string()).unwrap_or_default());
    number(hold, float(at.micros()));
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

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// Reads units and micros of all windows in a row, as `figures` makes them of three numbers.
    fn windows(
        &mut self,
        seen: &mut [Figures; Window::COUNT],
        figures: impl Fn(i64, i64, i64) -> Figures,
    ) -> Option<()> {
        for window in TURNING {
            let (period, units, micros) =
                (whole(self.number()?), whole(self.number()?), whole(self.number()?));
            if let Some(own) = seen.get_mut(window.index()) {
                *own = figures(period, units, micros);
            }
        }
        Some(())
    }

    /// Reads an account.
    fn account(&mut self) -> Option<Seen> {
        let has_before = self.byte()? == WITH_BEFORE;
        let (version, balance) = (unsigned(whole(self.number()?)), whole(self.number()?));
        let (total, spent) = (whole(self.number()?), whole(self.number()?));
        let concurrent = whole(self.number()?);
        let mut seen = Seen { version, balance, ..Seen::default() };
        // They have what was counted when their periods began.
        self.windows(&mut seen.current, |period, units, micros| Figures {
            period,
            units: unsigned(total - units),
            spent: spent - micros,
        })?;
        let (ends, because) = (whole(self.number()?), cause(self.byte()?.into()));
        seen.rest = (ends != 0).then(|| (Wall::from_micros(ends), because));
        if has_before {
            self.windows(&mut seen.before, |period, units, micros| Figures {
                period,
                units: unsigned(units),
                spent: micros,
            })?;
        }
        for (window, units, spent) in
            [(Window::Total, total, spent), (Window::Concurrent, concurrent, 0)]
        {
            if let Some(own) = seen.current.get_mut(window.index()) {
                *own = Figures { period: 0, units: unsigned(units), spent };
            }
        }
        Some(seen)
    }
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Reads the accounts that have changed: names and numbers in turn. The kind of the numbers ends the
/// name: it is below every letter.
pub(super) fn accounts(bytes: &[u8]) -> Vec<(Level, Seen)> {
    let (mut text, mut read) = (Text(bytes), Vec::new());
    while let Some(end) = text.0.iter().position(|byte| *byte <= WITH_BEFORE) {
        let Some(name) = text.take(end) else { break };
        let Some(seen) = text.account() else { break };
        read.extend(std::str::from_utf8(name).ok().and_then(level).map(|level| (level, seen)));
    }
    read
}

/// Reads all accounts: names and numbers in turn.
pub(super) fn all_accounts(items: Vec<Value>) -> Vec<(Level, Seen)> {
    let texts: Vec<Vec<u8>> = items.into_iter().filter_map(bytes).collect();
    let pairs = texts.chunks_exact(2).filter_map(|pair| {
        let [name, numbers] = pair else { return None };
        let level = level(std::str::from_utf8(name).ok()?)?;
        Some((level, Text(numbers).account()?))
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

/// Writes the announcement that a person is forgotten: a sale without a window.
pub(super) fn forgotten_text(person: MarkKey) -> Vec<u8> {
    let mut bytes = vec![b's'];
    short_text(&mut bytes, &person.to_string());
    number(&mut bytes, 0.0);
    number(&mut bytes, 0.0);
    bytes
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

/// A function was not carried out, or its answer did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unavailable;

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

    /// Reads the next answer, of a function that gives many.
    pub(super) fn answer(&mut self) -> Option<Self> {
        Self::read(self.list())
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
