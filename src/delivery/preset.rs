//! Deliveries for well-known platforms, as text to paste into a book and edit.

/// A delivery for a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// Its name at the command line.
    pub name: &'static str,
    /// Its text in TOML, which follows the keys of a `[[contract]]`. Words in capitals are for the
    /// reader to replace.
    pub text: &'static str,
}

macro_rules! presets {
    ($($name:literal)*) => {
        &[$(Preset { name: $name, text: include_str!(concat!("preset/", $name, ".toml")) }),*]
    };
}

/// All presets, by name.
pub const PRESETS: &[Preset] = presets! {
    "boberdoo" "cake" "generic" "gohighlevel" "hubspot" "lead-prosper" "leadbyte" "leadconduit"
    "leadspedia" "phonexa" "salesforce"
};

#[cfg(test)]
mod tests;
