//! Rows of bits, and the attributes that they belong to.

use std::borrow::Cow;

use crate::book::Zip;

/// Contracts in one word of a row.
pub(super) const BITS: usize = 64;

/// One bit for each contract of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::routing) struct Row(Vec<u64>);

impl Row {
    /// No contract of `slots`.
    pub(super) fn none(slots: usize) -> Self {
        Self(vec![0; slots.div_ceil(BITS)])
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

    fn clear(&mut self, slot: usize) {
        if let Some(word) = self.0.get_mut(slot / BITS) {
            *word &= !(1 << (slot % BITS));
        }
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.0
    }
}

/// An attribute with few values: one row for each value that some contract names, and one for
/// every other value and for none.
#[derive(Debug)]
pub(in crate::routing) struct Attribute<K> {
    other: Row,
    rows: Vec<(K, Row)>,
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
        let mut values: Vec<&K> = rules.iter().flat_map(|rule| rule.list()).collect();
        values.sort_unstable();
        values.dedup();
        let mut rows: Vec<(K, Row)> =
            values.into_iter().map(|value| (value.clone(), other.clone())).collect();
        for (slot, rule) in rules.iter().enumerate() {
            for value in rule.list() {
                let Ok(place) = rows.binary_search_by(|(key, _)| key.cmp(value)) else { continue };
                let Some((_, row)) = rows.get_mut(place) else { continue };
                match rule {
                    Named::Any | Named::In(_) => row.set(slot),
                    Named::Out(_) => row.clear(slot),
                }
            }
        }
        Self { other, rows }
    }

    /// The contracts that take a value.
    pub(super) fn row(&self, value: Option<&K>) -> &Row {
        let found = value.and_then(|value| {
            let place = self.rows.binary_search_by(|(key, _)| key.cmp(value)).ok()?;
            self.rows.get(place)
        });
        found.map_or(&self.other, |(_, row)| row)
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
/// are added to the row of those that take any.
#[derive(Debug)]
pub(in crate::routing) struct Zips {
    any: Row,
    /// Sorted by zip; where each one's contracts start in `slots`.
    starts: Vec<(Zip, usize)>,
    slots: Vec<u32>,
}

impl Zips {
    /// `lists` has each contract's zips; an empty list takes any.
    pub(super) fn build(lists: &[&[Zip]]) -> Self {
        let any = Row::of(lists.len(), |slot| lists.get(slot).is_some_and(|list| list.is_empty()));
        let mut pairs: Vec<(Zip, u32)> = Vec::new();
        for (slot, list) in (0u32..).zip(lists) {
            pairs.extend(list.iter().map(|zip| (*zip, slot)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts: Vec<(Zip, usize)> = Vec::new();
        for (place, (zip, _)) in pairs.iter().enumerate() {
            if starts.last().is_none_or(|(latest, _)| latest != zip) {
                starts.push((*zip, place));
            }
        }
        Self { any, starts, slots: pairs.into_iter().map(|(_, slot)| slot).collect() }
    }

    /// The contracts that take a zip.
    pub(super) fn row(&self, zip: Option<Zip>) -> Cow<'_, Row> {
        let Some(place) = zip.and_then(|zip| self.starts.binary_search_by_key(&zip, |s| s.0).ok())
        else {
            return Cow::Borrowed(&self.any);
        };
        let start = self.starts.get(place).map_or(0, |(_, start)| *start);
        let end = self.starts.get(place + 1).map_or(self.slots.len(), |(_, start)| *start);
        let mut row = self.any.clone();
        for slot in self.slots.get(start..end).unwrap_or_default() {
            row.set(usize::try_from(*slot).unwrap_or(usize::MAX));
        }
        Cow::Owned(row)
    }
}
