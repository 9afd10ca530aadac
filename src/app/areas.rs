//! Reads books with the market areas of the settings.

use std::path::Path;

use super::Fault;
use super::fault::refuse_errors;
use crate::base::Diagnostic;
use crate::book;
use crate::book::Book;
use crate::config::Settings;
use crate::geo::DmaTable;

/// The imported market areas, if any.
#[derive(Debug, Clone, Default)]
pub(super) struct Areas(Option<DmaTable>);

impl Areas {
    /// Reads the table of the settings. A table that is named must exist and be valid.
    pub(super) fn load(settings: &Settings) -> Result<Self, Fault> {
        match &settings.geo.dma {
            Some(path) => table(path).map(|table| Self(Some(table))),
            None => Ok(Self(None)),
        }
    }

    /// Returns the imported table.
    pub(super) fn table(&self) -> Option<&DmaTable> {
        self.0.as_ref()
    }

    /// Returns the imported table by value.
    pub(super) fn into_table(self) -> Option<DmaTable> {
        self.0
    }

    /// Reads a book. Its contracts may name the imported market areas.
    pub(super) fn read_book(&self, file: &str, text: &str) -> (Option<Book>, Vec<Diagnostic>) {
        book::parse_with(file, text, self.0.as_ref())
    }
}

fn table(path: &Path) -> Result<DmaTable, Fault> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Fault::of(format!("{shown}, the table of [geo] dma: {error}")))?;
    let (table, found) = DmaTable::parse(&shown, &text);
    refuse_errors(found)?;
    table.ok_or_else(|| Fault::of(format!("{shown} is not a table of market areas")))
}
