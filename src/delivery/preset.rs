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

impl Preset {
    /// Returns its platform and what is to be replaced: the first sentence of its text.
    pub fn about(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default().trim_start_matches("# ");
        line.split_once(". ").map_or(line, |(sentence, _)| sentence).trim_end_matches('.')
    }
}

macro_rules! presets {
    ($($name:literal)*) => {
        &[$(Preset { name: $name, text: include_str!(concat!("preset/", $name, ".toml")) }),*]
    };
}

/// All presets, by name.
pub const PRESETS: &[Preset] = presets! {
    "boberdoo" "boberdoo-ping" "cake" "generic" "gohighlevel" "hubspot" "lead-prosper"
    "lead-prosper-ping" "leadbyte" "leadconduit" "leadconduit-ping" "leadspedia" "leadspedia-ping"
    "phonexa" "salesforce"
};

#[cfg(test)]
mod tests;
