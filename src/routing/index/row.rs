//! Rows of bits, and the attributes that they belong to.

use smallvec::SmallVec;

/// Contracts in one word of a row.
pub(in crate::routing) const BITS: usize = 64;

/// One bit for each contract of a roster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::routing) struct Row(SmallVec<[u64; 1]>);

impl Row {
    /// Returns an empty row for `slots` contracts.
    pub(in crate::routing) fn none(slots: usize) -> Self {
        Self(SmallVec::from_elem(0, slots.div_ceil(BITS)))
    }

    /// Returns a row with all of `slots` contracts.
    pub(in crate::routing) fn all(slots: usize) -> Self {
        Self(SmallVec::from_elem(u64::MAX, slots.div_ceil(BITS)))
    }

    /// Returns a row for `slots` contracts with those that pass a test.
    pub(super) fn of(slots: usize, test: impl Fn(usize) -> bool) -> Self {
        let mut row = Self::none(slots);
        (0..slots).filter(|slot| test(*slot)).for_each(|slot| row.set(slot));
        row
    }

    pub(super) fn set(&mut self, slot: usize) {
        if let Some(word) = self.0.get_mut(slot / BITS) {
            *word |= 1 << (slot % BITS);
        }
    }

    pub(in crate::routing) fn clear(&mut self, slot: usize) {
        if let Some(word) = self.0.get_mut(slot / BITS) {
            *word &= !(1 << (slot % BITS));
        }
    }

    pub(in crate::routing) fn words(&self) -> &[u64] {
        &self.0
    }

    /// Returns whether no bit is set.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Returns the contracts of the row.
    pub(in crate::routing) fn slots(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(place, word)| slots_of(place, *word))
    }
}

/// Returns the slots of one word's set bits.
#[inline]
pub(in crate::routing) fn slots_of(
    place: usize,
    mut bits: u64,
) -> impl Iterator<Item = usize> + Clone {
    std::iter::from_fn(move || {
        if bits == 0 {
            return None;
        }
        let bit = usize::try_from(bits.trailing_zeros()).unwrap_or(0);
        bits &= bits - 1;
        Some(place * BITS + bit)
    })
}

/// Rows of equal length, stored one after the other.
#[derive(Debug, Default)]
pub(super) struct Rows {
    width: usize,
    words: Vec<u64>,
}

impl Rows {
    pub(super) fn new(slots: usize) -> Self {
        Self { width: slots.div_ceil(BITS), words: Vec::new() }
    }

    pub(super) fn push(&mut self, row: &[u64]) {
        self.words.extend_from_slice(row);
    }

    #[inline]
    pub(super) fn at(&self, place: usize) -> &[u64] {
        self.words.get(place * self.width..(place + 1) * self.width).unwrap_or_default()
    }

    pub(super) fn set(&mut self, place: usize, slot: usize, bit: bool) {
        if let Some(word) = self.words.get_mut(place * self.width + slot / BITS) {
            *word = *word & !(1 << (slot % BITS)) | u64::from(bit) << (slot % BITS);
        }
    }
}

/// An attribute with few values: one row for each value that a contract names, and one for every
/// other value and for an unknown value.
#[derive(Debug)]
pub(in crate::routing) struct Attribute<K> {
    keys: Vec<K>,
    /// Row 0 is for every other value.
    rows: Rows,
}

impl<K: Ord + Clone> Attribute<K> {
    /// Builds the rows from each contract's rule.
    pub(super) fn build(rules: &[Named<'_, K>]) -> Self {
        let slots = rules.len();
        let others = |slot: usize| match rules.get(slot) {
            Some(Named::Any | Named::Out(_)) => true,
            Some(Named::In(_)) | None => false,
        };
        let other = Row::of(slots, others);
        let mut keys: Vec<K> = rules.iter().flat_map(|rule| rule.list()).cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        let mut rows = Rows::new(slots);
        (0..=keys.len()).for_each(|_| rows.push(other.words()));
        for (slot, rule) in rules.iter().enumerate() {
            for value in rule.list() {
                let Ok(place) = keys.binary_search(value) else { continue };
                match rule {
                    Named::Any | Named::In(_) => rows.set(place + 1, slot, true),
                    Named::Out(_) => rows.set(place + 1, slot, false),
                }
            }
        }
        Self { keys, rows }
    }

    /// Returns the contracts that take a value.
    #[inline]
    pub(super) fn row<Q>(&self, value: Option<&Q>) -> &[u64]
    where
        K: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let search = |value: &Q| self.keys.binary_search_by(|key| key.borrow().cmp(value)).ok();
        self.rows.at(value.and_then(search).map_or(0, |place| place + 1))
    }

    /// Returns whether a contract names a value; otherwise the row has every contract.
    pub(super) fn is_named(&self) -> bool {
        !self.keys.is_empty()
    }
}

/// The values that a contract names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named<'a, K> {
    /// No values: the contract takes everything.
    Any,
    /// The contract takes only these.
    In(&'a [K]),
    /// The contract takes all except these.
    Out(&'a [K]),
}

impl<'a, K> Named<'a, K> {
    fn list(&self) -> &'a [K] {
        match self {
            Named::Any => &[],
            Named::In(list) | Named::Out(list) => list,
        }
    }
}
