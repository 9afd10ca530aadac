//! The zips within radii, computed once per circle instead of once per contract and book version.

use std::collections::HashMap;
use std::sync::Arc;

use crate::book::Book;
use crate::book::Radius;
use crate::geo::Zip;

/// The circles of one version of the book: at most one per contract.
#[derive(Debug, Default)]
pub(super) struct Circles(HashMap<(Zip, u32), Arc<[Zip]>>);

impl Circles {
    /// Returns the circles of an earlier version that the book still uses.
    pub(super) fn after(earlier: Option<&Self>, book: &Book) -> Self {
        let Some(earlier) = earlier else { return Self::default() };
        let named = book.contracts.iter().filter_map(|contract| {
            let radius = contract.filters.radius.as_ref()?;
            let key = (radius.zip, radius.miles);
            Some((key, earlier.0.get(&key)?.clone()))
        });
        Self(named.collect())
    }

    /// Returns the zips within a radius, sorted.
    pub(super) fn zips(&mut self, radius: Radius) -> Arc<[Zip]> {
        let circle = self.0.entry((radius.zip, radius.miles));
        circle.or_insert_with(|| Arc::from(radius.zips())).clone()
    }
}
