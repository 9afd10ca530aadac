//! Marks: who was sold, so that the same person is not sold twice.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::hash::Hash;
use std::time::Duration;

use super::Level;
use super::ceiling::scattered;
use super::scatter::Scatter;
use crate::base::Wall;

/// Most marks that are kept; beyond, the oldest is forgotten.
pub const MARKS_MAX: usize = 1 << 22;

/// A person as a rule sees them: the values of its fields, for one offer or contract. Kept as
/// 128 bits of a hash, so that counters hold no numbers of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mark {
    high: u64,
    low: u64,
    /// How long a sale is remembered.
    pub window: Duration,
}

impl Mark {
    /// The mark of field values, in the rule's order of fields, for an offer or a contract.
    pub fn new<T: Hash>(level: &Level, values: &[T], window: Duration) -> Self {
        let half = |salt: u8| scattered(&(salt, level, values));
        Self { high: half(0), low: half(1), window }
    }

    fn key(self) -> u128 {
        u128::from(self.high) << 64 | u128::from(self.low)
    }
}

/// When a mark was sold last, and until when that is remembered.
#[derive(Debug, Clone, Copy)]
struct Sale {
    at: Wall,
    until: Wall,
}

/// The marks that were sold.
#[derive(Debug, Default)]
pub(super) struct Marks {
    sold: HashMap<Key, Sale, Scatter>,
    order: VecDeque<(Key, Wall)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key(u128);

impl Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write(&self.0.to_be_bytes());
    }
}

impl Marks {
    /// Remembers a sale for the mark's window. An earlier sale never replaces a later one, so
    /// that records may be read in any order.
    pub(super) fn remember(&mut self, mark: Mark, at: Wall) {
        while let Some((key, until)) = self.order.front().copied()
            && (until <= at || self.order.len() >= MARKS_MAX)
        {
            self.order.pop_front();
            // A key that was sold again has another entry further back.
            if self.sold.get(&key).is_some_and(|sale| sale.until <= until) {
                self.sold.remove(&key);
            }
        }
        let (key, until) = (Key(mark.key()), at + mark.window);
        let sale = self.sold.entry(key).or_insert(Sale { at, until });
        *sale = Sale { at: sale.at.max(at), until: sale.until.max(until) };
        self.order.push_back((key, until));
    }

    /// When a mark was sold within its window before an instant.
    pub(super) fn sold(&self, mark: Mark, now: Wall) -> Option<Wall> {
        let sale = self.sold.get(&Key(mark.key()))?;
        (sale.at + mark.window > now).then_some(sale.at)
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
        marks.remember(mark, hour(1));
        assert_eq!(marks.sold(mark, hour(3)), Some(hour(1)));
        assert_eq!(marks.sold(mark, hour(4)), None);
        marks.remember(mark, hour(3));
        marks.remember(mark, hour(2));
        assert_eq!(marks.sold(mark, hour(5)), Some(hour(3)));
        for other in [
            Mark::new(&contract, &["+13055550123"], 3 * HOUR),
            Mark::new(&offer, &["+13055550124"], 3 * HOUR),
            Mark::new(&offer, &["+13055550123", ""], 3 * HOUR),
        ] {
            assert_eq!(marks.sold(other, hour(3)), None);
        }
    }

    #[test]
    fn what_is_over_is_thrown_out() {
        let offer = Level::Offer("o".parse().unwrap());
        let mut marks = Marks::default();
        for n in 0..1_000 {
            marks.remember(Mark::new(&offer, &[n % 600], 10 * HOUR), hour(n));
        }
        assert_eq!((marks.sold.len(), marks.order.len()), (10, 10));
    }
}
