//! Reads books as the settings say: with market areas, and with the addresses within reach.

use std::path::Path;

use super::Fault;
use super::fault::refuse_errors;
use crate::base::Diagnostic;
use crate::base::Reach;
use crate::book;
use crate::book::Book;
use crate::book::Surroundings;
use crate::config::Settings;
use crate::geo::DmaTable;

/// The imported market areas, if any, and the addresses that postbacks may be sent to.
#[derive(Debug, Clone)]
pub(super) struct Areas {
    table: Option<DmaTable>,
    reach: Reach,
}

impl Areas {
    /// Reads the table of the settings. A table that is named must exist and be valid.
    pub(super) fn load(settings: &Settings) -> Result<Self, Fault> {
        let table = settings.geo.dma.as_deref().map(table).transpose()?;
        Ok(Self { table, reach: settings.outbound.reach() })
    }

    /// Returns what books are read against.
    pub(super) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { areas: self.table.as_ref(), reach: self.reach }
    }

    /// Returns the imported table by value.
    pub(super) fn into_table(self) -> Option<DmaTable> {
        self.table
    }

    /// Reads a book.
    pub(super) fn read_book(&self, file: &str, text: &str) -> (Option<Book>, Vec<Diagnostic>) {
        book::parse_with(file, text, self.surroundings())
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
