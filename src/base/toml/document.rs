//! A TOML file parsed into tables.

use toml::de::DeTable;

use super::Report;
use super::Table;

/// Largest file that is read, in bytes.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// A TOML file without syntax errors.
#[derive(Debug)]
pub struct Document<'t> {
    root: DeTable<'t>,
}

impl<'t> Document<'t> {
    /// Parses a file. Syntax faults go to the report. If there are any, no document is returned,
    /// because reading a part of it would report faults that do not exist.
    pub fn parse(text: &'t str, report: &mut Report<'_>) -> Option<Self> {
        if text.len() > BYTES_MAX {
            report.error(0, format!("the file is larger than {} MiB", BYTES_MAX >> 20), "");
            return None;
        }
        let (root, faults) = DeTable::parse_recoverable(text);
        for fault in &faults {
            let at = fault.span().map_or(0, |span| span.start);
            report.error(at, format!("this is not TOML: {}", fault.message()), "");
        }
        faults.is_empty().then(|| Self { root: root.into_inner() })
    }

    /// Returns the file's root table.
    pub fn root(&self) -> Table<'_> {
        Table::new(&self.root, 0, "the file".to_owned())
    }
}
