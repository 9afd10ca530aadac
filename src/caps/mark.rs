//! Marks of persons who were sold, so that the same person is not sold twice.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::fmt;
use std::hash::Hash;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;
use smallvec::SmallVec;

use super::Level;
use super::digest::digest;
use super::scatter::Scatter;
use crate::base::DecisionId;
use crate::base::Mono;
use crate::base::Now;
use crate::base::Wall;

/// Most marks that are kept. Above that, the oldest is dropped.
pub const MARKS_MAX: usize = 1 << 22;

/// Key that separates marks from other uses of the hash. Never changed: marks are stored.
const KEY: [u64; 2] = [0x7374_726f_7767_6572, 0x6475_706c_6963_6174];

/// A person as a duplicate rule identifies them: the values of its fields, for one offer or
/// contract. Stored as a 128-bit hash, so that counters hold no phone numbers. The same in every
/// process and every later version of the program: marks are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mark {
    #[serde(rename = "mark")]
    key: MarkKey,
    /// Time for which a sale is remembered.
    pub window: Duration,
}

impl Mark {
    /// Creates the mark of field values, in the rule's order of fields, for an offer or a contract.
    pub fn new<T: AsRef<str>>(level: &Level, values: &[T], window: Duration) -> Self {
        let kind = match level {
            Level::Contract(_) => b'c',
            Level::Buyer(_) => b'b',
            Level::Offer(_) => b'o',
        };
        Self::of_kind(kind, level, values, window)
    }

    /// Creates the mark of a person who converted: sales that were not billable do not set it.
    pub fn of_conversion<T: AsRef<str>>(level: &Level, values: &[T], window: Duration) -> Self {
        let kind = match level {
            Level::Contract(_) => b'C',
            Level::Buyer(_) => b'B',
            Level::Offer(_) => b'O',
        };
        Self::of_kind(kind, level, values, window)
    }

    fn of_kind<T: AsRef<str>>(kind: u8, level: &Level, values: &[T], window: Duration) -> Self {
        let id = match level {
            Level::Contract(id) => id.as_str(),
            Level::Buyer(id) => id.as_str(),
            Level::Offer(id) => id.as_str(),
        };
        let mut bytes: SmallVec<[u8; 128]> = SmallVec::new();
        bytes.push(kind);
        for text in std::iter::once(id).chain(values.iter().map(AsRef::as_ref)) {
            // The length keeps different lists of values apart.
            bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Self { key: MarkKey(digest(KEY, &bytes)), window }
    }

    /// Creates a mark from its stored key.
    pub fn of(key: MarkKey, window: Duration) -> Self {
        Self { key, window }
    }

    /// Returns the key that is stored.
    pub fn key(self) -> MarkKey {
        self.key
    }
}

/// A mark without its window: 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MarkKey(u128);

impl Hash for MarkKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write(&self.0.to_be_bytes());
    }
}

impl fmt::Display for MarkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for MarkKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not a mark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a mark: 32 hexadecimal digits")]
pub struct InvalidMark(pub String);

