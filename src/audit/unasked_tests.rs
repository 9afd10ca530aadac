//! Tests of filters that no call passes: the flows, the contract's filters, and the findings.

use std::sync::Arc;

use super::*;
use crate::base::Wall;
use crate::book;
use crate::flow;
use crate::flow::Flow;

const AUTO: &str = r#"<Flow name="auto">
<Gather field="zip" validate="us-zip"><Say>Zip?</Say></Gather>
<Gather field="owner"><Say>Owner?</Say><Option digits="1" value="yes"/>
<Option digits="2" value="no"/></Gather>
<Gather field="age" validate="age"><Say>Age?</Say></Gather>
<Gather field="born" validate="date"><Say>Born?</Say></Gather>
<Redirect flow="more"/></Flow>"#;
const MORE: &str = r#"<Flow name="more">
<Lookup url="https://crm.example/x"><Field name="crm_id" pointer="/id"/></Lookup>
<Set field="kind" value="auto"/><Route/></Flow>"#;
const SILENT: &str = r#"<Flow name="silent"><Route/></Flow>"#;
const PIN: &str = r#"<Flow name="pin">
<Gather field="pin" numDigits="4"><Say>Pin?</Say></Gather><Route/></Flow>"#;

fn flows() -> Vec<Arc<Flow>> {
    let read = |name: &str, text: &str| {
        let (flow, faults) = flow::parse(&format!("{name}.xml"), text);
        Arc::new(flow.unwrap_or_else(|| panic!("{faults:?}")))
    };
    vec![read("auto", AUTO), read("more", MORE), read("silent", SILENT), read("pin", PIN)]
}

/// Returns the findings for a contract of offer `quotes` with more keys, whose calls come through
/// these flows: one number each, of the sources `ads` and `radio` in turn.
fn found(contract: &str, flows_of_numbers: &[&str]) -> Vec<String> {
    let numbers: String = flows_of_numbers
        .iter()
        .zip(["ads", "radio"].into_iter().cycle())
        .enumerate()
        .map(|(index, (flow, source))| {
            format!(
                "[[number]]\nnumber = \"+1800555010{index}\"\noffer = \"quotes\"\n\
                 source = \"{source}\"\nflow = \"{flow}\"\n"
            )
        })
        .collect();
    let text = format!(
        "[[source]]\nid = \"ads\"\n[[source]]\nid = \"radio\"\n\
         [[buyer]]\nid = \"b\"\ntimezone = \"UTC\"\n\
         [[offer]]\nid = \"quotes\"\ndq = {{ offer = \"rest\" }}\n\
         [[offer]]\nid = \"rest\"\n\
         [[contract]]\nid = \"c\"\nbuyer = \"b\"\nprice = {{ amount = \"1.00\", currency = \
         \"USD\" }}\ndestination = {{ sip = \"sip:b@192.0.2.1\" }}\n{contract}\n{numbers}"
    );
    let (book, faults) = book::parse("b", &text);
    let book = book.unwrap_or_else(|| panic!("{faults:#?}\n{text}"));
    let now: Wall = "2026-03-02T12:00:00Z".parse().unwrap();
    let flows = flows();
    let found = audit(&Evidence::of_book(&book, now).with_flows(&flows));
    let own = found.iter().filter(|finding| finding.kind == Kind::UnaskedFilters);
    own.map(|finding| {
        let Finding { grade, sentence, remedy, .. } = finding;
        format!("{}: {sentence} ({remedy})", grade.name())
    })
    .collect()
}

#[track_caller]
fn check(filters: &str, numbers: &[&str], expected: &[&str]) {
    let contract = format!("offer = \"quotes\"\nfilters = {{ {filters} }}");
    assert_eq!(found(&contract, numbers), expected, "{filters} {numbers:?}");
}

#[test]
fn filters_that_a_flow_answers_are_not_reported() {
    for filters in [
        "",
        "states = [\"CA\"], zips = [\"90210\"], area_codes = [\"305\"], countries = [\"US\"]",
        "cities = [\"Dallas, TX\"], counties = [\"Dallas County, TX\"]",
        "radius = { zip = \"90210\", miles = 10 }",
        "attestation = [\"A\"], required = [\"phone\", \"state\", \"time_zone\", \"crm_id\"]",
        "fields = [{ field = \"owner\", in = [\"yes\", \"no\"] }]",
        "fields = [{ field = \"age\", min = 25, max = 80 }, { field = \"born\", regex = \"^19\" }]",
        "fields = [{ field = \"kind\", equals = \"auto\" }]",
        "fields = [{ field = \"crm_id\", equals = \"x\" }, { field = \"state\", equals = \"CA\" }]",
        "sources = { allow = [\"ads\"] }",
    ] {
        check(filters, &["auto"], &[]);
    }
    // Only one of the flows needs to answer.
    check("zips = [\"90210\"]", &["silent", "auto"], &[]);
    // Without numbers, or without their flows, nothing is known.
    check("required = [\"x\"]", &[], &[]);
}

