//! The grammar of flow files, as the reader has it: to hold the schema for editors against it.

use super::read::FLOW_ATTRIBUTES;
use super::read::STEP_ATTRIBUTES;
use super::read::VERBS;
use super::verb::attributes;

/// An element, where it may stand, and what it may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// What it stands in; empty for the root.
    pub within: &'static str,
    /// What it is called.
    pub name: &'static str,
    /// Its attributes.
    pub attributes: &'static [&'static str],
}

/// Every element at every place where it may stand.
pub fn grammar() -> Vec<Element> {
    let element = |within, name, attributes| Element { within, name, attributes };
    let mut elements =
        vec![element("", "Flow", FLOW_ATTRIBUTES), element("Flow", "Step", STEP_ATTRIBUTES)];
    for verb in VERBS {
        for within in ["Flow", "Step"] {
            elements.push(element(within, verb, attributes::of(verb)));
        }
        for (child, attributes) in attributes::children_of(verb) {
            elements.push(element(verb, child, attributes));
        }
    }
    for within in ["NoInput", "NoMatch"] {
        for prompt in attributes::PROMPTS {
            elements.push(element(within, prompt, attributes::of(prompt)));
        }
    }
    elements
}
