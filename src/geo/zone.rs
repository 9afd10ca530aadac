//! Time zones.

use std::fmt;

/// Every zone of the tables, one per line; those of the United States first.
const NAMES: &str = include_str!("data/zones.txt");

/// Number of zones.
const COUNT: usize = lines(NAMES.as_bytes());

const fn lines(text: &[u8]) -> usize {
    let (mut at, mut count) = (0, 0);
    while at < text.len() {
        if text[at] == b'\n' {
            count += 1;
        }
        at += 1;
    }
    count
}

/// A time zone by its index in the list. Places whose clocks have agreed since 1975 share a zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone(u8);

impl Zone {
    /// Returns a zone by its index.
    pub(super) fn of(place: u64) -> Option<Self> {
        let place = u8::try_from(place).ok()?;
        (usize::from(place) < COUNT).then_some(Self(place))
    }

    /// Returns the name in the IANA database.
    pub fn name(self) -> &'static str {
        NAMES.lines().nth(usize::from(self.0)).unwrap_or("UTC")
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Time zones that a place may be in: for a state or area code with several zones, all of them.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Zones(pub(super) u64);

impl Zones {
    /// Creates a set of one zone.
    pub fn one(zone: Zone) -> Self {
        Self(1 << zone.0)
    }

    /// Returns every zone of the set.
    pub fn iter(self) -> impl Iterator<Item = Zone> {
        (0..64).filter(move |place| self.0 >> place & 1 == 1).map(Zone)
    }

    /// Returns the zone if there is exactly one.
    pub fn certain(self) -> Option<Zone> {
        let place = u8::try_from(self.0.trailing_zeros()).ok()?;
        (self.0.count_ones() == 1).then_some(Zone(place))
    }
}

impl fmt::Debug for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
