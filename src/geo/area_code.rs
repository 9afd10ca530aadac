//! Area codes: where a number was assigned, not where its owner is now.

use super::AreaCode;
use super::Country;
use super::UsState;
use super::Zones;
use super::table;
use super::table::Table;

const CODES: Table = Table::new(include_bytes!("data/area_codes.bin"), 14);
const STATES: Table = Table::new(include_bytes!("data/state_zones.bin"), 4);

impl AreaCode {
    /// Returns the country of the area code. `None` for toll-free codes and unused ones.
    pub fn country(self) -> Option<Country> {
        Some(Country::of_letters(table::letters(self.row()?, 2)))
    }

    /// Returns the state of the area code; `None` outside the United States.
    pub fn state(self) -> Option<UsState> {
        let letters = table::letters(self.row()?, 4);
        (letters != *b"--").then(|| UsState::of(letters))
    }

    /// Returns the time zones that its lines may be in: several for some area codes.
    pub fn zones(self) -> Zones {
        self.row().map(|row| Zones(table::number(row, 6, 8))).unwrap_or_default()
    }

    fn row(self) -> Option<&'static [u8]> {
        let own: u64 = self.as_str().parse().ok()?;
        let found = CODES.find(0..CODES.len(), |row| table::number(row, 0, 2).cmp(&own));
        found.map(|(_, row)| row)
    }
}

impl UsState {
    /// Returns the time zones of the state's zips; none for the military's.
    pub fn zones(self) -> Zones {
        let row =
            STATES.find(0..STATES.len(), |row| table::letters(row, 0)[..].cmp(self.letters()));
        row.map(|(_, row)| Zones(table::number(row, 2, 2))).unwrap_or_default()
    }
}
