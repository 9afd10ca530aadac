//! Finds the contracts that check each field: where a question can narrow the pool.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::base::ContractId;
use crate::base::FieldName;
use crate::base::OfferId;
use crate::book::Book;
use crate::book::Filters;
use crate::flow::Flow;
use crate::flow::Narrowing;
use crate::routing::follows_from;

/// Returns which fields the contracts check that a flow may route to: those of the offers that it
/// names, and of the offers of its numbers. Without such offers, all of the book's contracts.
pub fn narrowing(book: &Book, flow: &Flow, own: Option<&OfferId>) -> Narrowing {
    let references = flow.references();
    let mut offers: BTreeSet<&OfferId> = references.offers.iter().map(|m| &m.what).collect();
    let numbers = book.numbers.iter().filter(|number| number.flow == flow.name);
    offers.extend(numbers.map(|number| &number.offer));
    offers.extend(own);
    let any = offers.is_empty();
    let contracts: Vec<_> = (book.contracts.iter())
        .filter(|contract| any || offers.contains(&contract.offer))
        .map(|contract| (&contract.id, looked_at(&contract.filters)))
        .collect();
    let mut looking: BTreeMap<FieldName, Vec<ContractId>> = BTreeMap::new();
    for field in references.fields_set.iter().map(|mention| &mention.what) {
        let derives = |looked: &&str| follows_from(looked).contains(&field.as_str());
        let looks =
            |fields: &BTreeSet<&str>| fields.contains(field.as_str()) || fields.iter().any(derives);
        let who = contracts.iter().filter(|(_, fields)| looks(fields));
        looking.insert(field.clone(), who.map(|(id, _)| (*id).clone()).collect());
    }
    Narrowing { contracts: contracts.len(), looking }
}

/// Returns the fields that filters check.
fn looked_at(filters: &Filters) -> BTreeSet<&str> {
    let Filters { states, zips, area_codes, cities, counties, countries, .. } = filters;
    let Filters { radius, dma, fields, required, sources: _, min_score, attestation, .. } = filters;
    let places = [
        ("state", !states.is_empty()),
        ("zip", !zips.is_empty() || radius.is_some() || dma.is_some()),
        ("area_code", !area_codes.is_empty()),
        ("city", !cities.is_empty()),
        ("county", !counties.is_empty()),
        ("country", !countries.is_empty()),
        ("score", min_score.is_some()),
        ("attestation", !attestation.is_empty()),
    ];
    let asked = places.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name);
    let rules = fields.iter().map(|rule| rule.field.as_str());
    asked.chain(rules).chain(required.iter().map(FieldName::as_str)).collect()
}
