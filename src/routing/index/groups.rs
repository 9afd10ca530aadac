//! What cannot be a row for each value: rules, needed fields, hours. Equal entries are asked once.

use std::collections::HashMap;
use std::fmt::Debug;

use super::planes::Planes;
use super::planes::Stage;
use super::row::Row;

/// An entry that at least one contract in this many has gets a row; the others are looked up from
/// the contracts that are still in.
const ROW_WORTH: usize = 16;

/// The different entries of the contracts' lists, and who has which.
#[derive(Debug)]
pub(in crate::routing) struct Groups<T> {
    common: Vec<(T, Row)>,
    rare: Vec<T>,
    /// Each contract's rare entries.
    rare_of: Vec<Vec<usize>>,
    /// The contracts with a rare entry.
    with_rare: Row,
}

impl<T: PartialEq + Debug> Groups<T> {
    /// Groups the contracts' lists, given in rank order.
    pub(super) fn build(lists: impl ExactSizeIterator<Item = Vec<T>>) -> Self {
        let slots = lists.len();
        let mut groups: Vec<(T, Vec<usize>)> = Vec::new();
        // By their text, as patterns have no hash; entries that only look alike are told apart.
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

    /// Takes out whoever is still in and has an entry that fails, at the stage that `fails` names.
    pub(super) fn sweep(&self, planes: &mut Planes, mut fails: impl FnMut(&T) -> Option<Stage>) {
        for (entry, row) in &self.common {
            if planes.any_of(row)
                && let Some(stage) = fails(entry)
            {
                planes.drop(stage, row);
            }
        }
        let mut asked: Vec<Option<Option<Stage>>> = vec![None; self.rare.len()];
        for slot in planes.still_in(&self.with_rare) {
            let mut ask = |place: &usize| {
                let (asked, entry) = asked.get_mut(*place).zip(self.rare.get(*place))?;
                *asked.get_or_insert_with(|| fails(entry))
            };
            if let Some(stage) = self.rare_of.get(slot).and_then(|of| of.iter().find_map(&mut ask))
            {
                planes.drop_one(stage, slot);
            }
        }
    }
}
