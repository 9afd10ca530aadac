//! The specification: checks one contract after the other, one stage after the other.

use super::Known;
use super::Moment;
use super::Roster;
use super::Terms;
use super::Usage;
use super::Verdict;
use super::moment::Opening;
use super::terms::Switch;
use crate::geo::Zip;

/// Finds the first stage that each contract fails; verdicts are in the roster's order.
pub fn evaluate(
    roster: &Roster,
    known: &Known,
    usage: &dyn Usage,
    moment: &Moment<'_>,
) -> Vec<Verdict> {
    roster.contracts.iter().map(|terms| verdict(terms, known, usage, moment)).collect()
}

fn verdict(terms: &Terms, known: &Known, usage: &dyn Usage, moment: &Moment<'_>) -> Verdict {
    let filters = &terms.filters;
    if terms.switch != Switch::On {
        return Verdict::Off;
    }
    if !terms.channels.contains(known.channel) {
        return Verdict::Channel;
    }
    if !one_of(&filters.states, known.state) {
        return Verdict::State;
    }
    if !one_of(&filters.zips, known.zip) {
        return Verdict::Zip;
    }
    if !one_of(&filters.area_codes, known.area_code) {
        return Verdict::AreaCode;
    }
    if !terms.takes_city(known.city, known.state) {
        return Verdict::City;
    }
    if !one_of(&filters.counties, known.county) {
        return Verdict::County;
    }
    if !one_of(&filters.countries, known.country) {
        return Verdict::Country;
    }
    if !within(terms.radius(), known.zip) {
        return Verdict::Radius;
    }
    if !within(terms.dma(), known.zip) {
        return Verdict::Dma;
    }
    if !filters.sources.takes(known.source.as_ref()) {
        return Verdict::Source;
    }
    if !filters.fields.iter().all(|rule| rule.takes(known.fields.value(rule.field.as_str()))) {
        return Verdict::Field;
    }
    if terms.missing(known).next().is_some() {
        return Verdict::Required;
    }
    if !terms.takes_score(known.value("score")) {
        return Verdict::Score;
    }
    if !terms.takes_attestation(known.value("attestation")) {
        return Verdict::Attestation;
    }
    if let Some(at) = terms.sold(known, usage, moment) {
        return Verdict::Duplicate(at);
    }
    if let Some(full) = terms.full(usage, moment) {
        return Verdict::Cap(Box::new(full));
    }
    match terms.schedule.as_ref().map(|schedule| moment.open(schedule, terms.zone)) {
        Some(Opening::Closed) => Verdict::Hours,
        Some(Opening::Holiday) => Verdict::Holiday,
        Some(Opening::Open) | None => Verdict::Eligible,
    }
}

/// Returns whether a place is on a contract's list. An empty list takes everything; an unknown
/// place is on no list.
fn one_of<T: PartialEq>(list: &[T], place: Option<T>) -> bool {
    list.is_empty() || place.is_some_and(|place| list.contains(&place))
}

/// Returns whether a zip is in a set; without a set every zip is.
fn within(set: Option<&[Zip]>, zip: Option<Zip>) -> bool {
    set.is_none_or(|set| zip.is_some_and(|zip| set.binary_search(&zip).is_ok()))
}
