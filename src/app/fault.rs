//! The failure of a command, as printed on the terminal.

use crate::base::Diagnostic;
use crate::base::Severity;

/// The failure of a command. The process exits with 1.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Faults in files, each with its place.
    #[error("{}", list(.0))]
    Files(Vec<Diagnostic>),
    /// The faults are already printed.
    #[error("")]
    Printed,
    /// One sentence.
    #[error("strowger: {0}")]
    Sentence(String),
}

impl Fault {
    /// Returns the fault for an error that prints as a sentence.
    pub(super) fn of(error: impl std::fmt::Display) -> Self {
        Fault::Sentence(error.to_string())
    }
}

/// Returns a fault when one of the diagnostics is an error; prints the warnings otherwise.
pub(super) fn refuse_errors(found: Vec<Diagnostic>) -> Result<(), Fault> {
    if found.iter().any(|fault| fault.severity == Severity::Error) {
        return Err(Fault::Files(found));
    }
    for warning in found {
        eprintln!("{warning}");
    }
    Ok(())
}

/// Returns each fault on its own line, then their number.
fn list(faults: &[Diagnostic]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let errors = faults.iter().filter(|fault| fault.severity == Severity::Error).count();
    let warnings = faults.len() - errors;
    let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
    format!("{}\n{errors}, {warnings}", lines.join("\n"))
}

/// Returns a number with its noun, as in `1 flow` and `2 flows`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
