//! The sender of a SIP message, by its address.

use std::net::IpAddr;

use crate::book::Book;
use crate::sip::Sender;

/// Returns the sender at an address: a trunk of the book, or a stranger. An INVITE keeps the
/// result, so that the trunk is searched once.
pub fn sender(book: &Book, address: IpAddr) -> Sender {
    match book.trunk_of(address) {
        Some(trunk) => Sender::Trusted(trunk.id.clone()),
        None => Sender::Stranger,
    }
}
