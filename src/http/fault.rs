//! Faults of books and flows, each with its place and a hint.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::schema::word;
use crate::base::Diagnostic;
use crate::base::Severity;
use crate::book::EntryFault;
use crate::book::EntryName;
use crate::book::JsonFault;
use crate::book::Noun;

/// A fault, as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Fault {
    /// A fault of a text.
    Text(TextFault),
    /// A fault of a JSON document.
    Json(PointedFault),
}

/// A fault of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct TextFault {
    /// The file; `body` or `book` for a text that came with the request.
    file: String,
    /// Line, from 1.
    line: u32,
    /// Column, from 1.
    column: u32,
    #[schema(schema_with = severity)]
    severity: Severity,
    /// What is wrong.
    message: String,
    /// Remedy.
    hint: String,
}

/// A fault of a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct PointedFault {
    /// Entry with the fault; absent for a fault of the body itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    entry: Option<FaultyEntry>,
    /// JSON pointer (RFC 6901) into the body or the entry.
    pointer: String,
    #[schema(schema_with = severity)]
    severity: Severity,
    /// What is wrong.
    message: String,
    /// Remedy.
    hint: String,
}

/// Returns the schema of the severity. An error means that nothing was applied.
fn severity() -> RefOr<Schema> {
    word(["error", "warning"])
}

impl From<Diagnostic> for TextFault {
    fn from(found: Diagnostic) -> Self {
        let Diagnostic { file, place, severity, message, hint } = found;
        Self { file, line: place.line, column: place.column, severity, message, hint }
    }
}

impl From<JsonFault> for Fault {
    fn from(found: JsonFault) -> Self {
        let JsonFault { pointer, severity, message, hint } = found;
        Self::Json(PointedFault { entry: None, pointer, severity, message, hint })
    }
}

/// Another entry of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FaultyEntry {
    /// Kind of entry.
    #[schema(value_type = String)]
    noun: Noun,
    /// Id of the entry.
    id: String,
}

impl From<EntryFault> for Fault {
    fn from(found: EntryFault) -> Self {
        let EntryFault { entry, pointer, severity, message, hint } = found;
        let entry = entry.map(|EntryName { noun, id }| FaultyEntry { noun, id });
        Self::Json(PointedFault { entry, pointer, severity, message, hint })
    }
}

/// Returns the faults of a text if all are warnings; fails with all of them if one is an error.
pub(super) fn refuse(found: Vec<Diagnostic>) -> Result<Vec<Fault>, Vec<Fault>> {
    let refused = found.iter().any(|fault| fault.severity == Severity::Error);
    let shown = found.into_iter().map(|fault| Fault::Text(fault.into())).collect();
    if refused { Err(shown) } else { Ok(shown) }
}
