//! The failure of a command, as printed on the terminal.

use std::collections::BTreeSet;

use crate::base::Diagnostic;
use crate::base::Severity;
use crate::book::Book;
use crate::library::Library;

/// The failure of a command. The process exits with 1; with [`Fault::Unable`], it exits with 2.
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
    /// The question that the command answers could not be answered.
    #[error("{0}")]
    Unable(Box<Fault>),
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
    for line in grouped(&found) {
        eprintln!("{line}");
    }
    Ok(())
}

/// Removes the warnings about flows that no number of the book leads to: those flows may belong to
/// another book.
pub(super) fn about_used_flows(found: &mut Vec<Diagnostic>, library: &Library, book: &Book) {
    let used: BTreeSet<String> =
        library.flows_of(book).into_iter().map(|flow| format!("{flow}.xml")).collect();
    let files: BTreeSet<String> =
        library.flows().map(|flow| format!("{}.xml", flow.name)).collect();
    found.retain(|fault| {
        let is_unused = files.contains(&fault.file) && !used.contains(&fault.file);
        fault.severity == Severity::Error || !is_unused
    });
}

/// Returns a line for each different message of a file: its first place, and how many more there
/// are.
fn grouped(found: &[Diagnostic]) -> Vec<String> {
    let mut groups: Vec<(&Diagnostic, usize)> = Vec::new();
    for fault in found {
        let alike = |known: &&Diagnostic| {
            (&known.file, &known.message, &known.hint) == (&fault.file, &fault.message, &fault.hint)
        };
        match groups.iter_mut().find(|(first, _)| alike(first)) {
            Some((_, more)) => *more += 1,
            None => groups.push((fault, 0)),
        }
    }
    let line = |(first, more): &(&Diagnostic, usize)| match more {
        0 => first.to_string(),
        more => format!("{first}, also in {}", counted(*more, "more place")),
    };
    groups.iter().map(line).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Place;

    #[test]
    fn warnings_that_are_alike_are_one_line() {
        let at = |line, message: &str| {
            Diagnostic::warning("a.xml", Place { line, column: 5 }, message).hint("add a file")
        };
        let found = [at(3, "no sound"), at(4, "no key"), at(9, "no sound"), at(12, "no sound")];
        let expected = [
            "a.xml:3:5: warning: no sound (add a file), also in 2 more places",
            "a.xml:4:5: warning: no key (add a file)",
        ];
        assert_eq!(grouped(&found), expected);
    }
}
