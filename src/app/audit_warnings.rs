//! Prints findings of the audit when a book is applied.

use crate::audit;
use crate::audit::Grade;
use crate::net::Clock;

/// Prints errors and warnings of the audit that need only the book itself. Omits hints.
pub(super) fn warn(book: &crate::book::Book) {
    let now = Clock::system().now().wall;
    let found = audit::audit(&audit::Evidence::of_book(book, now));
    for finding in found.iter().filter(|finding| finding.grade != Grade::Hint) {
        eprintln!("audit: {finding}");
    }
}
