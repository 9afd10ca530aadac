//! The zips that contracts name.

use super::row::Row;
use crate::book::Zip;

/// The contracts that name each zip. Zips of one three-digit region are adjacent: a lookup touches
/// the regions' table, one region and the contracts.
#[derive(Debug)]
pub(in crate::routing) struct Zips {
    any: Row,
    /// Start of each region's zips; one entry more than regions.
    regions: Vec<u32>,
    /// Last two digits of each zip.
    rest: Vec<u8>,
    /// Start of each zip's contracts in `slots`; one entry more than zips.
    starts: Vec<u32>,
    slots: Vec<u32>,
}

/// Number of three-digit regions.
const REGIONS: usize = 1_000;

impl Zips {
    /// Builds the table. `lists` has each contract's zips; an empty list takes any zip.
    pub(super) fn build(lists: &[&[Zip]]) -> Self {
        let any = Row::of(lists.len(), |slot| lists.get(slot).is_some_and(|list| list.is_empty()));
        // Zip and slot in one number: these sort in half the time of pairs.
        let mut pairs: Vec<u64> = Vec::with_capacity(lists.iter().map(|list| list.len()).sum());
        for (slot, list) in (0u64..).zip(lists) {
            pairs.extend(list.iter().map(|zip| number(*zip) << 32 | slot));
        }
        pairs.sort_unstable();
        pairs.dedup();
        let (mut regions, mut rest, mut starts) = (vec![0; REGIONS + 1], Vec::new(), Vec::new());
        let mut latest = None;
        for (pair, place) in pairs.iter().zip(0u32..) {
            let zip = pair >> 32;
            if latest != Some(zip) {
                latest = Some(zip);
                rest.push(u8::try_from(zip % 100).unwrap_or(0));
                starts.push(place);
                let region = usize::try_from(zip / 100).unwrap_or(REGIONS);
                if let Some(zips) = regions.get_mut(region + 1) {
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
        Self { any, regions, rest, starts, slots: pairs.into_iter().map(low_half).collect() }
    }

    /// Returns the contracts that name a zip.
    pub(super) fn named(&self, zip: Option<Zip>) -> &[u32] {
        zip.and_then(|zip| self.find(number(zip))).unwrap_or_default()
    }

    fn find(&self, zip: u64) -> Option<&[u32]> {
        let whole = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
        let region = usize::try_from(zip / 100).ok()?;
        let from = whole(*self.regions.get(region)?);
        let to = whole(*self.regions.get(region + 1)?);
        let digits = u8::try_from(zip % 100).ok()?;
        let place = from + self.rest.get(from..to)?.binary_search(&digits).ok()?;
        let start = whole(*self.starts.get(place)?);
        self.slots.get(start..whole(*self.starts.get(place + 1)?))
    }

    /// Returns the contracts that take any zip.
    pub(super) fn any(&self) -> &[u64] {
        self.any.words()
    }

    /// Returns whether a contract names zips.
    pub(super) fn is_named(&self) -> bool {
        !self.rest.is_empty()
    }
}

fn number(zip: Zip) -> u64 {
    zip.as_str().bytes().fold(0, |number, digit| number * 10 + u64::from(digit & 15))
}

fn low_half(pair: u64) -> u32 {
    u32::try_from(pair & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}
