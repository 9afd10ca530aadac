//! The grammar of flow files, as the reader implements it: the editors' schema is tested against
//! it.

use super::read::FLOW_ATTRIBUTES;
use super::read::STEP_ATTRIBUTES;
use super::read::VERBS;
use super::verb::attributes;

/// An element, its parent and its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Element {
    /// Name of the parent element; empty for the root.
    pub within: &'static str,
    /// Name of the element.
    pub name: &'static str,
    /// Names of its attributes.
    pub attributes: &'static [&'static str],
}

/// Returns every element with each possible parent.
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
