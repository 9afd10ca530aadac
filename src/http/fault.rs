//! Faults of books and flows, each with its place and a remedy.

use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use crate::base::Diagnostic;
use crate::base::Severity;
use crate::book::JsonFault;

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
    severity: Grade,
    /// What is wrong.
    message: String,
    /// What to do.
    hint: String,
}

/// A fault of a JSON document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct PointedFault {
    /// Where it is (RFC 6901).
    pointer: String,
    severity: Grade,
    /// What is wrong.
    message: String,
    /// What to do.
    hint: String,
}

/// How grave a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Grade {
    /// Nothing was applied.
    Error,
    /// It was applied; look at it.
    Warning,
}

impl From<Diagnostic> for TextFault {
    fn from(found: Diagnostic) -> Self {
        let Diagnostic { file, place, severity, message, hint } = found;
        let severity = match severity {
            Severity::Error => Grade::Error,
            Severity::Warning => Grade::Warning,
        };
        Self { file, line: place.line, column: place.column, severity, message, hint }
    }
}

impl From<JsonFault> for Fault {
    fn from(found: JsonFault) -> Self {
        let JsonFault { pointer, error, message, hint } = found;
        let severity = if error { Grade::Error } else { Grade::Warning };
        Self::Json(PointedFault { pointer, severity, message, hint })
    }
}

/// The warnings among the faults of a text; fails with all of them when one is an error.
pub(super) fn refuse(found: Vec<Diagnostic>) -> Result<Vec<Fault>, Problem> {
    let refused = found.iter().any(|fault| fault.severity == Severity::Error);
    let shown = found.into_iter().map(|fault| Fault::Text(fault.into())).collect();
    if refused { Err(Problem::Refused(shown)) } else { Ok(shown) }
}