impl FromStr for MarkKey {
    type Err = InvalidMark;
    fn from_str(text: &str) -> Result<Self, InvalidMark> {
        let digits = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let number = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or_else(|| InvalidMark(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for MarkKey {
    type Error = InvalidMark;
    fn try_from(text: String) -> Result<Self, InvalidMark> {
        text.parse()
    }
}

impl From<MarkKey> for String {
    fn from(key: MarkKey) -> String {
        key.to_string()
    }
}

/// The person that a hold sells. Holds of one decision may sell the same person in parallel: a call
/// that rings several buyers, a shared lead.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The decision that sells them.
    pub by: Option<DecisionId>,
    /// Marks by which the sale is remembered.
    pub marks: &'a [Mark],
}

impl Claim<'_> {
    /// A claim without marks: the sale is not remembered.
    pub const NONE: Claim<'static> = Claim { by: None, marks: &[] };
}

/// Marks by which a sale is remembered beside those of its claim. They do not keep others from
/// selling the person meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Noted {
    /// Remembered when the person is sold.
    pub connected: Box<[Mark]>,
    /// Remembered when the sale becomes billable.
    pub converted: Box<[Mark]>,
}

/// Latest sale of a mark, its decision, and the time until which it is remembered.
#[derive(Debug, Clone, Copy)]
struct Sale {
    at: Wall,
    until: Wall,
    by: Option<DecisionId>,
}

/// Open holds on a mark, all of one decision.
#[derive(Debug, Clone, Copy)]
struct Held {
    by: Option<DecisionId>,
    since: Wall,
    holds: usize,
}

/// A remembered sale.
#[derive(Debug, Clone, Copy)]
struct Memory {
    key: MarkKey,
    until: Wall,
    /// The end of the window by the monotonic clock; `None` for a sale of the records.
    until_mono: Option<Mono>,
}

/// Marks that were sold, and marks that open holds are selling.
#[derive(Debug, Default)]
pub struct Marks {
    sold: HashMap<MarkKey, Sale, Scatter>,
    held: HashMap<MarkKey, Held, Scatter>,
    order: VecDeque<Memory>,
    /// Both clocks at the first sale of this process: by it, sales of the records end.
    first: Option<Now>,
}

impl Marks {
    /// Remembers a sale for the mark's window. An earlier sale never replaces a later one, so
    /// records may be read in any order.
    pub fn remember(&mut self, mark: Mark, at: Wall, by: Option<DecisionId>) {
        self.forget(at, None);
        self.add(mark, at, by, None);
    }

    /// Remembers a sale of this process. A sale is only forgotten when its window has ended by both
    /// clocks, so that a jump of the wall clock forgets none.
    pub(super) fn sell(&mut self, mark: Mark, now: Now, by: Option<DecisionId>) {
        self.first.get_or_insert(now);
        self.forget(now.wall, Some(now.mono));
        self.add(mark, now.wall, by, Some(now.mono + mark.window));
    }

    fn forget(&mut self, at: Wall, mono: Option<Mono>) {
        while let Some(oldest) = self.order.front().copied()
            && (self.has_ended(oldest, at, mono) || self.order.len() >= MARKS_MAX)
        {
            self.order.pop_front();
            // A key that was sold again has another entry further back.
            if self.sold.get(&oldest.key).is_some_and(|sale| sale.until <= oldest.until) {
                self.sold.remove(&oldest.key);
            }
        }
    }

    fn has_ended(&self, memory: Memory, at: Wall, mono: Option<Mono>) -> bool {
        let by_first = || self.first.map(|first| first.mono + memory.until.since(first.wall));
        let until_mono = memory.until_mono.or_else(by_first);
        let by_mono = mono.zip(until_mono).is_none_or(|(now, until)| until <= now);
        memory.until <= at && by_mono
    }

    fn add(&mut self, mark: Mark, at: Wall, by: Option<DecisionId>, until_mono: Option<Mono>) {
        let (key, until) = (mark.key, at + mark.window);
        let sale = self.sold.entry(key).or_insert(Sale { at, until, by });
        let by = if at >= sale.at { by } else { sale.by };
        *sale = Sale { at: sale.at.max(at), until: sale.until.max(until), by };
        self.order.push_back(Memory { key, until, until_mono });
    }

    /// Returns when a mark was sold within its window before an instant, or since when a hold is
    /// selling it.
    pub fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        let sale = self.sold.get(&mark.key).filter(|sale| sale.at + mark.window > now);
        sale.map(|sale| sale.at).or_else(|| self.held.get(&mark.key).map(|held| held.since))
    }

    /// Returns when another decision sold, or began to sell, the person of a claim.
    pub fn taken(&self, claim: Claim<'_>, now: Wall) -> Option<Wall> {
        let other = |by: Option<DecisionId>| by.is_none() || by != claim.by;
        claim.marks.iter().find_map(|mark| {
            let sale = self.sold.get(&mark.key);
            let sale = sale.filter(|sale| other(sale.by) && sale.at + mark.window > now);
            let held = || self.held.get(&mark.key).filter(|held| other(held.by));
            sale.map(|sale| sale.at).or_else(|| held().map(|held| held.since))
        })
    }

    /// Forgets the sales of a person.
    pub fn erase(&mut self, key: MarkKey) {
        if self.sold.remove(&key).is_some() {
            self.order.retain(|memory| memory.key != key);
        }
    }

