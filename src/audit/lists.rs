//! Finds suppression lists that have no effect.

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use super::ScopedList;
use crate::suppression::Applies;

/// Finds lists that apply to an offer or a source that the book does not have.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let book = evidence.book;
    let lost = evidence.lists.iter().filter_map(|ScopedList { name, applies_to }| {
        let scope = match applies_to {
            Applies::All => return None,
            Applies::Offer(offer) if book.offer(offer).is_none() => format!("offer {offer}"),
            Applies::Source(source) if book.source(source).is_none() => format!("source {source}"),
            Applies::Offer(_) | Applies::Source(_) => return None,
        };
        let sentence =
            format!("applies to {scope}, which the book does not have: none of its entries counts");
        let remedy = "make its entries apply to what the book has, or drop it";
        let subject = format!("suppression list {name}");
        Some(Finding::new(Grade::Warning, Kind::ListWithoutScope, subject, sentence, remedy))
    });
    lost.collect()
}
