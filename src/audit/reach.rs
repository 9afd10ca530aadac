//! Checks what a contract excludes: by filters, hours or limits.

use crate::book::Buyer;
use crate::book::CapLimits;
use crate::book::Channel;
use crate::book::Contract;
use crate::book::Filters;
use crate::book::Offer;
use crate::book::SourceRule;

/// Returns whether any filter is by place.
pub(super) fn has_place(filters: &Filters) -> bool {
    let Filters { states, zips, area_codes, cities, counties, countries, .. } = filters;
    let Filters { radius, dma, fields, .. } = filters;
    let geo = ["state", "zip", "area_code", "city", "county"];
    !states.is_empty()
        || !zips.is_empty()
        || !area_codes.is_empty()
        || !cities.is_empty()
        || !counties.is_empty()
        || !countries.is_empty()
        || radius.is_some()
        || dma.is_some()
        || fields.iter().any(|rule| geo.contains(&rule.field.as_str()))
}

/// Returns whether every inquiry passes.
pub(super) fn takes_everything(filters: &Filters) -> bool {
    !has_place(filters)
        && filters.fields.is_empty()
        && filters.required.is_empty()
        && filters.sources == SourceRule::Any
        && filters.min_score.is_none()
        && filters.attestation.is_empty()
}

/// Returns whether nothing is limited.
pub(super) fn is_unlimited(caps: &CapLimits) -> bool {
    *caps == CapLimits::NONE
}

/// Returns whether the contract is eligible for every inquiry by the channel, at all times.
pub(super) fn always_eligible(
    contract: &Contract,
    buyer: &Buyer,
    offer: &Offer,
    channel: Channel,
) -> bool {
    contract.channels.contains(channel)
        && takes_everything(&contract.filters)
        && contract.schedule.is_none()
        && contract.duplicate.is_empty()
        && contract.auto_pause.is_none()
        && !buyer.prepaid
        && [&contract.caps, &buyer.caps, &offer.caps].into_iter().all(is_unlimited)
}
