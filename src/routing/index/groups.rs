//! Conditions without one row per value: patterns, required fields, hours. Equal entries are
//! evaluated once.

use std::collections::HashMap;
use std::fmt::Debug;

use smallvec::SmallVec;

use super::planes::Planes;
use super::planes::Stage;
use super::row::Row;
use super::row::slots_of;

/// An entry gets a row if at least one contract in this many has it. Other entries are looked up
/// from the contracts that are still eligible.
const ROW_WORTH: usize = 16;
/// Number of answers for rare entries that are stored inline.
const ASKED: usize = 128;

/// The distinct entries of the contracts' lists, and the contracts that have each.
#[derive(Debug)]
pub(in crate::routing) struct Groups<T> {
    common: Vec<(T, Row)>,
    rare: Vec<T>,
    /// Each contract's rare entries.
    rare_of: Vec<Vec<usize>>,
    /// Contracts with a rare entry.
    with_rare: Row,
}

impl<T: PartialEq + Debug> Groups<T> {
    /// Groups the contracts' lists, which are in rank order.
    pub(super) fn build(lists: impl ExactSizeIterator<Item = Vec<T>>) -> Self {
        let slots = lists.len();
        let mut groups: Vec<(T, Vec<usize>)> = Vec::new();
        // Keyed by text, as patterns have no hash; entries that only print alike are kept apart.
        let mut alike: HashMap<String, Vec<usize>> = HashMap::new();
        for (slot, list) in lists.enumerate() {
            for entry in list {
                let places = alike.entry(format!("{entry:?}")).or_default();
                let same = |place: &&usize| groups.get(**place).is_some_and(|(e, _)| *e == entry);
                if let Some(place) = places.iter().find(same) {
                    groups.get_mut(*place).into_iter().for_each(|(_, has)| has.push(slot));
                } else {
                    places.push(groups.len());
                    groups.push((entry, vec![slot]));
                }
            }
        }
        Self::split(slots, groups)
    }

    fn split(slots: usize, groups: Vec<(T, Vec<usize>)>) -> Self {
        let mut common = Vec::new();
        let mut rare = Vec::new();
        let mut rare_of = vec![Vec::new(); slots];
        for (entry, has) in groups {
            if has.len() * ROW_WORTH >= slots {
                let mut row = Row::none(slots);
                has.into_iter().for_each(|slot| row.set(slot));
                common.push((entry, row));
                continue;
            }
            for slot in has {
                rare_of.get_mut(slot).into_iter().for_each(|of: &mut Vec<_>| of.push(rare.len()));
            }
            rare.push(entry);
        }
        let has_rare = |slot: usize| rare_of.get(slot).is_some_and(|of| !of.is_empty());
        let with_rare = Row::of(slots, has_rare);
        Self { common, rare, rare_of, with_rare }
    }

    /// Returns whether no contract has an entry.
    pub(super) fn is_empty(&self) -> bool {
        self.common.is_empty() && self.rare.is_empty()
    }

    /// Drops the contracts that are still eligible and have an entry that fails.
    pub(super) fn sweep(
        &self,
        planes: &mut Planes,
        stage: Stage,
        mut fails: impl FnMut(&T) -> bool,
    ) {
        for (entry, row) in &self.common {
            if planes.any_of(row) && fails(entry) {
                planes.drop(stage, row.words());
            }
        }
        if self.rare.is_empty() || !planes.any_of(&self.with_rare) {
            return;
        }
        let mut asked: SmallVec<[Option<bool>; ASKED]> = SmallVec::from_elem(None, self.rare.len());
        for (place, with) in self.with_rare.words().iter().enumerate() {
            let still_in = planes.alive().get(place).copied().unwrap_or(0) & with;
            for slot in slots_of(place, still_in) {
                let mut ask = |place: &usize| {
                    let Some((asked, entry)) = asked.get_mut(*place).zip(self.rare.get(*place))
                    else {
                        return false;
                    };
                    *asked.get_or_insert_with(|| fails(entry))
                };
                if self.rare_of.get(slot).is_some_and(|of| of.iter().any(&mut ask)) {
                    planes.drop_one(stage, slot);
                }
            }
        }
    }

    /// Returns every entry and the contracts that have it.
    pub(super) fn entries(
        &self,
    ) -> impl Iterator<Item = (&T, Box<dyn Iterator<Item = usize> + '_>)> {
        let common = self.common.iter().map(|(entry, row)| {
            let slots: Box<dyn Iterator<Item = usize> + '_> = Box::new(row.slots());
            (entry, slots)
        });
        let rare = self.rare.iter().enumerate().map(|(place, entry)| {
            let has = move |(slot, of): (usize, &Vec<usize>)| of.contains(&place).then_some(slot);
            let slots: Box<dyn Iterator<Item = usize> + '_> =
                Box::new(self.rare_of.iter().enumerate().filter_map(has));
            (entry, slots)
        });
        common.chain(rare)
    }
}
