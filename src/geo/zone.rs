//! Time zones.

use std::fmt;

/// Every zone of the tables, one a line; those of the United States first.
const NAMES: &str = include_str!("data/zones.txt");

/// A time zone by its place in the list. Places whose clocks have agreed since 1975 share a zone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone(u8);

impl Zone {
    /// A zone of the list.
    pub(super) fn of(place: u64) -> Option<Self> {
        let place = u8::try_from(place).ok()?;
        (usize::from(place) < NAMES.lines().count()).then_some(Self(place))
    }

    /// Its name in the IANA database.
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

/// Zones that a place may lie in: of a state or an area code that several share, all of them.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Zones(pub(super) u64);

impl Zones {
    /// This zone alone.
    pub fn one(zone: Zone) -> Self {
        Self(1 << zone.0)
    }

    /// Every one of them.
    pub fn iter(self) -> impl Iterator<Item = Zone> {
        (0..64).filter(move |place| self.0 >> place & 1 == 1).map(Zone)
    }

    /// The zone, when it is certain.
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
