//! Why a command failed, for a person at a terminal.

use crate::base::Diagnostic;
use crate::base::Severity;

/// A command's failure: the process exits with 1.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Faults in files, each with its place.
    #[error("{}", list(.0))]
    Files(Vec<Diagnostic>),
    /// What is wrong was printed already.
    #[error("")]
    Told,
    /// One clear sentence.
    #[error("strowger: {0}")]
    Sentence(String),
}

impl Fault {
    /// Of anything that prints as a sentence.
    pub(super) fn of(error: impl std::fmt::Display) -> Self {
        Fault::Sentence(error.to_string())
    }
}

/// Fails when one of the diagnostics is an error; prints the warnings otherwise.
pub(super) fn refuse_errors(found: Vec<Diagnostic>) -> Result<(), Fault> {
    if found.iter().any(|fault| fault.severity == Severity::Error) {
        return Err(Fault::Files(found));
    }
    for warning in found {
        eprintln!("{warning}");
    }
    Ok(())
}

/// Returns every fault on its own line, and their number.
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