    /// Adds a hold on a mark that was free.
    pub fn hold(&mut self, mark: Mark, by: Option<DecisionId>, at: Wall) {
        let held = self.held.entry(mark.key).or_insert(Held { by, since: at, holds: 0 });
        held.holds += 1;
    }

    /// Removes a hold on a mark.
    pub fn let_go(&mut self, mark: Mark) {
        let Some(held) = self.held.get_mut(&mark.key) else { return };
        held.holds = held.holds.saturating_sub(1);
        if held.holds == 0 {
            self.held.remove(&mark.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    fn hour(hour: u32) -> Wall {
        Wall::from_micros(0) + HOUR * hour
    }

    #[test]
    fn a_sale_is_remembered_for_its_window() {
        let offer = Level::Offer("o".parse().unwrap());
        let contract = Level::Contract("o".parse().unwrap());
        let mark = Mark::new(&offer, &["+13055550123"], 3 * HOUR);
        let mut marks = Marks::default();
        assert_eq!(marks.sold(mark, hour(0)), None);
        marks.remember(mark, hour(1), None);
        assert_eq!(marks.sold(mark, hour(3)), Some(hour(1)));
        assert_eq!(marks.sold(mark, hour(4)), None);
        marks.remember(mark, hour(3), None);
        marks.remember(mark, hour(2), None);
        assert_eq!(marks.sold(mark, hour(5)), Some(hour(3)));
        for other in [
            Mark::new(&contract, &["+13055550123"], 3 * HOUR),
            Mark::new(&offer, &["+13055550124"], 3 * HOUR),
            Mark::new(&offer, &["+13055550123", ""], 3 * HOUR),
            Mark::new(&offer, &["+1305555", "0123"], 3 * HOUR),
            Mark::of_conversion(&offer, &["+13055550123"], 3 * HOUR),
        ] {
            assert_eq!(marks.sold(other, hour(3)), None);
        }
        marks.erase(mark.key());
        assert_eq!((marks.sold(mark, hour(3)), marks.order.len()), (None, 0));
    }

    #[test]
    fn what_is_over_is_thrown_out() {
        let offer = Level::Offer("o".parse().unwrap());
        let mut marks = Marks::default();
        for n in 0..1_000 {
            let mark = Mark::new(&offer, &[(n % 600).to_string()], 10 * HOUR);
            marks.remember(mark, hour(n), None);
        }
        assert_eq!((marks.sold.len(), marks.order.len()), (10, 10));
    }

    /// The wall clock jumps a day ahead and is set right again.
    #[test]
    fn a_jump_of_the_clock_forgets_no_sale() {
        let offer = Level::Offer("o".parse().unwrap());
        let mark = |n: u32| Mark::new(&offer, &[n.to_string()], 10 * HOUR);
        let now = |hours: u32, jump: u32| {
            let mono = Mono::default() + HOUR * (100 + hours);
            Now { mono, wall: hour(hours + jump) }
        };
        let mut marks = Marks::default();
        marks.remember(mark(1), hour(1), None);
        marks.sell(mark(2), now(2, 0), None);
        marks.sell(mark(3), now(3, 24), None);
        for (n, at) in [(1, 1), (2, 2)] {
            assert_eq!(marks.sold(mark(n), hour(4)), Some(hour(at)), "{n}");
        }
        marks.sell(mark(4), now(30, 0), None);
        assert_eq!(marks.sold.len(), 2, "those of the jump and of now");
    }

    #[test]
    fn a_stored_mark_is_found_again_by_later_programs() {
        let offer = Level::Offer("auto".parse().unwrap());
        let mark = Mark::new(&offer, &["+13055550123", "ann"], HOUR);
        assert_eq!(mark.key().to_string(), "c3e59d179e10225f038beba3a72b2f3e");
        let stored = serde_json::to_string(&mark).unwrap();
        assert_eq!(serde_json::from_str::<Mark>(&stored).unwrap(), mark);
        assert_eq!(mark.key().to_string().parse(), Ok(mark.key()));
        for bad in ["", "12", "z3e59d179e10225f038beba3a72b2f3e"] {
            assert!(bad.parse::<MarkKey>().is_err(), "{bad}");
        }
    }
}
