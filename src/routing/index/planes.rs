//! Verdicts as bits: the contracts that are still eligible, and the stage at which each other was
//! dropped.

use smallvec::SmallVec;

use super::row::BITS;
use super::row::Row;
use super::row::slots_of;

/// The stages, by the numbers that the planes hold. 0 is eligible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::routing) enum Stage {
    Off = 1,
    Channel,
    State,
    Zip,
    AreaCode,
    Source,
    Field,
    Required,
    Duplicate,
    Cap,
    Hours,
    Holiday,
    City,
    County,
    Country,
    Radius,
    Dma,
    Score,
    Attestation,
}

impl Stage {
    /// Returns the stage of a number; `None` for 0 and for unknown numbers.
    pub(in crate::routing) const fn of(number: u8) -> Option<Stage> {
        Some(match number {
            1 => Stage::Off,
            2 => Stage::Channel,
            3 => Stage::State,
            4 => Stage::Zip,
            5 => Stage::AreaCode,
            6 => Stage::Source,
            7 => Stage::Field,
            8 => Stage::Required,
            9 => Stage::Duplicate,
            10 => Stage::Cap,
            11 => Stage::Hours,
            12 => Stage::Holiday,
            13 => Stage::City,
            14 => Stage::County,
            15 => Stage::Country,
            16 => Stage::Radius,
            17 => Stage::Dma,
            18 => Stage::Score,
            19 => Stage::Attestation,
            _ => return None,
        })
    }
}

/// Bits of a stage's number.
const PLANES: usize = 5;
/// Words of a roster of at most 64 contracts, stored inline.
const WORDS: usize = 1 + PLANES;

/// The verdicts on a roster, 64 contracts to a word: first the words of the eligible contracts,
/// then those of each plane.
#[derive(Debug, Clone, Default)]
pub struct Planes {
    words: SmallVec<[u64; WORDS]>,
    slots: usize,
    /// Scratch memory for a row.
    row: SmallVec<[u64; 1]>,
}

impl Planes {
    /// Marks all contracts as eligible, and reuses the memory.
    pub(in crate::routing) fn begin(&mut self, slots: usize) {
        let width = slots.div_ceil(BITS);
        self.slots = slots;
        self.words.clear();
        self.words.resize(width, u64::MAX);
        self.words.resize(width * WORDS, 0);
        if let (Some(last), 1..) = (self.words[..width].last_mut(), slots % BITS) {
            *last = (1 << (slots % BITS)) - 1;
        }
    }

    fn width(&self) -> usize {
        self.slots.div_ceil(BITS)
    }

    /// Returns the contracts that are still eligible.
    pub(in crate::routing) fn alive(&self) -> &[u64] {
        self.words.get(..self.width()).unwrap_or_default()
    }

    /// Keeps the contracts of a row, and drops the others at a stage.
    #[inline]
    pub(super) fn keep(&mut self, stage: Stage, row: &[u64]) {
        self.sweep(stage, row, u64::MAX);
    }

    /// Keeps the contracts of a row and further ones by place, and drops the others at a stage.
    pub(super) fn keep_with<'s>(
        &mut self,
        stage: Stage,
        row: &[u64],
        more: impl Iterator<Item = &'s u32>,
    ) {
        let mut whole = std::mem::take(&mut self.row);
        whole.clear();
        whole.extend_from_slice(row);
        for slot in more {
            let slot = usize::try_from(*slot).unwrap_or(usize::MAX);
            if let Some(word) = whole.get_mut(slot / BITS) {
                *word |= 1 << (slot % BITS);
            }
        }
        self.keep(stage, &whole);
        self.row = whole;
    }

    /// Drops the contracts of a row.
    #[inline]
    pub(super) fn drop(&mut self, stage: Stage, row: &[u64]) {
        self.sweep(stage, row, 0);
    }

    /// Drops the contracts of a row XORed with `turned`. Runs one loop for each plane in which the
    /// stage's number has a bit: such plain loops are vectorised.
    #[inline]
    fn sweep(&mut self, stage: Stage, row: &[u64], turned: u64) {
        let width = self.width();
        let (alive, planes) =
            self.words.as_mut_slice().split_at_mut_checked(width).unwrap_or_default();
        for (bit, plane) in planes.chunks_exact_mut(width.max(1)).enumerate() {
            if stage as usize >> bit & 1 == 1 {
                for ((plane, alive), row) in plane.iter_mut().zip(alive.iter()).zip(row) {
                    *plane |= alive & (row ^ turned);
                }
            }
        }
        for (alive, row) in alive.iter_mut().zip(row) {
            *alive &= !(row ^ turned);
        }
    }

    /// Drops one contract.
    pub(super) fn drop_one(&mut self, stage: Stage, slot: usize) {
        self.drop_some(stage, slot / BITS, 1u64 << (slot % BITS));
    }

    /// Drops some contracts of one word.
    pub(super) fn drop_some(&mut self, stage: Stage, place: usize, bits: u64) {
        let width = self.width();
        let Some(alive) = self.words.get_mut(place).filter(|_| place < width) else { return };
        let out = *alive & bits;
        *alive &= !bits;
        for plane in 0..PLANES {
            if stage as usize >> plane & 1 == 1
                && let Some(word) = self.words.get_mut((plane + 1) * width + place)
            {
                *word |= out;
            }
        }
    }

    /// Returns whether a contract of a row is still eligible.
    pub(super) fn any_of(&self, row: &Row) -> bool {
        self.alive().iter().zip(row.words()).any(|(alive, row)| alive & row != 0)
    }

    /// Returns the stage at which a contract was dropped; `None` when it is still eligible.
    pub(in crate::routing) fn stage(&self, slot: usize) -> Option<Stage> {
        let (width, place) = (self.width(), slot / BITS);
        let number = (0..PLANES).fold(0u8, |number, plane| {
            let word = self.words.get((plane + 1) * width + place).copied().unwrap_or(0);
            number | u8::from(word >> (slot % BITS) & 1 == 1) << plane
        });
        Stage::of(number)
    }

    /// Returns every contract's stage, in rank order. Reads each word once for its 64 contracts.
    pub(in crate::routing) fn stages(&self) -> impl Iterator<Item = Option<Stage>> {
        let width = self.width();
        (0..width).flat_map(move |place| {
            let word = |plane: usize| self.words.get((plane + 1) * width + place).copied();
            let words: [u64; PLANES] = std::array::from_fn(|plane| word(plane).unwrap_or(0));
            (0..BITS.min(self.slots - place * BITS)).map(move |bit| {
                let bits = words.iter().enumerate();
                let number = bits.fold(0, |all, (plane, word)| all | (word >> bit & 1) << plane);
                u8::try_from(number).ok().and_then(Stage::of)
            })
        })
    }

    /// Returns the eligible contracts' places in the roster, in rank order.
    pub fn eligible(&self) -> impl Iterator<Item = usize> + Clone {
        let words = self.alive().iter().enumerate();
        words.flat_map(|(place, word)| slots_of(place, *word))
    }

    /// Returns the number of contracts, eligible or not.
    pub fn len(&self) -> usize {
        self.slots
    }

    /// Returns whether there is no contract.
    pub fn is_empty(&self) -> bool {
        self.slots == 0
    }
}
