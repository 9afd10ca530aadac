//! Finds filters that no inquiry can pass, or that have a part without effect.

use std::collections::BTreeMap;

use super::Evidence;
use super::Finding;
use super::Grade;
use super::Kind;
use crate::book::Contract;
use crate::book::FieldRule;
use crate::book::FieldTest;
use crate::book::SourceRule;

/// Finds filters that exclude each other: filters combine with AND, and each of two may look right.
pub(super) fn find(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (contract, _) in evidence.live() {
        let places = zips_outside(contract);
        let others = [fields(contract), states_by_field(contract), sources(contract, evidence)];
        let whys = others.into_iter().flatten().map(|sentence| (Grade::Error, sentence));
        for (grade, sentence) in places.into_iter().chain(whys) {
            let subject = format!("contract {}", contract.id);
            let remedy = "remove one of the two: filters combine with AND";
            found.push(Finding::new(grade, Kind::ImpossibleFilters, subject, sentence, remedy));
        }
    }
    found
}

/// Finds zips that are in none of the states. An inquiry may give a state that its zip is not in;
/// no filter should rely on that.
fn zips_outside(contract: &Contract) -> Option<(Grade, String)> {
    let filters = &contract.filters;
    if filters.states.is_empty() || filters.zips.is_empty() {
        return None;
    }
    let is_outside =
        |zip: &&crate::book::Zip| zip.state().is_some_and(|state| !filters.states.contains(&state));
    let outside: Vec<_> = filters.zips.iter().filter(is_outside).collect();
    let first = outside.first()?;
    let state = first.state().map_or(String::new(), |state| format!(" of {state}"));
    let states: Vec<String> = filters.states.iter().take(6).map(ToString::to_string).collect();
    let (count, all, states) = (outside.len(), filters.zips.len(), states.join(", "));
    if count == all {
        return Some((
            Grade::Error,
            format!("no zip of its list lies in its states {states}: {first}{state} is the first"),
        ));
    }
    let sentence = format!(
        "{count} of its {all} zips lie outside its states {states}: {first}{state} is the first"
    );
    Some((Grade::Warning, sentence))
}

/// Finds rules on one field that no value passes together.
fn fields(contract: &Contract) -> Option<String> {
    let mut by_field: BTreeMap<&str, Vec<&FieldTest>> = BTreeMap::new();
    for FieldRule { field, tests } in &contract.filters.fields {
        by_field.entry(field.as_str()).or_default().extend(tests);
    }
    let broken = by_field.into_iter().find(|(_, tests)| contradict(tests));
    broken.map(|(field, _)| format!("no value of field {field} passes all of its tests"))
}

fn contradict(tests: &[&FieldTest]) -> bool {
    let passes = |value: &str| tests.iter().all(|test| test.takes(value));
    for test in tests {
        match test {
            FieldTest::Equals(text) => return !passes(text),
            FieldTest::OneOf(texts) => return !texts.iter().any(|text| passes(text)),
            FieldTest::Min(_) | FieldTest::Max(_) | FieldTest::Matches(_) | FieldTest::Present => {}
        }
    }
    let least = tests.iter().filter_map(|test| match test {
        FieldTest::Min(min) => Some(*min),
        FieldTest::Max(_)
        | FieldTest::Equals(_)
        | FieldTest::OneOf(_)
        | FieldTest::Matches(_)
        | FieldTest::Present => None,
    });
    let most = tests.iter().filter_map(|test| match test {
        FieldTest::Max(max) => Some(*max),
        FieldTest::Min(_)
        | FieldTest::Equals(_)
        | FieldTest::OneOf(_)
        | FieldTest::Matches(_)
        | FieldTest::Present => None,
    });
    least.max().zip(most.min()).is_some_and(|(min, max)| min > max)
}

/// Finds a rule on the field `state` or `zip` that no entry of the contract's own list passes.
fn states_by_field(contract: &Contract) -> Option<String> {
    let filters = &contract.filters;
    let states: Vec<&str> = filters.states.iter().map(|state| state.as_str()).collect();
    let zips: Vec<&str> = filters.zips.iter().map(|zip| zip.as_str()).collect();
    for (name, list) in [("state", states), ("zip", zips)] {
        let rules = filters.fields.iter().filter(|rule| rule.field.as_str() == name);
        for rule in rules.filter(|_| !list.is_empty()) {
            if !list.iter().any(|value| rule.takes(Some(value))) {
                return Some(format!("none of its {name}s passes its test of field {name}"));
            }
        }
    }
    None
}

/// Finds a filter that allows none of the sources.
fn sources(contract: &Contract, evidence: &Evidence<'_>) -> Option<String> {
    match &contract.filters.sources {
        SourceRule::Only(list) if list.is_empty() => Some("it allows no source at all".to_owned()),
        SourceRule::Except(list)
            if !evidence.book.sources.is_empty()
                && evidence.book.sources.iter().all(|source| list.contains(&source.id)) =>
        {
            Some("it denies every source of the book".to_owned())
        }
        SourceRule::Any | SourceRule::Only(_) | SourceRule::Except(_) => None,
    }
}
