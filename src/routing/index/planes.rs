//! Verdicts as bits: who is still in, and at which stage the others went out.

use crate::caps::Full;

use super::Verdict;
use super::row::BITS;
use super::row::Row;

/// The stages, as the numbers that the planes hold. 0 is eligible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Stage {
    Off = 1,
    Channel,
    State,
    Zip,
    AreaCode,
    Source,
    Field,
    Required,
    Cap,
    Hours,
    Holiday,
}

impl Stage {
    /// All ones for each plane that the stage's number has a bit in.
    const fn masks(self) -> [u64; PLANES] {
        let number = self as u64;
        [
            (number & 1).wrapping_neg(),
            (number >> 1 & 1).wrapping_neg(),
            (number >> 2 & 1).wrapping_neg(),
            (number >> 3 & 1).wrapping_neg(),
        ]
    }
}

/// Bits of a stage's number.
const PLANES: usize = 4;

/// 64 contracts.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    alive: u64,
    planes: [u64; PLANES],
}

impl Word {
    /// Takes `out` out at a stage.
    #[inline]
    fn drop(&mut self, out: u64, masks: [u64; PLANES]) {
        self.alive &= !out;
        for (plane, mask) in self.planes.iter_mut().zip(masks) {
            *plane |= out & mask;
        }
    }
}

/// The verdicts on a roster, 64 contracts to a word.
#[derive(Debug)]
pub struct Planes {
    words: Vec<Word>,
    slots: usize,
    full: Vec<Full>,
}

impl Planes {
    /// Everybody is in.
    pub(super) fn new(slots: usize) -> Self {
        let mut words = vec![Word { alive: u64::MAX, ..Word::default() }; slots.div_ceil(BITS)];
        if let (Some(last), 1..) = (words.last_mut(), slots % BITS) {
            last.alive = (1 << (slots % BITS)) - 1;
        }
        Self { words, slots, full: Vec::new() }
    }

    /// Keeps, stage by stage, who is in the stage's row.
    pub(super) fn keep<const N: usize>(&mut self, stages: [(Stage, &[u64]); N]) {
        for (stage, row) in stages {
            let masks = stage.masks();
            for (word, row) in self.words.iter_mut().zip(row) {
                word.drop(word.alive & !row, masks);
            }
        }
    }

    /// Takes a row out.
    pub(super) fn drop(&mut self, stage: Stage, row: &Row) {
        let masks = stage.masks();
        for (word, row) in self.words.iter_mut().zip(row.words()) {
            word.drop(word.alive & row, masks);
        }
    }

    /// Takes one contract out.
    pub(super) fn drop_one(&mut self, stage: Stage, slot: usize) {
        if let Some(word) = self.words.get_mut(slot / BITS) {
            word.drop(word.alive & 1 << (slot % BITS), stage.masks());
        }
    }

    /// Takes one contract out for a full cap; in the order of the slots.
    pub(super) fn drop_full(&mut self, slot: usize, full: Full) {
        self.drop_one(Stage::Cap, slot);
        self.full.push(full);
    }

    /// Whether anybody of a row is still in.
    pub(super) fn any_of(&self, row: &Row) -> bool {
        self.words.iter().zip(row.words()).any(|(word, row)| word.alive & row != 0)
    }

    /// Who of a row is still in.
    pub(super) fn still_in(&self, row: &Row) -> Vec<usize> {
        let words = self.words.iter().zip(row.words()).enumerate();
        words.flat_map(|(place, (word, row))| slots(place, word.alive & row)).collect()
    }

    /// The eligible contracts' places in the roster, in rank order.
    pub fn eligible(&self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate();
        words.flat_map(|(place, word)| slots(place, word.alive))
    }

    /// Every contract's verdict, in the roster's order.
    pub fn verdicts(self) -> Vec<Verdict> {
        let mut full = self.full.into_iter();
        let stamped = |slot: usize| {
            let word = self.words.get(slot / BITS).copied().unwrap_or_default();
            let bit = |(plane, bits): (usize, &u64)| (bits >> (slot % BITS) & 1) << plane;
            word.planes.iter().enumerate().map(bit).sum::<u64>()
        };
        let mut verdict = |slot| match stamped(slot) {
            1 => Verdict::Off,
            2 => Verdict::Channel,
            3 => Verdict::State,
            4 => Verdict::Zip,
            5 => Verdict::AreaCode,
            6 => Verdict::Source,
            7 => Verdict::Field,
            8 => Verdict::Required,
            // Full caps were pushed in the order of the slots.
            9 => full.next().map_or(Verdict::Eligible, |full| Verdict::Cap(Box::new(full))),
            10 => Verdict::Hours,
            11 => Verdict::Holiday,
            _ => Verdict::Eligible,
        };
        (0..self.slots).map(&mut verdict).collect()
    }
}

/// The slots of one word's set bits.
fn slots(place: usize, mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let bit = usize::try_from(bits.trailing_zeros()).unwrap_or(0);
        bits &= bits - 1;
        Some(place * BITS + bit)
    })
}
