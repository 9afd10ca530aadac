//! The attributes and children of each verb, by its name.

use super::branch;
use super::dial;
use super::gather;
use super::if_;
use super::lookup;
use super::pause;
use super::record;
use super::redirect;
use super::reject;
use super::route;
use super::say;
use super::set;
use super::tag;

pub(crate) use gather::PROMPTS;

/// Returns a verb's attributes.
pub(crate) fn of(verb: &str) -> &'static [&'static str] {
    match verb {
        "Say" => say::ATTRIBUTES,
        "Pause" => pause::ATTRIBUTES,
        "Gather" => gather::ATTRIBUTES,
        "Record" => record::ATTRIBUTES,
        "Set" => set::ATTRIBUTES,
        "Tag" => tag::ATTRIBUTES,
        "If" => if_::ATTRIBUTES,
        "Lookup" => lookup::ATTRIBUTES,
        "Dial" => dial::ATTRIBUTES,
        "Route" => route::ATTRIBUTES,
        "Redirect" => redirect::ATTRIBUTES,
        "Reject" => reject::ATTRIBUTES,
        _ => &[],
    }
}

/// Returns a verb's children and their attributes.
pub(crate) fn children_of(verb: &str) -> Vec<(&'static str, &'static [&'static str])> {
    let with = |children: &'static [&'static str], of: fn(&str) -> &'static [&'static str]| {
        children.iter().map(|child| (*child, of(child))).collect()
    };
    match verb {
        "Gather" => with(gather::CHILDREN, |child| match child {
            "Option" => gather::OPTION_ATTRIBUTES,
            "Valid" | "Exhausted" => branch::ATTRIBUTES,
            prompt => of(prompt),
        }),
        "Lookup" => with(lookup::CHILDREN, |child| match child {
            "Field" => lookup::FIELD_ATTRIBUTES,
            _failed => branch::ATTRIBUTES,
        }),
        "Dial" => with(dial::CHILDREN, |_| branch::ATTRIBUTES),
        "Route" => with(route::CHILDREN, |_| branch::ATTRIBUTES),
        _ => Vec::new(),
    }
}
