//! Rows of bits, and the attributes that they belong to.

use smallvec::SmallVec;

use crate::book::Zip;

/// Contracts in one word of a row.
pub(in crate::routing) const BITS: usize = 64;

/// One bit for each contract of a roster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::routing) struct Row(SmallVec<[u64; 1]>);

impl Row {
    /// No contract of `slots`.
    pub(in crate::routing) fn none(slots: usize) -> Self {
        Self(SmallVec::from_elem(0, slots.div_ceil(BITS)))
    }

    /// Every contract of `slots`.
    pub(in crate::routing) fn all(slots: usize) -> Self {
        Self(SmallVec::from_elem(u64::MAX, slots.div_ceil(BITS)))
    }

    /// The contracts of `slots` that a test takes.
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

    /// Whether it has nobody.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Its contracts.
    pub(in crate::routing) fn slots(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(place, word)| slots_of(place, *word))
    }
}

/// The slots of one word's set bits.
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

/// Rows of one length, one behind the other.
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

/// An attribute with few values: one row for each value that some contract names, and one for
/// every other value and for none.
#[derive(Debug)]
pub(in crate::routing) struct Attribute<K> {
    keys: Vec<K>,
    /// Row 0 is that of every other value.
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

    /// The contracts that take a value.
    #[inline]
    pub(super) fn row<Q>(&self, value: Option<&Q>) -> &[u64]
    where
        K: std::borrow::Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let search = |value: &Q| self.keys.binary_search_by(|key| key.borrow().cmp(value)).ok();
        self.rows.at(value.and_then(search).map_or(0, |place| place + 1))
    }

    /// Whether some contract names a value: otherwise the row takes everybody.
    pub(super) fn is_named(&self) -> bool {
        !self.keys.is_empty()
    }
}

/// The values that a contract names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named<'a, K> {
    /// None: it takes everything.
    Any,
    /// It takes these alone.
    In(&'a [K]),
    /// It takes all but these.
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

/// Zips: too many for a row each. The contracts that take a zip by name are listed, and their bits
/// are added to the row of those that take any. Zips of one three-digit region are next to each
/// other: a lookup touches the regions' table, one region and the contracts.
#[derive(Debug)]
pub(in crate::routing) struct Zips {
    any: Row,
    /// Where each region's zips start; one more than there are regions.
    regions: Vec<u32>,
    /// The last two digits of each zip.
    rest: Vec<u8>,
    /// Where each zip's contracts start in `slots`; one more than there are zips.
    starts: Vec<u32>,
    slots: Vec<u32>,
}

/// Three-digit regions.
const REGIONS: usize = 1_000;

impl Zips {
    /// `lists` has each contract's zips; an empty list takes any.
    pub(super) fn build(lists: &[&[Zip]]) -> Self {
        let any = Row::of(lists.len(), |slot| lists.get(slot).is_some_and(|list| list.is_empty()));
        let mut pairs: Vec<(usize, u32)> = Vec::new();
        for (slot, list) in (0u32..).zip(lists) {
            pairs.extend(list.iter().map(|zip| (number(*zip), slot)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let (mut regions, mut rest, mut starts) = (vec![0; REGIONS + 1], Vec::new(), Vec::new());
        let mut latest = None;
        for ((zip, _), place) in pairs.iter().zip(0u32..) {
            if latest != Some(*zip) {
                latest = Some(*zip);
                rest.push(u8::try_from(zip % 100).unwrap_or(0));
                starts.push(place);
                if let Some(zips) = regions.get_mut(zip / 100 + 1) {
                    *zips += 1;
                }
            }
        }
        let mut before = 0;
        for zips in &mut regions {
            before += *zips;
            *zips = before;
        }
        starts.push(u32::try_from(pairs.len()).unwrap_or(u32::MAX));
        Self {
            any,
            regions,
            rest,
            starts,
            slots: pairs.into_iter().map(|(_, slot)| slot).collect(),
        }
    }

    /// The contracts that take a zip by name.
    pub(super) fn named(&self, zip: Option<Zip>) -> &[u32] {
        zip.and_then(|zip| self.find(number(zip))).unwrap_or_default()
    }

    fn find(&self, zip: usize) -> Option<&[u32]> {
        let whole = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let from = whole(*self.regions.get(zip / 100)?);
        let to = whole(*self.regions.get(zip / 100 + 1)?);
        let digits = u8::try_from(zip % 100).ok()?;
        let place = from + self.rest.get(from..to)?.binary_search(&digits).ok()?;
        let start = whole(*self.starts.get(place)?);
        self.slots.get(start..whole(*self.starts.get(place + 1)?))
    }

    /// The contracts that take any zip.
    pub(super) fn any(&self) -> &[u64] {
        self.any.words()
    }

    /// Whether some contract names zips.
    pub(super) fn is_named(&self) -> bool {
        !self.rest.is_empty()
    }
}

fn number(zip: Zip) -> usize {
    zip.as_str().bytes().fold(0, |number, digit| number * 10 + usize::from(digit & 15))
}
