//! Hides a part of a message; its length stays.

use std::ops::Range;

/// What stands for a hidden octet.
const HIDDEN: u8 = b'*';

/// Hides every octet of a range except white space.
pub(super) fn hide(message: &mut [u8], range: Range<usize>) {
    let octets = message.get_mut(range).unwrap_or_default();
    octets
        .iter_mut()
        .filter(|octet| !octet.is_ascii_whitespace())
        .for_each(|octet| *octet = HIDDEN);
}