#[test]
fn a_field_that_no_flow_sets_is_reported() {
    let zip = "error: needs the field `zip`, which the flow silent never sets (ask for it in the \
               flow, or remove the filter)";
    check("zips = [\"90210\"]", &["silent"], &[zip]);
    check("radius = { zip = \"90210\", miles = 10 }", &["silent"], &[zip]);
    check(
        "cities = [\"Dallas, TX\"]",
        &["silent", "pin"],
        &["error: needs the field `city`, which the flows pin, silent never sets (ask for it in \
           the flow, or remove the filter)"],
    );
    check(
        "fields = [{ field = \"ownr\", equals = \"yes\" }]",
        &["auto"],
        &["error: needs the field `ownr`, which the flow auto never sets (did you mean `owner`?)"],
    );
    check(
        "required = [\"email\"], min_score = 10",
        &["auto"],
        &[
            "error: needs the field `email`, which the flow auto never sets (ask for it in the \
             flow, or remove the filter)",
            "error: needs the field `score`, which the flow auto never sets (ask for it in the \
             flow, or remove the filter)",
        ],
    );
}

#[test]
fn a_value_that_no_flow_gives_is_reported() {
    for (rule, expected) in [
        (
            "field = \"owner\", equals = \"Yes\"",
            "error: no value of `owner` in the flow auto passes its filter: `no`, `yes` (write \
             `yes` instead of `Yes`: case counts)",
        ),
        (
            "field = \"owner\", in = [\"yes\", \"NO\"]",
            "warning: the flow auto never gives `owner` the value `NO` (write `no` instead of \
             `NO`: case counts)",
        ),
        (
            "field = \"owner\", min = 1",
            "error: no value of `owner` in the flow auto passes its filter: `no`, `yes` (change \
             the filter, or the flow)",
        ),
        (
            "field = \"age\", min = 121",
            "error: no answer for `age` in the flow auto passes its filter (change the filter, or \
             the flow)",
        ),
        (
            "field = \"born\", min = 1980",
            "error: no answer for `born` in the flow auto passes its filter (change the filter, \
             or the flow)",
        ),
        (
            "field = \"zip\", equals = \"1234\"",
            "error: no answer for `zip` in the flow auto passes its filter (change the filter, or \
             the flow)",
        ),
        (
            "field = \"state\", equals = \"California\"",
            "error: no answer for `state` in the flow auto passes its filter (change the filter, \
             or the flow)",
        ),
    ] {
        check(&format!("fields = [{{ {rule} }}]"), &["auto"], &[expected]);
    }
}

#[test]
fn needs_that_only_different_flows_meet_are_reported() {
    check(
        "zips = [\"90210\"], required = [\"pin\"]",
        &["auto", "pin"],
        &["error: none of the flows auto, pin alone finds out all that its filters need (ask for \
           all of it in one flow, or remove a filter)"],
    );
    check(
        "zips = [\"90210\"], sources = { allow = [\"radio\"] }",
        &["auto", "pin"],
        &["error: none of the flows auto, pin alone finds out all that its filters need (ask for \
           all of it in one flow, or remove a filter)"],
    );
    check(
        "sources = { deny = [\"ads\"] }",
        &["auto"],
        &["error: no number of a source that it accepts leads to it (accept the source of one of \
           its numbers)"],
    );
}

#[test]
fn a_contract_that_takes_forms_too_is_a_warning_and_an_offer_behind_another_is_reached() {
    let zips = "filters = { zips = [\"90210\"] }";
    let found = |more: &str| found(&format!("{zips}\n{more}"), &["silent"]);
    for (more, grade) in [
        ("offer = \"quotes\"\nchannels = [\"call\", \"form\"]", Some("warning: ")),
        ("offer = \"quotes\"\nchannels = [\"form\"]", None),
        ("offer = \"rest\"", Some("error: ")),
        ("offer = \"quotes\"\nenabled = false", None),
    ] {
        let found = found(more);
        assert_eq!(found.len(), usize::from(grade.is_some()), "{more}: {found:?}");
        assert!(found.iter().all(|line| line.starts_with(grade.unwrap_or(""))), "{found:?}");
    }
}
