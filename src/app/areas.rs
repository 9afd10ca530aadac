//! Books are read with the market areas that the settings name.

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
    /// Reads the table that the settings name. A table that is named must be there and be right.
    pub(super) fn load(settings: &Settings) -> Result<Self, Fault> {
        match &settings.geo.dma {
            Some(path) => table(path).map(|table| Self(Some(table))),
            None => Ok(Self(None)),
        }
    }

    /// The imported table.
    pub(super) fn table(&self) -> Option<&DmaTable> {
        self.0.as_ref()
    }

    /// The imported table, to keep.
    pub(super) fn into_table(self) -> Option<DmaTable> {
        self.0
    }

    /// Reads a book whose contracts may name them.
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
