//! Whose address a SIP message comes from.

use std::net::IpAddr;

use crate::book::Book;
use crate::sip::Sender;

/// Whose address this is: a trunk of the book, or a stranger. An INVITE keeps the answer, so that
/// the trunk is not looked for again.
pub fn sender(book: &Book, address: IpAddr) -> Sender {
    match book.trunk_of(address) {
        Some(trunk) => Sender::Trusted(trunk.id.clone()),
        None => Sender::Stranger,
    }
}
