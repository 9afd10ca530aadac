//! Times in the machine's local time zone.

use jiff::tz::TimeZone;

use crate::base::Wall;

/// The local time zone.
pub(super) struct Local(TimeZone);

impl Local {
    /// Returns the zone of this machine: the variable `TZ`, else the system's setting, else UTC.
    pub(super) fn system() -> Self {
        Self(TimeZone::system())
    }

    /// Returns the zone of a name.
    #[cfg(test)]
    pub(super) fn named(name: &str) -> Self {
        Self(TimeZone::get(name).expect("a known zone"))
    }

    /// Returns the zone's name, like `America/New_York`.
    pub(super) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("local time")
    }

    /// Returns the date and time to the second: `2026-05-04 15:00:00`.
    pub(super) fn show(&self, at: Wall) -> String {
        at.timestamp().to_zoned(self.0.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Returns the date alone: `2026-05-04`.
    pub(super) fn day(&self, at: Wall) -> String {
        at.timestamp().to_zoned(self.0.clone()).strftime("%Y-%m-%d").to_string()
    }

    /// Returns date and time without the year: `05-04 15:00:00`.
    pub(super) fn brief(&self, at: Wall) -> String {
        at.timestamp().to_zoned(self.0.clone()).strftime("%m-%d %H:%M:%S").to_string()
    }
}
