//! Places that are too many for one row each: the contracts that take a place are listed, and their
//! bits are added to the row of the contracts that take any place.

use std::collections::HashMap;
use std::hash::Hash;

use smallvec::SmallVec;

use super::planes::Planes;
use super::planes::Stage;
use super::row::Row;
use super::zips::Zips;
use crate::book::CityRule;
use crate::geo::CityName;
use crate::geo::UsState;
use crate::geo::Zip;

/// The cities that contracts name.
#[derive(Debug)]
pub(in crate::routing) struct Cities {
    any: Row,
    /// Each named city and its contracts, sorted.
    named: Vec<(CityRule, SmallVec<[u32; 2]>)>,
}

impl Cities {
    /// Builds the table. `lists` has each contract's cities; an empty list takes any city.
    pub(super) fn build(lists: &[&[CityRule]]) -> Self {
        let any = Row::of(lists.len(), |slot| lists.get(slot).is_some_and(|list| list.is_empty()));
        let slots = (0u32..).zip(lists);
        let pairs = slots.flat_map(|(slot, list)| list.iter().map(move |rule| (*rule, slot)));
        let mut pairs: Vec<(CityRule, u32)> = pairs.collect();
        pairs.sort_unstable();
        pairs.dedup();
        let mut named: Vec<(CityRule, SmallVec<[u32; 2]>)> = Vec::new();
        for (rule, slot) in pairs {
            match named.last_mut() {
                Some((last, slots)) if *last == rule => slots.push(slot),
                Some(_) | None => named.push((rule, SmallVec::from_slice(&[slot]))),
            }
        }
        Self { any, named }
    }

    /// Drops the contracts that do not take a city, in its state if that is known.
    pub(super) fn sweep(
        &self,
        planes: &mut Planes,
        city: Option<CityName>,
        state: Option<UsState>,
    ) {
        if self.named.is_empty() {
            return;
        }
        let found = |state: Option<UsState>| {
            let rule = CityRule { name: city?, state };
            let place = self.named.binary_search_by(|(named, _)| named.cmp(&rule)).ok()?;
            self.named.get(place).map(|(_, slots)| slots.as_slice())
        };
        let anywhere = found(None).unwrap_or_default();
        let there = state.and_then(|state| found(Some(state))).unwrap_or_default();
        planes.keep_with(Stage::City, self.any.words(), anywhere.iter().chain(there));
    }
}

/// Sets of zips, such as the circles around one. Contracts that name the same set share it.
#[derive(Debug)]
pub(in crate::routing) struct Sets {
    any: Row,
    /// The sets that contain each zip.
    zips: Zips,
    /// The contracts that have each set.
    slots: Vec<Vec<u32>>,
}

impl Sets {
    /// Builds the table. `sets` has the key and the zips of each contract's set; a contract without
    /// a set takes any zip.
    pub(super) fn build<'z, K: Hash + Eq>(sets: Vec<Option<(K, &'z [Zip])>>) -> Self {
        let any = Row::of(sets.len(), |slot| sets.get(slot).is_some_and(Option::is_none));
        let mut places: HashMap<K, usize> = HashMap::new();
        let mut zips: Vec<&'z [Zip]> = Vec::new();
        let mut slots: Vec<Vec<u32>> = Vec::new();
        for (slot, set) in (0u32..).zip(sets) {
            let Some((key, own)) = set else { continue };
            let place = *places.entry(key).or_insert_with(|| {
                zips.push(own);
                slots.push(Vec::new());
                zips.len() - 1
            });
            slots.get_mut(place).into_iter().for_each(|slots| slots.push(slot));
        }
        Self { any, zips: Zips::build(&zips), slots }
    }

    /// Drops the contracts whose set does not contain a zip.
    pub(super) fn sweep(&self, planes: &mut Planes, stage: Stage, zip: Option<Zip>) {
        if self.slots.is_empty() {
            return;
        }
        let of = |set: &u32| self.slots.get(usize::try_from(*set).ok()?);
        let sets = self.zips.named(zip).iter().filter_map(of);
        planes.keep_with(stage, self.any.words(), sets.flatten());
    }
}
