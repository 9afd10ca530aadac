//! The kinds of entries in a book.

use std::fmt;

use serde::Serialize;
use serde::Serializer;

/// A kind of entry. Prints as the key of its list in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Noun {
    /// A SIP connection of a carrier.
    Trunk,
    /// An originator of traffic.
    Source,
    /// A buyer.
    Buyer,
    /// An offer.
    Offer,
    /// The terms of a buyer for an offer.
    Contract,
    /// A tracking number.
    Number,
    /// A receiver of events.
    Postback,
}

impl Noun {
    /// All kinds, in the order of a file.
    pub const ALL: [Noun; 7] = [
        Noun::Trunk,
        Noun::Source,
        Noun::Buyer,
        Noun::Offer,
        Noun::Contract,
        Noun::Number,
        Noun::Postback,
    ];

    /// Returns the key of its list in a file: `contract`.
    pub const fn name(self) -> &'static str {
        match self {
            Noun::Trunk => "trunk",
            Noun::Source => "source",
            Noun::Buyer => "buyer",
            Noun::Offer => "offer",
            Noun::Contract => "contract",
            Noun::Number => "number",
            Noun::Postback => "postback",
        }
    }

    /// Returns the plural: `contracts`.
    pub const fn plural(self) -> &'static str {
        match self {
            Noun::Trunk => "trunks",
            Noun::Source => "sources",
            Noun::Buyer => "buyers",
            Noun::Offer => "offers",
            Noun::Contract => "contracts",
            Noun::Number => "numbers",
            Noun::Postback => "postbacks",
        }
    }

    /// Returns the key that identifies an entry of this kind.
    pub const fn key(self) -> &'static str {
        match self {
            Noun::Trunk
            | Noun::Source
            | Noun::Buyer
            | Noun::Offer
            | Noun::Contract
            | Noun::Postback => "id",
            Noun::Number => "number",
        }
    }
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Noun {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
