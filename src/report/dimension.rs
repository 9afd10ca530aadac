//! What reports group by, and which groupings are kept ready.

use std::fmt;
use std::str::FromStr;

/// A property of calls or attempts that reports group by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// Offer that the call was last routed for.
    Offer,
    /// Buyer: the winner, or who was rung.
    Buyer,
    /// Source of the call.
    Source,
    /// Number that was dialled.
    Number,
    /// Tag that a flow set, as `name=value`.
    Tag,
    /// Contract: the winner's, or the one that was rung or passed over.
    Contract,
    /// Tier of an attempt.
    Tier,
    /// Trunk or webhook carrier of the call.
    Trunk,
    /// Flow that the call entered first.
    Flow,
    /// Reason: a code of `docs/reasons.md`, or the way of a fallback.
    Reason,
    /// What a reason is about: `call`, `attempt`, or `contract`.
    Kind,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Dimension; 11] = [
        Dimension::Offer,
        Dimension::Buyer,
        Dimension::Source,
        Dimension::Number,
        Dimension::Tag,
        Dimension::Contract,
        Dimension::Tier,
        Dimension::Trunk,
        Dimension::Flow,
        Dimension::Reason,
        Dimension::Kind,
    ];

    /// Returns the name in requests, answers, and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Dimension::Offer => "offer",
            Dimension::Buyer => "buyer",
            Dimension::Source => "source",
            Dimension::Number => "number",
            Dimension::Tag => "tag",
            Dimension::Contract => "contract",
            Dimension::Tier => "tier",
            Dimension::Trunk => "trunk",
            Dimension::Flow => "flow",
            Dimension::Reason => "reason",
            Dimension::Kind => "kind",
        }
    }
}

impl FromStr for Dimension {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|known| known.name() == text).ok_or(())
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The dimensions whose groups are kept together, so that any of them answer a question: those that
/// a call has one of.
pub const CUBE: [Dimension; 8] = [
    Dimension::Offer,
    Dimension::Source,
    Dimension::Buyer,
    Dimension::Contract,
    Dimension::Number,
    Dimension::Trunk,
    Dimension::Flow,
    Dimension::Reason,
];

/// Two dimensions of calls whose groups are kept by quarter hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pair {
    /// All calls together.
    All,
    /// Offer and buyer.
    OfferBuyer,
    /// Source and offer.
    SourceOffer,
    /// Source and buyer.
    SourceBuyer,
    /// Number and source.
    NumberSource,
    /// Tag and offer. A call without tags is in none of these groups, and one with two is in two.
    TagOffer,
}

impl Pair {
    /// Every pair. A question is answered from the first that has its dimensions.
    pub const ALL: [Pair; 6] = [
        Pair::All,
        Pair::OfferBuyer,
        Pair::SourceOffer,
        Pair::SourceBuyer,
        Pair::NumberSource,
        Pair::TagOffer,
    ];

    /// Returns the number that stands for the pair in the database. Never changes.
    pub const fn number(self) -> i64 {
        match self {
            Pair::All => 0,
            Pair::OfferBuyer => 1,
            Pair::SourceOffer => 2,
            Pair::SourceBuyer => 3,
            Pair::NumberSource => 4,
            Pair::TagOffer => 5,
        }
    }

    /// Returns the dimensions, in the order of the database's columns.
    pub const fn dimensions(self) -> &'static [Dimension] {
        match self {
            Pair::All => &[],
            Pair::OfferBuyer => &[Dimension::Offer, Dimension::Buyer],
            Pair::SourceOffer => &[Dimension::Source, Dimension::Offer],
            Pair::SourceBuyer => &[Dimension::Source, Dimension::Buyer],
            Pair::NumberSource => &[Dimension::Number, Dimension::Source],
            Pair::TagOffer => &[Dimension::Tag, Dimension::Offer],
        }
    }

    /// Returns the first pair with all of these dimensions. Only a question about tags is answered
    /// from the pair of tags.
    pub fn with(wanted: &[Dimension]) -> Option<Pair> {
        let has = |pair: &Pair| {
            let own = pair.dimensions();
            let tagged = own.contains(&Dimension::Tag) == wanted.contains(&Dimension::Tag);
            tagged && wanted.iter().all(|one| own.contains(one))
        };
        Self::ALL.into_iter().find(has)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_pair_that_has_the_dimensions_answers() {
        use Dimension::*;
        for (wanted, expected) in [
            (vec![], Some(Pair::All)),
            (vec![Offer], Some(Pair::OfferBuyer)),
            (vec![Buyer], Some(Pair::OfferBuyer)),
            (vec![Buyer, Offer], Some(Pair::OfferBuyer)),
            (vec![Source], Some(Pair::SourceOffer)),
            (vec![Buyer, Source], Some(Pair::SourceBuyer)),
            (vec![Number], Some(Pair::NumberSource)),
            (vec![Tag], Some(Pair::TagOffer)),
            (vec![Tag, Buyer], None),
            (vec![Number, Offer], None),
            (vec![Offer, Buyer, Source], None),
            (vec![Trunk], None),
        ] {
            assert_eq!(Pair::with(&wanted), expected, "{wanted:?}");
        }
    }

    #[test]
    fn names_are_read_as_they_print() {
        for one in Dimension::ALL {
            assert_eq!(one.to_string().parse(), Ok(one));
        }
        assert_eq!("day".parse::<Dimension>(), Err(()));
    }
}
