//! Faults of books and flows, each with its place and a remedy.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::Schema;

use super::problem::Problem;
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
    /// Of a text.
    Text(TextFault),
    /// Of a JSON document.
    Json(PointedFault),
}

/// A fault of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct TextFault {
    /// The file; `body` or `book` for a text that came with the request.
    file: String,
    /// Its line, from 1.
    line: u32,
    /// Its column, from 1.
    column: u32,
    #[schema(schema_with = severity)]
    severity: Severity,
    /// What is wrong.
    message: String,
    /// What to do.
    hint: String,
}

/// A fault of a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct PointedFault {
    /// The entry that has it; absent when it is of the body itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    entry: Option<FaultyEntry>,
    /// Where it is (RFC 6901): in the body, or in the entry.
    pointer: String,
    #[schema(schema_with = severity)]
    severity: Severity,
    /// What is wrong.
    message: String,
    /// What to do.
    hint: String,
}

/// How grave a fault is: nothing was applied, or it was applied and is worth a look.
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

/// Another entry of the book than the one that is changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct FaultyEntry {
    /// Which list of the book.
    #[schema(value_type = String)]
    noun: Noun,
    /// Which entry of it.
    id: String,
}

impl From<EntryFault> for Fault {
    fn from(found: EntryFault) -> Self {
        let EntryFault { entry, pointer, severity, message, hint } = found;
        let entry = entry.map(|EntryName { noun, id }| FaultyEntry { noun, id });
        Self::Json(PointedFault { entry, pointer, severity, message, hint })
    }
}

/// The warnings among the faults of a text; fails with all of them when one is an error.
pub(super) fn refuse(found: Vec<Diagnostic>) -> Result<Vec<Fault>, Problem> {
    let refused = found.iter().any(|fault| fault.severity == Severity::Error);
    let shown = found.into_iter().map(|fault| Fault::Text(fault.into())).collect();
    if refused { Err(Problem::Refused(shown)) } else { Ok(shown) }
}
