//! What a list applies to.

use crate::base::OfferId;
use crate::base::SourceId;

/// What a list applies to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Applies {
    /// Every offer and source.
    #[default]
    All,
    /// Callers and leads of one offer.
    Offer(OfferId),
    /// Callers and leads of one source.
    Source(SourceId),
}

/// Names that are not what a list applies to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidApplies {
    /// Both were given.
    #[error("a list applies to one offer or to one source, not to both")]
    Both,
    /// The kind is unknown, or its id is missing or superfluous.
    #[error("`{0}` is not what a list applies to")]
    Kind(String),
    /// The id is none.
    #[error(transparent)]
    Id(#[from] crate::base::InvalidSlug),
}

impl Applies {
    /// Returns what a list applies to by the offer or the source that was given; `All` without one.
    ///
    /// # Errors
    /// [`InvalidApplies`] for two ids, or for one that is none.
    pub fn of(offer: Option<&str>, source: Option<&str>) -> Result<Self, InvalidApplies> {
        match (offer, source) {
            (None, None) => Ok(Applies::All),
            (Some(offer), None) => Ok(Applies::Offer(offer.parse()?)),
            (None, Some(source)) => Ok(Applies::Source(source.parse()?)),
            (Some(_), Some(_)) => Err(InvalidApplies::Both),
        }
    }

    /// Reads the [kind](Self::kind) and the [id](Self::id).
    ///
    /// # Errors
    /// [`InvalidApplies`] for an unknown kind, or an id that does not fit it.
    pub fn parse(kind: &str, id: Option<&str>) -> Result<Self, InvalidApplies> {
        match (kind, id) {
            ("all", None) => Ok(Applies::All),
            ("offer", Some(id)) => Ok(Applies::Offer(id.parse()?)),
            ("source", Some(id)) => Ok(Applies::Source(id.parse()?)),
            (kind, _) => Err(InvalidApplies::Kind(kind.to_owned())),
        }
    }

    /// Returns the kind: `all`, `offer`, or `source`.
    pub fn kind(&self) -> &'static str {
        match self {
            Applies::All => "all",
            Applies::Offer(_) => "offer",
            Applies::Source(_) => "source",
        }
    }

    /// Returns the id of the offer or the source.
    pub fn id(&self) -> Option<&str> {
        match self {
            Applies::All => None,
            Applies::Offer(offer) => Some(offer.as_str()),
            Applies::Source(source) => Some(source.as_str()),
        }
    }

    /// Returns whether the list applies to an inquiry of this source for this offer. An unknown
    /// source is no list's.
    pub fn covers(&self, offer: &OfferId, source: Option<&SourceId>) -> bool {
        match self {
            Applies::All => true,
            Applies::Offer(own) => own == offer,
            Applies::Source(own) => Some(own) == source,
        }
    }
}

impl std::fmt::Display for Applies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.id() {
            Some(id) => write!(f, "{} {id}", self.kind()),
            None => f.write_str(self.kind()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_covers_what_it_applies_to() {
        let (offer, source) = ("solar".parse().unwrap(), "ads".parse().unwrap());
        for (kind, id, expected) in [
            ("all", None, Some(true)),
            ("offer", Some("solar"), Some(true)),
            ("offer", Some("roofs"), Some(false)),
            ("source", Some("ads"), Some(true)),
            ("source", Some("solar"), Some(false)),
            ("offer", None, None),
            ("offer", Some("two words"), None),
            ("all", Some("solar"), None),
            ("buyer", Some("acme"), None),
        ] {
            let applies = Applies::parse(kind, id).ok();
            let covers = applies.as_ref().map(|applies| applies.covers(&offer, Some(&source)));
            assert_eq!(covers, expected, "{kind} {id:?}");
            let unknown = applies.as_ref().map(|applies| applies.covers(&offer, None));
            assert_eq!(unknown, expected.map(|covers| covers && kind != "source"), "{kind} {id:?}");
            if let Some(applies) = applies {
                assert_eq!(Applies::parse(applies.kind(), applies.id()), Ok(applies));
            }
        }
    }
}
