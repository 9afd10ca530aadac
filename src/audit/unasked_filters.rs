//! Finds filters that no call passes, because no flow sets the field or gives such a value.

use std::collections::BTreeSet;

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use super::ways::Way;
use super::ways::texts;
use super::ways::ways;
use crate::base::suggest;
use crate::book::Channel;
use crate::book::Contract;
use crate::book::FieldRule;
use crate::book::SourceRule;
use crate::book::Zip;

/// Maximum number of values that a sentence lists.
const SHOWN_MAX: usize = 6;

/// Something that a contract requires of an inquiry.
#[derive(Debug, Clone, Copy)]
enum Need<'b> {
    /// A field is known.
    Known(&'b str),
    /// A field passes a rule.
    Rule(&'b FieldRule),
    /// The zip is one of these.
    Zip(&'b [Zip]),
    /// The source is accepted.
    Source(&'b SourceRule),
}

/// Finds contracts for calls that filter by what no flow of their offer's numbers finds out. The
/// audit of a book without its flows finds none of them.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let Some(ways) = ways(evidence) else { return Vec::new() };
    let mut found = Vec::new();
    for (contract, _) in evidence.live() {
        if !contract.channels.contains(Channel::Call) {
            continue;
        }
        let own: Vec<&Way<'_>> = ways.iter().filter(|way| way.leads_to(contract)).collect();
        if own.is_empty() {
            continue;
        }
        // Forms bring their own fields.
        let only_calls = !contract.channels.contains(Channel::Form);
        let never = if only_calls { Grade::Error } else { Grade::Warning };
        let mut add = |grade: Grade, (sentence, remedy): (String, String)| {
            let subject = format!("contract {}", contract.id);
            found.push(Finding::new(grade, Kind::UnaskedFilters, subject, sentence, remedy));
        };
        let needs = needs(contract);
        let unmet: Vec<&Need<'_>> =
            needs.iter().filter(|need| !own.iter().any(|way| need.is_met(way))).collect();
        if unmet.is_empty() && !own.iter().any(|way| needs.iter().all(|need| need.is_met(way))) {
            add(never, not_together(&own));
        }
        for need in unmet {
            add(never, need.fault(&own));
        }
        for fault in needs.iter().filter_map(|need| need.lost_values(&own)) {
            add(Grade::Warning, fault);
        }
    }
    found
}

fn needs(contract: &Contract) -> Vec<Need<'_>> {
    let filters = &contract.filters;
    let known = [
        (filters.radius.is_some() || filters.dma.is_some(), "zip"),
        (!filters.cities.is_empty(), "city"),
        (!filters.counties.is_empty(), "county"),
        (filters.min_score.is_some(), "score"),
    ];
    let mut fields: BTreeSet<&str> =
        known.into_iter().filter(|(needed, _)| *needed).map(|(_, field)| field).collect();
    fields.extend(filters.required.iter().map(|field| field.as_str()));
    let mut needs: Vec<Need<'_>> = fields.into_iter().map(Need::Known).collect();
    if !filters.zips.is_empty() {
        needs.push(Need::Zip(&filters.zips));
    }
    needs.extend(filters.fields.iter().map(Need::Rule));
    needs.push(Need::Source(&filters.sources));
    needs
}

impl Need<'_> {
    fn is_met(&self, way: &Way<'_>) -> bool {
        match self {
            Need::Known(field) => way.gives(field),
            Need::Rule(rule) => way.may_pass(rule),
            Need::Zip(zips) => zips.iter().any(|zip| way.can_be("zip", zip.as_str())),
            Need::Source(rule) => rule.takes(Some(way.source)),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            Need::Known(field) => Some(field),
            Need::Rule(rule) => Some(rule.field.as_str()),
            Need::Zip(_) => Some("zip"),
            Need::Source(_) => None,
        }
    }

    /// Returns the sentence and the remedy for a need that no way meets.
    fn fault(&self, ways: &[&Way<'_>]) -> (String, String) {
        let Some(field) = self.field() else {
            let sentence = "no number of a source that it accepts leads to it".to_owned();
            return (sentence, "accept the source of one of its numbers".to_owned());
        };
        let flows = flows(ways);
        if !ways.iter().any(|way| way.gives(field)) {
            let fields: BTreeSet<&str> = ways.iter().flat_map(|way| way.fields()).collect();
            let sentence = format!("needs the field `{field}`, which {flows} never sets");
            let remedy = match suggest(field, fields) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "ask for it in the flow, or remove the filter".to_owned(),
            };
            return (sentence, remedy);
        }
        let given: BTreeSet<&str> = ways.iter().flat_map(|way| way.fixed(field)).collect();
        let sentence = match listed(&given) {
            Some(values) => {
                format!("no value of `{field}` in {flows} passes its filter: {values}")
            }
            None => format!("no answer for `{field}` in {flows} passes its filter"),
        };
        let wanted = match self {
            Need::Rule(rule) => texts(rule).unwrap_or_default(),
            Need::Known(_) | Need::Zip(_) | Need::Source(_) => Vec::new(),
        };
        let remedy = wanted.iter().find_map(|wanted| meant(wanted, &given));
        (sentence, remedy.unwrap_or_else(|| "change the filter, or the flow".to_owned()))
    }

    /// Returns the sentence and the remedy for values that no call has, although others pass.
    fn lost_values(&self, ways: &[&Way<'_>]) -> Option<(String, String)> {
        let Need::Rule(rule) = self else { return None };
        let field = rule.field.as_str();
        let texts = texts(rule)?;
        let lost: BTreeSet<&str> = texts
            .iter()
            .copied()
            .filter(|text| !ways.iter().any(|w| w.can_be(field, text)))
            .collect();
        if lost.len() == texts.len() {
            return None;
        }
        let given: BTreeSet<&str> = ways.iter().flat_map(|way| way.fixed(field)).collect();
        let sentence =
            format!("{} never gives `{field}` the value {}", flows(ways), listed(&lost)?);
        let remedy = lost.iter().find_map(|wanted| meant(wanted, &given));
        Some((sentence, remedy.unwrap_or_else(|| "change the filter, or the flow".to_owned())))
    }
}

/// Returns a remedy that names the value that was probably meant.
fn meant(wanted: &str, given: &BTreeSet<&str>) -> Option<String> {
    if let Some(same) = given.iter().find(|given| given.eq_ignore_ascii_case(wanted)) {
        return Some(format!("write `{same}` instead of `{wanted}`: case counts"));
    }
    suggest(wanted, given.iter().copied()).map(|meant| format!("did you mean `{meant}`?"))
}

fn not_together(ways: &[&Way<'_>]) -> (String, String) {
    let sentence = format!("none of {} alone finds out all that its filters need", flows(ways));
    (sentence, "ask for all of it in one flow, or remove a filter".to_owned())
}

/// Returns the names of the flows: `flow auto, flow home`.
fn flows(ways: &[&Way<'_>]) -> String {
    let names: BTreeSet<&str> = ways.iter().map(|way| way.flow.as_str()).collect();
    let more = names.len().saturating_sub(SHOWN_MAX);
    let names: Vec<&str> = names.into_iter().take(SHOWN_MAX).collect();
    let noun = if names.len() == 1 { "the flow" } else { "the flows" };
    match more {
        0 => format!("{noun} {}", names.join(", ")),
        more => format!("{noun} {} and {more} more", names.join(", ")),
    }
}

/// Returns values for a sentence; `None` when there are none.
fn listed(values: &BTreeSet<&str>) -> Option<String> {
    let shown: Vec<String> = values.iter().take(SHOWN_MAX).map(|v| format!("`{v}`")).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}
