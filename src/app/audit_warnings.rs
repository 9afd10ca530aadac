//! Findings of the audit when a book is checked or applied.

use super::findings;
use crate::audit;
use crate::audit::Evidence;
use crate::audit::Finding;
use crate::audit::Grade;
use crate::base::Diagnostic;
use crate::base::Place;
use crate::book::Book;
use crate::book::BookText;
use crate::book::Noun;
use crate::library::Library;
use crate::net::Clock;

/// Prints errors and warnings of the audit that need only the book and the flows. Omits hints.
pub(super) fn warn(book: &Book, library: &Library) {
    let found = found(book, library);
    let grave = found.iter().filter(|finding| finding.grade != Grade::Hint);
    for line in findings::lines(grave) {
        eprintln!("{line}");
    }
}

/// Returns a diagnostic for each contract or other entry that gets no call as the book stands: see
/// [`Finding::prevents_sales`].
pub(super) fn lost_sales(book: &Book, written: BookText<'_>, library: &Library) -> Vec<Diagnostic> {
    let found = found(book, library);
    let lost = found.iter().filter(|finding| finding.prevents_sales());
    lost.map(|finding| {
        let place = place(written, &finding.subject);
        let message = format!("{}: {}", finding.subject, finding.sentence);
        let severity = match finding.grade {
            Grade::Error => Diagnostic::error,
            Grade::Warning | Grade::Hint => Diagnostic::warning,
        };
        severity(written.file, place, message).hint(&finding.remedy)
    })
    .collect()
}

fn found(book: &Book, library: &Library) -> Vec<Finding> {
    let now = Clock::system().now().wall;
    audit::audit(&Evidence::of_book(book, now).with_flows(library.flows()))
}

/// Returns the place of a finding's subject: `contract acme`.
fn place(written: BookText<'_>, subject: &str) -> Place {
    let entry = subject.split_once(' ').and_then(|(noun, id)| {
        let noun = Noun::ALL.into_iter().find(|known| known.name() == noun)?;
        Some(written.place(noun, id))
    });
    entry.unwrap_or(Place::START)
}
