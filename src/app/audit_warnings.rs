//! What the audit says of a book as it is applied.

use crate::audit;
use crate::audit::Grade;
use crate::net::Clock;

/// What a book shows by itself, for whoever applies it: errors and warnings, not hints.
pub(super) fn warn(book: &crate::book::Book) {
    let now = Clock::system().now().wall;
    let found = audit::audit(&audit::Evidence::of_book(book, now));
    for finding in found.iter().filter(|finding| finding.grade != Grade::Hint) {
        eprintln!("audit: {finding}");
    }
}
