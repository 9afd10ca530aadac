//! Destinations that a far end names, in a redirection or to transfer a call: only those of the book. Any
//! other address could cost anything, and belongs to no contract.

use crate::base::Phone;
use crate::book::Book;
use crate::book::Destination;
use crate::book::Target;
use crate::sip::Uri;

/// Returns the destination of a contract that an address names: by its SIP address (RFC 3261 §19.1.4),
/// or its number. Contracts that are not enabled count, too.
pub(super) fn named<'b>(book: &'b Book, uri: &Uri) -> Option<&'b Destination> {
    let number = uri.number().and_then(|number| number.parse::<Phone>().ok());
    let mut all = book.contracts.iter().filter_map(|contract| contract.destination.as_ref());
    all.find(|destination| match &destination.to {
        Target::Sip { uri: own } => Uri::parse(own.as_str()).is_ok_and(|own| own == *uri),
        Target::Phone { number: own, .. } => number.as_ref() == Some(own),
    })
}
